//! Without `--json` a command prints text for people; help and mistakes say what to do.

use std::process::Command;

use crate::house::House;

use super::printed;

#[tokio::test]
async fn every_command_has_words_for_people() {
    let house = House::open().await;
    let callback = "https://newspaper.example/callback";
    for (command, words) in [
        (
            vec!["client", "add", "--id", "newspaper", "--name", "The Newspaper", "--redirect-uri", callback],
            vec!["client_secret", "shown this once", callback],
        ),
        (vec!["client", "list"], vec!["CLIENT ID", "newspaper", "The Newspaper", "enabled"]),
        (vec!["client", "show", "newspaper"], vec!["client_name", "The Newspaper", "redirect_uris"]),
        (vec!["client", "update", "newspaper", "--name", "The Daily"], vec!["The Daily"]),
        (vec!["client", "rotate-secret", "newspaper"], vec!["shown this once"]),
        (vec!["client", "disable", "newspaper"], vec!["disabled", "true"]),
        (vec!["client", "list"], vec!["disabled"]),
        (vec!["client", "enable", "newspaper"], vec!["disabled", "false"]),
        (vec!["client", "remove", "newspaper"], vec!["removed newspaper"]),
        (
            vec!["user", "add", "--email", "ada@example.com", "--name", "Ada", "--role", "author"],
            vec!["Ada", "not verified", "shown this once"],
        ),
        (vec!["user", "list"], vec!["EMAIL", "ada@example.com", "author", "enabled"]),
        (vec!["user", "show", "ada@example.com"], vec!["email", "ada@example.com", "roles", "author"]),
        (vec!["user", "disable", "ada@example.com"], vec!["disabled since"]),
        (vec!["user", "enable", "ada@example.com"], vec!["enabled"]),
        (vec!["user", "set-password", "ada@example.com"], vec!["password", "shown this once"]),
        (vec!["user", "remove", "ada@example.com"], vec!["removed ada@example.com"]),
        (vec!["key", "list"], vec!["KID", "RS256", "ES256", "EdDSA", "active"]),
        (vec!["key", "rotate", "--alg", "ES256"], vec!["announced", "active"]),
        (vec!["migrate", "--check"], vec!["nothing is pending"]),
        (vec!["config", "check"], vec!["the settings are good"]),
        (vec!["config", "show"], vec!["[http]", "issuer", "redacted"]),
    ] {
        let said = printed(&house, &command, None);
        for word in words {
            assert!(said.contains(word), "cardea {command:?} does not say {word}: {said}");
        }
        assert!(serde_json::from_str::<serde_json::Value>(&said).is_err(), "cardea {command:?} prints JSON: {said}");
        assert!(said.lines().all(|line| line.trim_end() == line), "blanks at the end of a line: {said:?}");
    }
}

#[test]
fn help_has_every_command_and_a_mistake_names_the_way_out() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_cardea")).env_clear().args(arguments).output().unwrap();
        (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let (done, help) = run(&["--help"]);
    assert!(done);
    for command in ["serve", "demo", "migrate", "config", "client", "user", "key", "secrets"] {
        assert!(help.contains(&format!("  {command} ")), "{command}: {help}");
    }
    assert_eq!(run(&["--version"]), (true, format!("cardea {}\n", env!("CARGO_PKG_VERSION"))));
    let (done, said) = run(&["client", "ad"]);
    assert!(!done && said.contains("add"), "{said}");
    assert!(!run(&[]).0);
}
