//! An operator who made five mistakes reads of five, not of one after the other.

use super::samples::{SAMPLES, file, line, load, pairs};

#[test]
fn every_key_wrong_is_every_key_said() {
    let text: String = SAMPLES.iter().map(|sample| line(sample.key, sample.wrong)).collect();
    let file = file(&text);
    let complaints = load(Some(file.path()), &[]).unwrap_err();
    for sample in SAMPLES {
        assert!(complaints.0.iter().any(|complaint| complaint.key == sample.key), "{}\n{complaints}", sample.key);
    }
    assert_eq!(complaints.0.len(), SAMPLES.len(), "{complaints}");
}

#[test]
fn unknown_names_wrong_types_and_disagreements_together_from_both_layers() {
    let file = file("[http]\nlissen = \"127.0.0.1:9000\"\nworkers = \"many\"\n[tokens]\ncode_ttl = \"1h\"\n");
    let complaints =
        load(Some(file.path()), &[("CARDEA_LOGN__SITE_NAME", "x"), ("CARDEA_SWEEPER__BATCH", "0")]).unwrap_err();
    let mut keys: Vec<&str> = complaints.0.iter().map(|complaint| complaint.key.as_str()).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        ["CARDEA_LOGN__SITE_NAME", "http.lissen", "http.workers", "sweeper.batch", "tokens.code_ttl"],
        "{complaints}"
    );
    assert_eq!(complaints.to_string().lines().count(), 5, "one line each:\n{complaints}");
}

#[test]
fn a_wrong_value_brings_no_disagreement_of_its_own_making() {
    // rotate_every cannot be read, so nothing can be said about whether announce_before is shorter.
    let file = file("[keys]\nrotate_every = \"a year\"\nannounce_before = \"100d\"\n");
    let complaints = pairs(load(Some(file.path()), &[]));
    let [(key, _)] = &complaints[..] else { panic!("{complaints:?}") };
    assert_eq!(key, "keys.rotate_every");
}
