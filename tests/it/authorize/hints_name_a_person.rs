//! `id_token_hint` and `login_hint` (OpenID Connect Core 3.1.2.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;

use crate::house::House;
use crate::house::app::{answer, claims};

use super::{refused, sent};

#[tokio::test]
async fn an_id_token_hint_succeeds_for_its_person_and_fails_for_another() {
    let house = House::open().await;
    let app = house.app("shop");
    let (ada, bob) = (house.person("ada@example.com"), house.person("bob@example.com"));
    let mut adas = house.browser();
    let callback = app.authorize(&mut adas, &ada, &app.request()).await;
    let tokens = app.exchange(&callback["code"]).await.json();
    let hint = tokens["id_token"].as_str().unwrap();
    let mut bobs = house.browser();
    app.authorize(&mut bobs, &bob, &app.request()).await;
    let hinted = app.request().with("id_token_hint", hint);
    let silent = hinted.clone().with("prompt", "none");

    // A hint may have expired.
    house.clock.advance(TimeDelta::minutes(30));
    assert!(sent(&house, &adas.get(&silent.url()).await, &app.redirect_uri).contains_key("code"));
    assert_eq!(refused(&house, &bobs.get(&silent.url()).await, &app.redirect_uri), "login_required");
    assert_eq!(refused(&house, &house.browser().get(&silent.url()).await, &app.redirect_uri), "login_required");

    // With pages: Bob is asked to sign in as somebody else; as himself again he is refused.
    let page = bobs.get(&hinted.url()).await;
    assert!(page.location().unwrap().starts_with("/login?"), "{:?}", page.location());
    let page = answer(&mut bobs, &bob, page).await;
    assert_eq!(refused(&house, &page, &app.redirect_uri), "login_required");
    let page = bobs.get(&hinted.url()).await;
    let page = answer(&mut bobs, &ada, page).await;
    let tokens = app.exchange(&page.callback()["code"]).await.json();
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["sub"], ada.id.as_str());
}

#[tokio::test]
async fn a_foreign_token_is_no_hint() {
    let house = House::open().await;
    let (app, other) = (house.app("shop"), house.app("other"));
    let ada = house.person("ada@example.com");
    let mut browser = house.browser();
    let callback = app.authorize(&mut browser, &ada, &app.request()).await;
    let tokens = app.exchange(&callback["code"]).await.json();
    let hint = tokens["id_token"].as_str().unwrap().to_owned();
    let callback = other.authorize(&mut browser, &ada, &other.request()).await;
    let others = other.exchange(&callback["code"]).await.json();
    let (payload, signature) = hint.split_once('.').unwrap().1.split_once('.').unwrap();
    let unsigned = format!("{}.{payload}.", URL_SAFE_NO_PAD.encode("{\"alg\":\"none\",\"typ\":\"JWT\"}"));
    let none = format!("{}.{payload}.{signature}", URL_SAFE_NO_PAD.encode("{\"alg\":\"none\"}"));
    let (last, rest) = (hint.chars().nth_back(10).unwrap(), &hint[..hint.len() - 11]);
    let broken = format!("{rest}{}{}", if last == 'A' { 'B' } else { 'A' }, &hint[hint.len() - 10..]);
    for bad in
        [others["id_token"].as_str().unwrap(), tokens["access_token"].as_str().unwrap(), &unsigned, &none, &broken, "x"]
    {
        let page = browser.get(&app.request().with("id_token_hint", bad).with("prompt", "none").url()).await;
        assert_eq!(refused(&house, &page, &app.redirect_uri), "invalid_request", "{bad}");
    }
}

#[tokio::test]
async fn a_login_hint_fills_in_the_address() {
    let house = House::open().await;
    let app = house.app("shop");
    let mut browser = house.browser();
    let page = browser.get(&app.request().with("login_hint", "ada@example.com").url()).await;
    let page = browser.follow(page).await;
    assert!(page.body.contains(" value=\"ada@example.com\""), "{}", page.body);
    let page = browser.get(&app.request().with("login_hint", "\" autofocus onfocus=\"alert(1)").url()).await;
    let page = browser.follow(page).await;
    assert!(page.body.contains("onfocus"), "it is shown: {}", page.body);
    assert!(!page.body.contains("onfocus=\""), "as text: {}", page.body);
}
