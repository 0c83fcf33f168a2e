//! Values that are each well formed may still not go together, or lie beyond what can work.

use super::samples::{complaints_about, complaints_about_environment};

/// Each text is refused for exactly this key.
fn refused(cases: &[(&str, &str)]) {
    for (text, wrong) in cases {
        let complaints = complaints_about(text);
        let [(key, said)] = &complaints[..] else { panic!("{text}: {complaints:?}") };
        assert_eq!(key, wrong, "{text}: {said}");
        assert!(said.contains("(in "), "does not say where: {said}");
    }
}

/// Each text is taken.
fn taken(cases: &[&str]) {
    for text in cases {
        assert_eq!(complaints_about(text), [], "{text}");
    }
}

#[test]
fn lifetimes_have_limits() {
    refused(&[
        ("tokens.code_ttl = \"601s\"", "tokens.code_ttl"),
        ("tokens.code_ttl = \"0s\"", "tokens.code_ttl"),
        ("tokens.access_token_ttl = \"0s\"", "tokens.access_token_ttl"),
        ("tokens.access_token_ttl = \"25h\"", "tokens.access_token_ttl"),
        ("tokens.id_token_ttl = \"25h\"", "tokens.id_token_ttl"),
        ("tokens.refresh_idle_ttl = \"181d\"", "tokens.refresh_idle_ttl"),
        ("tokens.refresh_retry_window = \"6m\"", "tokens.refresh_retry_window"),
        ("login.session_idle = \"25h\"", "login.session_idle"),
        ("login.interaction_ttl = \"0s\"", "login.interaction_ttl"),
        ("keys.announce_before = \"90d\"", "keys.announce_before"),
        ("audit.retention = \"0s\"", "audit.retention"),
    ]);
    taken(&[
        "tokens.code_ttl = \"10m\"",
        "tokens.access_token_ttl = \"24h\"",
        "tokens.refresh_idle_ttl = \"180d\"",
        "tokens.refresh_retry_window = \"0s\"",
        "login.session_idle = \"24h\"",
        "keys.announce_before = \"89d\"",
    ]);
}

#[test]
fn nothing_lasts_longer_than_the_clock_can_count() {
    refused(&[
        ("tokens.refresh_absolute_ttl = \"400000d\"", "tokens.refresh_absolute_ttl"),
        ("login.session_absolute = \"400000d\"", "login.session_absolute"),
        ("keys.rotate_every = \"400000d\"", "keys.rotate_every"),
        ("audit.retention = \"400000d\"", "audit.retention"),
    ]);
}

#[test]
fn what_the_server_cannot_run_without_is_not_zero() {
    refused(&[
        ("http.max_body = 0", "http.max_body"),
        ("http.request_timeout = \"0s\"", "http.request_timeout"),
        ("http.workers = 100000", "http.workers"),
        ("database.pool_size = 0", "database.pool_size"),
        ("database.connect_timeout = \"0s\"", "database.connect_timeout"),
        ("keys.refresh_every = \"0s\"", "keys.refresh_every"),
        ("login.hash_deadline = \"0s\"", "login.hash_deadline"),
        ("login.hash_queue = 0", "login.hash_queue"),
        ("login.hash_threads = 100000", "login.hash_threads"),
        ("limits.login.burst = 0", "limits.login.burst"),
        ("limits.other.per_minute = 0", "limits.other.per_minute"),
        ("sweeper.every = \"0s\"", "sweeper.every"),
        ("sweeper.batch = 0", "sweeper.batch"),
    ]);
}

#[test]
fn an_issuer_is_https_or_on_loopback_and_nothing_but_an_origin() {
    for wrong in [
        "http://login.example.com",
        "http://192.168.0.1",
        "http://localhost.example.com",
        "https://login.example.com/",
        "https://login.example.com?a=b",
        "https://login.example.com#a",
        "https://me@login.example.com",
        "https://LOGIN.example.com",
        "https://login.example.com:443",
        "ftp://localhost",
        "",
    ] {
        let complaints = complaints_about_environment(&[("CARDEA_HTTP__ISSUER", wrong)]);
        let [(key, _)] = &complaints[..] else { panic!("{wrong}: {complaints:?}") };
        assert_eq!(key, "http.issuer", "{wrong}");
    }
    for good in
        ["https://login.example.com", "https://login.example.com:8443", "http://127.0.0.1:8080", "http://[::1]:8080"]
    {
        assert_eq!(complaints_about_environment(&[("CARDEA_HTTP__ISSUER", good)]), [], "{good}");
    }
}

#[test]
fn plain_http_is_not_offered_to_other_machines() {
    for listen in ["0.0.0.0:8080", "[::]:8080", "192.168.0.1:8080"] {
        let complaints = complaints_about_environment(&[("CARDEA_HTTP__LISTEN", listen)]);
        let [(key, said)] = &complaints[..] else { panic!("{listen}: {complaints:?}") };
        assert_eq!(key, "http.listen");
        assert!(said.contains("TLS"), "{said}");
        let behind_tls = [("CARDEA_HTTP__LISTEN", listen), ("CARDEA_HTTP__ISSUER", "https://login.example.com")];
        assert_eq!(complaints_about_environment(&behind_tls), [], "{listen}");
    }
}

#[test]
fn a_cheap_password_hash_is_for_tests_on_loopback_only() {
    let https = "http.issuer = \"https://login.example.com\"\n";
    taken(&["login.bcrypt_cost = 4", "login.bcrypt_cost = 16", &format!("{https}login.bcrypt_cost = 10")]);
    refused(&[
        ("login.bcrypt_cost = 3", "login.bcrypt_cost"),
        ("login.bcrypt_cost = 17", "login.bcrypt_cost"),
        (&format!("{https}login.bcrypt_cost = 9"), "login.bcrypt_cost"),
        (&format!("{https}login.bcrypt_cost = 3"), "login.bcrypt_cost"),
    ]);
}

#[test]
fn an_audience_is_an_absolute_uri_without_a_fragment() {
    // RFC 8707 2: an absolute URI, and it must not include a fragment.
    refused(&[
        ("tokens.audience = \"api.example.com\"", "tokens.audience"),
        ("tokens.audience = \"/articles\"", "tokens.audience"),
        ("tokens.audience = \"https://api.example.com#articles\"", "tokens.audience"),
        ("tokens.audience = \" https://api.example.com\"", "tokens.audience"),
    ]);
    taken(&["tokens.audience = \"\"", "tokens.audience = \"urn:example:articles\""]);
}
