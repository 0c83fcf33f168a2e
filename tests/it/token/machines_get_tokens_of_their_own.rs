//! `client_credentials` (RFC 6749 4.4): for confidential clients, within their registration, and never like a person's.

use crate::house::House;
use crate::house::app::{App, claims};
use crate::house::browser::Page;
use crate::house::wire::{machine, members, post, refused};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

async fn asked(app: &App, scope: &str) -> Page {
    app.token(&[GRANT, ("scope", scope)]).await
}

#[tokio::test]
async fn scope_defaults_to_the_registration_and_may_be_narrower() {
    let house = House::open().await;
    let app = machine(&house, "reports", &["--scope", "reports:write reports:read"]);
    let all = app.token(&[GRANT]).await.json();
    assert_eq!(all["scope"], "reports:read reports:write");
    let less = asked(&app, "reports:read").await.json();
    assert_eq!(less["scope"], "reports:read");
    assert_eq!(claims(less["access_token"].as_str().unwrap())["scope"], "reports:read");
}

#[tokio::test]
async fn scope_beyond_the_registration_is_refused() {
    let house = House::open().await;
    let app = machine(&house, "reports", &["--scope", "reports:read"]);
    // D12: oxide-auth would fall silent.
    for scope in ["reports:write", "reports:read reports:write", "REPORTS:READ", "reports", "a\\b", "a\"b", "caf\u{e9}"]
    {
        refused(&asked(&app, scope).await, 400, "invalid_scope");
    }
}

#[tokio::test]
async fn scopes_that_are_about_a_person_are_not_for_it() {
    let house = House::open().await;
    let made = ["--grant", "client_credentials", "--scope", "openid offline_access reports:read"];
    let app = machine(&house, "reports", &made);
    for scope in ["openid", "offline_access", "openid reports:read"] {
        refused(&asked(&app, scope).await, 400, "invalid_scope");
    }
    let tokens = app.token(&[GRANT]).await.json();
    assert_eq!(tokens["scope"], "reports:read");
    // RFC 6749 4.4.3: a refresh token SHOULD NOT be included.
    assert_eq!(members(&tokens), ["access_token", "expires_in", "scope", "token_type"]);
}

#[tokio::test]
async fn a_client_without_scopes_gets_a_token_without_scope() {
    let house = House::open().await;
    let app = machine(&house, "plain", &[]);
    let page = app.token(&[GRANT]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(members(&page.json()), ["access_token", "expires_in", "token_type"]);
    refused(&asked(&app, "anything").await, 400, "invalid_scope");
}

#[tokio::test]
async fn its_subject_is_no_persons() {
    let house = House::open().await;
    let person = house.person("ada@example.com");
    // Named like the person's id, as far as the operator can.
    let app = machine(&house, &person.id, &[]);
    let access = app.token(&[GRANT]).await.json()["access_token"].as_str().unwrap().to_owned();
    let claims = claims(&access);
    assert_eq!(claims["sub"], format!("client:{}", person.id));
    assert_ne!(claims["sub"], person.id.as_str());
    for name in ["auth_time", "acr", "amr", "roles", "grant_id", "sid", "nonce"] {
        assert!(claims[name].is_null(), "{name} tells of a person");
    }
    assert_eq!(app.userinfo(&access).await.status, 403, "nobody is behind it");
}

#[tokio::test]
async fn a_public_client_is_refused() {
    let house = House::open().await;
    let public = house.app_with("pocket", &["--public"]);
    let page = post(&house, "/token", &[], &[GRANT, ("client_id", &public.id)]).await;
    refused(&page, 400, "unauthorized_client");
    let arguments = ["client", "add", "--id", "x", "--name", "x", "--public", "--grant", "client_credentials"];
    let error = house.try_cardea(&arguments, None).unwrap_err();
    assert!(error.contains("client_credentials"), "{error}");
}
