//! RFC 9700 4.14.2: a refresh token that is used again after its time was stolen, by whom is not known: all of it ends.

use chrono::TimeDelta;

use crate::house::House;
use crate::house::app::App;
use crate::house::wire::{alive, refused, secret_part};

async fn refreshed(app: &App, token: &str) -> String {
    let page = app.refresh(token).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.json()["refresh_token"].as_str().unwrap().to_owned()
}

/// An app and the first tokens of a family.
async fn start(house: &House) -> (App, String, String) {
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let tokens = app.tokens(house, &person, "openid offline_access").await;
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    (app, text("access_token"), text("refresh_token"))
}

async fn is_dead(house: &House, app: &App, access: &str, newest: &str) {
    refused(&app.refresh(newest).await, 400, "invalid_grant");
    assert!(!alive(app, access).await && !alive(app, newest).await);
    assert_eq!(app.userinfo(access).await.status, 401);
    let replays = house.events().iter().filter(|kind| *kind == "token.refresh_replayed").count();
    assert_eq!(replays, 1);
}

#[tokio::test]
async fn after_the_window() {
    let house = House::open().await;
    let (app, access, first) = start(&house).await;
    let second = refreshed(&app, &first).await;
    house.clock.advance(TimeDelta::seconds(31));
    refused(&app.refresh(&first).await, 400, "invalid_grant");
    is_dead(&house, &app, &access, &second).await;
}

#[tokio::test]
async fn within_the_window_when_the_successor_was_used() {
    let house = House::open().await;
    let (app, access, first) = start(&house).await;
    let second = refreshed(&app, &first).await;
    let third = refreshed(&app, &second).await;
    refused(&app.refresh(&first).await, 400, "invalid_grant");
    is_dead(&house, &app, &access, &third).await;
}

#[tokio::test]
async fn of_an_older_ancestor() {
    let house = House::open().await;
    let (app, access, first) = start(&house).await;
    let mut newest = first.clone();
    for _ in 0..4 {
        newest = refreshed(&app, &newest).await;
        house.clock.advance(TimeDelta::seconds(10));
    }
    refused(&app.refresh(&first).await, 400, "invalid_grant");
    is_dead(&house, &app, &access, &newest).await;
}

#[tokio::test]
async fn even_when_the_replay_asks_for_too_much() {
    let house = House::open().await;
    let (app, access, first) = start(&house).await;
    let second = refreshed(&app, &first).await;
    house.clock.advance(TimeDelta::seconds(31));
    let fields = [("grant_type", "refresh_token"), ("refresh_token", first.as_str()), ("scope", "everything")];
    refused(&app.token(&fields).await, 400, "invalid_grant");
    is_dead(&house, &app, &access, &second).await;
}

#[tokio::test]
async fn and_only_its_own_family() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let first = app.tokens(&house, &person, "openid offline_access").await;
    let other = app.tokens(&house, &person, "openid offline_access").await;
    refreshed(&app, first["refresh_token"].as_str().unwrap()).await;
    house.clock.advance(TimeDelta::seconds(31));
    refused(&app.refresh(first["refresh_token"].as_str().unwrap()).await, 400, "invalid_grant");
    refreshed(&app, other["refresh_token"].as_str().unwrap()).await;
}

#[tokio::test]
async fn but_not_a_forged_one() {
    let house = House::open().await;
    let (app, access, first) = start(&house).await;
    let second = refreshed(&app, &first).await;
    house.clock.advance(TimeDelta::seconds(31));
    // The right id of a spent token with a secret that somebody made up.
    let forged = first.replace(secret_part(&first), &"A".repeat(43));
    refused(&app.refresh(&forged).await, 400, "invalid_grant");
    assert!(alive(&app, &access).await, "ids are no secrets: knowing one must not end a family");
    refreshed(&app, &second).await;
}
