//! Client secrets rotate without a gap: two may be live, and a leaked one dies at once.

use chrono::TimeDelta;

use crate::house::House;
use crate::house::wire::{basic, eventually, machine, post};

async fn works(house: &House, id: &str, secret: &str) -> bool {
    let header = basic(id, secret);
    let page = post(house, "/token", &[("authorization", &header)], &[("grant_type", "client_credentials")]).await;
    assert!(page.status == 200 || page.status == 401, "{}", page.body);
    page.status == 200
}

#[tokio::test]
async fn both_secrets_work_during_the_overlap_and_the_older_one_not_after_it() {
    let house = House::open().await;
    let first = machine(&house, "reports", &[]).secret.unwrap();
    assert!(works(&house, "reports", &first).await);
    let rotated = house.cardea(&["client", "rotate-secret", "reports", "--overlap", "1h"]);
    let second = rotated["client_secret"].as_str().unwrap();
    assert_ne!(first, second);
    eventually("the new secret works", || works(&house, "reports", second)).await;
    assert!(works(&house, "reports", &first).await, "the overlap has begun");
    house.clock.advance(TimeDelta::minutes(59));
    assert!(works(&house, "reports", &first).await, "the overlap lasts");
    house.clock.advance(TimeDelta::minutes(2));
    assert!(!works(&house, "reports", &first).await, "the overlap is over");
    assert!(works(&house, "reports", second).await);
}

#[tokio::test]
async fn without_an_overlap_the_older_secret_is_dead() {
    let house = House::open().await;
    let first = machine(&house, "reports", &[]).secret.unwrap();
    let rotated = house.cardea(&["client", "rotate-secret", "reports", "--overlap", "0s"]);
    // The operator's clock is the system's, the server's is the test's: bring it past the command.
    house.clock.advance(TimeDelta::minutes(1));
    eventually("the older secret is dead", || async { !works(&house, "reports", &first).await }).await;
    assert!(works(&house, "reports", rotated["client_secret"].as_str().unwrap()).await);
}

#[tokio::test]
async fn at_most_two_secrets_are_live() {
    let house = House::open().await;
    let first = machine(&house, "reports", &[]).secret.unwrap();
    let rotate = || {
        let made = house.cardea(&["client", "rotate-secret", "reports", "--overlap", "1h"]);
        made["client_secret"].as_str().unwrap().to_owned()
    };
    let (second, third) = (rotate(), rotate());
    house.clock.advance(TimeDelta::minutes(1));
    eventually("the oldest secret is dead", || async { !works(&house, "reports", &first).await }).await;
    assert!(works(&house, "reports", &second).await && works(&house, "reports", &third).await);
}
