//! A code is good for the client, the redirect URI and the verifier of its own request, for a minute (RFC 6749 4.1.3,
//! RFC 7636 4.6, RFC 9700 2.1.1); an attempt that fails does not burn it.

use chrono::TimeDelta;

use crate::house::House;
use crate::house::app::{App, Request, VERIFIER};
use crate::house::browser::Page;
use crate::house::wire::{post, proof, refused, secret_part};

/// An exchange with these fields in place of the right ones; an empty value leaves a field out.
async fn exchange(app: &App, code: &str, changed: &[(&str, &str)]) -> Page {
    let right = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &app.redirect_uri),
        ("code_verifier", VERIFIER),
    ];
    let fields = right.map(|(name, value)| {
        let value = changed.iter().find(|(other, _)| *other == name).map_or(value, |(_, value)| *value);
        (name, value)
    });
    let fields: Vec<_> = fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    app.token(&fields).await
}

fn without_challenge(request: Request) -> Request {
    request.without("code_challenge").without("code_challenge_method")
}

#[tokio::test]
async fn only_the_right_verifier_redeems_it_and_a_wrong_one_does_not_burn_it() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let code = app.code(&house, &house.person("ada@example.com")).await;
    let other = "another-verifier-of-the-right-length-but-wrong";
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let long = VERIFIER.repeat(3);
    for verifier in [
        "",
        other,
        &VERIFIER[..42],
        challenge,
        &VERIFIER.to_lowercase(),
        &long,
        "not base64 url \u{e9} at all........................",
    ] {
        refused(&exchange(&app, &code, &[("code_verifier", verifier)]).await, 400, "invalid_grant");
    }
    assert_eq!(exchange(&app, &code, &[]).await.status, 200);
}

#[tokio::test]
async fn a_verifier_for_a_code_without_challenge_is_refused() {
    let house = House::open().await;
    let app = house.app_with("veteran", &["--no-pkce"]);
    let person = house.person("ada@example.com");
    let code = app.code_for(&house, &person, &without_challenge(app.request())).await;
    // RFC 9700 4.8.2: a verifier says that a challenge was sent, so somebody took it out.
    refused(&exchange(&app, &code, &[]).await, 400, "invalid_grant");
    assert_eq!(exchange(&app, &code, &[("code_verifier", "")]).await.status, 200);
}

#[tokio::test]
async fn a_client_that_need_not_use_pkce_is_held_to_it_when_it_does() {
    let house = House::open().await;
    let app = house.app_with("veteran", &["--no-pkce"]);
    let code = app.code(&house, &house.person("ada@example.com")).await;
    refused(&exchange(&app, &code, &[("code_verifier", "")]).await, 400, "invalid_grant");
    assert_eq!(exchange(&app, &code, &[]).await.status, 200);
}

#[tokio::test]
async fn only_the_redirect_uri_of_the_request_redeems_it() {
    let house = House::open().await;
    let second = "https://newspaper.example/second";
    let first = "https://newspaper.example/callback";
    let app = house.app_with("newspaper", &["--redirect-uri", first, "--redirect-uri", second]);
    let code = app.code(&house, &house.person("ada@example.com")).await;
    for uri in [second, "https://newspaper.example:443/callback", "https://newspaper.example/callback/", "nonsense"] {
        refused(&exchange(&app, &code, &[("redirect_uri", uri)]).await, 400, "invalid_grant");
    }
    assert_eq!(exchange(&app, &code, &[]).await.status, 200);
}

#[tokio::test]
async fn the_redirect_uri_may_be_left_out_where_pkce_binds_the_code() {
    let house = House::open().await;
    let (app, veteran) = (house.app("newspaper"), house.app_with("veteran", &["--no-pkce"]));
    let person = house.person("ada@example.com");
    let code = app.code(&house, &person).await;
    assert_eq!(exchange(&app, &code, &[("redirect_uri", "")]).await.status, 200);
    // RFC 6749 4.1.3: REQUIRED if it was in the authorization request.
    let code = veteran.code_for(&house, &person, &without_challenge(veteran.request())).await;
    let page = exchange(&veteran, &code, &[("redirect_uri", ""), ("code_verifier", "")]).await;
    refused(&page, 400, "invalid_request");
    assert_eq!(exchange(&veteran, &code, &[("code_verifier", "")]).await.status, 200);
}

#[tokio::test]
async fn another_client_cannot_redeem_it() {
    let house = House::open().await;
    let (app, thief) = (house.app("newspaper"), house.app("thief"));
    let public = house.app_with("pocket", &["--public"]);
    let code = app.code(&house, &house.person("ada@example.com")).await;
    for other in [&thief, &public] {
        let page = exchange(other, &code, &[("redirect_uri", app.redirect_uri.as_str())]).await;
        refused(&page, 400, "invalid_grant");
    }
    assert_eq!(app.exchange(&code).await.status, 200);
}

#[tokio::test]
async fn a_code_that_was_edited_is_no_code() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let (code, second) = (app.code(&house, &person).await, app.code(&house, &person).await);
    let swapped = code.replace(secret_part(&code), secret_part(&second));
    let flipped = format!("{}{}", &code[..code.len() - 2], if code.ends_with("AA") { "BB" } else { "AA" });
    let refresh =
        app.tokens(&house, &person, "openid offline_access").await["refresh_token"].as_str().unwrap().to_owned();
    for wrong in [swapped, flipped, code[..code.len() - 1].to_owned(), format!("{code}A"), refresh, "code".to_owned()] {
        refused(&app.exchange(&wrong).await, 400, "invalid_grant");
    }
    assert_eq!(app.exchange(&code).await.status, 200);
    // OpenID conformance: at least 96 bits; ours is 256 in base64url.
    assert_eq!(secret_part(&second).len(), 43);
}

#[tokio::test]
async fn it_expires_after_a_minute_or_when_the_client_wants() {
    let house = House::open().await;
    let (app, hasty) = (house.app("newspaper"), house.app_with("hasty", &["--code-ttl", "10s"]));
    let person = house.person("ada@example.com");
    let (early, late, brief) =
        (app.code(&house, &person).await, app.code(&house, &person).await, hasty.code(&house, &person).await);
    house.clock.advance(TimeDelta::seconds(11));
    refused(&hasty.exchange(&brief).await, 400, "invalid_grant");
    house.clock.advance(TimeDelta::seconds(48));
    assert_eq!(app.exchange(&early).await.status, 200);
    house.clock.advance(TimeDelta::seconds(1));
    refused(&app.exchange(&late).await, 400, "invalid_grant");
}

#[tokio::test]
async fn it_dies_with_the_session_the_account_and_the_client() {
    let house = House::open().await;
    let app = house.app_with("newspaper", &["--code-ttl", "10m"]);
    let person = house.person("ada@example.com");
    let mut browser = house.browser();
    let code = app.authorize(&mut browser, &person, &app.request()).await["code"].clone();
    let page = browser.get("/logout").await;
    browser.submit(&page, &[("decision", "logout")]).await;
    refused(&app.exchange(&code).await, 400, "invalid_grant");

    let code = app.code_for(&house, &person, &app.request().with("scope", "openid offline_access")).await;
    house.cardea(&["user", "disable", &person.email]);
    refused(&app.exchange(&code).await, 400, "invalid_grant");
    house.cardea(&["user", "enable", &person.email]);
    refused(&app.exchange(&code).await, 400, "invalid_grant");

    let code = app.code(&house, &person).await;
    house.cardea(&["client", "disable", &app.id]);
    house.cardea(&["client", "enable", &app.id]);
    let secret = proof(&app);
    let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", VERIFIER)];
    // Whether the server has noticed the client's pause by now or not: the code is dead.
    let page = post(&house, "/token", &[("authorization", &secret)], &fields).await;
    assert!(page.status == 400 || page.status == 401, "{}", page.body);
    assert_ne!(page.json()["error"], "server_error");
}
