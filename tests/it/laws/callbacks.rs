//! Redirect URIs (RFC 9700 2.1, 4.1.3): what is registered matches itself, and nothing that differs by one character.

use cardea::domain::client::ApplicationType::{Native, Web};
use cardea::domain::redirect_uri::{RedirectUri, link};
use proptest::prelude::*;

use super::cases;

fn ordinary() -> impl Strategy<Value = String> {
    (
        "[a-z]{1,8}(-[a-z]{1,4})?\\.[a-z]{2,8}(\\.[a-z]{2})?",
        "(:[1-9][0-9]{2,3})?",
        "(/[a-zA-Z0-9_~%-]{1,8}){0,3}/?",
        "(\\?[a-z]{1,4}=[a-z0-9%]{0,6})?",
    )
        .prop_map(|(host, port, path, query)| format!("https://{host}{port}{path}{query}"))
        .prop_filter("registrable", |text| RedirectUri::register(text, Web).is_ok())
}

fn loopback() -> impl Strategy<Value = (String, String)> {
    ("127\\.0\\.0\\.1|\\[::1\\]|127\\.[1-9]?[0-9]\\.[1-9]?[0-9]\\.[1-9]", "(/[a-z]{1,6}){0,2}(\\?[a-z]=[0-9])?")
}

/// A letter in the other case, if it is one.
fn flipped(c: char) -> char {
    if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn one_character_makes_another_uri(text in ordinary(), at in any::<prop::sample::Index>(), put in any::<char>()) {
        let registered = RedirectUri::register(&text, Web).unwrap();
        prop_assert_eq!(registered.as_str(), text.as_str());
        let chars: Vec<char> = text.chars().collect();
        let at = at.index(chars.len());
        let edit = |change: &dyn Fn(&mut Vec<char>)| {
            let mut edited = chars.clone();
            change(&mut edited);
            edited.into_iter().collect::<String>()
        };
        for application in [Web, Native] {
            prop_assert!(registered.matches(&text, application));
            for other in [
                edit(&|chars| chars[at] = put),
                edit(&|chars| chars[at] = flipped(chars[at])),
                edit(&|chars| chars.insert(at, put)),
                edit(&|chars| {
                    chars.remove(at);
                }),
                format!("{text}{put}"),
                format!("{put}{text}"),
                format!("{text}/"),
                format!("{text}#"),
                format!("{text}.evil.example"),
                text.replacen("https://", "https://evil.example@", 1),
                text.replacen("https://", "http://", 1),
            ] {
                prop_assert_eq!(registered.matches(&other, application), other == text, "{}", other);
            }
        }
    }

    /// RFC 8252 7.3: the port alone, of loopback literals alone, of native clients alone.
    #[test]
    fn a_native_app_varies_the_port_of_a_loopback_address_and_nothing_else(
        (host, rest) in loopback(), before in 1_u16.., now in 1_u16.., put in "[a-z0-9./@:%]",
    ) {
        let with = |port: &str| format!("http://{host}{port}{rest}");
        for registered in [with(""), with(&format!(":{before}"))] {
            let uri = RedirectUri::register(&registered, Native).unwrap();
            let moved = with(&format!(":{now}"));
            prop_assert!(uri.matches(&moved, Native) && uri.matches(&with(""), Native));
            prop_assert_eq!(uri.matches(&moved, Web), moved == registered);
            for other in [
                format!("{moved}/{put}"),
                with(":0"),
                with(":"),
                with(":65536"),
                with(":+80"),
                with(":080808"),
                with(&format!(":{now}@evil.example")),
                with(&format!(".evil.example:{now}")),
                with(&format!(":{now}")).replacen("http", "https", 1),
                with(&format!(":{now}")).replacen("http", "HTTP", 1),
                format!("http://localhost:{now}{rest}"),
                format!("http://user@{host}:{now}{rest}"),
                format!("http://128.0.0.1:{now}{rest}"),
            ] {
                prop_assert!(!uri.matches(&other, Native), "{} for {}", other, registered);
            }
        }
    }

    #[test]
    fn names_are_no_loopback_literals(host in "localhost|app\\.example|127\\.0\\.0\\.1\\.example", port in 1_u16..) {
        let registered = format!("https://{host}/back");
        let uri = RedirectUri::register(&registered, Native).unwrap();
        prop_assert_eq!(uri.matches(&format!("https://{host}:{port}/back"), Native), false);
    }

    #[test]
    fn nothing_odd_can_be_registered(
        text in ordinary(), at in any::<prop::sample::Index>(), odd in "[\\x00-\\x20\\x7f-\\x{a0}\\\\#<>\"^`{|}*é]",
    ) {
        let at = at.index(text.len() + 1);
        let edited = format!("{}{odd}{}", &text[..at], &text[at..]);
        for application in [Web, Native] {
            prop_assert!(RedirectUri::register(&edited, application).is_err(), "{:?}", edited);
        }
    }

    #[test]
    fn no_user_can_be_registered(user in "[a-z0-9.:%-]{0,12}", host in "[a-z]{1,8}\\.[a-z]{2,3}", path in "(/[a-z@]{1,5})?") {
        for application in [Web, Native] {
            for scheme in ["https", "http", "com.example.app"] {
                let text = format!("{scheme}://{user}@{host}{path}");
                prop_assert!(RedirectUri::register(&text, application).is_err(), "{}", text);
            }
        }
    }

    #[test]
    fn no_scheme_that_runs_or_reads_can_be_registered(
        scheme in "(?i)javascript|data|vbscript|file|blob|about|ws|wss|ftp|view-source|jar|intent|mailto|filesystem",
        rest in "(//)?[a-z0-9.(),;/=]{0,20}",
    ) {
        let text = format!("{scheme}:{rest}");
        prop_assert!(RedirectUri::register(&text, Web).is_err(), "{}", text);
        prop_assert!(RedirectUri::register(&text, Native).is_err(), "{}", text);
        prop_assert!(link(&text).is_err(), "{}", text);
    }

    #[test]
    fn plain_http_is_for_loopback(host in "[a-z]{1,8}\\.(com|localhost)|10\\.0\\.0\\.1|0\\.0\\.0\\.0|192\\.168\\.1\\.1|\\[::2\\]|\\[fe80::1\\]") {
        for application in [Web, Native] {
            let text = format!("http://{host}/back");
            prop_assert!(RedirectUri::register(&text, application).is_err(), "{}", text);
        }
    }

    #[test]
    fn no_dots_lead_elsewhere(
        dots in "\\.|\\.\\.|%2e|%2E%2e|\\.%2E|\\.\\.;|\\.;a=b|\\.\\.%2f|[a-z]%2F[a-z]|[a-z]%5c[a-z]", host in "[a-z]{1,8}\\.example",
        before in "(/[a-z]{1,4}){0,2}", after in "(/[a-z]{0,4}){0,2}",
    ) {
        let text = format!("https://{host}{before}/{dots}{after}");
        prop_assert!(RedirectUri::register(&text, Web).is_err(), "{}", text);
    }

    #[test]
    fn nothing_that_can_be_registered_hides_its_host(text in "[a-zA-Z.]{1,10}:[\\x20-\\x7e]{0,40}|https://[\\x20-\\x7e]{1,40}") {
        for application in [Web, Native] {
            let Ok(uri) = RedirectUri::register(&text, application) else { continue };
            prop_assert_eq!(uri.as_str(), text.as_str());
            let url = url::Url::parse(&text).unwrap();
            prop_assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
            prop_assert!(["https", "http"].contains(&url.scheme()) || url.scheme().contains('.'));
            // A browser would read a control character, a backslash or a blank in its own way.
            prop_assert!(text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\'));
        }
    }
}
