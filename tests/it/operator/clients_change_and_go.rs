//! `client update`, `disable`, `enable`, `remove`: a running server sees each within two seconds.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::house::House;
use crate::house::app::{App, claims};
use crate::house::wire::{alive, eventually, inactive, machine};

use super::text;

async fn status(app: &App) -> u16 {
    app.token(&[("grant_type", "client_credentials")]).await.status
}

/// Until the token endpoint answers this app with this status; two seconds at most.
async fn soon(app: &App, wanted: u16) {
    let begun = Instant::now();
    eventually("the running server sees the change", || async { status(app).await == wanted }).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_update_replaces_what_is_given_and_keeps_the_rest() {
    let house = House::open().await;
    let app = house.app_with("newspaper", &["--scope", "openid profile", "--access-ttl", "5m", "--first-party"]);
    let before = house.cardea(&["client", "show", "newspaper"]);
    let after = house.cardea(&[
        "client",
        "update",
        "newspaper",
        "--name",
        "The Daily",
        "--redirect-uri",
        "https://daily.example/back",
        "--redirect-uri",
        "https://daily.example/other",
        "--third-party",
        "--tos-uri",
        "https://daily.example/terms",
    ]);
    let mut expected = before.clone();
    expected["client_name"] = json!("The Daily");
    expected["redirect_uris"] = json!(["https://daily.example/back", "https://daily.example/other"]);
    expected["first_party"] = json!(false);
    expected["tos_uri"] = json!("https://daily.example/terms");
    assert_eq!(after, expected);
    assert_eq!(house.cardea(&["client", "show", "newspaper"]), expected);
    let link_gone = house.cardea(&["client", "update", "newspaper", "--tos-uri", ""]);
    assert!(link_gone["tos_uri"].is_null());
    // The old callback is a stranger's now.
    eventually("the old redirect URI is refused", || async {
        house.browser().get(&app.request().url()).await.status == 400
    })
    .await;
}

#[tokio::test]
async fn switches_can_be_taken_back() {
    let house = House::open().await;
    machine(&house, "reports", &["--no-pkce", "--first-party", "--may-introspect"]);
    let after = house.cardea(&["client", "update", "reports", "--pkce", "--third-party", "--may-not-introspect"]);
    assert_eq!((&after["require_pkce"], &after["first_party"]), (&json!(true), &json!(false)));
    assert_eq!(after["may_introspect"], false);
}

#[tokio::test]
async fn a_running_server_issues_by_the_new_registration() {
    let house = House::open().await;
    let app = machine(&house, "reports", &["--scope", "articles:read"]);
    assert_eq!(status(&app).await, 200);
    house.cardea(&[
        "client",
        "update",
        "reports",
        "--scope",
        "articles:read articles:write",
        "--access-ttl",
        "1m",
        "--access-token-alg",
        "RS256",
    ]);
    let begun = Instant::now();
    eventually("tokens follow the new registration", || async {
        let tokens = app.token(&[("grant_type", "client_credentials")]).await.json();
        let token = claims(text(&tokens, "access_token"));
        tokens["scope"] == "articles:read articles:write"
            && tokens["expires_in"] == 60
            && token["exp"].as_i64() == token["iat"].as_i64().map(|at| at + 60)
    })
    .await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_disabled_client_and_all_its_tokens_stop_and_enabling_revives_no_token() {
    let house = House::open().await;
    let guard = machine(&house, "guard", &["--may-introspect"]);
    let app = house.app_with(
        "newspaper",
        &["--grant", "client_credentials", "--grant", "authorization_code", "--grant", "refresh_token"],
    );
    let tokens = app.tokens(&house, &house.person("ada@example.com"), "openid offline_access").await;
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let own = app.token(&[("grant_type", "client_credentials")]).await.json();
    assert!(guard.introspect(text(&own, "access_token")).await["active"] == true);

    let shown = house.cardea(&["client", "disable", "newspaper"]);
    assert_eq!(shown["disabled"], true);
    // What hangs off a grant ends with it, in the same transaction; the registration itself is believed for a second.
    inactive(&guard.introspect(access).await);
    assert_eq!(app.userinfo(access).await.status, 401);
    inactive(&guard.introspect(text(&own, "access_token")).await);
    soon(&app, 401).await;
    assert_eq!(app.refresh(refresh).await.status, 401);
    assert_eq!(house.browser().get(&app.request().url()).await.status, 400);

    assert_eq!(house.cardea(&["client", "enable", "newspaper"])["disabled"], false);
    soon(&app, 200).await;
    assert_eq!(app.refresh(refresh).await.json()["error"], "invalid_grant");
    assert!(!alive(&app, access).await && !alive(&app, refresh).await, "they stay ended");
}

#[tokio::test]
async fn a_removed_client_is_gone_with_everything_and_its_id_is_free() {
    let house = House::open().await;
    let guard = machine(&house, "guard", &["--may-introspect"]);
    let app = house.app("newspaper");
    let tokens = app.tokens(&house, &house.person("ada@example.com"), "openid offline_access").await;
    assert_eq!(house.cardea(&["client", "remove", "newspaper"]), json!({ "removed": "newspaper" }));
    inactive(&guard.introspect(text(&tokens, "access_token")).await);
    assert_eq!(app.userinfo(text(&tokens, "access_token")).await.status, 401);
    eventually("the client is unknown", || async { app.refresh(text(&tokens, "refresh_token")).await.status == 401 })
        .await;
    let again = house.app("newspaper");
    assert_ne!(again.secret, app.secret);
    eventually("the new client of that id is known", || async {
        again.refresh(text(&tokens, "refresh_token")).await.json()["error"] == "invalid_grant"
    })
    .await;
    assert_eq!(
        app.refresh(text(&tokens, "refresh_token")).await.status,
        401,
        "the old secret is none of the new client"
    );
    let events = house.events();
    for kind in ["client.removed", "client.added"] {
        assert!(events.iter().any(|held| held == kind), "{events:?}");
    }
}
