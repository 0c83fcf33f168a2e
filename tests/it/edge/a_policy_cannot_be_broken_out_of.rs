//! The content security policy names where a form may lead: an origin, whatever else the redirect URI holds.

use crate::house::House;
use crate::house::app::answer;

#[tokio::test]
async fn a_pages_policy_lets_no_redirect_uri_break_out_of_it() {
    let house = House::open().await;
    let uri = "https://shop.example/cb;script-src%20'unsafe-inline'?a=;default-src%20%2A";
    let app = house.app_with("shop", &["--redirect-uri", uri]);
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    let page = browser.get(&app.request().url()).await;
    let page = browser.follow(page).await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self' https://shop.example;"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    let page = answer(&mut browser, &ada, page).await;
    assert!(page.location().unwrap().starts_with(uri), "{:?}", page.location());
}
