//! A registration that could not work, or would not be safe, is refused with the reason, and nothing is written.

use crate::house::House;

use super::refused;

const CALLBACK: &str = "https://newspaper.example/callback";

fn add<'a>(options: &[&'a str]) -> Vec<&'a str> {
    [&["client", "add", "--id", "wrong", "--name", "Wrong"], options].concat()
}

#[tokio::test]
async fn redirect_uris_are_refused_with_the_reason() {
    let house = House::open().await;
    for (uri, reason) in [
        ("https://app.example/back#part", "fragment"),
        ("https://app.example/back#", "fragment"),
        ("javascript:alert(1)", "scheme"),
        ("JaVaScRiPt:alert(1)", "scheme"),
        ("data:text/html,hello", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("com.example.app:/back", "scheme"),
        ("http://app.example/back", "plain http"),
        ("http://10.0.0.1/back", "plain http"),
        ("http://localhost.example/back", "plain http"),
        ("https://user@app.example/back", "user name"),
        ("https://user:word@app.example/back", "user name"),
        ("https://app.example@evil.example/back", "user name"),
        ("https://*.app.example/back", "wildcard"),
        ("https://app.example/*", "wildcard"),
        ("https://app.example\\@evil.example/", "backslash"),
        ("https://app.example/a b", "space"),
        ("https://app.example/a/../b", ". or .. segments"),
        ("https://app.example/a/%2e%2e/b", ". or .. segments"),
        ("/callback", "absolute"),
        ("app.example/callback", "absolute"),
    ] {
        for option in ["--redirect-uri", "--post-logout-redirect-uri"] {
            let error = refused(&house, &add(&["--redirect-uri", CALLBACK, option, uri]), None);
            assert!(error.contains(reason) && error.contains(option) && error.contains(uri), "{uri}: {error}");
        }
    }
    for (uri, reason) in [("javascript:alert(1)", "scheme"), ("myapp:/back", "reverse domain name")] {
        let error = refused(&house, &add(&["--native", "--redirect-uri", uri]), None);
        assert!(error.contains(reason), "{uri}: {error}");
    }
    assert_eq!(house.cardea(&["client", "list"]), serde_json::json!([]), "nothing was written");
}

#[tokio::test]
async fn links_that_run_or_load_in_the_clear_are_refused() {
    let house = House::open().await;
    for option in ["--client-uri", "--logo-uri", "--policy-uri", "--tos-uri"] {
        for uri in [
            "JaVaScRiPt:alert(1)",
            "http://app.example/",
            "data:text/html,hi",
            "/terms",
            "https://app.example/\"><script>",
        ] {
            let error = refused(&house, &add(&["--redirect-uri", CALLBACK, option, uri]), None);
            assert!(error.contains(option) && error.contains("https"), "{option} {uri}: {error}");
        }
    }
    // SVG could carry script.
    let svg = "data:image/svg+xml;base64,PHN2Zy8+";
    assert!(refused(&house, &add(&["--redirect-uri", CALLBACK, "--logo-uri", svg]), None).contains("--logo-uri"));
    let png = "data:image/png;base64,iVBORw0KGgo=";
    assert_eq!(house.cardea(&add(&["--redirect-uri", CALLBACK, "--logo-uri", png]))["logo_uri"], png);
}

#[tokio::test]
async fn options_that_contradict_each_other_are_refused() {
    let house = House::open().await;
    let people = ["--redirect-uri", CALLBACK];
    for (options, reason) in [
        (vec!["--public", "--auth-method", "client_secret_basic"], "--public"),
        (vec!["--public", "--no-pkce"], "PKCE"),
        (vec!["--auth-method", "none", "--no-pkce"], "PKCE"),
        (vec!["--public", "--may-introspect"], "introspect"),
        (vec!["--public", "--grant", "client_credentials"], "client_credentials"),
        (vec!["--grant", "refresh_token"], "authorization_code"),
        (vec!["--grant", "password"], "authorization_code, refresh_token or client_credentials"),
        (vec!["--grant", "implicit"], "authorization_code, refresh_token or client_credentials"),
        (vec!["--auth-method", "client_secret_jwt"], "client_secret_basic"),
        (vec!["--id-token-alg", "none"], "RS256, ES256 or EdDSA"),
        (vec!["--id-token-alg", "HS256"], "RS256, ES256 or EdDSA"),
        (vec!["--access-ttl", "0s"], "--access-ttl"),
        (vec!["--access-ttl", "25h"], "1day"),
        (vec!["--access-ttl", "soon"], "--access-ttl"),
        (vec!["--code-ttl", "11m"], "10m"),
        (vec!["--scope", "openid \"quoted\""], "--scope"),
    ] {
        let error = refused(&house, &add(&[&people[..], &options].concat()), None);
        assert!(error.contains(reason), "{options:?}: {error}");
    }
    let error = refused(&house, &add(&["--grant", "authorization_code"]), None);
    assert!(error.contains("--redirect-uri"), "{error}");
    for name in ["", "   ", "line\nbreak", &"n".repeat(101)] {
        let error = refused(&house, &["client", "add", "--name", name, "--redirect-uri", CALLBACK], None);
        assert!(error.contains("--name"), "{error}");
    }
    let error = refused(&house, &["client", "add", "--id", "a space", "--redirect-uri", CALLBACK], None);
    assert!(error.contains("1 to 128"), "{error}");
    assert_eq!(house.cardea(&["client", "list"]), serde_json::json!([]));
}

#[tokio::test]
async fn a_client_cannot_be_changed_into_one_that_makes_no_sense() {
    let house = House::open().await;
    house.app("newspaper");
    house.app_with("pocket", &["--public"]);
    let before = house.cardea(&["client", "list"]);
    for (options, reason) in [
        (vec!["newspaper", "--redirect-uri", "http://app.example/"], "plain http"),
        (vec!["newspaper", "--pkce", "--no-pkce"], "--no-pkce"),
        (vec!["newspaper", "--first-party", "--third-party"], "--third-party"),
        (vec!["newspaper", "--name", ""], "--name"),
        (vec!["newspaper", "--grant", "refresh_token"], "authorization_code"),
        (vec!["newspaper", "--public", "--no-pkce"], "PKCE"),
        (vec!["pocket", "--no-pkce"], "PKCE"),
        (vec!["pocket", "--may-introspect"], "introspect"),
    ] {
        let error = refused(&house, &[&["client", "update"], &options[..]].concat(), None);
        assert!(error.contains(reason), "{options:?}: {error}");
    }
    assert!(refused(&house, &["client", "rotate-secret", "pocket"], None).contains("public"));
    assert_eq!(house.cardea(&["client", "list"]), before);
}

/// A client that turns public must not leave a live secret behind, nor one that turns confidential start without any.
#[tokio::test]
async fn an_app_that_turns_public_or_confidential_has_the_secrets_that_fit() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let public = house.app_with("pocket", &["--public"]);
    house.cardea(&["client", "update", "newspaper", "--public"]);
    crate::house::wire::eventually("the secret is refused", || async {
        app.refresh("nothing").await.json()["error"] == "invalid_client"
    })
    .await;
    house.cardea(&["client", "update", "pocket", "--auth-method", "client_secret_basic"]);
    crate::house::wire::eventually("the bare id is refused", || async {
        public.refresh("nothing").await.json()["error"] == "invalid_client"
    })
    .await;
    let made = house.cardea(&["client", "rotate-secret", "pocket"]);
    let confidential = crate::house::app::App::new(&house, &made);
    crate::house::wire::eventually("its first secret works", || async {
        confidential.refresh("nothing").await.json()["error"] == "invalid_grant"
    })
    .await;
}

#[tokio::test]
async fn secrets_that_are_brought_along_must_be_long() {
    let house = House::open().await;
    let add = ["client", "add", "--id", "mover", "--secret-stdin"];
    let long = "x".repeat(513);
    for (secret, reason) in [
        ("", "empty"),
        ("\n", "empty"),
        ("short", "32"),
        ("thirty-one characters are few!!", "32"),
        (&long, "512"),
        ("with\u{7}bell and 32 characters or more", "printable"),
        ("ä secret with an umlaut, 32 and more", "ASCII"),
    ] {
        let error = refused(&house, &add, Some(secret));
        assert!(error.contains(reason), "{secret:?}: {error}");
        assert!(secret.len() < 5 || !error.contains(secret), "it is not repeated: {error}");
    }
    let public = ["client", "add", "--id", "mover", "--secret-stdin", "--public", "--redirect-uri", CALLBACK];
    assert!(refused(&house, &public, Some(&"x".repeat(32))).contains("public"));
    assert_eq!(house.cardea(&["client", "list"]), serde_json::json!([]));
    house.try_cardea(&add, Some(&"x".repeat(32))).unwrap();
}

#[tokio::test]
async fn ids_are_taken_once_and_unknown_ones_are_said() {
    let house = House::open().await;
    house.app("newspaper");
    let error = refused(&house, &["client", "add", "--id", "newspaper", "--redirect-uri", CALLBACK], None);
    assert!(error.contains("newspaper exists") && error.contains("--id"), "{error}");
    for command in ["show", "update", "rotate-secret", "disable", "enable", "remove"] {
        let error = refused(&house, &["client", command, "Newspaper"], None);
        assert!(
            error.contains("no client has the id Newspaper") && error.contains("client list"),
            "{command}: {error}"
        );
    }
}
