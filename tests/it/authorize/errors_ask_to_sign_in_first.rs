//! RFC 9700 4.11.2: before an error sends a browser on to an app, somebody signs in; otherwise our address would be a
//! redirector for anybody's bait. Silent requests and apps of the house are excepted.

use crate::house::House;
use crate::house::app::answer;

use super::refused;

#[tokio::test]
async fn a_faulty_request_shows_the_sign_in_page() {
    let house = House::open().await;
    let app = house.app("shop");
    let person = house.person("ada@example.com");
    for (code, request) in [
        ("unsupported_response_type", app.request().with("response_type", "token")),
        ("invalid_request", app.request().with("code_challenge_method", "plain")),
        ("request_uri_not_supported", app.request().with("request_uri", "https://evil.example/r")),
        ("invalid_scope", app.request().with("scope", "nothing")),
        ("invalid_request", app.request().with("id_token_hint", "not.a.token")),
        (
            "invalid_request",
            app.request().again("state", "another").with("state", "the-state").again("nonce", "another"),
        ),
    ] {
        let mut browser = house.browser();
        let page = browser.get(&request.url()).await;
        assert!(
            page.location().is_some_and(|location| location.starts_with("/login?")),
            "{code}: {:?}",
            page.location()
        );
        let page = answer(&mut browser, &person, page).await;
        assert_eq!(refused(&house, &page, &app.redirect_uri), code, "{}", page.url);
    }
}

#[tokio::test]
async fn a_silent_request_and_an_app_of_the_house_are_told_at_once() {
    let house = House::open().await;
    let app = house.app("shop");
    let own = house.app_with("own", &["--first-party"]);
    let mut browser = house.browser();
    let page = browser.get(&app.request().with("response_type", "token").with("prompt", "none").url()).await;
    assert_eq!(refused(&house, &page, &app.redirect_uri), "unsupported_response_type");
    let page = browser.get(&app.request().with("prompt", "none login").url()).await;
    assert_eq!(refused(&house, &page, &app.redirect_uri), "invalid_request");
    let page = browser.get(&own.request().with("response_type", "token").url()).await;
    assert_eq!(refused(&house, &page, &own.redirect_uri), "unsupported_response_type");
}
