//! `GET /healthz`: the process is alive. `GET /readyz`: the database answers and the keys are loaded.

use reqwest::Method;
use serde_json::json;

use crate::house::House;
use crate::house::wire::{ask, eventually};

#[tokio::test]
async fn both_answer_in_json_and_nothing_keeps_the_answer() {
    let house = House::open().await;
    for (path, status) in [("/healthz", "alive"), ("/readyz", "ready")] {
        let page = ask(&house, Method::GET, path, &[]).await;
        assert_eq!((page.status, page.json()), (200, json!({ "status": status })));
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(ask(&house, Method::GET, path, &[]).await.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn without_its_database_it_is_alive_but_not_ready_and_says_what_is_missing() {
    let house = House::open().await;
    house.database.take_away();
    eventually("it is not ready", || async { ask(&house, Method::GET, "/readyz", &[]).await.status == 503 }).await;
    let page = ask(&house, Method::GET, "/readyz", &[]).await;
    let body = page.json();
    assert_eq!((&body["status"], &body["missing"]), (&json!("not ready"), &json!("database")));
    assert_eq!(body["request_id"], page.header("x-request-id"));
    assert!(!page.body.contains("sqlite") && !page.body.contains("postgres"), "{}", page.body);
    assert_eq!(ask(&house, Method::GET, "/healthz", &[]).await.status, 200);
    // A person is told in words, and the sign-in page does not break.
    let page = house.browser().get("/account").await;
    assert!(page.status < 500 || page.status == 503 || page.text().contains("Nothing was changed"), "{}", page.text());
    if house.database.is_postgres() {
        house.database.bring_back();
        eventually("it is ready again", || async { ask(&house, Method::GET, "/readyz", &[]).await.status == 200 })
            .await;
        let ada = house.person("ada@example.com");
        house.signed_in(&ada).await;
    }
}
