//! ID tokens (OpenID Connect Core 2, 3.1.3): about this sign-in, for this app, and no more than was asked.

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::house::House;
use crate::house::app::header;
use crate::house::wire::{machine, members, verified};

const SCOPE: &str = "openid profile email";

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap_or_else(|| panic!("{name} is missing in {tokens}"))
}

#[tokio::test]
async fn it_tells_the_sign_in_and_no_claim_that_was_not_asked_for() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person_with("ada@example.com", &["author"]);
    let now = house.clock.now().timestamp();
    let tokens = app.tokens(&house, &person, SCOPE).await;
    let claims = verified(&house, text(&tokens, "id_token")).await;
    let expected = ["acr", "amr", "at_hash", "aud", "auth_time", "azp", "exp", "iat", "iss", "nonce", "sid", "sub"];
    assert_eq!(members(&claims), expected, "profile and email claims come from userinfo");
    assert_eq!(claims["iss"], house.issuer.as_str());
    assert_eq!(claims["sub"], person.id.as_str());
    assert_eq!((&claims["aud"], &claims["azp"]), (&json!("newspaper"), &json!("newspaper")));
    assert_eq!(claims["nonce"], "the-nonce");
    assert_eq!((&claims["iat"], &claims["auth_time"], &claims["exp"]), (&json!(now), &json!(now), &json!(now + 600)));
    assert_eq!(claims["amr"], json!(["pwd"]));
}

#[tokio::test]
async fn it_is_signed_as_the_app_was_registered_and_bound_to_its_access_token() {
    let house = House::open().await;
    let person = house.person("ada@example.com");
    let options: [(&[&str], &str); 4] = [
        (&[], "RS256"),
        (&["--id-token-alg", "ES256", "--access-token-alg", "RS256"], "ES256"),
        (&["--id-token-alg", "EdDSA"], "EdDSA"),
        (&["--id-token-alg", "RS256"], "RS256"),
    ];
    for (number, (options, algorithm)) in options.into_iter().enumerate() {
        let app = house.app_with(&format!("app-{number}"), options);
        let tokens = app.tokens(&house, &person, SCOPE).await;
        let id_token = text(&tokens, "id_token");
        assert_eq!(
            (header(id_token)["alg"].as_str(), header(id_token)["typ"].as_str()),
            (Some(algorithm), Some("JWT"))
        );
        let claims = verified(&house, id_token).await;
        // Core 3.1.3.6: the left half of the hash that belongs to the ID token's algorithm; Ed25519 hashes with SHA-512.
        let hash = if algorithm == "EdDSA" { &SHA512 } else { &SHA256 };
        let full = digest(hash, text(&tokens, "access_token").as_bytes());
        let half = URL_SAFE_NO_PAD.encode(&full.as_ref()[..full.as_ref().len() / 2]);
        assert_eq!(claims["at_hash"], half, "{algorithm}");
    }
}

#[tokio::test]
async fn a_missing_nonce_is_fine_and_none_is_made_up() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let code = app.code_for(&house, &house.person("ada@example.com"), &app.request().without("nonce")).await;
    let claims = verified(&house, text(&app.exchange(&code).await.json(), "id_token")).await;
    assert!(claims["nonce"].is_null());
    assert!(claims["sub"].is_string());
}

#[tokio::test]
async fn without_openid_there_is_none() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let tokens = app.tokens(&house, &house.person("ada@example.com"), "profile email").await;
    assert!(tokens["id_token"].is_null(), "{tokens}");
    let machine = machine(&house, "reports", &[]).token(&[("grant_type", "client_credentials")]).await.json();
    assert!(machine["id_token"].is_null(), "{machine}");
}

#[tokio::test]
async fn the_claims_parameter_puts_a_claim_into_it() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let asked =
        json!({ "id_token": { "email": { "essential": true }, "unheard_of": null }, "userinfo": { "name": null } });
    let request = app.request().with("scope", "openid").with("claims", &asked.to_string());
    let code = app.code_for(&house, &person, &request).await;
    let tokens = app.exchange(&code).await.json();
    let claims = verified(&house, text(&tokens, "id_token")).await;
    assert_eq!(claims["email"], "ada@example.com");
    assert!(claims["name"].is_null() && claims["unheard_of"].is_null());
    let userinfo = app.userinfo(text(&tokens, "access_token")).await.json();
    assert_eq!(userinfo["name"], person.name.as_str());
    assert!(userinfo["email"].is_null(), "asked for in the ID token alone: {userinfo}");
}

#[tokio::test]
async fn claims_cannot_overwrite_what_the_protocol_says() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let evil = json!({ "id_token": { "iss": { "value": "https://evil.example" }, "aud": { "value": "evil" } } });
    let code = app.code_for(&house, &person, &app.request().with("claims", &evil.to_string())).await;
    let claims = verified(&house, text(&app.exchange(&code).await.json(), "id_token")).await;
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(house.issuer), &json!("newspaper")));
}
