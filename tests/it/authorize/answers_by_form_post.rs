//! OAuth 2.0 Form Post Response Mode: the answer, an error too, is a form that the browser posts; nothing is in a URL.

use crate::house::app::answer;
use crate::house::{House, Page};

fn fields(page: &Page, redirect_uri: &str) -> Vec<(String, String)> {
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(page.location(), None);
    let (action, mut fields) = page.form();
    assert_eq!(action, redirect_uri);
    fields.sort();
    fields
}

#[tokio::test]
async fn a_code_is_posted() {
    let house = House::open().await;
    let app = house.app("shop");
    let person = house.person("ada@example.com");
    let mut browser = house.browser();
    let page = browser.get(&app.request().with("response_mode", "form_post").with("state", "\"><b>&amp;'").url()).await;
    let page = answer(&mut browser, &person, page).await;
    let fields = fields(&page, &app.redirect_uri);
    let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["code", "iss", "state"]);
    assert_eq!(fields[1].1, house.issuer);
    assert_eq!(fields[2].1, "\"><b>&amp;'");
    assert!(!page.body.contains("<b>"), "{}", page.body);
    assert_eq!(app.exchange(&fields[0].1).await.status, 200);

    // It may post to the app, and runs no script but our own file.
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self' https://shop.example;"), "{policy}");
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("cache-control"), "no-store");
    // Without script it is a button.
    assert!(page.body.contains("<button"), "{}", page.body);
    assert!(!page.body.contains("onload"), "{}", page.body);
}

#[tokio::test]
async fn an_error_is_posted() {
    let house = House::open().await;
    let app = house.app("shop");
    let request = app.request().with("response_mode", "form_post").with("prompt", "none");
    let page = house.browser().get(&request.url()).await;
    let fields = fields(&page, &app.redirect_uri);
    let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["error", "error_description", "iss", "state"]);
    assert_eq!(fields[0].1, "login_required");
    assert_eq!(fields[2].1, house.issuer);
    assert_eq!(fields[3].1, "the-state");
}

#[tokio::test]
async fn an_unknown_redirect_uri_is_not_posted_to() {
    let house = House::open().await;
    let app = house.app("shop");
    for uri in ["https://evil.example/callback", "javascript:alert(1)"] {
        let page = house
            .browser()
            .get(&app.request().with("response_mode", "form_post").with("redirect_uri", uri).url())
            .await;
        super::stopped(&page, 400);
        assert!(!page.body.contains("<form"), "{}", page.body);
    }
}
