//! RFC 7662 2.2, RFC 8725, RFC 9068 4: whatever is not a live token of ours is exactly `{"active":false}`, and no more.
//! What introspection takes for dead, userinfo takes for `invalid_token`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::guard::issuer::SigningKey;
use crate::house::House;
use crate::house::app::{App, claims, header};
use crate::house::wire::{alive, inactive, jwks};

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn assemble(header: &Value, claims: &Value, signature: &str) -> String {
    format!("{}.{}.{signature}", part(header), part(claims))
}

/// A value with one member changed.
fn with(value: &Value, name: &str, member: impl Into<Value>) -> Value {
    let mut value = value.clone();
    value[name] = member.into();
    value
}

async fn is_dead(app: &App, why: &str, token: &str) {
    let answer = app.introspect(token).await;
    assert_eq!(answer, json!({ "active": false }), "{why}");
    // What does not fit into a header never comes that far.
    if token.bytes().all(|b| b.is_ascii_graphic()) && token.len() < 16_000 {
        assert_eq!(app.userinfo(token).await.status, 401, "{why}");
    }
}

/// An app that may ask about everything, and a live token of it.
async fn start(house: &House) -> (App, String) {
    let app = house.app_with("newspaper", &["--may-introspect"]);
    let tokens = app.tokens(house, &house.person("ada@example.com"), "openid").await;
    let token = tokens["access_token"].as_str().unwrap().to_owned();
    assert!(alive(&app, &token).await);
    (app, token)
}

#[tokio::test]
async fn garbage_is_not() {
    let house = House::open().await;
    let (app, token) = start(&house).await;
    let parts: Vec<&str> = token.split('.').collect();
    for (why, wrong) in [
        ("a word", "garbage".to_owned()),
        ("dots", "...".to_owned()),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("four parts", format!("{token}.{}", parts[2])),
        ("a space behind", format!("{token} x")),
        ("padding", format!("{token}=")),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("something like ours", format!("cardea_refresh_{}_{}", "a".repeat(32), "A".repeat(43))),
        ("long", "a.".repeat(10_000)),
        ("control characters and quotes", "\u{0}\r\n\"'\\".to_owned()),
        ("JSON", "{\"alg\":\"none\"}".to_owned()),
        ("nested", assemble(&header(&token), &json!("[".repeat(5000)), parts[2])),
    ] {
        is_dead(&app, why, &wrong).await;
    }
}

#[tokio::test]
async fn a_tampered_token_is_not() {
    let house = House::open().await;
    let (app, token) = start(&house).await;
    let signature = token.rsplit_once('.').unwrap().1;
    let (head, body) = (header(&token), claims(&token));
    let zeros = URL_SAFE_NO_PAD.encode([0u8; 64]);
    for (why, wrong) in [
        ("other claims", assemble(&head, &with(&body, "scope", "openid admin"), signature)),
        ("another client", assemble(&head, &with(&body, "client_id", "evil"), signature)),
        ("a later end", assemble(&head, &with(&body, "exp", 9_999_999_999_i64), signature)),
        ("zero r and s", assemble(&head, &body, &zeros)),
        ("another signature", format!("{}AAAA", &token[..token.len() - 4])),
    ] {
        is_dead(&app, why, &wrong).await;
    }
}

#[tokio::test]
async fn a_token_that_nobody_signed_is_not() {
    let house = House::open().await;
    let (app, token) = start(&house).await;
    let signature = token.rsplit_once('.').unwrap().1;
    let (head, body) = (header(&token), claims(&token));
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let unsigned = with(&head, "alg", none);
        is_dead(&app, none, &assemble(&unsigned, &body, "")).await;
        is_dead(&app, none, &assemble(&unsigned, &body, signature)).await;
    }
    let without: Value = json!({ "typ": "at+jwt", "kid": head["kid"] });
    is_dead(&app, "no alg", &assemble(&without, &body, signature)).await;
}

#[tokio::test]
async fn a_token_signed_with_the_public_key_as_a_secret_is_not() {
    let house = House::open().await;
    let (app, token) = start(&house).await;
    let body = claims(&token);
    for key in jwks(&house).await {
        let mut head = Header::new(Algorithm::HS256);
        head.typ = Some("at+jwt".to_owned());
        head.kid = key["kid"].as_str().map(str::to_owned);
        let component = key["n"].as_str().or(key["x"].as_str()).unwrap();
        let raw = URL_SAFE_NO_PAD.decode(component).unwrap();
        for secret in [key.to_string().as_bytes(), component.as_bytes(), &raw, b""] {
            let forged = encode(&head, &body, &EncodingKey::from_secret(secret)).unwrap();
            is_dead(&app, "HS256", &forged).await;
        }
    }
}

#[tokio::test]
async fn a_token_signed_with_a_key_that_it_brings_along_is_not() {
    let house = House::open().await;
    let (app, token) = start(&house).await;
    let body = claims(&token);
    let ours = header(&token)["kid"].as_str().unwrap().to_owned();
    let stranger = SigningKey::generate("stranger", Algorithm::ES256);
    let kids = [ours.as_str(), "stranger", "../../etc/passwd", "' OR '1'='1", ""];
    for kid in kids {
        let mut head = stranger.header();
        head.kid = Some(kid.to_owned());
        is_dead(&app, kid, &encode(&head, &body, &stranger.private).unwrap()).await;
        head.jku = Some("https://evil.example/jwks".to_owned());
        head.x5u = Some("https://evil.example/x5u".to_owned());
        head.jwk = Some(serde_json::from_value(stranger.jwk.clone()).unwrap());
        is_dead(&app, kid, &encode(&head, &body, &stranger.private).unwrap()).await;
    }
    let mut head = stranger.header();
    head.kid = None;
    is_dead(&app, "no kid", &encode(&head, &body, &stranger.private).unwrap()).await;
    let signature = token.rsplit_once('.').unwrap().1;
    for other in jwks(&house).await.iter().filter(|key| key["kid"] != ours.as_str()) {
        let head = with(&header(&token), "kid", other["kid"].clone());
        is_dead(&app, "another kid of ours", &assemble(&head, &body, signature)).await;
    }
}

#[tokio::test]
async fn an_id_token_is_not() {
    let house = House::open().await;
    // The same algorithm, so that the key alone does not tell them apart.
    let app = house.app_with("newspaper", &["--id-token-alg", "ES256", "--userinfo-alg", "ES256"]);
    let tokens = app.tokens(&house, &house.person("ada@example.com"), "openid").await;
    is_dead(&app, "an ID token", tokens["id_token"].as_str().unwrap()).await;
    let userinfo = app.userinfo(tokens["access_token"].as_str().unwrap()).await;
    assert_eq!((userinfo.status, userinfo.header("content-type")), (200, "application/jwt"));
    is_dead(&app, "a userinfo response", &userinfo.body).await;
}

#[tokio::test]
async fn a_code_a_secret_and_a_cookie_are_not() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let code = app.code(&house, &person).await;
    let browser = house.signed_in(&person).await;
    is_dead(&app, "a code", &code).await;
    is_dead(&app, "a client secret", app.secret.as_deref().unwrap()).await;
    is_dead(&app, "a session", &browser.cookies["cardea_session"]).await;
}

#[tokio::test]
async fn an_expired_or_rotated_token_is_not() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let tokens = app.tokens(&house, &house.person("ada@example.com"), "openid offline_access").await;
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert!(alive(&app, refresh).await);
    assert_eq!(app.refresh(refresh).await.status, 200);
    inactive(&app.introspect(refresh).await);
    house.clock.advance(TimeDelta::seconds(600));
    is_dead(&app, "an expired token", tokens["access_token"].as_str().unwrap()).await;
}

#[tokio::test]
async fn a_token_whose_time_has_not_come_is_not() {
    let house = House::open().await;
    let (app, token) = start(&house).await;
    house.clock.advance(TimeDelta::seconds(-60));
    is_dead(&app, "nbf lies ahead", &token).await;
    house.clock.advance(TimeDelta::seconds(60));
    assert!(alive(&app, &token).await);
}

#[tokio::test]
async fn a_token_of_another_house_is_not() {
    let (house, other) = (House::open().await, House::open().await);
    let (app, theirs) = (house.app_with("newspaper", &["--may-introspect"]), other.app("newspaper"));
    let tokens = theirs.tokens(&other, &other.person("ada@example.com"), "openid offline_access").await;
    // On the tests' databases both have the same signing keys: only the issuer tells them apart.
    is_dead(&app, "another issuer", tokens["access_token"].as_str().unwrap()).await;
    inactive(&app.introspect(tokens["refresh_token"].as_str().unwrap()).await);
}
