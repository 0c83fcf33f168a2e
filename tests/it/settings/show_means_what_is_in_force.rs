//! What `config show` prints can be used as a file, and spans read as people write them.

use super::samples::{SAMPLES, file, leaves, line, load};
use cardea::settings::DEFAULTS;

#[test]
fn the_defaults_are_shown_as_they_are_documented() {
    let documented: Vec<(String, String)> = leaves(DEFAULTS).into_iter().filter(|(_, value)| value != "\"\"").collect();
    assert_eq!(leaves(&load(None, &[]).unwrap().show()), documented);
}

#[test]
fn what_is_shown_can_be_used_as_a_file() {
    let unshown = ["secrets.master_key"];
    let mut text: String = SAMPLES
        .iter()
        .filter(|sample| !unshown.contains(&sample.key))
        .map(|sample| line(sample.key, sample.good))
        .collect();
    text.push_str("[scopes]\n\"articles:read\" = \"read \\\"your\\\" articles\"\n");
    let first = file(&text);
    let shown = load(Some(first.path()), &[]).unwrap().show();
    let second = file(&shown);
    let again = load(Some(second.path()), &[]).unwrap_or_else(|error| panic!("{error}\n{shown}"));
    assert_eq!(again.show(), shown);
    assert_eq!(again.scopes["articles:read"], "read \"your\" articles");
}

#[test]
fn days_are_days_and_not_months() {
    let settings = load(None, &[("CARDEA_AUDIT__RETENTION", "8760h")]).unwrap();
    assert!(settings.show().contains("retention = \"365d\""), "{}", settings.show());
}

#[test]
fn spans_are_shown_in_the_largest_unit_of_which_there_are_several() {
    for (written, shown) in [
        ("3600s", "60m"),
        ("45m", "45m"),
        ("90s", "90s"),
        ("1m", "60s"),
        ("1s", "1s"),
        ("0s", "0s"),
        ("1500ms", "1s 500ms"),
    ] {
        let settings = load(None, &[("CARDEA_HTTP__SHUTDOWN_TIMEOUT", written)]).unwrap();
        assert!(settings.show().contains(&format!("shutdown_timeout = \"{shown}\"")), "{}", settings.show());
    }
}
