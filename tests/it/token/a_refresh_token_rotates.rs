//! Refreshing (RFC 6749 6, RFC 9700 4.14.2): each use gives a successor; the same successor within a short window.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::Value;

use crate::house::app::{App, claims};
use crate::house::wire::{alive, post, proof, refused};
use crate::house::{House, Person};

const SCOPE: &str = "openid profile email offline_access";

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap_or_else(|| panic!("{name} is missing in {tokens}"))
}

async fn start(house: &House) -> (App, Person, Value) {
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let tokens = app.tokens(house, &person, SCOPE).await;
    (app, person, tokens)
}

async fn refreshed(app: &App, token: &str) -> Value {
    let page = app.refresh(token).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.json()
}

#[tokio::test]
async fn twenty_parallel_uses_get_the_same_successor() {
    let house = House::open().await;
    let (app, _, tokens) = start(&house).await;
    let pages = join_all((0..20).map(|_| app.refresh(text(&tokens, "refresh_token")))).await;
    let successors: Vec<Value> = pages
        .iter()
        .map(|page| {
            assert_eq!(page.status, 200, "{}", page.body);
            page.json()
        })
        .collect();
    for one in &successors {
        assert_eq!(one["refresh_token"], successors[0]["refresh_token"]);
        assert!(alive(&app, text(one, "access_token")).await);
    }
    assert_ne!(successors[0]["refresh_token"], tokens["refresh_token"]);
    refreshed(&app, text(&successors[0], "refresh_token")).await;
}

#[tokio::test]
async fn a_lost_answer_can_be_asked_for_again_within_the_window() {
    let house = House::open().await;
    let (app, _, tokens) = start(&house).await;
    let first = refreshed(&app, text(&tokens, "refresh_token")).await;
    house.clock.advance(TimeDelta::seconds(30));
    let again = refreshed(&app, text(&tokens, "refresh_token")).await;
    assert_eq!(first["refresh_token"], again["refresh_token"]);
    assert_ne!(first["access_token"], again["access_token"]);
    refreshed(&app, text(&again, "refresh_token")).await;
}

#[tokio::test]
async fn scope_may_be_narrowed_and_the_full_scope_is_still_there_afterwards() {
    let house = House::open().await;
    let (app, _, tokens) = start(&house).await;
    let narrow =
        [("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token")), ("scope", "profile")];
    let narrowed = app.token(&narrow).await.json();
    assert_eq!(narrowed["scope"], "profile");
    assert_eq!(claims(text(&narrowed, "access_token"))["scope"], "profile");
    assert!(narrowed["id_token"].is_null(), "without openid there is no ID token");
    // D11, RFC 6749 6: the new refresh token's scope is that of the old one.
    let full = refreshed(&app, text(&narrowed, "refresh_token")).await;
    assert_eq!(full["scope"], tokens["scope"]);
    assert_eq!(claims(text(&full, "access_token"))["scope"], tokens["scope"]);
}

#[tokio::test]
async fn scope_cannot_be_widened_and_the_attempt_burns_nothing() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let tokens = app.tokens(&house, &person, "openid profile").await;
    let refresh = text(&tokens, "refresh_token");
    for scope in ["openid profile email", "email", "admin", "openid\u{7f}", "openid \"quoted\""] {
        let page = app.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh), ("scope", scope)]).await;
        refused(&page, 400, "invalid_scope");
    }
    let page = app.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh), ("scope", "")]).await;
    assert_eq!((page.status, &page.json()["scope"]), (200, &tokens["scope"]), "empty counts as left out");
}

#[tokio::test]
async fn another_client_cannot_use_it_and_does_not_end_it() {
    let house = House::open().await;
    let (app, _, tokens) = start(&house).await;
    let (thief, public) = (house.app("thief"), house.app_with("pocket", &["--public"]));
    let refresh = text(&tokens, "refresh_token");
    for other in [&thief, &public] {
        refused(&other.refresh(refresh).await, 400, "invalid_grant");
    }
    let successor = refreshed(&app, refresh).await;
    house.clock.advance(TimeDelta::minutes(5));
    refused(&thief.refresh(refresh).await, 400, "invalid_grant");
    refreshed(&app, text(&successor, "refresh_token")).await;
}

#[tokio::test]
async fn a_public_client_refreshes_by_its_bare_id_and_a_confidential_one_in_either_way() {
    let house = House::open().await;
    let (app, person, tokens) = start(&house).await;
    let public = house.app_with("pocket", &["--public"]);
    let pocket = public.tokens(&house, &person, SCOPE).await;
    let rotated = refreshed(&public, text(&pocket, "refresh_token")).await;
    assert_ne!(rotated["refresh_token"], pocket["refresh_token"]);
    // D10: oxide-auth's flow refuses credentials in the form here.
    let secret = app.secret.clone().unwrap();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token"))];
    let in_form = [&fields[..], &[("client_id", app.id.as_str()), ("client_secret", secret.as_str())]].concat();
    let page = post(&house, "/token", &[], &in_form).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let bare = [&fields[..], &[("client_id", app.id.as_str())]].concat();
    refused(&post(&house, "/token", &[], &bare).await, 401, "invalid_client");
    let header = proof(&app);
    assert_eq!(post(&house, "/token", &[("authorization", &header)], &fields).await.status, 200);
}

#[tokio::test]
async fn a_refreshed_id_token_is_about_the_same_sign_in() {
    let house = House::open().await;
    let (app, _, tokens) = start(&house).await;
    house.clock.advance(TimeDelta::hours(1));
    let second = refreshed(&app, text(&tokens, "refresh_token")).await;
    let (before, after) = (claims(text(&tokens, "id_token")), claims(text(&second, "id_token")));
    for name in ["iss", "sub", "aud", "azp", "auth_time", "acr", "amr", "sid"] {
        assert!(!before[name].is_null(), "{name}");
        assert_eq!(before[name], after[name], "{name}");
    }
    assert_eq!(after["iat"].as_i64().unwrap() - before["iat"].as_i64().unwrap(), 3600);
    assert!(after["nonce"].is_null() || after["nonce"] == before["nonce"], "Core 12.2");
    let (before, after) = (claims(text(&tokens, "access_token")), claims(text(&second, "access_token")));
    // RFC 9068 2.2.1: frozen across refreshes.
    for name in ["sub", "auth_time", "acr", "amr", "client_id", "aud"] {
        assert_eq!(before[name], after[name], "{name}");
    }
    assert_ne!(before["jti"], after["jti"]);
}
