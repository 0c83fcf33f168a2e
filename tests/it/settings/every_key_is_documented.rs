//! The default file, the structs and the samples of these tests name the same keys, and the file says what each is for.

use std::collections::BTreeSet;

use cardea::settings::{DEFAULTS, Settings};

use super::samples::{SAMPLES, leaves};

fn known() -> BTreeSet<String> {
    Settings::keys().into_iter().collect()
}

#[test]
fn the_default_file_holds_every_key_and_no_other() {
    let documented: BTreeSet<String> = leaves(DEFAULTS).into_iter().map(|(key, _)| key).collect();
    assert_eq!(documented, known());
}

#[test]
fn every_key_has_a_sample() {
    let sampled: BTreeSet<String> = SAMPLES.iter().map(|sample| sample.key.to_owned()).collect();
    assert_eq!(sampled, known());
}

/// A key without a comment shares the one above it: `session_idle` and `session_absolute` are one sentence.
#[test]
fn every_key_stands_under_a_comment() {
    let mut explained = false;
    for line in DEFAULTS.lines() {
        match line.trim() {
            comment if comment.starts_with('#') => explained = true,
            "" => explained = false,
            section if section.starts_with('[') => {}
            key => assert!(explained, "nothing says what this is for: {key}"),
        }
    }
}
