//! Requests as wrong as a test wants them, and tokens looked at the way a resource server does.

use std::future::Future;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use reqwest::Method;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::app::{App, respond};
use super::browser::{Page, http};
use super::server::House;

const FORM: &str = "application/x-www-form-urlencoded";

/// Fields as a form.
pub fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// An Authorization header for HTTP Basic, with nothing encoded inside it.
pub fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// The Authorization header that proves this app.
pub fn proof(app: &App) -> String {
    basic(&app.id, app.secret.as_deref().unwrap())
}

/// Any request.
pub async fn ask(house: &House, method: Method, path: &str, headers: &[(&str, &str)]) -> Page {
    let url = house.url(path);
    let request =
        headers.iter().fold(http().request(method, &url), |request, (name, value)| request.header(*name, *value));
    respond(url, request).await
}

/// A form with these headers and no others.
pub async fn post(house: &House, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Page {
    post_raw(house, path, &[headers, &[("content-type", FORM)]].concat(), &form(fields)).await
}

/// A body with these headers and no others.
pub async fn post_raw(house: &House, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
    let url = house.url(path);
    let request = headers.iter().fold(http().post(&url), |request, (name, value)| request.header(*name, *value));
    respond(url, request.body(body.to_owned())).await
}

/// A client that acts for itself, registered for these scopes.
pub fn machine(house: &House, id: &str, options: &[&str]) -> App {
    let made = house.cardea(&[&["client", "add", "--id", id, "--name", id], options].concat());
    App::new(house, &made)
}

/// The names of an object's members, sorted.
pub fn members(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// The secret part of an opaque token, `cardea_<kind>_<id>_<secret>`.
pub fn secret_part(token: &str) -> &str {
    token.splitn(4, '_').nth(3).unwrap()
}

/// That a request was refused with this code, the way RFC 6749 5.2 wants it told.
#[track_caller]
pub fn refused(page: &Page, status: u16, code: &str) {
    assert_eq!(page.status, status, "{}", page.body);
    assert_eq!(page.header("content-type"), "application/json");
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    let body = page.json();
    assert_eq!(body["error"], code, "{body}");
    let why = body["error_description"].as_str().unwrap();
    // RFC 6749 5.2: %x20-21 / %x23-5B / %x5D-7E
    assert!(!why.is_empty() && why.bytes().all(|b| (0x20..=0x7e).contains(&b) && b != b'"' && b != b'\\'), "{why}");
    assert_eq!(status == 401, !page.header("www-authenticate").is_empty());
}

/// That introspection says nothing but "inactive".
#[track_caller]
pub fn inactive(answer: &Value) {
    assert_eq!(*answer, json!({ "active": false }));
}

/// Whether the app's own token is alive.
pub async fn alive(app: &App, token: &str) -> bool {
    let answer = app.introspect(token).await;
    if answer["active"] != true {
        inactive(&answer);
    }
    answer["active"] == true
}

/// The published keys.
pub async fn jwks(house: &House) -> Vec<Value> {
    ask(house, Method::GET, "/jwks", &[]).await.json()["keys"].as_array().unwrap().clone()
}

/// Verifies a token's signature with the published keys alone. Its claims.
pub async fn verified(house: &House, token: &str) -> Value {
    let header = decode_header(token).unwrap();
    let keys: JwkSet = serde_json::from_value(json!({ "keys": jwks(house).await })).unwrap();
    let key: &Jwk = keys.find(header.kid.as_deref().unwrap()).expect("the kid is published");
    let mut validation = Validation::new(header.alg);
    // The test's clock stands still; time is judged where it matters.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &validation).expect("the signature holds").claims
}

/// Waits, within bounds, for what another thread brings about (registrations are believed for a second).
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    for _ in 0..100 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("did not happen within 5 s: {what}");
}
