//! RFC 7009 2: authenticate first; own tokens die at once, foreign ones live on, unknown ones are no error.

use reqwest::Method;

use crate::house::House;
use crate::house::app::App;
use crate::house::wire::{alive, ask, basic, machine, post, proof, refused};

const SCOPE: &str = "openid offline_access";

/// An app with the access and the refresh token of a person.
async fn start(house: &House) -> (App, String, String) {
    let app = house.app("newspaper");
    let tokens = app.tokens(house, &house.person("ada@example.com"), SCOPE).await;
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    (app, text("access_token"), text("refresh_token"))
}

async fn revoke(app: &App, token: &str) {
    let page = app.post("/revoke", &[("token", token)]).await;
    assert_eq!((page.status, page.body.as_str()), (200, ""), "{}", page.body);
    assert_eq!(page.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_refresh_token_takes_its_family_with_it() {
    let house = House::open().await;
    let (app, access, refresh) = start(&house).await;
    revoke(&app, &refresh).await;
    assert!(!alive(&app, &access).await && !alive(&app, &refresh).await);
    assert_eq!(app.userinfo(&access).await.status, 401);
    refused(&app.refresh(&refresh).await, 400, "invalid_grant");
    revoke(&app, &refresh).await;
    let rows = house.event_rows();
    let revoked: Vec<_> = rows.iter().filter(|row| row.kind.as_str() == "token.revoked").collect();
    assert_eq!(revoked.len(), 1, "what is dead already leaves no second trace");
    assert_eq!(revoked[0].client.as_ref().unwrap().as_str(), "newspaper");
}

#[tokio::test]
async fn a_used_refresh_token_still_ends_its_family() {
    let house = House::open().await;
    let (app, access, refresh) = start(&house).await;
    let newest = app.refresh(&refresh).await.json()["refresh_token"].as_str().unwrap().to_owned();
    revoke(&app, &refresh).await;
    assert!(!alive(&app, &access).await && !alive(&app, &newest).await);
}

#[tokio::test]
async fn an_access_token_ends_alone() {
    let house = House::open().await;
    let (app, access, refresh) = start(&house).await;
    revoke(&app, &access).await;
    assert!(!alive(&app, &access).await);
    assert_eq!(app.userinfo(&access).await.status, 401);
    assert!(alive(&app, &refresh).await);
    let next = app.refresh(&refresh).await.json();
    assert!(alive(&app, next["access_token"].as_str().unwrap()).await);
    revoke(&app, &access).await;
}

#[tokio::test]
async fn a_machines_token_ends() {
    let house = House::open().await;
    let app = machine(&house, "reports", &[]);
    let issue = || async {
        let tokens = app.token(&[("grant_type", "client_credentials")]).await.json();
        tokens["access_token"].as_str().unwrap().to_owned()
    };
    let (first, second) = (issue().await, issue().await);
    revoke(&app, &first).await;
    assert!(!alive(&app, &first).await);
    assert!(alive(&app, &second).await);
}

#[tokio::test]
async fn a_public_client_may_end_its_own() {
    let house = House::open().await;
    let public = house.app_with("pocket", &["--public"]);
    let api = machine(&house, "api", &["--may-introspect"]);
    let tokens = public.tokens(&house, &house.person("ada@example.com"), SCOPE).await;
    revoke(&public, tokens["refresh_token"].as_str().unwrap()).await;
    assert!(!alive(&api, tokens["access_token"].as_str().unwrap()).await);
}

#[tokio::test]
async fn a_foreign_token_is_refused_and_lives_on() {
    let house = House::open().await;
    let (app, access, refresh) = start(&house).await;
    let (thief, public) = (machine(&house, "thief", &["--may-introspect"]), house.app_with("pocket", &["--public"]));
    for other in [&thief, &public] {
        for token in [&access, &refresh] {
            let page = other.post("/revoke", &[("token", token)]).await;
            refused(&page, 400, "invalid_grant");
        }
    }
    assert!(alive(&app, &access).await && alive(&app, &refresh).await);
    assert_eq!(app.refresh(&refresh).await.status, 200);
}

#[tokio::test]
async fn without_authentication_nothing_is_revoked() {
    let house = House::open().await;
    let (app, access, refresh) = start(&house).await;
    for token in [&access, &refresh] {
        refused(&post(&house, "/revoke", &[], &[("token", token)]).await, 401, "invalid_client");
        let bare = [("token", token.as_str()), ("client_id", app.id.as_str())];
        refused(&post(&house, "/revoke", &[], &bare).await, 401, "invalid_client");
        let wrong = basic(&app.id, "wrong");
        refused(
            &post(&house, "/revoke", &[("authorization", &wrong)], &[("token", token)]).await,
            401,
            "invalid_client",
        );
        assert!(alive(&app, token).await);
    }
}

#[tokio::test]
async fn an_unknown_token_is_no_error() {
    let house = House::open().await;
    let (app, access, refresh) = start(&house).await;
    let forged = refresh.replace(crate::house::wire::secret_part(&refresh), &"A".repeat(43));
    for unknown in ["garbage", "a.b.c", &forged, &format!("{access}x")] {
        revoke(&app, unknown).await;
    }
    assert!(alive(&app, &access).await && alive(&app, &refresh).await, "an id without its secret revokes nothing");
}

#[tokio::test]
async fn a_hint_is_only_a_hint() {
    let house = House::open().await;
    let (app, access, refresh) = start(&house).await;
    for (token, hint) in [(&access, "refresh_token"), (&refresh, "access_token"), (&refresh, "nonsense")] {
        let page = app.post("/revoke", &[("token", token), ("token_type_hint", hint)]).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(!alive(&app, token).await, "{hint}");
    }
}

#[tokio::test]
async fn the_request_is_a_post_with_a_token() {
    let house = House::open().await;
    let (app, access, _) = start(&house).await;
    let header = proof(&app);
    let authorization = ("authorization", header.as_str());
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let page = ask(&house, method.clone(), &format!("/revoke?token={access}"), &[authorization]).await;
        assert_eq!((page.status, page.header("cache-control")), (405, "no-store"), "{method}");
    }
    refused(&post(&house, "/revoke", &[authorization], &[]).await, 400, "invalid_request");
    let twice = [("token", access.as_str()), ("token", access.as_str())];
    refused(&post(&house, "/revoke", &[authorization], &twice).await, 400, "invalid_request");
    assert!(alive(&app, &access).await);
}
