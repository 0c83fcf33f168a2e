//! A token request is read once and unambiguously (RFC 6749 3.1, 3.2): POST, form, no repeats, bounded, this client's grant.

use reqwest::Method;

use crate::house::House;
use crate::house::wire::{ask, form, machine, members, post, post_raw, proof, refused};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn only_post_is_taken() {
    let house = House::open().await;
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::HEAD] {
        let page = ask(&house, method.clone(), "/token?grant_type=client_credentials", &[]).await;
        assert_eq!(page.status, 405, "{method}");
        assert_eq!(page.header("allow"), "POST");
        assert_eq!(page.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn only_a_form_is_taken_and_the_query_does_not_count() {
    let house = House::open().await;
    let app = machine(&house, "reports", &[]);
    let header = proof(&app);
    let authorization = ("authorization", header.as_str());
    for content_type in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
        let page = post_raw(&house, "/token", &[authorization, ("content-type", content_type)], &form(&[GRANT])).await;
        refused(&page, 400, "invalid_request");
    }
    let json = post_raw(&house, "/token", &[authorization], "{\"grant_type\":\"client_credentials\"}").await;
    refused(&json, 400, "invalid_request");
    let charset = ("content-type", "application/X-WWW-form-urlencoded; charset=UTF-8");
    assert_eq!(post_raw(&house, "/token", &[authorization, charset], &form(&[GRANT])).await.status, 200);
    // RFC 6749 2.3.1: credentials MUST NOT be in the request URI; nor does anything else there count.
    let secret = app.secret.clone().unwrap();
    let in_query = format!("/token?client_id={}&client_secret={secret}&grant_type=client_credentials", app.id);
    refused(&post_raw(&house, &in_query, &[FORM], "").await, 401, "invalid_client");
}

#[tokio::test]
async fn a_repeated_parameter_is_refused_and_an_empty_one_counts_as_left_out() {
    let house = House::open().await;
    let app = machine(&house, "reports", &["--scope", "reports:read"]);
    let header = proof(&app);
    let headers = [("authorization", header.as_str())];
    for repeated in ["grant_type", "scope", "client_id", "unknown"] {
        let value = match repeated {
            "grant_type" => "client_credentials",
            "client_id" => "reports",
            _ => "reports:read",
        };
        let page = post(&house, "/token", &headers, &[GRANT, (repeated, value), (repeated, value)]).await;
        refused(&page, 400, "invalid_request");
    }
    // D23: RFC 6749 3.1.
    let empties = [GRANT, ("scope", ""), ("client_id", ""), ("client_secret", ""), ("client_assertion", "")];
    let page = post(&house, "/token", &headers, &empties).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(page.json()["scope"], "reports:read");
    refused(&post(&house, "/token", &headers, &[("grant_type", "")]).await, 400, "invalid_request");
}

#[tokio::test]
async fn a_body_is_bounded_in_length_and_in_number() {
    let house = House::open().await;
    let app = machine(&house, "reports", &[]);
    let header = proof(&app);
    let headers = [("authorization", header.as_str()), FORM];
    let page =
        post_raw(&house, "/token", &headers, &format!("grant_type=client_credentials&x={}", "a".repeat(1 << 20))).await;
    refused(&page, 400, "invalid_request");
    let many: String = (0..1000).map(|number| ["&p", &number.to_string(), "=1"].concat()).collect();
    let page = post_raw(&house, "/token", &headers, &format!("grant_type=client_credentials{many}")).await;
    refused(&page, 400, "invalid_request");
    let scopes = (0..2000).map(|number| format!("s{number}")).collect::<Vec<_>>().join(" ");
    let page = post(&house, "/token", &headers[..1], &[GRANT, ("scope", &scopes)]).await;
    refused(&page, 400, "invalid_scope");
    assert_eq!(post(&house, "/token", &headers[..1], &[GRANT]).await.status, 200, "the house stands");
}

#[tokio::test]
async fn a_grant_must_be_named_known_and_the_clients_own() {
    let house = House::open().await;
    let (machine, app) = (machine(&house, "reports", &[]), house.app("newspaper"));
    let single = house.app_with("single", &["--grant", "authorization_code"]);
    refused(&machine.token(&[("scope", "x")]).await, 400, "invalid_request");
    for unknown in [
        "password",
        "implicit",
        "AUTHORIZATION_CODE",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "<script>alert(1)</script>\r\nX: \"\\",
    ] {
        refused(&app.token(&[("grant_type", unknown)]).await, 400, "unsupported_grant_type");
    }
    // D22: oxide-auth never asks this.
    refused(&app.token(&[GRANT]).await, 400, "unauthorized_client");
    refused(&machine.token(&[("grant_type", "authorization_code"), ("code", "x")]).await, 400, "unauthorized_client");
    refused(&machine.refresh("x").await, 400, "unauthorized_client");
    let tokens = single.tokens(&house, &house.person("ada@example.com"), "openid offline_access").await;
    assert!(tokens["refresh_token"].is_null(), "not registered for refresh_token: {tokens}");
    refused(&single.refresh("x").await, 400, "unauthorized_client");
}

#[tokio::test]
async fn what_a_grant_needs_must_be_there() {
    let house = House::open().await;
    let app = house.app("newspaper");
    refused(&app.token(&[("grant_type", "authorization_code")]).await, 400, "invalid_request");
    refused(&app.token(&[("grant_type", "refresh_token")]).await, 400, "invalid_request");
    refused(&app.refresh("unknown").await, 400, "invalid_grant");
    refused(&app.exchange("unknown").await, 400, "invalid_grant");
}

#[tokio::test]
async fn an_answer_is_never_cached_and_always_tells_scope_and_life() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let code = app.code_for(&house, &person, &app.request().with("scope", "profile openid offline_access email")).await;
    let first = app.exchange(&code).await;
    let second = app.refresh(first.json()["refresh_token"].as_str().unwrap()).await;
    for page in [&first, &second] {
        assert_eq!(page.status, 200, "{}", page.body);
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("pragma"), "no-cache");
        assert_eq!(page.header("content-type"), "application/json");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        let tokens = page.json();
        assert_eq!(tokens["token_type"], "Bearer");
        assert_eq!(tokens["expires_in"], 600);
        assert_eq!(tokens["scope"], "email offline_access openid profile", "sorted, always there");
        assert_eq!(
            members(&tokens),
            ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"]
        );
    }
}
