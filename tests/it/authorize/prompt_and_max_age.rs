//! OpenID Connect Core 3.1.2.1: `prompt` and `max_age`, as certified providers are checked for them.

use chrono::TimeDelta;

use crate::house::app::{App, answer, claims};
use crate::house::{Browser, House, Person, Request};

use super::{refused, sent};

/// When the person signed in, as the ID token says that this request leads to.
async fn auth_time(app: &App, browser: &mut Browser, person: &Person, request: &Request) -> i64 {
    let callback = app.authorize(browser, person, request).await;
    let tokens = app.exchange(&callback["code"]).await.json();
    claims(tokens["id_token"].as_str().unwrap())["auth_time"].as_i64().unwrap()
}

#[tokio::test]
async fn none_says_what_would_have_to_be_asked() {
    let house = House::open().await;
    let app = house.app("shop");
    let person = house.person("ada@example.com");
    let silent = app.request().with("prompt", "none");
    let mut browser = house.browser();
    let page = browser.get(&silent.url()).await;
    assert_eq!(refused(&house, &page, &app.redirect_uri), "login_required");

    let mut browser = house.signed_in(&person).await;
    let page = browser.get(&silent.url()).await;
    assert_eq!(refused(&house, &page, &app.redirect_uri), "consent_required");

    app.authorize(&mut browser, &person, &app.request()).await;
    let page = browser.get(&silent.url()).await;
    let callback = sent(&house, &page, &app.redirect_uri);
    assert_eq!(callback.keys().map(String::as_str).collect::<Vec<_>>(), ["code", "iss", "state"]);
    assert_eq!(app.exchange(&callback["code"]).await.status, 200);

    house.clock.advance(TimeDelta::seconds(100));
    let page = browser.get(&silent.clone().with("max_age", "10").url()).await;
    assert_eq!(refused(&house, &page, &app.redirect_uri), "login_required");
    let page = browser.get(&silent.with("scope", "openid offline_access").url()).await;
    assert_eq!(refused(&house, &page, &app.redirect_uri), "consent_required", "the scope has grown");
}

#[tokio::test]
async fn login_asks_again_and_the_time_is_later() {
    let house = House::open().await;
    let app = house.app("shop");
    let person = house.person("ada@example.com");
    let mut browser = house.browser();
    let first = auth_time(&app, &mut browser, &person, &app.request()).await;
    house.clock.advance(TimeDelta::seconds(5));
    let page = browser.get(&app.request().with("prompt", "login").url()).await;
    assert!(page.location().unwrap().starts_with("/login?"), "{:?}", page.location());
    // Coming back without having signed in changes nothing.
    let interaction = page.location().unwrap().split_once("interaction=").unwrap().1.to_owned();
    let again = browser.get(&format!("/authorize/{interaction}")).await;
    assert_eq!(again.location(), page.location());
    // Nor does a consent that was given in the meantime, nor "continue".
    let login = browser.get(page.location().unwrap()).await;
    assert!(!login.body.contains("name=\"continue\""), "{}", login.body);
    let csrf = login.form().1[0].1.clone();
    browser.post(&format!("/consent?interaction={interaction}"), &[("csrf", &csrf), ("decision", "allow")]).await;
    browser.post(&format!("/login?interaction={interaction}"), &[("csrf", &csrf), ("continue", "1")]).await;
    let again = browser.get(&format!("/authorize/{interaction}")).await;
    assert_eq!(again.location(), page.location());

    let second = auth_time(&app, &mut browser, &person, &app.request().with("prompt", "login")).await;
    assert_eq!(second, first + 5);
}

#[tokio::test]
async fn max_age_asks_again_only_when_it_has_passed() {
    let house = House::open().await;
    let app = house.app("shop");
    let person = house.person("ada@example.com");
    let mut browser = house.browser();
    let first = auth_time(&app, &mut browser, &person, &app.request()).await;
    house.clock.advance(TimeDelta::seconds(50));

    let page = browser.get(&app.request().with("max_age", "50").url()).await;
    let callback = sent(&house, &page, &app.redirect_uri);
    let tokens = app.exchange(&callback["code"]).await.json();
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["auth_time"], first);

    let page = browser.get(&app.request().with("max_age", "49").url()).await;
    assert!(page.location().unwrap().starts_with("/login?"), "{:?}", page.location());
    let second = auth_time(&app, &mut browser, &person, &app.request().with("max_age", "49")).await;
    assert_eq!(second, first + 50);
    house.clock.advance(TimeDelta::seconds(1));
    let third = auth_time(&app, &mut browser, &person, &app.request().with("max_age", "0")).await;
    assert_eq!(third, first + 51);
}

#[tokio::test]
async fn select_account_offers_to_continue_or_to_change() {
    let house = House::open().await;
    let app = house.app("shop");
    let ada = house.person("ada@example.com");
    let bob = house.person("bob@example.com");
    let mut browser = house.browser();
    app.authorize(&mut browser, &ada, &app.request()).await;
    let choose = app.request().with("prompt", "select_account");
    house.clock.advance(TimeDelta::seconds(1));

    let page = browser.get(&choose.url()).await;
    let page = browser.follow(page).await;
    assert!(page.text().contains("Continue as ada@example.com"), "{}", page.text());
    let csrf = page.form().1[0].1.clone();
    let onward = browser.post(&page.url, &[("csrf", &csrf), ("continue", "1")]).await;
    assert_eq!(onward.status, 303);
    let page = browser.follow(onward).await;
    assert!(sent(&house, &page, &app.redirect_uri).contains_key("code"));

    let page = browser.get(&choose.url()).await;
    let page = answer(&mut browser, &bob, page).await;
    let tokens = app.exchange(&page.callback()["code"]).await.json();
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["sub"], bob.id.as_str());

    let page = browser.get(&choose.with("prompt", "none").with("prompt", "select_account none").url()).await;
    assert_eq!(refused(&house, &page, &app.redirect_uri), "invalid_request");
}

#[tokio::test]
async fn to_continue_is_not_offered_where_only_signing_in_again_helps() {
    let house = House::open().await;
    let app = house.app("shop");
    let ada = house.person("ada@example.com");
    let mut browser = house.browser();
    app.authorize(&mut browser, &ada, &app.request()).await;
    house.clock.advance(TimeDelta::seconds(100));
    let page = browser.get(&app.request().with("prompt", "select_account").with("max_age", "10").url()).await;
    let page = browser.follow(page).await;
    assert!(page.text().contains("Sign in") && !page.text().contains("Continue as"), "{}", page.text());
}

#[tokio::test]
async fn continue_counts_only_from_our_own_form() {
    let house = House::open().await;
    let app = house.app("shop");
    let ada = house.person("ada@example.com");
    let mut browser = house.browser();
    app.authorize(&mut browser, &ada, &app.request()).await;
    house.clock.advance(TimeDelta::seconds(1));
    let page = browser.get(&app.request().with("prompt", "select_account").url()).await;
    let page = browser.follow(page).await;
    assert_eq!(browser.post(&page.url, &[("continue", "1")]).await.status, 403);
    let request = page.url.replace("/login?interaction=", "/authorize/").replace("&choose=1", "");
    let onward = browser.get(&request).await;
    assert!(onward.location().unwrap().starts_with("/login?"), "{:?}", onward.location());
}

/// A frame that may show no page would wait for ever.
#[tokio::test]
async fn none_is_told_when_the_database_is_away() {
    let house = House::open().await;
    let app = house.app("shop");
    let person = house.person("ada@example.com");
    let mut browser = house.browser();
    app.authorize(&mut browser, &person, &app.request()).await;
    house.database.take_away();
    let silent = browser.get(&app.request().with("prompt", "none").url()).await;
    let error = if silent.status == 303 { refused(&house, &silent, &app.redirect_uri) } else { String::new() };
    // Who asks is remembered for a second; after that, not even the way back is known.
    let told = error == "server_error" || error == "temporarily_unavailable";
    assert!(told || silent.status >= 500, "{} {}", silent.status, silent.body);
    let loud = browser.get(&app.request().url()).await;
    assert!(loud.status >= 500 && loud.body.contains("Reference"), "{} {}", loud.status, loud.body);
}
