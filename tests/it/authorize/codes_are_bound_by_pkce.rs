//! RFC 9700 2.1.1: a challenge asks for its verifier, and a verifier for a challenge (D4): both downgrades are refused.

use crate::house::House;
use crate::house::app::VERIFIER;

#[tokio::test]
async fn a_verifier_for_a_code_without_a_challenge_is_refused() {
    let house = House::open().await;
    let app = house.app_with("old", &["--no-pkce"]);
    let person = house.person("ada@example.com");
    let stripped = app.request().without("code_challenge").without("code_challenge_method");
    let code = app.code_for(&house, &person, &stripped).await;
    let page = app.exchange(&code).await;
    assert_eq!((page.status, page.json()["error"].as_str()), (400, Some("invalid_grant")), "{}", page.body);

    let code = app.code_for(&house, &person, &stripped).await;
    let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &app.redirect_uri)];
    assert_eq!(app.token(&fields).await.status, 200, "without both it is an old app's ordinary way");
}

#[tokio::test]
async fn a_challenge_asks_for_its_verifier() {
    let house = House::open().await;
    let app = house.app_with("old", &["--no-pkce"]);
    let person = house.person("ada@example.com");
    let wrong = VERIFIER.replace('d', "e");
    for verifier in [None, Some(""), Some(wrong.as_str()), Some(&VERIFIER[..42]), Some("x")] {
        let code = app.code(&house, &person).await;
        let mut fields =
            vec![("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &app.redirect_uri)];
        fields.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        let page = app.token(&fields).await;
        assert_eq!((page.status, page.json()["error"].as_str()), (400, Some("invalid_grant")), "{verifier:?}");
    }
}

/// A challenge of 43 characters that is no digest of anything must not be met by sending itself.
#[tokio::test]
async fn the_challenge_is_not_its_own_verifier() {
    let house = House::open().await;
    let app = house.app_with("spa", &["--public"]);
    let person = house.person("ada@example.com");
    let code = app.code_for(&house, &person, &app.request().with("code_challenge", VERIFIER)).await;
    let page = app.exchange(&code).await;
    assert_eq!(page.json()["error"], "invalid_grant");
}
