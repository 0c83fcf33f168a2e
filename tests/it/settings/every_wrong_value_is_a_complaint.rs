//! A value of another type or form is a complaint that names the key, where it was set, and what to write instead.

use super::samples::{
    SAMPLES, bare, complaints_about, complaints_about_environment, file, line, load, pairs, variable,
};

#[test]
fn in_a_file() {
    for sample in SAMPLES {
        let file = file(&line(sample.key, sample.wrong));
        let complaints = pairs(load(Some(file.path()), &[]));
        let [(key, text)] = &complaints[..] else { panic!("{sample:?}: {complaints:?}") };
        assert_eq!(key, sample.key);
        assert!(text.contains("must be"), "{sample:?}: {text}");
        assert!(text.contains(&file.path().display().to_string()), "{sample:?} does not say where: {text}");
    }
}

#[test]
fn in_the_environment() {
    // Everything in the environment is text, so these are words as good as any.
    let any_text = ["secrets.master_key_file", "secrets.master_key", "login.site_name"];
    for sample in SAMPLES.iter().filter(|sample| !any_text.contains(&sample.key)) {
        let name = variable(sample.key);
        let complaints = complaints_about_environment(&[(&name, &bare(sample.wrong))]);
        let [(key, text)] = &complaints[..] else { panic!("{sample:?}: {complaints:?}") };
        assert_eq!(key, sample.key);
        assert!(text.contains("must be"), "{sample:?}: {text}");
        assert!(text.contains(&name), "{sample:?} does not say where: {text}");
    }
}

#[test]
fn a_value_where_a_section_belongs_is_one_complaint() {
    let complaints = complaints_about("http = 5\n");
    let [(key, _)] = &complaints[..] else { panic!("{complaints:?}") };
    assert_eq!(key, "http");
}

#[test]
fn a_section_where_a_value_belongs_is_one_complaint() {
    let complaints = complaints_about("[http.listen]\naddress = \"127.0.0.1\"\n");
    let [(key, text)] = &complaints[..] else { panic!("{complaints:?}") };
    assert_eq!(key, "http.listen");
    assert!(text.contains("must be an address"), "{text}");
}

#[test]
fn words_for_a_scope_must_be_words_and_its_name_a_scope() {
    for (text, wrong) in [
        ("[scopes]\n\"articles:read\" = 5\n", "scopes.articles:read"),
        ("[scopes]\n\"articles:read\" = \"\"\n", "scopes.articles:read"),
        ("[scopes]\n\"read articles\" = \"read them\"\n", "scopes.read articles"),
        ("[scopes.articles]\nread = \"read them\"\n", "scopes.articles"),
        ("scopes = \"articles:read\"\n", "scopes"),
    ] {
        let complaints = complaints_about(text);
        let [(key, _)] = &complaints[..] else { panic!("{text}: {complaints:?}") };
        assert_eq!(key, wrong);
    }
}

#[test]
fn a_variable_that_is_not_utf_8_is_a_complaint() {
    // What `Sources::from_process` makes of bytes that are no text.
    let complaints = complaints_about_environment(&[("CARDEA_LOGIN__SITE_NAME", "Caf\u{fffd}")]);
    let [(key, text)] = &complaints[..] else { panic!("{complaints:?}") };
    assert_eq!(key, "CARDEA_LOGIN__SITE_NAME");
    assert!(text.contains("UTF-8"), "{text}");
}
