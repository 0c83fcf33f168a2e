//! RFC 9700 2.1: redirect URIs are compared as strings; only loopback ports of native apps may vary (RFC 8252 7.3).

use crate::house::app::App;
use crate::house::{Browser, House};

use super::{sent, stopped};

/// Whether a request with this redirect URI gets an answer there; otherwise it must have been stopped by a page.
async fn is_followed(house: &House, app: &App, browser: &mut Browser, uri: &str) -> bool {
    // prompt=none is answered at once, by the redirect alone.
    let page = browser.get(&app.request().with("redirect_uri", uri).with("prompt", "none").url()).await;
    if page.status == 303 {
        sent(house, &page, uri);
        return true;
    }
    stopped(&page, 400);
    assert!(!page.body.contains(&format!("href=\"{uri}")), "no link leads there either");
    false
}

#[tokio::test]
async fn only_the_registered_string_is_followed() {
    let house = House::open().await;
    let app = house.app_with("shop", &["--redirect-uri", "https://app.example/Call/back"]);
    let mut browser = house.browser();
    assert!(is_followed(&house, &app, &mut browser, "https://app.example/Call/back").await);
    for trick in [
        "https://app.example.evil.example/Call/back",
        "https://app.example@evil.example/Call/back",
        "https://app.example:443@evil.example/Call/back",
        "https://evil.example@@app.example/Call/back",
        "https://evil.example/Call/back",
        "https://appXexample/Call/back",
        "https://app.example\\@evil.example/Call/back",
        "https://app.example/Call/back\\..\\evil",
        "https://app.example/call/back",
        "https://APP.example/Call/back",
        "HTTPS://app.example/Call/back",
        "http://app.example/Call/back",
        "https://app.example:443/Call/back",
        "https://app.example:8443/Call/back",
        "https://app.example/Call/back/",
        "https://app.example/Call/back/../evil",
        "https://app.example/Call/back/..%2fevil",
        "https://app.example/Call/back/%252e%252e/evil",
        "https://app.example/Call/..;/back",
        "https://app.example/Call/./back",
        "https://app.example/Call//back",
        "https://app.example/Call%2Fback",
        "https://app.example/%43all/back",
        "https://app.example/Call/back?next=https://evil.example",
        "https://app.example/Call/back?",
        "https://app.example/Call/back#fragment",
        "https://app.example/Call/back#",
        "https://app.example/Call/back\t",
        "https://app.example/Call/ba\tck",
        "https://app.example/Call/back\r\nLocation: https://evil.example",
        " https://app.example/Call/back",
        "https://app.example/Call/back ",
        "https://app.example/Call/back\0",
        "//app.example/Call/back",
        "/Call/back",
        "https://app.example",
        "javascript:alert(1)//https://app.example/Call/back",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "https://\u{430}pp.example/Call/back",
    ] {
        assert!(!is_followed(&house, &app, &mut browser, trick).await, "{trick:?}");
    }
}

#[tokio::test]
async fn the_query_is_part_of_the_match_and_stays() {
    let house = House::open().await;
    let app = house.app_with("shop", &["--redirect-uri", "https://app.example/callback?tenant=1"]);
    let person = house.person("ada@example.com");
    let mut browser = house.signed_in(&person).await;
    for other in [
        "https://app.example/callback",
        "https://app.example/callback?tenant=2",
        "https://app.example/callback?tenant=1&a=b",
    ] {
        stopped(&browser.get(&app.request().with("redirect_uri", other).url()).await, 400);
    }
    let answer = app.authorize(&mut browser, &person, &app.request()).await;
    assert_eq!(answer["tenant"], "1");
    assert_eq!(answer["state"], "the-state");
    assert_eq!(app.exchange(&answer["code"]).await.status, 200);
}

/// D13: the grant engine would normalise `https://bare.example` to `https://bare.example/`.
#[tokio::test]
async fn the_answer_goes_to_the_very_string() {
    let house = House::open().await;
    let app = house.app_with("bare", &["--redirect-uri", "https://bare.example"]);
    let person = house.person("ada@example.com");
    let mut browser = house.signed_in(&person).await;
    stopped(&browser.get(&app.request().with("redirect_uri", "https://bare.example/").url()).await, 400);
    let page = browser.get(&app.request().url()).await;
    let page = crate::house::app::answer(&mut browser, &person, page).await;
    assert!(page.location().unwrap().starts_with("https://bare.example?code="), "{:?}", page.location());
    assert_eq!(app.exchange(&page.callback()["code"]).await.status, 200);
}

#[tokio::test]
async fn native_apps_may_vary_the_port_of_a_loopback_address() {
    let house = House::open().await;
    let options =
        ["--public", "--native", "--redirect-uri", "http://127.0.0.1:1234/cb?a=1", "--redirect-uri", "http://[::1]/cb"];
    let app = house.app_with("native", &options);
    let mut browser = house.browser();
    for good in [
        "http://127.0.0.1:1234/cb?a=1",
        "http://127.0.0.1:50001/cb?a=1",
        "http://127.0.0.1/cb?a=1",
        "http://[::1]:9/cb",
        "http://[::1]/cb",
    ] {
        let page = browser.get(&app.request().with("redirect_uri", good).with("prompt", "none").url()).await;
        assert!(page.location().is_some_and(|location| location.starts_with(good)), "{good}: {}", page.status);
    }
    for bad in [
        "http://127.0.0.1:50001/cb?a=2",
        "http://127.0.0.1:50001/cb",
        "http://127.0.0.1:50001/CB?a=1",
        "http://127.0.0.2:50001/cb?a=1",
        "http://localhost:50001/cb?a=1",
        "http://[::1]:50001/cb?a=1",
        "http://127.0.0.1.evil.example:50001/cb?a=1",
        "http://127.0.0.1:80@evil.example/cb?a=1",
        "http://127.0.0.1:70000/cb?a=1",
        "http://127.0.0.1:-1/cb?a=1",
        "http://127.0.0.1:+80/cb?a=1",
        "http://127.0.0.1:/cb?a=1#x",
        "http://0x7f.1:50001/cb?a=1",
        "http://2130706433:50001/cb?a=1",
        "https://127.0.0.1:50001/cb?a=1",
        "http://[::ffff:127.0.0.1]:50001/cb",
    ] {
        assert!(!is_followed(&house, &app, &mut browser, bad).await, "{bad}");
    }
}

#[tokio::test]
async fn nobody_else_may_vary_a_port() {
    let house = House::open().await;
    // A web app on loopback, a native app by the name localhost, a native app with a web address.
    let web = house.app_with("web", &["--redirect-uri", "http://127.0.0.1:1234/cb"]);
    let named = house.app_with("named", &["--public", "--native", "--redirect-uri", "http://localhost:1234/cb"]);
    let far = house.app_with("far", &["--public", "--native", "--redirect-uri", "https://app.example:1234/cb"]);
    let mut browser = house.browser();
    for (app, registered, other) in [
        (&web, "http://127.0.0.1:1234/cb", "http://127.0.0.1:1235/cb"),
        (&named, "http://localhost:1234/cb", "http://localhost:1235/cb"),
        (&far, "https://app.example:1234/cb", "https://app.example:1235/cb"),
    ] {
        assert!(is_followed(&house, app, &mut browser, registered).await, "{registered}");
        assert!(!is_followed(&house, app, &mut browser, other).await, "{other}");
    }
}

#[tokio::test]
async fn a_private_use_scheme_is_followed_as_registered() {
    let house = House::open().await;
    let app = house.app_with("phone", &["--public", "--native", "--redirect-uri", "com.example.phone:/callback"]);
    let mut browser = house.browser();
    assert!(is_followed(&house, &app, &mut browser, "com.example.phone:/callback").await);
    for bad in ["com.example.phone:/other", "com.example.phone2:/callback", "COM.example.phone:/callback"] {
        assert!(!is_followed(&house, &app, &mut browser, bad).await, "{bad}");
    }
}

#[tokio::test]
async fn an_unnamed_one_is_clear_only_when_there_is_just_one() {
    let house = House::open().await;
    let person = house.person("ada@example.com");
    let one = house.app("one");
    let two =
        house.app_with("two", &["--redirect-uri", "https://two.example/a", "--redirect-uri", "https://two.example/b"]);
    let mut browser = house.signed_in(&person).await;
    for request in [two.request().without("redirect_uri"), two.request().with("redirect_uri", "")] {
        stopped(&browser.get(&request.url()).await, 400);
    }
    assert!(is_followed(&house, &two, &mut browser, "https://two.example/b").await);
    // D23: an empty parameter counts as omitted (RFC 6749 3.1).
    for request in [one.request().without("redirect_uri"), one.request().with("redirect_uri", "")] {
        // OpenID Connect Core 3.1.2.1 requires one all the same.
        stopped(&browser.get(&request.url()).await, 400);
        let request = request.with("scope", "profile");
        let answer = one.authorize(&mut browser, &person, &request).await;
        assert!(answer.contains_key("code"), "{answer:?}");
    }
}
