//! RFC 7662 2.1, 4: the caller authenticates, and is told about its own tokens, or about all if it is a resource server.

use reqwest::Method;

use crate::house::House;
use crate::house::wire::{alive, ask, basic, eventually, inactive, machine, post, proof, refused};

const SCOPE: &str = "openid offline_access";

#[tokio::test]
async fn nobody_without_authentication() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let public = house.app_with("pocket", &["--public"]);
    let tokens = public.tokens(&house, &house.person("ada@example.com"), SCOPE).await;
    let token = ("token", tokens["access_token"].as_str().unwrap());
    refused(&post(&house, "/introspect", &[], &[token]).await, 401, "invalid_client");
    let wrong = basic(&app.id, "wrong");
    refused(&post(&house, "/introspect", &[("authorization", &wrong)], &[token]).await, 401, "invalid_client");
    let bearer = format!("Bearer {}", token.1);
    refused(&post(&house, "/introspect", &[("authorization", &bearer)], &[token]).await, 401, "invalid_client");
    // A public client proves nothing, not even for its own token.
    refused(&post(&house, "/introspect", &[], &[token, ("client_id", &public.id)]).await, 401, "invalid_client");
}

#[tokio::test]
async fn a_client_about_its_own_tokens() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person_with("ada@example.com", &["author"]);
    let now = house.clock.now().timestamp();
    let tokens = app.tokens(&house, &person, SCOPE).await;
    let page = app.post("/introspect", &[("token", tokens["access_token"].as_str().unwrap())]).await;
    assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
    let answer = page.json();
    for (name, value) in [
        ("iss", house.issuer.as_str()),
        ("aud", house.issuer.as_str()),
        ("sub", &person.id),
        ("client_id", "newspaper"),
        ("scope", "offline_access openid"),
        ("token_type", "Bearer"),
    ] {
        assert_eq!(answer[name], value, "{name}");
    }
    assert_eq!((&answer["active"], &answer["roles"]), (&true.into(), &serde_json::json!(["author"])));
    assert_eq!((answer["iat"].as_i64(), answer["exp"].as_i64()), (Some(now), Some(now + 600)));
    assert!(answer["jti"].is_string());

    let answer = app.introspect(tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!((&answer["active"], &answer["client_id"]), (&true.into(), &"newspaper".into()));
    assert_eq!((&answer["sub"], &answer["scope"]), (&person.id.as_str().into(), &"offline_access openid".into()));
}

#[tokio::test]
async fn a_stranger_about_nothing() {
    let house = House::open().await;
    let (app, stranger) = (house.app("newspaper"), house.app("stranger"));
    let machine = machine(&house, "reports", &[]);
    let tokens = app.tokens(&house, &house.person("ada@example.com"), SCOPE).await;
    let own = machine.token(&[("grant_type", "client_credentials")]).await.json();
    for token in [&tokens["access_token"], &tokens["refresh_token"], &own["access_token"]] {
        inactive(&stranger.introspect(token.as_str().unwrap()).await);
    }
    assert!(alive(&machine, own["access_token"].as_str().unwrap()).await);
}

#[tokio::test]
async fn a_resource_server_about_everybodys_access_tokens_and_nobodys_refresh_tokens() {
    let house = House::open().await;
    let (app, machine) = (house.app("newspaper"), machine(&house, "reports", &[]));
    let api = crate::house::wire::machine(&house, "api", &["--may-introspect"]);
    let person = house.person("ada@example.com");
    let tokens = app.tokens(&house, &person, SCOPE).await;
    let own = machine.token(&[("grant_type", "client_credentials")]).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    let answer = api.introspect(access).await;
    assert_eq!((&answer["active"], &answer["client_id"]), (&true.into(), &"newspaper".into()));
    let answer = api.introspect(own["access_token"].as_str().unwrap()).await;
    assert_eq!((&answer["active"], &answer["sub"]), (&true.into(), &"client:reports".into()));
    // RFC 9700: a refresh token is between its client and this server.
    inactive(&api.introspect(tokens["refresh_token"].as_str().unwrap()).await);
    house.cardea(&["client", "update", "api", "--may-not-introspect"]);
    eventually("the right is taken away", || async { api.introspect(access).await["active"] == false }).await;
}

#[tokio::test]
async fn the_request_is_a_form_with_a_token() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let header = proof(&app);
    let authorization = ("authorization", header.as_str());
    for method in [Method::GET, Method::PUT, Method::OPTIONS] {
        let page = ask(&house, method.clone(), "/introspect?token=x", &[authorization]).await;
        assert_eq!(page.status, 405, "{method}");
    }
    refused(&post(&house, "/introspect", &[authorization], &[]).await, 400, "invalid_request");
    refused(&post(&house, "/introspect", &[authorization], &[("token", "")]).await, 400, "invalid_request");
    let twice = [("token", "a"), ("token", "b")];
    refused(&post(&house, "/introspect", &[authorization], &twice).await, 400, "invalid_request");
    for hint in ["access_token", "refresh_token", "nonsense"] {
        let page = post(&house, "/introspect", &[authorization], &[("token", "x"), ("token_type_hint", hint)]).await;
        inactive(&page.json());
    }
}

#[tokio::test]
async fn a_wrong_hint_hides_nothing() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let tokens = app.tokens(&house, &house.person("ada@example.com"), SCOPE).await;
    for (token, hint) in [("access_token", "refresh_token"), ("refresh_token", "access_token"), ("access_token", "?")] {
        let fields = [("token", tokens[token].as_str().unwrap()), ("token_type_hint", hint)];
        assert_eq!(app.post("/introspect", &fields).await.json()["active"], true, "{token} as {hint}");
    }
}
