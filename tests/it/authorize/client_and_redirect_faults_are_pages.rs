//! RFC 6749 4.1.2.1: where client or redirect URI are wrong, the person is told, and nobody is sent anywhere.

use std::time::{Duration, Instant};

use crate::house::House;

use super::stopped;

const MARKUP: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>";

#[tokio::test]
async fn an_unknown_missing_or_repeated_client_is_a_page() {
    let house = House::open().await;
    let app = house.app("shop");
    let other = house.app("other");
    let mut browser = house.browser();
    for request in [
        app.request().with("client_id", "nobody"),
        app.request().with("client_id", "SHOP"),
        app.request().with("client_id", "shop "),
        app.request().with("client_id", "shop\0"),
        app.request().with("client_id", &"x".repeat(5000)),
        app.request().with("client_id", "' OR '1'='1"),
        app.request().with("client_id", ""),
        app.request().without("client_id"),
        app.request().again("client_id", "shop"),
        app.request().again("client_id", "other"),
        app.request().again("redirect_uri", &app.redirect_uri),
        app.request().again("redirect_uri", "https://evil.example"),
        // The redirect URI of another client.
        app.request().with("client_id", "other"),
        app.request().with("redirect_uri", &other.redirect_uri),
    ] {
        for request in
            [request.clone(), request.clone().with("prompt", "none"), request.with("response_mode", "form_post")]
        {
            let page = browser.get(&request.url()).await;
            stopped(&page, 400);
            assert!(!page.body.contains("<form"), "nothing is posted anywhere either: {}", page.body);
        }
    }
}

#[tokio::test]
async fn a_client_that_is_switched_off_is_a_page() {
    let house = House::open().await;
    let app = house.app("shop");
    house.cardea(&["client", "disable", "shop"]);
    stopped(&house.browser().get(&app.request().with("prompt", "none").url()).await, 400);
}

#[tokio::test]
async fn a_client_switched_off_in_the_middle_gets_nothing() {
    let house = House::open().await;
    let app = house.app("shop");
    let person = house.person("ada@example.com");
    let mut browser = house.signed_in(&person).await;
    let page = browser.get(&app.request().url()).await;
    let consent = browser.follow(page).await;
    assert_eq!(consent.status, 200);
    house.cardea(&["client", "disable", "shop"]);
    // A registration is believed for a second.
    let limit = Instant::now() + Duration::from_secs(10);
    while browser.get(&consent.url).await.status == 200 {
        assert!(Instant::now() < limit, "the change is not seen");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stopped(&browser.submit(&consent, &[("decision", "allow")]).await, 404);
    let interaction = consent.url.split_once("interaction=").unwrap().1;
    stopped(&browser.get(&format!("/authorize/{interaction}")).await, 400);
    assert!(!house.events().contains(&"code.issued".to_owned()));
}

#[tokio::test]
async fn markup_in_any_parameter_stays_text() {
    let house = House::open().await;
    let app = house.app("shop");
    let person = house.person("ada@example.com");
    let mut stranger = house.browser();
    let mut known = house.signed_in(&person).await;
    let names = [
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "response_type",
        "response_mode",
        "prompt",
        "max_age",
        "login_hint",
        "id_token_hint",
        "claims",
        "ui_locales",
        "display",
        "acr_values",
        "code_challenge",
        "code_challenge_method",
        "request",
        "request_uri",
        "registration",
        "resource",
        MARKUP,
    ];
    for name in names {
        for browser in [&mut stranger, &mut known] {
            for request in
                [app.request(), app.request().without("redirect_uri"), app.request().with("response_mode", "form_post")]
            {
                let page = browser.get(&request.with(name, MARKUP).url()).await;
                let page = browser.follow(page).await;
                assert!(!page.body.contains("<script>"), "{name}: {}", page.body);
                assert!(!page.body.contains("<img src=x"), "{name}: {}", page.body);
            }
        }
    }
}
