//! A key that nobody knows is refused, not ignored, and the nearest name is suggested.

use super::samples::{complaints_about, complaints_about_environment, file, load, pairs};

#[test]
fn a_misspelt_key_in_a_file_is_suggested() {
    for (text, written, meant) in [
        ("[http]\nlissten = \"127.0.0.1:9000\"\n", "http.lissten", "http.listen"),
        ("[htpp]\nlisten = \"127.0.0.1:9000\"\n", "htpp.listen", "http.listen"),
        ("[tokens]\nacess_token_ttl = \"5m\"\n", "tokens.acess_token_ttl", "tokens.access_token_ttl"),
        ("[limits]\nlogin = { per_minut = 5 }\n", "limits.login.per_minut", "limits.login.per_minute"),
    ] {
        let file = file(text);
        let complaints = pairs(load(Some(file.path()), &[]));
        let [(key, said)] = &complaints[..] else { panic!("{text}: {complaints:?}") };
        assert_eq!(key, written);
        assert!(said.contains(&format!("did you mean {meant}?")), "{said}");
        assert!(said.contains(&file.path().display().to_string()), "does not say where: {said}");
    }
}

#[test]
fn a_misspelt_variable_is_suggested_as_a_variable() {
    for (written, meant) in [
        ("CARDEA_HTTP__LISSTEN", "CARDEA_HTTP__LISTEN"),
        ("CARDEA_HTTP_LISTEN", "CARDEA_HTTP__LISTEN"),
        ("CARDEA_DATABSE__URL", "CARDEA_DATABASE__URL"),
    ] {
        let complaints = complaints_about_environment(&[(written, "x")]);
        let [(key, said)] = &complaints[..] else { panic!("{complaints:?}") };
        assert_eq!(key, written);
        assert!(said.contains(&format!("did you mean {meant}?")), "{said}");
    }
}

#[test]
fn a_key_like_none_is_refused_without_a_guess() {
    let complaints = complaints_about("[kubernetes]\nnamespace = \"x\"\n");
    let [(key, said)] = &complaints[..] else { panic!("{complaints:?}") };
    assert_eq!(key, "kubernetes.namespace");
    assert!(!said.contains("did you mean"), "{said}");
}

#[test]
fn a_section_that_nobody_knows_is_refused_even_when_it_is_empty() {
    let complaints = complaints_about("[loggin]\n");
    let [(key, _)] = &complaints[..] else { panic!("{complaints:?}") };
    assert_eq!(key, "loggin");
}

#[test]
fn a_known_section_may_be_empty() {
    assert_eq!(complaints_about("[http]\n[limits.login]\n[scopes]\n"), []);
}

#[test]
fn a_refused_key_leaves_what_stands_beside_it_in_force() {
    let complaints = complaints_about("[tokens]\nlifetime = 5\ncode_ttl = \"1h\"\n");
    let keys: Vec<&str> = complaints.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["tokens.lifetime", "tokens.code_ttl"]);
}
