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
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    house.database.take_away();
    eventually("it is not ready", || async { ask(&house, Method::GET, "/readyz", &[]).await.status == 503 }).await;
    let page = ask(&house, Method::GET, "/readyz", &[]).await;
    let body = page.json();
    assert_eq!((&body["status"], &body["missing"]), (&json!("not ready"), &json!("database")));
    assert_eq!(body["request_id"], page.header("x-request-id"));
    assert!(!page.body.contains("sqlite") && !page.body.contains("postgres"), "{}", page.body);
    assert_eq!(ask(&house, Method::GET, "/healthz", &[]).await.status, 200);
    // A person is told in words, with the id that the log has.
    let page = browser.get("/account").await;
    assert!((500..=503).contains(&page.status), "{}", page.status);
    let words = page.text();
    assert!(words.contains("Nothing was changed") && words.contains(page.header("x-request-id")), "{words}");
    assert!(!words.contains("sessions"), "{words}");
    if house.database.is_postgres() {
        house.database.bring_back();
        eventually("it is ready again", || async { ask(&house, Method::GET, "/readyz", &[]).await.status == 200 })
            .await;
        assert_eq!(browser.get("/account").await.status, 200, "whoever was signed in still is");
    }
}
