//! RFC 6749 4.1.2.1 and OpenID Connect Core 3.1.2.6: what is wrong with a request from a known place is told to the app.

use crate::house::House;

use super::{refused, sent};

#[tokio::test]
async fn each_fault_has_its_code() {
    let house = House::open().await;
    let app = house.app("shop");
    let person = house.person("ada@example.com");
    let mut browser = house.signed_in(&person).await;
    let request = app.request();
    let long = "x".repeat(44);
    let cases = [
        // D14: a missing response_type is a malformed request, not an unsupported type.
        ("invalid_request", request.clone().without("response_type")),
        ("invalid_request", request.clone().with("response_type", "")),
        ("unsupported_response_type", request.clone().with("response_type", "token")),
        ("unsupported_response_type", request.clone().with("response_type", "id_token")),
        ("unsupported_response_type", request.clone().with("response_type", "code id_token")),
        ("unsupported_response_type", request.clone().with("response_type", "code token")),
        ("unsupported_response_type", request.clone().with("response_type", "none")),
        ("unsupported_response_type", request.clone().with("response_type", "CODE")),
        ("invalid_request", request.clone().with("response_mode", "fragment")),
        ("invalid_request", request.clone().with("response_mode", "web_message")),
        ("invalid_request", request.clone().with("code_challenge_method", "plain")),
        ("invalid_request", request.clone().with("code_challenge_method", "s256")),
        ("invalid_request", request.clone().without("code_challenge_method")),
        ("invalid_request", request.clone().without("code_challenge")),
        ("invalid_request", request.clone().without("code_challenge").without("code_challenge_method")),
        // D6: a challenge is 43 characters of base64url.
        ("invalid_request", request.clone().with("code_challenge", "short")),
        ("invalid_request", request.clone().with("code_challenge", &long[..42])),
        ("invalid_request", request.clone().with("code_challenge", &long)),
        ("invalid_request", request.clone().with("code_challenge", &format!("{}+", &long[..42]))),
        ("invalid_request", request.clone().with("code_challenge", &format!("{}=", &long[..42]))),
        ("request_not_supported", request.clone().with("request", "eyJhbGciOiJub25lIn0.e30.")),
        ("request_uri_not_supported", request.clone().with("request_uri", "http://127.0.0.1:1/x")),
        ("registration_not_supported", request.clone().with("registration", "{}")),
        ("invalid_scope", request.clone().with("scope", "openid \"quoted\"")),
        ("invalid_scope", request.clone().with("scope", "openid back\\slash")),
        ("invalid_scope", request.clone().with("scope", "openid\tprofile")),
        ("invalid_scope", request.clone().with("scope", "openid \u{e9}")),
        ("invalid_scope", request.clone().with("scope", &"x ".repeat(3000))),
        // D17: blank is no scope that is within everything. D20: what is not registered is not given.
        ("invalid_scope", request.clone().with("scope", " ")),
        ("invalid_scope", request.clone().with("scope", "admin everything")),
        ("invalid_request", request.clone().with("prompt", "login none")),
        ("invalid_request", request.clone().with("prompt", "none consent")),
        ("invalid_request", request.clone().with("max_age", "-1")),
        ("invalid_request", request.clone().with("max_age", "soon")),
        ("invalid_request", request.clone().with("max_age", "99999999999")),
        ("invalid_request", request.clone().with("claims", "not json")),
        ("invalid_request", request.clone().with("claims", "[]")),
        ("invalid_request", request.clone().with("claims", "\"text\"")),
        ("invalid_request", request.clone().with("claims", &"[".repeat(9000))),
        ("invalid_request", request.clone().with("nonce", &"n".repeat(1025))),
        ("invalid_request", request.clone().with("id_token_hint", "not.a.token")),
    ];
    for (code, request) in cases {
        let page = browser.get(&request.url()).await;
        assert_eq!(refused(&house, &page, &app.redirect_uri), code, "{}", page.url);
    }
    assert!(!house.events().contains(&"code.issued".to_owned()));
}

#[tokio::test]
async fn a_client_without_the_grant_is_unauthorized() {
    let house = House::open().await;
    let app = house.app_with("service", &["--grant", "client_credentials", "--scope", "articles"]);
    let person = house.person("ada@example.com");
    let mut browser = house.signed_in(&person).await;
    let page = browser.get(&app.request().with("scope", "articles").url()).await;
    assert_eq!(refused(&house, &page, &app.redirect_uri), "unauthorized_client");
}

#[tokio::test]
async fn public_apps_always_need_pkce() {
    let house = House::open().await;
    let app = house.app_with("spa", &["--public"]);
    let refusal = house.try_cardea(
        &["client", "add", "--id", "bad", "--public", "--no-pkce", "--redirect-uri", "https://bad.example"],
        None,
    );
    assert!(refusal.is_err(), "a public app cannot be registered without PKCE: {refusal:?}");
    let person = house.person("ada@example.com");
    let mut browser = house.signed_in(&person).await;
    let page = browser.get(&app.request().without("code_challenge").without("code_challenge_method").url()).await;
    assert_eq!(refused(&house, &page, &app.redirect_uri), "invalid_request");
}

#[tokio::test]
async fn the_state_comes_back_as_it_was() {
    let house = House::open().await;
    let app = house.app("shop");
    let mut browser = house.browser();
    let states =
        ["x".repeat(128), "a b+c&d=e%20\u{e9}\u{1f511}#?".to_owned(), "line\r\nbreak".to_owned(), "y".repeat(4096)];
    for state in states {
        let page = browser.get(&app.request().with("state", &state).with("prompt", "none").url()).await;
        assert_eq!(sent(&house, &page, &app.redirect_uri)["state"], state);
    }
    for request in [app.request().without("state"), app.request().with("state", "")] {
        let page = browser.get(&request.with("prompt", "none").url()).await;
        assert!(!sent(&house, &page, &app.redirect_uri).contains_key("state"));
    }
}

#[tokio::test]
async fn iss_is_never_what_the_request_says() {
    let house = House::open().await;
    let app = house.app("shop");
    let mut browser = house.browser();
    let request =
        app.request().with("prompt", "none").with("iss", "https://evil.example").with("error", "x").with("code", "x");
    let page = browser.get(&request.url()).await;
    assert_eq!(refused(&house, &page, &app.redirect_uri), "login_required");
}
