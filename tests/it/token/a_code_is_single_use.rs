//! RFC 6749 4.1.2, RFC 9700 2.1.1: a code works once; its second use also ends what the first one bought.

use futures_util::future::join_all;

use crate::house::House;
use crate::house::wire::{alive, refused};

const SCOPE: &str = "openid profile email offline_access";

#[tokio::test]
async fn the_second_use_is_refused_and_ends_the_tokens_of_the_first() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let code = app.code_for(&house, &person, &app.request().with("scope", SCOPE)).await;
    let tokens = app.exchange(&code).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert!(alive(&app, access).await && alive(&app, refresh).await);

    refused(&app.exchange(&code).await, 400, "invalid_grant");

    assert!(!alive(&app, access).await && !alive(&app, refresh).await);
    assert_eq!(app.userinfo(access).await.status, 401);
    refused(&app.refresh(refresh).await, 400, "invalid_grant");
    refused(&app.exchange(&code).await, 400, "invalid_grant");
    let replays = house.events().into_iter().filter(|kind| kind == "code.replayed").count();
    assert_eq!(replays, 1, "one alert for one family");
}

#[tokio::test]
async fn the_second_use_ends_what_was_refreshed_since() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let code = app.code_for(&house, &person, &app.request().with("scope", SCOPE)).await;
    let tokens = app.exchange(&code).await.json();
    let successor = app.refresh(tokens["refresh_token"].as_str().unwrap()).await.json();
    house.clock.advance(chrono::TimeDelta::seconds(30));
    refused(&app.exchange(&code).await, 400, "invalid_grant");
    assert!(!alive(&app, successor["access_token"].as_str().unwrap()).await);
    refused(&app.refresh(successor["refresh_token"].as_str().unwrap()).await, 400, "invalid_grant");
}

#[tokio::test]
async fn another_clients_use_of_a_spent_code_ends_nothing() {
    let house = House::open().await;
    let (app, thief) = (house.app("newspaper"), house.app("thief"));
    let person = house.person("ada@example.com");
    let code = app.code(&house, &person).await;
    let tokens = app.exchange(&code).await.json();
    refused(&thief.exchange(&code).await, 400, "invalid_grant");
    assert!(alive(&app, tokens["access_token"].as_str().unwrap()).await, "a stranger cannot sign anybody out");
}

#[tokio::test]
async fn of_twenty_parallel_exchanges_one_succeeds_and_its_token_is_revoked() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let code = app.code_for(&house, &person, &app.request().with("scope", SCOPE)).await;
    let pages = join_all((0..20).map(|_| app.exchange(&code))).await;
    let (won, lost): (Vec<_>, Vec<_>) = pages.into_iter().partition(|page| page.status == 200);
    assert_eq!(won.len(), 1);
    for page in &lost {
        refused(page, 400, "invalid_grant");
    }
    let tokens = won[0].json();
    assert!(!alive(&app, tokens["access_token"].as_str().unwrap()).await);
    refused(&app.refresh(tokens["refresh_token"].as_str().unwrap()).await, 400, "invalid_grant");
    assert_eq!(house.events().iter().filter(|kind| *kind == "token.issued").count(), 1);
}
