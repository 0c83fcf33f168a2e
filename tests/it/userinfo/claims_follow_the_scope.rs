//! What userinfo tells (Core 5.3, 5.4): by scope, `sub` always, signed when the app was registered so.

use serde_json::{Value, json};

use crate::house::app::{App, claims, header};
use crate::house::wire::{jwks, members, verified};
use crate::house::{House, Person};

const ALL: &str = "openid profile email roles offline_access";

async fn told(house: &House, app: &App, person: &Person, scope: &str) -> Value {
    let tokens = app.tokens(house, person, scope).await;
    let page = app.userinfo(tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let told = page.json();
    // Core 5.3.2: the sub MUST be that of the ID token.
    assert_eq!(told["sub"], claims(tokens["id_token"].as_str().unwrap())["sub"]);
    told
}

#[tokio::test]
async fn each_scope_has_its_claims() {
    let house = House::open().await;
    let app = house.app_with("newspaper", &["--scope", ALL]);
    let person = house.person_with("ada@example.com", &["author", "editor"]);
    for (scope, expected) in [
        ("openid", vec!["sub"]),
        ("openid profile", vec!["name", "sub", "updated_at"]),
        ("openid email", vec!["email", "email_verified", "sub"]),
        ("openid roles", vec!["roles", "sub"]),
        (ALL, vec!["email", "email_verified", "name", "roles", "sub", "updated_at"]),
    ] {
        let told = told(&house, &app, &person, scope).await;
        assert_eq!(members(&told), expected, "{scope}");
        assert_eq!(told["sub"], person.id.as_str());
    }
    let told = told(&house, &app, &person, ALL).await;
    assert_eq!((&told["name"], &told["email"]), (&json!(person.name), &json!(person.email)));
    assert_eq!((&told["email_verified"], &told["roles"]), (&json!(true), &json!(["author", "editor"])));
    let updated = told["updated_at"].as_i64().expect("a number, Core 5.1");
    assert!((house.clock.now().timestamp() - updated).abs() < 600);
}

#[tokio::test]
async fn an_app_that_wants_it_signed_gets_a_jwt() {
    let house = House::open().await;
    let person = house.person("ada@example.com");
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        let app = house.app_with(&format!("app-{}", algorithm.to_lowercase()), &["--userinfo-alg", algorithm]);
        let tokens = app.tokens(&house, &person, "openid email").await;
        let page = app.userinfo(tokens["access_token"].as_str().unwrap()).await;
        assert_eq!((page.status, page.header("content-type")), (200, "application/jwt"), "{}", page.body);
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(header(&page.body)["alg"], algorithm);
        let claims = verified(&house, &page.body).await;
        // Core 5.3.2: iss and aud SHOULD be there.
        assert_eq!(members(&claims), ["aud", "email", "email_verified", "iss", "sub"]);
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(house.issuer), &json!(app.id)));
        assert_eq!(claims["sub"], person.id.as_str());
    }
    assert_eq!(jwks(&house).await.len(), 3);
}

#[tokio::test]
async fn what_the_person_is_now_is_told() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let (ada, bob) = (house.person("ada@example.com"), house.person("bob@example.com"));
    let (hers, his) = (told(&house, &app, &ada, ALL_BUT_ROLES).await, told(&house, &app, &bob, ALL_BUT_ROLES).await);
    assert_ne!(hers["sub"], his["sub"]);
    assert_eq!((&hers["email"], &his["email"]), (&json!("ada@example.com"), &json!("bob@example.com")));
}

const ALL_BUT_ROLES: &str = "openid profile email";
