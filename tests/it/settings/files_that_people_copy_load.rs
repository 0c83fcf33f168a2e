//! The files in `config/` are what people start from; and a file that cannot be read is said plainly.

use std::path::Path;

use cardea::cli::config::{check, show};
use cardea::settings::{DEFAULTS, DatabaseUrl, LogFormat};

use super::samples::{complaints_about, file, load, pairs, sources};

#[test]
fn the_default_file_as_ones_own_changes_nothing() {
    let copy = file(DEFAULTS);
    let settings = load(Some(copy.path()), &[]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(settings.show(), load(None, &[]).unwrap().show());
}

#[test]
fn the_example_for_production_loads() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/production.toml");
    let settings = load(Some(&path), &[]).unwrap_or_else(|error| panic!("{error}"));
    assert!(settings.http.issuer.is_https());
    assert!(!settings.http.trusted_proxies.is_empty());
    assert!(matches!(settings.database.url, DatabaseUrl::Postgres(_)));
    assert_eq!(settings.log.format, LogFormat::Json);
}

#[test]
fn check_names_the_issuer_and_show_prints_toml() {
    let sources = sources(None, &[("CARDEA_HTTP__ISSUER", "https://login.example.com")]);
    assert!(check(&sources).unwrap().contains("https://login.example.com"));
    assert!(show(&sources).unwrap().parse::<toml::Table>().is_ok());
}

#[test]
fn a_named_file_must_exist() {
    let path = Path::new("/nowhere/cardea.toml");
    let complaints = pairs(load(Some(path), &[]));
    let [(key, text)] = &complaints[..] else { panic!("{complaints:?}") };
    assert_eq!(key, "/nowhere/cardea.toml");
    assert!(text.contains("cannot be read"), "{text}");
}

#[test]
fn broken_toml_is_said_with_its_line_and_without_its_words() {
    let complaints = complaints_about("[http]\nworkers = 2\n[secrets]\nmaster_key = \"k1:hush\n");
    let [(_, text)] = &complaints[..] else { panic!("{complaints:?}") };
    assert!(text.contains("line 4"), "{text}");
    assert!(!text.contains("hush"), "{text}");
}

#[test]
fn a_key_written_twice_is_broken_toml() {
    let complaints = complaints_about("[http]\nworkers = 2\nworkers = 3\n");
    let [(_, text)] = &complaints[..] else { panic!("{complaints:?}") };
    assert!(text.contains("line 3"), "{text}");
}
