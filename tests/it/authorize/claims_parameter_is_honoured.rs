//! The `claims` parameter (OpenID Connect Core 5.5): essential and voluntary, for userinfo and ID token.

use crate::house::House;
use crate::house::app::{answer, claims};

use super::refused;

#[tokio::test]
async fn what_is_named_is_given_where_it_is_named() {
    let house = House::open().await;
    let app = house.app("shop");
    let ada = house.person("ada@example.com");
    let wanted = r#"{"userinfo":{"email":null,"unknown":{"essential":true}},"id_token":{"name":{"essential":true},"auth_time":{"essential":true}},"other":{}}"#;
    let code = app.code_for(&house, &ada, &app.request().with("scope", "openid").with("claims", wanted)).await;
    let tokens = app.exchange(&code).await.json();
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(id_token["name"], ada.name.as_str());
    assert!(id_token["auth_time"].is_i64());
    assert!(id_token.get("email").is_none(), "{id_token}");
    let userinfo = app.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert_eq!(userinfo["email"], "ada@example.com");
    assert!(userinfo.get("name").is_none() && userinfo.get("unknown").is_none(), "{userinfo}");

    // Without it none of them comes.
    let code = app.code_for(&house, &ada, &app.request().with("scope", "openid")).await;
    let tokens = app.exchange(&code).await.json();
    assert!(claims(tokens["id_token"].as_str().unwrap()).get("name").is_none());
    let userinfo = app.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert!(userinfo.get("email").is_none(), "{userinfo}");
}

/// OpenID Connect Core 5.5.1.1: an essential `acr` that is not met is a failed authentication; a voluntary one is not.
#[tokio::test]
async fn an_essential_acr_that_nobody_can_meet_is_told() {
    let house = House::open().await;
    let app = house.app("shop");
    let person = house.person("ada@example.com");
    let asked = |acr: serde_json::Value| {
        app.request().with("claims", &serde_json::json!({ "id_token": { "acr": acr } }).to_string())
    };
    let mut browser = house.browser();
    let strict = asked(serde_json::json!({ "essential": true, "values": ["urn:example:gold"] }));
    let callback = app.authorize(&mut browser, &person, &strict).await;
    assert_eq!(callback["error"], "unmet_authentication_requirements", "{callback:?}");
    for acr in [
        serde_json::json!({ "values": ["urn:example:gold"] }),
        serde_json::json!({ "essential": true, "values": ["urn:example:gold", "urn:cardea:acr:one-factor"] }),
        serde_json::json!({ "essential": true }),
    ] {
        let callback = app.authorize(&mut browser, &person, &asked(acr)).await;
        assert!(callback.contains_key("code"), "{callback:?}");
    }
}

#[tokio::test]
async fn a_wanted_subject_is_the_only_one_who_may_answer() {
    let house = House::open().await;
    let app = house.app("shop");
    let (ada, bob) = (house.person("ada@example.com"), house.person("bob@example.com"));
    let wanted = format!(r#"{{"id_token":{{"sub":{{"value":"{}"}}}}}}"#, ada.id);
    let request = app.request().with("claims", &wanted);
    let mut browser = house.browser();
    let page = browser.get(&request.url()).await;
    let page = answer(&mut browser, &bob, page).await;
    assert_eq!(refused(&house, &page, &app.redirect_uri), "login_required");
    let mut browser = house.browser();
    let callback = app.authorize(&mut browser, &ada, &request).await;
    assert!(callback.contains_key("code"));
}

/// A claim is told only with the person's consent: the page must name what the parameter adds, or ask again for it.
#[tokio::test]
async fn a_remembered_consent_does_not_cover_claims_that_were_never_shown() {
    let house = House::open().await;
    let app = house.app("shop");
    let ada = house.person("ada@example.com");
    let mut browser = house.browser();
    app.authorize(&mut browser, &ada, &app.request().with("scope", "openid")).await;
    let wanted = r#"{"userinfo":{"email":null}}"#;
    let page = browser.get(&app.request().with("scope", "openid").with("claims", wanted).url()).await;
    let page = browser.follow(page).await;
    assert_eq!(page.status, 200, "consent is asked: {:?}", page.location());
    assert!(page.text().contains("see your email address"), "{}", page.text());
}

#[tokio::test]
async fn it_is_no_way_around_the_registration() {
    let house = House::open().await;
    let app = house.app_with("shop", &["--scope", "openid"]);
    let ada = house.person("ada@example.com");
    let wanted = r#"{"userinfo":{"email":{"essential":true}},"id_token":{"name":null}}"#;
    let code = app.code_for(&house, &ada, &app.request().with("claims", wanted)).await;
    let tokens = app.exchange(&code).await.json();
    assert!(claims(tokens["id_token"].as_str().unwrap()).get("name").is_none());
    let userinfo = app.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert!(userinfo.get("email").is_none(), "{userinfo}");
}
