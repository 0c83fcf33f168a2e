//! RFC 6749 3.1: parameters come once, empty ones not at all. D5: to read a repeated one as absent would strip PKCE.

use crate::house::app::answer;
use crate::house::{Browser, House, Page, Request};

use super::{refused, sent};

const ONCE: [&str; 12] = [
    "response_type",
    "scope",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "claims",
    "login_hint",
    "id_token_hint",
    "response_mode",
    "something_unknown",
];

fn twice(request: Request, name: &str) -> Request {
    request.again(name, "one").again(name, "two")
}

#[tokio::test]
async fn a_repeated_parameter_is_an_error_for_somebody_signed_in() {
    let house = House::open().await;
    // The app that PKCE could be stripped from.
    let app = house.app_with("old", &["--no-pkce"]);
    let person = house.person("ada@example.com");
    let mut browser = house.signed_in(&person).await;
    for name in ONCE {
        let page = browser.get(&twice(app.request(), name).url()).await;
        assert_eq!(refused(&house, &page, &app.redirect_uri), "invalid_request", "{name}");
    }
    let page = browser.get(&twice(app.request(), "state").url()).await;
    let answer = sent(&house, &page, &app.redirect_uri);
    assert_eq!((answer["error"].as_str(), answer.get("state")), ("invalid_request", None));
}

#[tokio::test]
async fn it_stays_an_error_while_somebody_signs_in() {
    let house = House::open().await;
    let app = house.app_with("old", &["--no-pkce"]);
    let person = house.person("ada@example.com");
    for name in ONCE {
        let mut browser = house.browser();
        let page = browser.get(&twice(app.request(), name).url()).await;
        let page = answer(&mut browser, &person, page).await;
        assert_eq!(refused(&house, &page, &app.redirect_uri), "invalid_request", "{name}");
    }
    assert!(!house.events().contains(&"code.issued".to_owned()));
}

#[tokio::test]
async fn empty_parameters_count_as_omitted() {
    let house = House::open().await;
    let app = house.app("shop");
    let person = house.person("ada@example.com");
    let mut browser = house.signed_in(&person).await;
    let mut request = app.request();
    for name in [
        "scope",
        "nonce",
        "prompt",
        "max_age",
        "claims",
        "login_hint",
        "id_token_hint",
        "response_mode",
        "request",
        "request_uri",
        "registration",
    ] {
        request = request.with(name, "");
    }
    let callback = app.authorize(&mut browser, &person, &request).await;
    let tokens = app.exchange(&callback["code"]).await.json();
    // What is registered, but for what has to be asked for.
    assert_eq!(tokens["scope"], "email openid profile");
}

#[tokio::test]
async fn unknown_parameters_and_wishes_are_no_errors() {
    let house = House::open().await;
    let app = house.app("shop");
    let person = house.person("ada@example.com");
    let mut browser = house.signed_in(&person).await;
    let mut request = app.request();
    for (name, value) in [
        ("display", "popup"),
        ("ui_locales", "de-CH fr xx"),
        ("claims_locales", "fr"),
        ("acr_values", "urn:x 2"),
        ("extra", "foo"),
        ("prompt", "create"),
        ("scope", "email unheard_of openid"),
    ] {
        request = request.with(name, value);
    }
    let callback = app.authorize(&mut browser, &person, &request).await;
    assert_eq!(callback.keys().map(String::as_str).collect::<Vec<_>>(), ["code", "iss", "state"]);
    let tokens = app.exchange(&callback["code"]).await.json();
    // D20: a scope that is not registered is not granted.
    assert_eq!(tokens["scope"], "email openid");
}

#[tokio::test]
async fn a_request_may_come_as_a_form() {
    let house = House::open().await;
    let app = house.app("shop");
    let person = house.person("ada@example.com");
    let mut browser = house.browser();
    let page = post(&mut browser, &app.request().with("state", "a&b=c d")).await;
    assert_eq!(page.status, 303);
    let page = answer(&mut browser, &person, page).await;
    let callback = sent(&house, &page, &app.redirect_uri);
    assert_eq!(callback["state"], "a&b=c d");
    assert_eq!(app.exchange(&callback["code"]).await.status, 200);
    // Faults are found in a form as in a query.
    let page = post(&mut browser, &app.request().with("response_type", "token")).await;
    let page = browser.follow(page).await;
    assert_eq!(refused(&house, &page, &app.redirect_uri), "unsupported_response_type");
    let page = post(&mut browser, &app.request().with("redirect_uri", "https://evil.example")).await;
    let page = browser.follow(page).await;
    super::stopped(&page, 400);
    let page = post(&mut browser, &twice(app.request(), "code_challenge")).await;
    let page = browser.follow(page).await;
    assert_eq!(refused(&house, &page, &app.redirect_uri), "invalid_request");
}

async fn post(browser: &mut Browser, request: &Request) -> Page {
    let query = request.query();
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post("/authorize", &fields).await
}

#[tokio::test]
async fn a_request_of_hundreds_of_parameters_is_a_page() {
    let house = House::open().await;
    let app = house.app("shop");
    let mut request = app.request();
    for number in 0..300 {
        request = request.with(&format!("p{number}"), "x");
    }
    super::stopped(&house.browser().get(&request.url()).await, 400);
}
