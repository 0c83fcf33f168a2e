//! Neither `config show` nor `Debug` nor a complaint repeats a secret.

use cardea::cli::config::{check, show};
use cardea::settings::{DatabaseUrl, Settings};

use super::samples::sources;

const SECRETS: [&str; 4] = ["hush-master", "hush-password", "hush%2Dquery", "hush-query"];

const HELD: &[(&str, &str)] = &[
    ("CARDEA_SECRETS__MASTER_KEY", "k1:hush-master"),
    (
        "CARDEA_DATABASE__URL",
        "postgres://cardea:hush-password@db.example.com/cardea?sslmode=require&password=hush%2Dquery&sslpassword=hush-query",
    ),
];

fn silent(what: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{what} repeats {secret}:\n{text}");
    }
}

#[test]
fn in_what_is_shown() {
    let sources = sources(None, HELD);
    let text = show(&sources).unwrap();
    silent("show", &text);
    assert!(text.contains(r#"master_key = "(redacted)""#), "{text}");
    assert!(text.contains("postgres://cardea:(redacted)@db.example.com/cardea?sslmode=require"), "{text}");
    silent("check", &check(&sources).unwrap());
}

#[test]
fn in_what_is_debugged() {
    let sources = sources(None, HELD);
    silent("Sources", &format!("{sources:?}"));
    let settings = Settings::load(&sources).unwrap();
    silent("Settings", &format!("{settings:#?}"));
    assert_eq!(settings.secrets.master_key.as_ref().unwrap().expose(), "k1:hush-master");
    let DatabaseUrl::Postgres(url) = &settings.database.url else { panic!("{:?}", settings.database.url) };
    assert!(url.contains("hush-password"), "the server itself must have it");
}

#[test]
fn in_a_complaint() {
    let mut environment = HELD.to_vec();
    environment.extend([
        ("CARDEA_HTTP__ISSUER", "https://me:hush-password@login.example.com"),
        ("CARDEA_SECRETS__MASTER_KY", "hush-master"),
        ("CARDEA_SWEEPER__BATCH", "hush-query"),
    ]);
    environment[1].1 = "postgres://cardea:hush-password@db.example.com:port/cardea";
    let complaints = Settings::load(&sources(None, &environment)).unwrap_err();
    assert_eq!(complaints.0.len(), 4, "{complaints}");
    silent("a complaint", &complaints.to_string());
    silent("a complaint", &format!("{complaints:?}"));
}
