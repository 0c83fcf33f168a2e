//! When refresh tokens end by themselves, and what else ends them (RFC 9700 4.14, ASVS 7.4, 10.4.8).

use chrono::TimeDelta;
use serde_json::Value;

use crate::house::House;
use crate::house::app::{App, claims};
use crate::house::wire::{alive, eventually, refused};

const ONLINE: &str = "openid profile";
const OFFLINE: &str = "openid profile offline_access";

fn refresh_token(tokens: &Value) -> &str {
    tokens["refresh_token"].as_str().unwrap_or_else(|| panic!("no refresh token in {tokens}"))
}

async fn refreshed(app: &App, token: &str) -> String {
    let page = app.refresh(token).await;
    assert_eq!(page.status, 200, "{}", page.body);
    refresh_token(&page.json()).to_owned()
}

async fn is_dead(app: &App, tokens: &Value) {
    refused(&app.refresh(refresh_token(tokens)).await, 400, "invalid_grant");
    assert!(!alive(app, refresh_token(tokens)).await);
    let access = tokens["access_token"].as_str().unwrap();
    assert!(!alive(app, access).await);
    assert_eq!(app.userinfo(access).await.status, 401);
}

#[tokio::test]
async fn unused_for_thirty_days() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let tokens = app.tokens(&house, &person, OFFLINE).await;
    house.clock.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
    let second = refreshed(&app, refresh_token(&tokens)).await;
    house.clock.advance(TimeDelta::days(30));
    refused(&app.refresh(&second).await, 400, "invalid_grant");
    assert!(!alive(&app, &second).await);
}

#[tokio::test]
async fn after_180_days_however_busy() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let mut newest = refresh_token(&app.tokens(&house, &person, OFFLINE).await).to_owned();
    for _ in 0..7 {
        house.clock.advance(TimeDelta::days(25));
        newest = refreshed(&app, &newest).await;
    }
    house.clock.advance(TimeDelta::days(5) - TimeDelta::seconds(1));
    newest = refreshed(&app, &newest).await;
    house.clock.advance(TimeDelta::seconds(1));
    refused(&app.refresh(&newest).await, 400, "invalid_grant");
}

#[tokio::test]
async fn as_the_client_was_registered() {
    let house = House::open().await;
    let app = house.app_with("bank", &["--refresh-idle-ttl", "1h", "--refresh-absolute-ttl", "90m"]);
    let person = house.person("ada@example.com");
    let (idle, busy) = (app.tokens(&house, &person, OFFLINE).await, app.tokens(&house, &person, OFFLINE).await);
    house.clock.advance(TimeDelta::minutes(59));
    let newest = refreshed(&app, refresh_token(&busy)).await;
    house.clock.advance(TimeDelta::minutes(1));
    refused(&app.refresh(refresh_token(&idle)).await, 400, "invalid_grant");
    house.clock.advance(TimeDelta::minutes(30));
    refused(&app.refresh(&newest).await, 400, "invalid_grant");
}

#[tokio::test]
async fn with_the_session_unless_offline_access_was_granted() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let mut browser = house.browser();
    let mut tokens = Vec::new();
    for scope in [ONLINE, OFFLINE] {
        let callback = app.authorize(&mut browser, &person, &app.request().with("scope", scope)).await;
        tokens.push(app.exchange(&callback["code"]).await.json());
    }
    let page = browser.get("/logout").await;
    browser.submit(&page, &[("decision", "logout")]).await;
    is_dead(&app, &tokens[0]).await;
    refreshed(&app, refresh_token(&tokens[1])).await;
    assert!(alive(&app, tokens[1]["access_token"].as_str().unwrap()).await);
}

/// Signing in again changes the cookie, not the session: what was granted before goes on, and ends when the person signs out.
#[tokio::test]
async fn with_the_session_also_when_the_person_had_signed_in_again() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let mut browser = house.browser();
    let callback = app.authorize(&mut browser, &person, &app.request().with("scope", ONLINE)).await;
    let tokens = app.exchange(&callback["code"]).await.json();
    house.clock.advance(TimeDelta::seconds(5));
    let before = browser.cookies.clone();
    let again = app.request().with("scope", ONLINE).with("prompt", "login");
    let callback = app.authorize(&mut browser, &person, &again).await;
    let later = app.exchange(&callback["code"]).await.json();
    assert_ne!(browser.cookies, before, "the cookie is another");
    let sid = |tokens: &Value| claims(tokens["id_token"].as_str().unwrap())["sid"].clone();
    assert_eq!(sid(&tokens), sid(&later));
    let kept = refreshed(&app, refresh_token(&tokens)).await;

    let hint = later["id_token"].as_str().unwrap();
    browser.get(&format!("/logout?id_token_hint={hint}")).await;
    refused(&app.refresh(&kept).await, 400, "invalid_grant");
    is_dead(&app, &later).await;
}

#[tokio::test]
async fn with_the_sessions_last_day_unless_offline_access_was_granted() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let online = refresh_token(&app.tokens(&house, &person, ONLINE).await).to_owned();
    let offline = refresh_token(&app.tokens(&house, &person, OFFLINE).await).to_owned();
    house.clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    let online = refreshed(&app, &online).await;
    house.clock.advance(TimeDelta::seconds(1));
    refused(&app.refresh(&online).await, 400, "invalid_grant");
    refreshed(&app, &offline).await;
}

#[tokio::test]
async fn an_access_token_does_not_outlive_the_grant() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let first = refresh_token(&app.tokens(&house, &person, ONLINE).await).to_owned();
    house.clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(60));
    let page = app.refresh(&first).await.json();
    let access = page["access_token"].as_str().unwrap();
    house.clock.advance(TimeDelta::seconds(61));
    assert!(!alive(&app, access).await);
    assert_eq!(app.userinfo(access).await.status, 401);
}

#[tokio::test]
async fn with_the_account_at_once_and_for_good() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let tokens = app.tokens(&house, &person, OFFLINE).await;
    let mut browser = house.signed_in(&person).await;
    house.cardea(&["user", "disable", &person.email]);
    is_dead(&app, &tokens).await;
    assert_eq!(browser.get("/account").await.location(), Some("/login"));
    house.cardea(&["user", "enable", &person.email]);
    is_dead(&app, &tokens).await;
}

#[tokio::test]
async fn with_the_account_that_was_removed() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let tokens = app.tokens(&house, &person, OFFLINE).await;
    house.cardea(&["user", "remove", &person.email]);
    is_dead(&app, &tokens).await;
}

#[tokio::test]
async fn with_the_password_that_was_set_anew() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let (person, other) = (house.person("ada@example.com"), house.person("bob@example.com"));
    let (hers, his) = (app.tokens(&house, &person, OFFLINE).await, app.tokens(&house, &other, OFFLINE).await);
    let mut browser = house.signed_in(&person).await;
    let set = ["user", "set-password", person.email.as_str(), "--password-stdin"];
    house.try_cardea(&set, Some("another correct horse battery")).unwrap();
    is_dead(&app, &hers).await;
    assert_eq!(browser.get("/account").await.location(), Some("/login"));
    refreshed(&app, refresh_token(&his)).await;
}

#[tokio::test]
async fn with_the_client_that_was_switched_off() {
    let house = House::open().await;
    let (app, other) = (house.app("newspaper"), house.app_with("archive", &["--may-introspect"]));
    let machine = crate::house::wire::machine(&house, "reports", &[]);
    let person = house.person("ada@example.com");
    let tokens = app.tokens(&house, &person, OFFLINE).await;
    let access = tokens["access_token"].as_str().unwrap();
    let own = machine.token(&[("grant_type", "client_credentials")]).await.json();
    let own = own["access_token"].as_str().unwrap();
    assert!(alive(&other, access).await && alive(&other, own).await);
    house.cardea(&["client", "disable", &app.id]);
    house.cardea(&["client", "disable", &machine.id]);
    assert!(!alive(&other, access).await && !alive(&other, own).await, "at once, for a resource server that asks");
    assert_eq!(app.userinfo(access).await.status, 401);
    eventually("the client is refused", || async { app.refresh(refresh_token(&tokens)).await.status == 401 }).await;
    eventually("the machine is refused", || async {
        machine.token(&[("grant_type", "client_credentials")]).await.status == 401
    })
    .await;
    house.cardea(&["client", "enable", &app.id]);
    eventually("the client is back", || async { app.refresh(refresh_token(&tokens)).await.status != 401 }).await;
    refused(&app.refresh(refresh_token(&tokens)).await, 400, "invalid_grant");
}

#[tokio::test]
async fn with_the_client_that_was_removed() {
    let house = House::open().await;
    let (app, other) = (house.app("newspaper"), house.app_with("archive", &["--may-introspect"]));
    let tokens = app.tokens(&house, &house.person("ada@example.com"), OFFLINE).await;
    house.cardea(&["client", "remove", &app.id]);
    let access = tokens["access_token"].as_str().unwrap();
    assert!(!alive(&other, access).await);
    assert_eq!(app.userinfo(access).await.status, 401);
    eventually("the client is refused", || async { app.refresh(refresh_token(&tokens)).await.status == 401 }).await;
}
