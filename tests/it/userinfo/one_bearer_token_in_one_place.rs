//! RFC 6750 2, 3: one token, in one place, of the right kind; and refusals as the RFC words them.

use reqwest::Method;

use crate::house::House;
use crate::house::app::{App, claims};
use crate::house::browser::Page;
use crate::house::wire::{ask, machine, post, refused};

/// A refusal with a Bearer challenge that names the same code.
#[track_caller]
fn challenged(page: &Page, status: u16, code: &str) {
    assert_eq!(page.status, status, "{}", page.body);
    let challenge = page.header("www-authenticate");
    assert!(challenge.starts_with("Bearer realm=\""), "{challenge}");
    assert!(challenge.contains(&format!("error=\"{code}\"")), "{challenge}");
    assert_eq!(page.json()["error"], code);
    assert_eq!(page.header("cache-control"), "no-store");
}

async fn start(house: &House) -> (App, String) {
    let app = house.app("newspaper");
    let tokens = app.tokens(house, &house.person("ada@example.com"), "openid").await;
    (app, tokens["access_token"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn header_by_get_header_by_post_and_form_are_taken() {
    let house = House::open().await;
    let (_, token) = start(&house).await;
    let sub = claims(&token)["sub"].clone();
    let bearer = format!("Bearer {token}");
    let lower = format!("bearer {token}");
    let pages = [
        ask(&house, Method::GET, "/userinfo", &[("authorization", &bearer)]).await,
        ask(&house, Method::GET, "/userinfo", &[("authorization", &lower)]).await,
        ask(&house, Method::POST, "/userinfo", &[("authorization", &bearer)]).await,
        post(&house, "/userinfo", &[("authorization", &bearer)], &[]).await,
        post(&house, "/userinfo", &[], &[("access_token", &token)]).await,
    ];
    for page in pages {
        assert_eq!(page.status, 200, "{}", page.body);
        assert_eq!((page.header("content-type"), page.header("cache-control")), ("application/json", "no-store"));
        assert_eq!(page.json()["sub"], sub);
    }
}

#[tokio::test]
async fn two_tokens_are_refused_even_if_they_are_equal() {
    let house = House::open().await;
    let (_, token) = start(&house).await;
    let bearer = format!("Bearer {token}");
    let header = ("authorization", bearer.as_str());
    challenged(&post(&house, "/userinfo", &[header], &[("access_token", &token)]).await, 400, "invalid_request");
    challenged(&ask(&house, Method::GET, "/userinfo", &[header, header]).await, 400, "invalid_request");
    let twice = [("access_token", token.as_str()), ("access_token", token.as_str())];
    challenged(&post(&house, "/userinfo", &[], &twice).await, 400, "invalid_request");
}

#[tokio::test]
async fn without_a_token_no_error_code_is_told() {
    let house = House::open().await;
    let (_, token) = start(&house).await;
    let in_query = format!("/userinfo?access_token={token}");
    let pages = [
        ask(&house, Method::GET, "/userinfo", &[]).await,
        ask(&house, Method::POST, "/userinfo", &[]).await,
        post(&house, "/userinfo", &[], &[]).await,
        ask(&house, Method::GET, "/userinfo", &[("authorization", "Basic bmV3czpwYXBlcg==")]).await,
        // RFC 6750 2.3: the query SHOULD NOT be used, and here it is not.
        ask(&house, Method::GET, &in_query, &[]).await,
    ];
    for page in pages {
        assert_eq!((page.status, page.body.as_str()), (401, ""));
        assert_eq!(page.header("www-authenticate"), "Bearer realm=\"cardea\"");
    }
}

#[tokio::test]
async fn a_bad_token_is_invalid_token() {
    let house = House::open().await;
    let (app, token) = start(&house).await;
    for bad in ["garbage", "a.b.c", &format!("{token}x"), app.secret.as_deref().unwrap()] {
        challenged(&app.userinfo(bad).await, 401, "invalid_token");
    }
    house.clock.advance(chrono::TimeDelta::minutes(10));
    challenged(&app.userinfo(&token).await, 401, "invalid_token");
}

#[tokio::test]
async fn an_id_token_a_refresh_token_and_a_code_are_no_access_tokens() {
    let house = House::open().await;
    let app = house.app_with("newspaper", &["--id-token-alg", "ES256"]);
    let person = house.person("ada@example.com");
    let code = app.code(&house, &person).await;
    let tokens = app.tokens(&house, &person, "openid offline_access").await;
    for other in [tokens["id_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap(), &code] {
        challenged(&app.userinfo(other).await, 401, "invalid_token");
    }
}

#[tokio::test]
async fn a_token_without_openid_or_without_a_person_is_not_enough() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let tokens = app.tokens(&house, &house.person("ada@example.com"), "profile email").await;
    let page = app.userinfo(tokens["access_token"].as_str().unwrap()).await;
    challenged(&page, 403, "insufficient_scope");
    // D15: oxide-auth would say 401. RFC 6750 3: the scope that is needed.
    assert!(page.header("www-authenticate").contains("scope=\"openid\""));
    let machine = machine(&house, "reports", &["--grant", "client_credentials", "--scope", "profile"]);
    let own = machine.token(&[("grant_type", "client_credentials")]).await.json();
    challenged(&machine.userinfo(own["access_token"].as_str().unwrap()).await, 403, "insufficient_scope");
}

#[tokio::test]
async fn a_narrowed_token_tells_less_than_its_grant() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let tokens = app.tokens(&house, &house.person("ada@example.com"), "openid profile email").await;
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let narrow = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("scope", "openid email")];
    let narrowed = app.token(&narrow).await.json();
    let told = app.userinfo(narrowed["access_token"].as_str().unwrap()).await.json();
    assert!(told["name"].is_null() && told["email"].is_string(), "{told}");
    let widened =
        [narrow[0], ("refresh_token", narrowed["refresh_token"].as_str().unwrap()), ("scope", "openid roles")];
    refused(&app.token(&widened).await, 400, "invalid_scope");
}
