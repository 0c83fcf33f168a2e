//! Several servers over one database agree: on keys, sessions, forms, single use and revocation.

use chrono::TimeDelta;
use futures_util::future::{join, join_all};
use serde_json::Value;

use crate::house::House;
use crate::house::app::{answer, header};
use crate::house::browser::Browser;
use crate::house::server::Node;
use crate::house::wire::{alive, eventually, machine};

/// The same browser, sent to the other server by a load balancer.
fn moved(browser: &Browser, node: &Node) -> Browser {
    let mut moved = node.browser();
    moved.cookies.clone_from(&browser.cookies);
    moved
}

async fn kids(browser: &mut Browser) -> Vec<Value> {
    browser.get("/jwks").await.json()["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect()
}

#[tokio::test]
async fn on_keys() {
    let house = House::open().await;
    let node = house.node().await;
    let app = machine(&house, "reports", &[]);
    assert_eq!(kids(&mut house.browser()).await, kids(&mut node.browser()).await);
    // The schedule falls due on both at once: one of them makes the keys, both use them.
    house.clock.advance(TimeDelta::days(90));
    for browser in [house.browser(), node.browser()] {
        eventually("three more keys", || {
            let mut browser = browser.clone();
            async move { kids(&mut browser).await.len() == 6 }
        })
        .await;
    }
    assert_eq!(kids(&mut house.browser()).await, kids(&mut node.browser()).await);
    house.clock.advance(TimeDelta::hours(24));
    let (here, there) = (app.clone(), app.at(&node));
    let here = here.token(&[("grant_type", "client_credentials")]).await.json();
    let there = there.token(&[("grant_type", "client_credentials")]).await.json();
    let kid = |tokens: &Value| header(tokens["access_token"].as_str().unwrap())["kid"].clone();
    assert_eq!(kid(&here), kid(&there));
    assert!(alive(&app, there["access_token"].as_str().unwrap()).await);
    assert!(alive(&app.at(&node), here["access_token"].as_str().unwrap()).await);
}

#[tokio::test]
async fn on_sessions_and_half_done_requests() {
    let house = House::open().await;
    let node = house.node().await;
    let app = house.app("newspaper");
    let ada = house.person("ada@example.com");
    // The form comes from one server and goes to the other, and so does the consent.
    let mut here = house.browser();
    let first = here.get(&app.request().url()).await;
    let login = here.follow(first).await;
    let mut there = moved(&here, &node);
    let (action, hidden) = login.form();
    let mut fields: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([("email", ada.email.as_str()), ("password", ada.password.as_str())]);
    let page = there.post(&action, &fields).await;
    assert_eq!(page.status, 303, "{}", page.text());
    let page = answer(&mut there, &ada, page).await;
    let code = page.callback()["code"].clone();
    assert_eq!(app.exchange(&code).await.status, 200);
    // Signed in there is signed in here; signed out here is signed out there.
    let mut here = house.browser();
    here.cookies.clone_from(&there.cookies);
    assert_eq!(here.get("/account").await.status, 200);
    house.cardea(&["user", "set-password", &ada.email]);
    assert_eq!(there.get("/account").await.location(), Some("/login"));
    assert_eq!(here.get("/account").await.location(), Some("/login"));
}

#[tokio::test]
async fn on_single_use_and_revocation() {
    let house = House::open().await;
    let node = house.node().await;
    let (app, ada) = (house.app("newspaper"), house.person("ada@example.com"));
    let elsewhere = app.at(&node);
    for _ in 0..4 {
        let request = app.request().with("scope", "openid offline_access");
        let code = app.code_for(&house, &ada, &request).await;
        let (one, two) = join(app.exchange(&code), elsewhere.exchange(&code)).await;
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400], "{} {}", one.body, two.body);
        let bought = if one.status == 200 { one.json() } else { two.json() };
        assert!(!alive(&app, bought["access_token"].as_str().unwrap()).await, "RFC 6749 4.1.2");
    }
    let tokens = app.tokens(&house, &ada, "openid offline_access").await;
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let pages = join_all([&app, &elsewhere, &app, &elsewhere, &app, &elsewhere].map(|app| app.refresh(refresh))).await;
    let successors: Vec<Value> = pages.iter().map(|page| page.json()["refresh_token"].clone()).collect();
    assert!(successors.iter().all(|one| one.is_string() && *one == successors[0]), "{successors:?}");
    let access = pages[0].json()["access_token"].as_str().unwrap().to_owned();
    assert!(alive(&elsewhere, &access).await);
    assert_eq!(elsewhere.post("/revoke", &[("token", &access)]).await.status, 200);
    assert!(!alive(&app, &access).await, "at once: revocation is asked of the database, not of a cache");
}
