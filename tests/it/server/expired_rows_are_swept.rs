//! The sweeper of a running server deletes what has expired, and nothing that an answer still depends on.

use chrono::TimeDelta;
use diesel::sql_types::BigInt;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};

use crate::house::House;
use crate::house::wire::{alive, eventually, machine};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

fn rows(house: &House, table: &str) -> i64 {
    let query = sql_query(format!("SELECT count(*) AS rows FROM {table}"));
    let url = house.database.url();
    let count: Count = match url.strip_prefix("sqlite:") {
        Some(file) => query.get_result(&mut SqliteConnection::establish(file).unwrap()).unwrap(),
        None => query.get_result(&mut PgConnection::establish(&url).unwrap()).unwrap(),
    };
    count.rows
}

#[tokio::test]
async fn what_has_expired_goes_and_what_lives_stays() {
    let house = House::with(&[("CARDEA_SWEEPER__EVERY", "1s"), ("CARDEA_SWEEPER__BATCH", "2")]).await;
    let app = house.app("newspaper");
    let ada = house.person("ada@example.com");
    let short = house.app_with("short", &["--refresh-absolute-ttl", "1h", "--first-party"]);
    let kept = app.tokens(&house, &ada, "openid offline_access").await;
    for _ in 0..5 {
        let tokens = short.tokens(&house, &ada, "openid offline_access").await;
        let access = tokens["access_token"].as_str().unwrap();
        assert_eq!(short.post("/revoke", &[("token", access)]).await.status, 200);
    }
    let counts = || {
        ["codes", "interactions", "sessions", "grants", "refresh_tokens", "revoked_tokens"]
            .map(|table| rows(&house, table))
    };
    let before = counts();
    assert_eq!((before[0], before[3], before[4], before[5]), (6, 6, 6, 5), "{before:?}");

    // A revoked access token is remembered until it expires by itself; everything else a day longer than it lives.
    house.clock.advance(TimeDelta::minutes(11));
    eventually("revoked access tokens are forgotten", || async { counts()[5] == 0 }).await;
    assert_eq!(counts()[..5], before[..5]);

    house.clock.advance(TimeDelta::days(3));
    eventually("the rest is swept", || async { counts() == [0, 0, 0, 1, 1, 0] }).await;
    assert!(alive(&app, kept["refresh_token"].as_str().unwrap()).await, "the family lives for 180 days");
    let refreshed = app.refresh(kept["refresh_token"].as_str().unwrap()).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.body);
    assert_eq!((rows(&house, "clients"), rows(&house, "users")), (2, 1));
    let consents = rows(&house, "consents");
    assert!(consents >= 1, "what a person allowed is remembered");
}

#[tokio::test]
async fn events_are_kept_as_long_as_the_operator_wants() {
    let house = House::with(&[("CARDEA_SWEEPER__EVERY", "1s"), ("CARDEA_AUDIT__RETENTION", "30d")]).await;
    machine(&house, "reports", &[]);
    house.clock.advance(TimeDelta::days(29));
    house.signed_in(&house.person("ada@example.com")).await;
    assert!(house.events().iter().any(|kind| kind == "client.added"));
    house.clock.advance(TimeDelta::days(2));
    eventually("old events are gone", || async { !house.events().iter().any(|kind| kind == "client.added") }).await;
    assert!(house.events().iter().any(|kind| kind == "sign_in.succeeded"));
}
