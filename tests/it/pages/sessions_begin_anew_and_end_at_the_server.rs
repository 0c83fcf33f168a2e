//! Sessions: a new id at every sign-in, an end by idling, by age, by signing out and with the account.

use chrono::TimeDelta;

use crate::house::House;

use super::{count, form_token, is_signed_in};

const COOKIE: &str = "cardea_session";

#[tokio::test]
async fn a_cookie_from_before_signing_in_is_worth_nothing_after() {
    let house = House::open().await;
    let ada = house.person("ada@example.com");
    let mut browser = house.browser();
    // What an attacker may have planted: nonsense, and a session of their own that has ended.
    browser.cookies.insert(COOKIE.to_owned(), "planted".to_owned());
    let page = browser.get("/login").await;
    let page = browser.submit(&page, &[("email", &ada.email), ("password", &ada.password)]).await;
    assert_eq!(page.status, 303);
    let first = browser.cookies[COOKIE].clone();
    assert_ne!(first, "planted");

    // Signing in again gives a new one, and the old one is dead.
    let app = house.app("shop");
    let page = browser.get(&app.request().with("prompt", "login").url()).await;
    house.clock.advance(TimeDelta::seconds(1));
    let page = browser.follow(page).await;
    let page = if page.url.contains("/login") {
        page
    } else {
        browser.get(&app.request().with("prompt", "login").url()).await
    };
    let page = browser.follow(page).await;
    assert!(page.url.contains("/login?"), "{}", page.url);
    let page = browser.submit(&page, &[("email", &ada.email), ("password", &ada.password)]).await;
    assert_eq!(page.status, 303, "{}", page.text());
    let second = browser.cookies[COOKIE].clone();
    assert_ne!(first, second);
    let mut thief = house.browser();
    thief.cookies.insert(COOKIE.to_owned(), first);
    assert!(!is_signed_in(&mut thief).await);
    thief.cookies.insert(COOKIE.to_owned(), second);
    assert!(is_signed_in(&mut thief).await, "the cookie is what counts");
}

#[tokio::test]
async fn signing_in_as_somebody_else_ends_the_session_of_before() {
    let house = House::open().await;
    let (ada, bob) = (house.person("ada@example.com"), house.person("bob@example.com"));
    let app = house.app("shop");
    let mut browser = house.browser();
    let callback = app.authorize(&mut browser, &ada, &app.request()).await;
    let tokens = app.exchange(&callback["code"]).await.json();
    let adas = browser.clone();
    house.clock.advance(TimeDelta::seconds(1));
    let page = browser.get(&app.request().with("prompt", "login").url()).await;
    crate::house::app::answer(&mut browser, &bob, page).await;
    assert!(!is_signed_in(&mut adas.clone()).await);
    assert!(browser.get("/account").await.text().contains("bob@example.com"));
    let refreshed = app.refresh(tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(refreshed.status, 400, "Ada's app does not go on in Bob's browser: {}", refreshed.body);
}

#[tokio::test]
async fn a_forged_cookie_is_nobody() {
    let house = House::open().await;
    let ada = house.person("ada@example.com");
    let browser = house.signed_in(&ada).await;
    let genuine = browser.cookies[COOKIE].clone();
    let (head, tail) = genuine.split_at(genuine.len() - 10);
    let (first, rest) = tail.split_at(1);
    let flipped = format!("{head}{}{rest}", if first == "A" { "B" } else { "A" });
    let code_like = genuine.replace("_session_", "_code_");
    let long = "x".repeat(4000);
    for forged in [
        "",
        "x",
        "cardea_session__",
        &genuine[..genuine.len() - 1],
        &flipped,
        &code_like,
        &format!("{genuine}A"),
        &long,
    ] {
        let mut thief = house.browser();
        thief.cookies.insert(COOKIE.to_owned(), (*forged).to_owned());
        assert!(!is_signed_in(&mut thief).await, "{forged}");
    }
}

#[tokio::test]
async fn it_ends_when_it_idles() {
    let house = House::open().await;
    let ada = house.person("ada@example.com");
    let own = house.app_with("own", &["--first-party"]);
    let mut browser = house.signed_in(&ada).await;
    house.clock.advance(TimeDelta::minutes(119));
    assert!(browser.get(&own.request().with("prompt", "none").url()).await.location().unwrap().contains("code="));
    // That use counted.
    house.clock.advance(TimeDelta::minutes(119));
    assert!(is_signed_in(&mut browser).await);
    assert!(browser.get(&own.request().with("prompt", "none").url()).await.location().unwrap().contains("code="));
    house.clock.advance(TimeDelta::minutes(120));
    assert!(!is_signed_in(&mut browser).await);
    assert!(
        browser.get(&own.request().with("prompt", "none").url()).await.location().unwrap().contains("login_required")
    );
}

#[tokio::test]
async fn looking_at_the_account_is_use_too() {
    let house = House::open().await;
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    for _ in 0..3 {
        house.clock.advance(TimeDelta::minutes(90));
        assert!(is_signed_in(&mut browser).await);
    }
}

#[tokio::test]
async fn it_ends_after_a_day_however_much_it_is_used() {
    let house = House::open().await;
    let ada = house.person("ada@example.com");
    let own = house.app_with("own", &["--first-party"]);
    let mut browser = house.signed_in(&ada).await;
    for _ in 0..23 {
        house.clock.advance(TimeDelta::hours(1));
        assert!(browser.get(&own.request().with("prompt", "none").url()).await.location().unwrap().contains("code="));
    }
    house.clock.advance(TimeDelta::minutes(59));
    assert!(is_signed_in(&mut browser).await);
    house.clock.advance(TimeDelta::minutes(1));
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn signing_out_ends_it_at_the_server() {
    let house = House::open().await;
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    let mut other = house.signed_in(&ada).await;
    let mut thief = browser.clone();
    let csrf = form_token(&mut browser, "/account").await;
    let page = browser.post("/logout", &[("csrf", &csrf)]).await;
    assert_eq!((page.status, page.location()), (303, Some("/signed-out")));
    assert!(!browser.cookies.contains_key(COOKIE));
    assert!(!is_signed_in(&mut thief).await, "the old cookie is dead");
    assert!(is_signed_in(&mut other).await, "another browser's sign-in goes on");
    assert_eq!(count(&house, "session.ended"), 1);
}

#[tokio::test]
async fn it_ends_with_the_account() {
    let house = House::open().await;
    for command in ["disable", "remove"] {
        let email = format!("{command}@example.com");
        let person = house.person(&email);
        let mut browser = house.signed_in(&person).await;
        house.cardea(&["user", command, &email]);
        assert!(!is_signed_in(&mut browser).await, "{command}");
    }
    // Switching it on again does not bring a session back.
    let person = house.person("back@example.com");
    let mut browser = house.signed_in(&person).await;
    house.cardea(&["user", "disable", &person.email]);
    house.cardea(&["user", "enable", &person.email]);
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn it_ends_with_the_password() {
    let house = House::open().await;
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    house.try_cardea(&["user", "set-password", &ada.email, "--password-stdin"], Some("another long secret")).unwrap();
    assert!(!is_signed_in(&mut browser).await);
}
