//! Access tokens (RFC 9068): a resource server that knows only the JWKS can judge them.

use chrono::TimeDelta;

use crate::house::House;
use crate::house::app::{claims, header};
use crate::house::wire::{alive, eventually, jwks, machine, members, verified};

const SCOPE: &str = "openid profile email offline_access";

fn access(tokens: &serde_json::Value) -> String {
    tokens["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn it_has_every_claim_and_a_signature_that_the_published_keys_verify() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person_with("ada@example.com", &["editor", "author"]);
    let now = house.clock.now().timestamp();
    let token = access(&app.tokens(&house, &person, SCOPE).await);
    let claims = verified(&house, &token).await;
    let header = header(&token);
    assert_eq!((header["typ"].as_str(), header["alg"].as_str()), (Some("at+jwt"), Some("ES256")));
    assert_eq!(members(&header), ["alg", "kid", "typ"]);
    for (name, value) in [
        ("iss", house.issuer.as_str()),
        ("aud", house.issuer.as_str()),
        ("sub", person.id.as_str()),
        ("client_id", "newspaper"),
        ("scope", "email offline_access openid profile"),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    for (name, value) in [("iat", now), ("nbf", now), ("auth_time", now), ("exp", now + 600)] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert_eq!(claims["roles"], serde_json::json!(["author", "editor"]));
    assert_eq!(claims["amr"], serde_json::json!(["pwd"]));
    assert!(claims["acr"].is_string());
    assert_eq!(claims["jti"].as_str().unwrap().len(), 32);
    for name in ["email", "name", "nonce", "email_verified"] {
        assert!(claims[name].is_null(), "{name} is for the app, not for the API");
    }
}

#[tokio::test]
async fn no_two_have_the_same_id() {
    let house = House::open().await;
    let app = machine(&house, "reports", &[]);
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let token = access(&app.token(&[("grant_type", "client_credentials")]).await.json());
        assert!(ids.insert(claims(&token)["jti"].as_str().unwrap().to_owned()));
    }
}

#[tokio::test]
async fn the_audience_is_the_operators_choice_and_not_the_clients() {
    let house = House::with(&[("CARDEA_TOKENS__AUDIENCE", "https://api.example")]).await;
    let app = machine(&house, "reports", &[]);
    for extra in ["audience", "aud", "sub"] {
        let fields = [("grant_type", "client_credentials"), (extra, "https://evil.example")];
        let token = access(&app.token(&fields).await.json());
        let claims = verified(&house, &token).await;
        assert_eq!(claims["aud"], "https://api.example");
        assert_eq!(claims["sub"], "client:reports");
        assert!(alive(&app, &token).await);
    }
}

#[tokio::test]
async fn a_client_may_have_its_own_algorithm_and_lifetime() {
    let house = House::open().await;
    let person = house.person("ada@example.com");
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        let id = format!("app-{}", algorithm.to_lowercase());
        let app = house.app_with(&id, &["--access-token-alg", algorithm, "--access-ttl", "90s"]);
        let tokens = app.tokens(&house, &person, SCOPE).await;
        assert_eq!(tokens["expires_in"], 90);
        let token = access(&tokens);
        assert_eq!(header(&token)["alg"], algorithm);
        let claims = verified(&house, &token).await;
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 90);
        assert!(alive(&app, &token).await);
        assert_eq!(app.userinfo(&token).await.status, 200);
    }
    house.clock.advance(TimeDelta::seconds(90));
    let app = house.app_with("late", &[]);
    let late = app.tokens(&house, &person, SCOPE).await;
    assert!(alive(&app, &access(&late)).await);
}

#[tokio::test]
async fn it_ends_on_the_second() {
    let house = House::open().await;
    let app = house.app_with("newspaper", &["--access-ttl", "90s"]);
    let token = access(&app.tokens(&house, &house.person("ada@example.com"), SCOPE).await);
    house.clock.advance(TimeDelta::seconds(89));
    assert!(alive(&app, &token).await);
    assert_eq!(app.userinfo(&token).await.status, 200);
    house.clock.advance(TimeDelta::seconds(1));
    assert!(!alive(&app, &token).await);
    assert_eq!(app.userinfo(&token).await.status, 401);
}

#[tokio::test]
async fn a_token_outlives_the_rotation_of_its_key() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let token = access(&app.tokens(&house, &person, SCOPE).await);
    house.cardea(&["key", "rotate", "--alg", "ES256", "--now"]);
    // The operator's clock is the system's, the server's is the test's: bring it past the command.
    house.clock.advance(TimeDelta::minutes(5));
    eventually("the new key is published", || async { jwks(&house).await.len() == 4 }).await;
    verified(&house, &token).await;
    assert!(alive(&app, &token).await);
    let newer = access(&app.tokens(&house, &person, SCOPE).await);
    assert_ne!(header(&token)["kid"], header(&newer)["kid"]);
    verified(&house, &newer).await;
}
