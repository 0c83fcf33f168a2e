//! RP-Initiated Logout 2, 3: with an ID token of this very session, at once, and back to a registered address.

use chrono::TimeDelta;

use crate::house::app::App;
use crate::house::wire::{alive, form};
use crate::house::{Browser, House};

/// An app, a browser in which somebody signed in to it, the ID token and the access token.
async fn start(house: &House) -> (App, Browser, String, String) {
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let mut browser = house.browser();
    let callback = app.authorize(&mut browser, &person, &app.request()).await;
    let tokens = app.exchange(&callback["code"]).await.json();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    (app, browser, text("id_token"), text("access_token"))
}

const GOODBYE: (&str, &str) = ("post_logout_redirect_uri", "https://newspaper.example/goodbye");

fn logout(fields: &[(&str, &str)]) -> String {
    format!("/logout?{}", form(fields))
}

async fn is_signed_in(browser: &mut Browser) -> bool {
    browser.get("/account").await.status == 200
}

#[tokio::test]
async fn at_once_and_back_with_the_state_as_it_came() {
    let house = House::open().await;
    let (app, mut browser, hint, access) = start(&house).await;
    let before = browser.clone();
    assert!(is_signed_in(&mut browser).await);
    let state = "a&b=c #d%\r\n\u{e9}";
    let page =
        browser.get(&logout(&[("id_token_hint", &hint), GOODBYE, ("state", state), ("client_id", &app.id)])).await;
    assert_eq!(page.status, 303);
    assert_eq!(page.location().unwrap().split('?').next(), Some(GOODBYE.1));
    assert_eq!(page.callback(), [("state".to_owned(), state.to_owned())].into());
    assert!(!browser.cookies.contains_key("cardea_session"));
    assert!(!is_signed_in(&mut browser).await);
    // ASVS 7.4.1: not the cookie is gone, the session is.
    assert!(!is_signed_in(&mut before.clone()).await);
    assert!(!alive(&app, &access).await, "the grant ends with its session");
    assert!(house.events().contains(&"session.ended".to_owned()));
}

#[tokio::test]
async fn by_a_form_too() {
    let house = House::open().await;
    let (_, mut browser, hint, _) = start(&house).await;
    let page = browser.post("/logout", &[("id_token_hint", &hint), GOODBYE, ("state", "s")]).await;
    assert_eq!((page.status, page.location()), (303, Some("https://newspaper.example/goodbye?state=s")));
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn an_expired_hint_still_counts() {
    let house = House::open().await;
    let (_, mut browser, hint, _) = start(&house).await;
    house.clock.advance(TimeDelta::minutes(90));
    assert!(is_signed_in(&mut browser).await);
    let page = browser.get(&logout(&[("id_token_hint", &hint), GOODBYE])).await;
    assert_eq!(page.location(), Some(GOODBYE.1), "no state was sent, none comes back");
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn without_an_address_the_person_stays_here() {
    let house = House::open().await;
    let (_, mut browser, hint, _) = start(&house).await;
    let page = browser.get(&logout(&[("id_token_hint", &hint), ("state", "s")])).await;
    assert_eq!((page.status, page.location()), (303, Some("/signed-out")));
    assert!(!is_signed_in(&mut browser).await);
    assert_eq!(browser.get("/signed-out").await.status, 200);
}

#[tokio::test]
async fn who_is_signed_out_already_is_sent_back_all_the_same() {
    let house = House::open().await;
    let (_, mut browser, hint, _) = start(&house).await;
    let url = logout(&[("id_token_hint", &hint), GOODBYE, ("state", "s")]);
    browser.get(&url).await;
    let again = browser.get(&url).await;
    assert_eq!(again.location(), Some("https://newspaper.example/goodbye?state=s"));
    let page = house.browser().get(&logout(&[GOODBYE, ("client_id", "newspaper")])).await;
    assert_eq!(page.location(), Some("/signed-out"), "without a hint nobody is sent anywhere");
}
