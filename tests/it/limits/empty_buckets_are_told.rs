//! 429 with `Retry-After`: a page for people, an OAuth error for apps; and one empty bucket leaves the others full.

use crate::house::browser::Page;

use super::{fail, get, strict};

/// How long to wait, in seconds, as the answer says it.
fn wait(page: &Page) -> u64 {
    assert_eq!(page.status, 429, "{}", page.body);
    let wait = page.header("retry-after").parse().expect("seconds");
    assert!((1..=61).contains(&wait), "{wait}");
    wait
}

#[tokio::test]
async fn people_read_a_page() {
    let house = strict(&["login", "signup"], &[("CARDEA_LOGIN__SITE_NAME", "Hingeville")]).await;
    let mut browser = house.browser();
    assert_eq!(fail(&mut browser, &[]).await.status, 200);
    assert_eq!(fail(&mut browser, &[]).await.status, 200);
    let page = fail(&mut browser, &[]).await;
    let wait = wait(&page);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.text().contains(&format!("wait {wait} seconds")), "{}", page.text());
    assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.text().contains("Hingeville"), "{}", page.text());
    assert_eq!(browser.get("/login").await.status, 200, "the form itself can still be read");
    assert_eq!(browser.post("/signup", &[]).await.status, 403, "signing up has a bucket of its own");
}

#[tokio::test]
async fn apps_read_an_oauth_error() {
    let house = strict(&["token", "introspection"], &[]).await;
    let app = house.app("shop");
    for path in ["/token", "/introspect"] {
        for _ in 0..2 {
            assert_ne!(app.post(path, &[("token", "x")]).await.status, 429, "{path}");
        }
        let page = app.post(path, &[("token", "x")]).await;
        wait(&page);
        assert_eq!(page.header("content-type"), "application/json", "{path}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert_eq!(page.json()["error"], "temporarily_unavailable", "{path}");
    }
    // Revocation counts with the token endpoint; keys, metadata and pages do not.
    wait(&app.post("/revoke", &[("token", "x")]).await);
    for path in ["/jwks", "/.well-known/openid-configuration", "/login", "/healthz", "/readyz"] {
        assert_eq!(get(&house, path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_browser_app_can_read_that_it_came_too_often() {
    let house = strict(&["token"], &[]).await;
    let app = house.app("shop");
    let mut page = app.token(&[]).await;
    for _ in 0..2 {
        page = app.token(&[]).await;
    }
    wait(&page);
    assert_eq!(page.header("access-control-allow-origin"), "*");
    assert!(page.header("access-control-expose-headers").contains("retry-after"));
}

#[tokio::test]
async fn the_authorization_endpoint_and_the_rest_have_theirs() {
    let house = strict(&["authorize", "other"], &[]).await;
    let app = house.app("shop");
    let mut browser = house.browser();
    for _ in 0..2 {
        assert_eq!(browser.get(&app.request().url()).await.status, 303);
    }
    let page = browser.get(&app.request().url()).await;
    wait(&page);
    assert_eq!((page.header("content-type"), page.location()), ("text/html; charset=utf-8", None));
    for path in ["/jwks", "/userinfo"] {
        assert_ne!(get(&house, path).await.status, 429, "{path}");
    }
    let page = get(&house, "/jwks").await;
    wait(&page);
    assert_eq!(page.header("content-type"), "application/json");
    for path in ["/healthz", "/readyz"] {
        for _ in 0..4 {
            assert_eq!(get(&house, path).await.status, 200, "{path} is for the operator's probes");
        }
    }
}
