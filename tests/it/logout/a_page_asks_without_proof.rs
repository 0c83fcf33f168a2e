//! RP-Initiated Logout 2, ASVS 10.6.2: without proof nobody is signed out by a link and nobody is sent away: a page asks.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::guard::issuer::SigningKey;
use crate::house::app::{App, claims, header};
use crate::house::wire::form;
use crate::house::{Browser, House, Page};

const GOODBYE: (&str, &str) = ("post_logout_redirect_uri", "https://newspaper.example/goodbye");

/// An app, a browser in which somebody signed in to it, and the tokens.
async fn start(house: &House) -> (App, Browser, Value) {
    let app = house.app_with("newspaper", &["--userinfo-alg", "RS256"]);
    let person = house.person("ada@example.com");
    let mut browser = house.browser();
    let callback = app.authorize(&mut browser, &person, &app.request()).await;
    let tokens = app.exchange(&callback["code"]).await.json();
    (app, browser, tokens)
}

fn logout(fields: &[(&str, &str)]) -> String {
    format!("/logout?{}", form(fields))
}

/// A page of ours with the question, and the person is still signed in.
async fn asks(browser: &mut Browser, page: &Page, why: &str) {
    assert_eq!((page.status, page.location()), (200, None), "{why}");
    assert!(page.text().contains("Sign out"), "{why}: {}", page.text());
    assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(browser.get("/account").await.status, 200, "{why}: still signed in");
}

#[tokio::test]
async fn no_hint_or_one_that_proves_nothing() {
    let house = House::open().await;
    let (app, mut browser, tokens) = start(&house).await;
    let (genuine, access) = (tokens["id_token"].as_str().unwrap(), tokens["access_token"].as_str().unwrap());
    let body = claims(genuine);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let mut unsigned = header(genuine);
    unsigned["alg"] = json!("none");
    let unsigned = format!("{}.{}.", part(&unsigned), part(&body));
    let stranger = SigningKey::generate("stranger", Algorithm::ES256);
    let mut head = stranger.header();
    (head.typ, head.kid) = (Some("JWT".to_owned()), header(genuine)["kid"].as_str().map(str::to_owned));
    let foreign = encode(&head, &body, &stranger.private).unwrap();
    let secret = EncodingKey::from_secret(app.secret.as_deref().unwrap().as_bytes());
    let symmetric = encode(&Header::new(Algorithm::HS256), &body, &secret).unwrap();
    let userinfo = app.userinfo(access).await.body;
    assert_eq!(header(&userinfo)["typ"], "JWT");
    for (why, hint) in [
        ("none", ""),
        ("garbage", "garbage"),
        ("alg none", &unsigned),
        ("another issuer's key", &foreign),
        ("HS256 with the client's secret", &symmetric),
        ("an access token", access),
        ("a userinfo response", &userinfo),
        ("tampered", &format!("{}AAAA", &genuine[..genuine.len() - 4])),
    ] {
        let fields = [("id_token_hint", hint), GOODBYE, ("state", "s"), ("client_id", app.id.as_str())];
        let page = browser.get(&logout(&fields)).await;
        asks(&mut browser, &page, why).await;
        let posted = browser.post("/logout", &fields).await;
        asks(&mut browser, &posted, why).await;
        let mut nobody = house.browser();
        assert_eq!(nobody.get(&logout(&fields)).await.location(), Some("/signed-out"), "{why}: nobody there");
    }
    let page = browser.get(&logout(&[GOODBYE])).await;
    let left = browser.submit(&page, &[("decision", "logout")]).await;
    assert_eq!(left.location(), Some("/signed-out"), "never away without a hint, not even after the answer");
}

#[tokio::test]
async fn an_address_that_is_not_registered() {
    let house = House::open().await;
    let (_, mut browser, tokens) = start(&house).await;
    let hint = tokens["id_token"].as_str().unwrap();
    for uri in [
        "https://evil.example/goodbye",
        "https://newspaper.example/goodbye/",
        "https://newspaper.example/Goodbye",
        "https://newspaper.example/goodbye?x=1",
        "https://newspaper.example:443/goodbye",
        "https://newspaper.example/goodbye#x",
        "https://newspaper.example@evil.example/goodbye",
        "https://newspaper.example/callback",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "//evil.example",
        "/account",
    ] {
        let page =
            browser.get(&logout(&[("id_token_hint", hint), ("post_logout_redirect_uri", uri), ("state", "s")])).await;
        asks(&mut browser, &page, uri).await;
        assert!(!page.header("content-security-policy").contains("evil"), "{uri}");
        assert!(!page.body.contains("<script>alert"), "{uri}");
    }
    let evil = ("post_logout_redirect_uri", "https://evil.example/");
    let page = browser.get(&logout(&[("id_token_hint", hint), evil])).await;
    let left = browser.submit(&page, &[("decision", "logout")]).await;
    assert_eq!(left.location(), Some("/signed-out"));
    let page = house.browser().get(&logout(&[("id_token_hint", hint), evil])).await;
    assert_eq!(page.location(), Some("/signed-out"), "nor when nobody is signed in");
}

#[tokio::test]
async fn the_hint_of_another_session_person_or_app() {
    let house = House::open().await;
    let (_, mut browser, tokens) = start(&house).await;
    let hint = tokens["id_token"].as_str().unwrap();
    let other_app = house.app("archive");
    let bob = house.person("bob@example.com");
    let mut bobs = house.signed_in(&bob).await;
    let page = bobs.get(&logout(&[("id_token_hint", hint), GOODBYE])).await;
    asks(&mut bobs, &page, "Ada's hint in Bob's browser").await;
    let ada = crate::house::Person { email: "ada@example.com".to_owned(), ..bob };
    let mut second = house.signed_in(&ada).await;
    let page = second.get(&logout(&[("id_token_hint", hint), GOODBYE])).await;
    asks(&mut second, &page, "a hint of Ada's other session").await;
    let page = browser.get(&logout(&[("id_token_hint", hint), ("client_id", &other_app.id), GOODBYE])).await;
    asks(&mut browser, &page, "a hint of another app than client_id says").await;
    let theirs = ("post_logout_redirect_uri", "https://archive.example/goodbye");
    let page = browser.get(&logout(&[("id_token_hint", hint), theirs])).await;
    asks(&mut browser, &page, "an address of another app").await;
}

#[tokio::test]
async fn the_answer_stay_changes_nothing() {
    let house = House::open().await;
    let (_, mut browser, _) = start(&house).await;
    let page = browser.get("/logout").await;
    let stayed = browser.submit(&page, &[("decision", "stay")]).await;
    assert_eq!((stayed.status, stayed.location()), (303, Some("/account")));
    assert_eq!(browser.get("/account").await.status, 200);
    assert!(!house.events().contains(&"session.ended".to_owned()));
}

#[tokio::test]
async fn the_answer_counts_only_from_our_own_page() {
    let house = House::open().await;
    let (_, mut browser, _) = start(&house).await;
    let page = browser.get("/logout").await;
    let (_, hidden) = page.form();
    let csrf = hidden.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();

    let without = browser.post("/logout", &[("decision", "logout")]).await;
    asks(&mut browser, &without, "without our token").await;

    let forged = browser.post("/logout", &[("decision", "logout"), ("csrf", "forged")]).await;
    assert_eq!((forged.status, forged.location()), (403, None));

    let mut foreign = browser.clone();
    foreign.headers = vec![("origin".to_owned(), "https://evil.example".to_owned())];
    let refused = foreign.post("/logout", &[("decision", "logout"), ("csrf", &csrf)]).await;
    assert_eq!((refused.status, refused.location()), (403, None));

    let mut other = house
        .signed_in(&crate::house::Person {
            id: String::new(),
            email: "ada@example.com".to_owned(),
            name: String::new(),
            password: "correct horse battery staple".to_owned(),
        })
        .await;
    let refused = other.post("/logout", &[("decision", "logout"), ("csrf", &csrf)]).await;
    assert_eq!(refused.status, 403, "a token of another browser");
    for browser in [&mut browser, &mut other] {
        assert_eq!(browser.get("/account").await.status, 200, "still signed in");
    }
    let left = browser.post("/logout", &[("decision", "logout"), ("csrf", &csrf)]).await;
    assert_eq!(left.location(), Some("/signed-out"));
    assert!(browser.get("/account").await.location().is_some());
}

#[tokio::test]
async fn what_the_request_says_stays_text() {
    let house = House::open().await;
    let (_, mut browser, _) = start(&house).await;
    let evil = "\"><script>alert(1)</script>";
    let page = browser.get(&logout(&[("id_token_hint", evil), ("state", evil), ("client_id", evil)])).await;
    asks(&mut browser, &page, "markup").await;
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
}
