//! The main job: an app sends a person, gets a code, exchanges it, learns who it was, refreshes, and signs out.

use crate::house::House;
use crate::house::app::{claims, header};

#[tokio::test]
async fn an_app_signs_a_person_in_end_to_end() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person_with("ada@example.com", &["author"]);
    let mut browser = house.browser();

    let callback =
        app.authorize(&mut browser, &person, &app.request().with("scope", "openid profile email offline_access")).await;
    assert_eq!(callback["state"], "the-state");
    assert_eq!(callback["iss"], house.issuer);

    let tokens = app.exchange(&callback["code"]).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    assert_eq!(tokens.header("cache-control"), "no-store");
    let tokens = tokens.json();
    let access = claims(tokens["access_token"].as_str().unwrap());
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(header(tokens["access_token"].as_str().unwrap())["typ"], "at+jwt");
    assert_eq!(access["roles"][0], "author");
    assert_eq!(id_token["sub"], person.id.as_str());
    assert_eq!(id_token["nonce"], "the-nonce");

    let userinfo = app.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert_eq!(userinfo["email"], "ada@example.com");
    assert_eq!(userinfo["sub"], id_token["sub"]);

    let refreshed = app.refresh(tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.body);
    assert_ne!(refreshed.json()["refresh_token"], tokens["refresh_token"]);

    let hint = tokens["id_token"].as_str().unwrap();
    let goodbye = browser
        .get(&format!(
            "/logout?id_token_hint={hint}&post_logout_redirect_uri=https://newspaper.example/goodbye&state=s"
        ))
        .await;
    assert_eq!(goodbye.location(), Some("https://newspaper.example/goodbye?state=s"));
    assert!(browser.get("/account").await.location().is_some_and(|location| location == "/login"));

    let events = house.events();
    for kind in [
        "client.added",
        "user.added",
        "sign_in.succeeded",
        "consent.granted",
        "code.issued",
        "token.issued",
        "token.refreshed",
        "session.ended",
    ] {
        assert!(events.iter().any(|held| held == kind), "{kind} is missing in {events:?}");
    }
}
