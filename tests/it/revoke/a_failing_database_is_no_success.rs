//! RFC 7009 2.2.1: when the storage fails the client must learn it, or it would trust a token's end that never came.

use reqwest::Method;

use crate::house::House;
use crate::house::browser::Page;
use crate::house::wire::{ask, eventually};

/// 5xx as JSON, with the id under which the log has the cause, and nothing about the cause itself.
fn failed(page: &Page) {
    assert!((500..=599).contains(&page.status), "{} {}", page.status, page.body);
    let body = page.json();
    assert!(body["error"] == "server_error" || body["error"] == "temporarily_unavailable", "{body}");
    let id = body["request_id"].as_str().unwrap();
    assert!(!id.is_empty());
    assert_eq!(page.header("x-request-id"), id);
    assert_eq!(page.header("cache-control"), "no-store");
    for word in ["sql", "database", "postgres", "disk", "table", "/tmp"] {
        assert!(!page.body.to_lowercase().contains(word), "{}", page.body);
    }
}

#[tokio::test]
async fn revocation_the_token_endpoint_and_readiness_say_so() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let tokens = app.tokens(&house, &person, "openid offline_access").await;
    let code = app.code(&house, &person).await;
    let (access, refresh) = (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
    assert_eq!(ask(&house, Method::GET, "/readyz", &[]).await.status, 200);

    house.database.take_away();

    failed(&app.post("/revoke", &[("token", refresh)]).await);
    failed(&app.post("/revoke", &[("token", access)]).await);
    failed(&app.refresh(refresh).await);
    failed(&app.exchange(&code).await);
    failed(&app.userinfo(access).await);
    failed(&app.post("/introspect", &[("token", access)]).await);
    eventually("readiness is gone", || async { ask(&house, Method::GET, "/readyz", &[]).await.status == 503 }).await;
    assert_eq!(ask(&house, Method::GET, "/healthz", &[]).await.status, 200, "the process itself is well");
    assert_eq!(ask(&house, Method::GET, "/jwks", &[]).await.status, 200, "keys are in memory");
}

#[tokio::test]
async fn what_failed_can_be_done_when_the_database_is_back() {
    let house = House::open().await;
    if !house.database.is_postgres() {
        // A file that was taken away does not come back.
        return;
    }
    let app = house.app("newspaper");
    let tokens = app.tokens(&house, &house.person("ada@example.com"), "openid offline_access").await;
    let refresh = tokens["refresh_token"].as_str().unwrap();
    house.database.take_away();
    failed(&app.post("/revoke", &[("token", refresh)]).await);
    house.database.bring_back();
    eventually("the revocation works again", || async {
        app.post("/revoke", &[("token", refresh)]).await.status == 200
    })
    .await;
    crate::house::wire::inactive(&app.introspect(tokens["access_token"].as_str().unwrap()).await);
}
