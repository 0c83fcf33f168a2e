//! The JWKS (RFC 7517 5): public keys with distinct ids, cacheable, ahead of their use.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;

use crate::house::House;
use crate::house::app::header;
use crate::house::wire::{ask, eventually, jwks, machine, members};

#[tokio::test]
async fn no_private_or_symmetric_part_is_published() {
    let house = House::open().await;
    let page = ask(&house, Method::GET, "/jwks", &[]).await;
    assert_eq!((page.status, page.header("content-type")), (200, "application/jwk-set+json"));
    let keys = jwks(&house).await;
    assert_eq!(keys.len(), 3);
    let mut kids = BTreeSet::new();
    for key in &keys {
        let expected = match key["kty"].as_str().unwrap() {
            "RSA" => vec!["alg", "e", "kid", "kty", "n", "use"],
            "EC" => vec!["alg", "crv", "kid", "kty", "use", "x", "y"],
            "OKP" => vec!["alg", "crv", "kid", "kty", "use", "x"],
            other => panic!("a key of type {other}"),
        };
        assert_eq!(members(key), expected, "nothing beside the public members: no d, p, q, dp, dq, qi, oth, k");
        assert_eq!(key["use"], "sig");
        assert!(kids.insert(key["kid"].as_str().unwrap().to_owned()), "kids are distinct");
    }
    let algorithms: BTreeSet<&str> = keys.iter().map(|key| key["alg"].as_str().unwrap()).collect();
    assert_eq!(algorithms, BTreeSet::from(["ES256", "EdDSA", "RS256"]));
    let rsa = keys.iter().find(|key| key["kty"] == "RSA").unwrap();
    assert!(URL_SAFE_NO_PAD.decode(rsa["n"].as_str().unwrap()).unwrap().len() >= 256, "2048 bits");
}

#[tokio::test]
async fn an_unchanged_set_is_not_sent_again() {
    let house = House::open().await;
    let first = ask(&house, Method::GET, "/jwks", &[]).await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 10, "{tag}");
    assert!(first.header("cache-control").contains("max-age="));
    let weak = format!("W/{tag}");
    let several = format!("\"other\", {tag}");
    for known in [tag.as_str(), &weak, &several, "*"] {
        let again = ask(&house, Method::GET, "/jwks", &[("if-none-match", known)]).await;
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{known}");
        assert_eq!(again.header("etag"), tag);
    }
    let other = ask(&house, Method::GET, "/jwks", &[("if-none-match", "\"other\"")]).await;
    assert_eq!((other.status, &other.body), (200, &first.body));
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs() {
    let house = House::open().await;
    let app = machine(&house, "reports", &[]);
    let kid = || async {
        let tokens = app.token(&[("grant_type", "client_credentials")]).await.json();
        header(tokens["access_token"].as_str().unwrap())["kid"].as_str().unwrap().to_owned()
    };
    let old = kid().await;
    let tag = ask(&house, Method::GET, "/jwks", &[]).await.header("etag").to_owned();
    house.cardea(&["key", "rotate", "--alg", "ES256"]);
    eventually("the new key is published", || async { jwks(&house).await.len() == 4 }).await;
    assert_eq!(kid().await, old, "announced, not yet in use");
    let changed = ask(&house, Method::GET, "/jwks", &[("if-none-match", &tag)]).await;
    assert_eq!(changed.status, 200, "the tag has changed");
    house.clock.advance(chrono::TimeDelta::hours(25));
    let new = kid().await;
    assert_ne!(new, old, "in use a day later");
    assert!(jwks(&house).await.iter().any(|key| key["kid"] == new.as_str()));
}
