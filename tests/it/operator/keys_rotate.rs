//! Signing keys: announced before they sign, in the JWKS until the last token has expired, by schedule or by the operator.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::Value;

use crate::house::House;
use crate::house::app::{App, header};
use crate::house::wire::{alive, eventually, jwks, machine, verified};

use super::{refused, text};

const ALGORITHMS: [&str; 3] = ["RS256", "ES256", "EdDSA"];

async fn token(app: &App) -> String {
    let page = app.token(&[("grant_type", "client_credentials")]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    text(&page.json(), "access_token").to_owned()
}

fn kid(token: &str) -> String {
    text(&header(token), "kid").to_owned()
}

async fn published(house: &House) -> BTreeSet<String> {
    jwks(house).await.iter().map(|key| text(key, "kid").to_owned()).collect()
}

/// The ids of the listed keys in this state.
fn listed(keys: &Value, state: &str) -> BTreeSet<String> {
    let keys = keys.as_array().unwrap().iter().filter(|key| key["state"] == state);
    keys.map(|key| text(key, "kid").to_owned()).collect()
}

fn states(keys: &Value) -> [usize; 3] {
    ["announced", "active", "retired"].map(|state| listed(keys, state).len())
}

#[tokio::test]
async fn the_list_says_where_each_key_is_in_its_life() {
    let house = House::open().await;
    let keys = house.cardea(&["key", "list"]);
    assert_eq!(states(&keys), [0, 3, 0], "{keys}");
    let algorithms: BTreeSet<&str> = keys.as_array().unwrap().iter().map(|key| text(key, "alg")).collect();
    assert_eq!(algorithms, ALGORITHMS.into());
    assert_eq!(listed(&keys, "active"), published(&house).await);
    let keys = house.cardea(&["key", "rotate", "--alg", "ES256"]);
    assert_eq!(states(&keys), [1, 3, 0], "{keys}");
    let keys = house.cardea(&["key", "rotate", "--now", "--alg", "ES256"]);
    // The announced one has not begun; the one that signed until now is retired.
    assert_eq!(states(&keys), [1, 3, 1], "{keys}");
    assert_eq!(house.cardea(&["key", "list"]), keys);
    assert!(refused(&house, &["key", "rotate", "--alg", "HS256"], None).contains("RS256, ES256 or EdDSA"));
    assert!(house.events().iter().filter(|kind| *kind == "key.announced").count() >= 2);
}

#[tokio::test]
async fn a_running_server_signs_with_a_key_that_must_be_used_now_within_two_seconds() {
    let house = House::open().await;
    let app = machine(&house, "reports", &[]);
    let old = token(&app).await;
    house.cardea(&["key", "rotate", "--now"]);
    // The operator's clock is the system's, the server's is the test's: bring it past the command.
    house.clock.advance(TimeDelta::minutes(1));
    let begun = Instant::now();
    eventually("the new key signs", || async { kid(&token(&app).await) != kid(&old) }).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let new = token(&app).await;
    assert!(alive(&app, &old).await && alive(&app, &new).await);
    verified(&house, &old).await;
    verified(&house, &new).await;
    assert_eq!(published(&house).await.len(), 6);
}

#[tokio::test]
async fn a_key_is_in_the_jwks_before_it_signs() {
    let house = House::open().await;
    let app = machine(&house, "reports", &[]);
    let before = published(&house).await;
    let old = kid(&token(&app).await);
    let announced = listed(&house.cardea(&["key", "rotate"]), "announced");
    assert_eq!(announced.len(), 3);
    eventually("the announced keys are published", || async { published(&house).await.is_superset(&announced) }).await;
    assert!(published(&house).await.is_superset(&before));
    assert_eq!(kid(&token(&app).await), old, "nobody out there knows the new one yet");
    house.clock.advance(TimeDelta::hours(23));
    assert_eq!(kid(&token(&app).await), old);
    house.clock.advance(TimeDelta::hours(2));
    let last = token(&app).await;
    assert!(announced.contains(&kid(&last)));
    assert!(published(&house).await.is_superset(&before), "tokens signed by the old keys are still about");
    // A day, the longest life of a token, after the last use of the old keys.
    house.clock.advance(TimeDelta::hours(24));
    eventually("the old keys leave", || async { published(&house).await == announced }).await;
    assert!(announced.contains(&kid(&token(&app).await)));
}

#[tokio::test]
async fn the_schedule_announces_at_89_days_and_signs_at_90() {
    let house = House::open().await;
    let app = machine(&house, "reports", &["--access-ttl", "24h"]);
    let before = published(&house).await;
    // The keys are as old as this run; a minute covers it.
    house.clock.advance(TimeDelta::days(89) - TimeDelta::minutes(15));
    assert_eq!(published(&house).await, before);
    house.clock.advance(TimeDelta::minutes(30));
    eventually("the successors are announced", || async { published(&house).await.len() == 6 }).await;
    assert!(before.contains(&kid(&token(&app).await)));
    house.clock.advance(TimeDelta::hours(23));
    let last = token(&app).await;
    assert!(before.contains(&kid(&last)), "the last token by the old key");
    house.clock.advance(TimeDelta::hours(2));
    let first = token(&app).await;
    assert!(!before.contains(&kid(&first)));
    house.clock.advance(TimeDelta::hours(21));
    assert!(alive(&app, &last).await, "it lives until its own end");
    verified(&house, &last).await;
    house.clock.advance(TimeDelta::hours(2));
    eventually("the old keys leave", || async { published(&house).await.is_disjoint(&before) }).await;
    assert_eq!(published(&house).await.len(), 3, "one rotation, and no more");
    assert!(!alive(&app, &last).await && alive(&app, &first).await);
}
