//! The authorization endpoint: where answers go, what is refused, who is asked what.

mod answers_by_form_post;
mod claims_parameter_is_honoured;
mod client_and_redirect_faults_are_pages;
mod codes_are_bound_by_pkce;
mod consent_is_asked;
mod errors_ask_to_sign_in_first;
mod errors_go_back_to_the_app;
mod hints_name_a_person;
mod parameters_are_read_once;
mod pending_requests_belong_to_a_browser;
mod prompt_and_max_age;
mod redirect_uri_is_compared_exactly;

use std::collections::BTreeMap;

use crate::house::{House, Page};

/// The answer that this page sends to an app, with the parameters that every answer has.
fn sent(house: &House, page: &Page, redirect_uri: &str) -> BTreeMap<String, String> {
    assert_eq!(page.status, 303, "{} {}", page.url, page.text());
    let location = page.location().unwrap();
    let rest = location.strip_prefix(redirect_uri).unwrap_or_else(|| panic!("{location} is not at {redirect_uri}"));
    assert!(rest.starts_with('?'), "{location}");
    let answer = page.callback();
    assert_eq!(answer["iss"], house.issuer, "RFC 9207: byte for byte the issuer");
    answer
}

/// An error that this page sends to an app, the state with it and nothing that it should not have.
fn refused(house: &House, page: &Page, redirect_uri: &str) -> String {
    let answer = sent(house, page, redirect_uri);
    assert_eq!(answer.get("state").map(String::as_str), Some("the-state"), "{answer:?}");
    let names: Vec<&str> = answer.keys().map(String::as_str).collect();
    assert_eq!(names, ["error", "error_description", "iss", "state"], "no stray parameter");
    // RFC 6749 4.1.2.1: %x20-21 / %x23-5B / %x5D-7E
    let allowed = |c: char| (' '..='~').contains(&c) && c != '"' && c != '\\';
    assert!(answer["error_description"].chars().all(allowed), "{answer:?}");
    answer["error"].clone()
}

/// A page that says what is wrong, and sends nobody anywhere.
fn stopped(page: &Page, status: u16) {
    assert_eq!(page.status, status, "{} {}", page.url, page.text());
    assert_eq!(page.location(), None, "{}", page.url);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.body.contains("<h1>"), "{}", page.body);
}
