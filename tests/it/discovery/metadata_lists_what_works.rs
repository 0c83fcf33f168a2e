//! RFC 8414 2, 3.3, OpenID Connect Discovery 3, 4.3: the issuer byte for byte, and nothing that is not there.

use reqwest::Method;
use serde_json::{Value, json};

use crate::house::House;
use crate::house::wire::ask;

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

async fn metadata(house: &House, path: &str, headers: &[(&str, &str)]) -> Value {
    let page = ask(house, Method::GET, path, headers).await;
    assert_eq!((page.status, page.header("content-type")), (200, "application/json"));
    page.json()
}

#[tokio::test]
async fn both_documents_are_the_same_and_name_the_issuer_exactly() {
    let house = House::open().await;
    let document = metadata(&house, OPENID, &[]).await;
    assert_eq!(document, metadata(&house, OAUTH, &[]).await);
    assert_eq!(document["issuer"], house.issuer.as_str());
}

#[tokio::test]
async fn no_header_of_a_request_changes_it() {
    let house = House::open().await;
    let document = metadata(&house, OPENID, &[]).await;
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-prefix", "/evil"),
        ("forwarded", "host=evil.example;proto=https"),
    ] {
        assert_eq!(metadata(&house, OPENID, &[(name, value)]).await, document, "{name}");
    }
}

#[tokio::test]
async fn every_endpoint_that_it_lists_is_there() {
    let house = House::open().await;
    let document = metadata(&house, OPENID, &[]).await;
    let mut endpoints = 0;
    for (name, value) in document.as_object().unwrap() {
        if !name.ends_with("_endpoint") && name != "jwks_uri" {
            continue;
        }
        endpoints += 1;
        let path = value.as_str().unwrap().strip_prefix(&house.issuer).expect("at this issuer");
        let page = ask(&house, Method::GET, path, &[]).await;
        assert_ne!(page.status, 404, "{name}");
        assert!(page.status < 500, "{name}");
    }
    assert_eq!(endpoints, 7);
}

#[tokio::test]
async fn it_lists_only_what_is_safe() {
    let house = House::open().await;
    let document = metadata(&house, OPENID, &[]).await;
    for (name, value) in [
        ("response_types_supported", json!(["code"])),
        ("response_modes_supported", json!(["query", "form_post"])),
        ("grant_types_supported", json!(["authorization_code", "refresh_token", "client_credentials"])),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("subject_types_supported", json!(["public"])),
        ("token_endpoint_auth_methods_supported", json!(["client_secret_basic", "client_secret_post", "none"])),
        ("introspection_endpoint_auth_methods_supported", json!(["client_secret_basic", "client_secret_post"])),
        // RFC 9207 3.
        ("authorization_response_iss_parameter_supported", json!(true)),
        ("claims_parameter_supported", json!(true)),
        // Left out, request_uri_parameter_supported would mean true.
        ("request_uri_parameter_supported", json!(false)),
        ("request_parameter_supported", json!(false)),
    ] {
        assert_eq!(document[name], value, "{name}");
    }
    let algorithms = document["id_token_signing_alg_values_supported"].as_array().unwrap();
    // Discovery 3: RS256 MUST be included.
    assert!(algorithms.contains(&json!("RS256")));
    assert!(algorithms.iter().all(|one| ["RS256", "ES256", "EdDSA"].contains(&one.as_str().unwrap())));
    assert!(document["registration_endpoint"].is_null());
    for scope in ["openid", "profile", "email", "offline_access"] {
        assert!(document["scopes_supported"].as_array().unwrap().contains(&json!(scope)), "{scope}");
    }
}
