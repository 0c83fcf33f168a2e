//! Every answer has a request id; error answers show the same one; nothing that a request says becomes one.

use std::collections::BTreeSet;

use reqwest::Method;

use crate::house::House;
use crate::house::wire::ask;

#[tokio::test]
async fn each_its_own() {
    let house = House::open().await;
    let mut seen = BTreeSet::new();
    for path in ["/healthz", "/readyz", "/jwks", "/login", "/authorize", "/nowhere", "/userinfo", "/", "/token"] {
        for _ in 0..3 {
            let page = ask(&house, Method::GET, path, &[("x-request-id", "chosen-outside")]).await;
            let id = page.header("x-request-id");
            assert!(id.len() >= 16 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{path}: {id}");
            assert!(seen.insert(id.to_owned()), "{path}: {id} twice");
            assert!(!page.body.contains("chosen-outside"));
        }
    }
    let node = house.node().await;
    let other = node.browser().get("/healthz").await;
    assert!(seen.insert(other.header("x-request-id").to_owned()));
}

#[tokio::test]
async fn a_page_that_says_no_shows_it_and_the_audit_keeps_it() {
    let house = House::open().await;
    let page = house.browser().get("/authorize?client_id=nobody").await;
    assert_eq!(page.status, 400);
    assert!(page.text().contains(page.header("x-request-id")), "{}", page.text());

    let ada = house.person("ada@example.com");
    let mut browser = house.browser();
    let page = browser.get("/login").await;
    let page = browser.submit(&page, &[("email", &ada.email), ("password", "wrong words")]).await;
    let failed: Vec<_> =
        house.event_rows().into_iter().filter(|event| event.kind.as_str() == "sign_in.failed").collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].origin.request_id, page.header("x-request-id"));
}
