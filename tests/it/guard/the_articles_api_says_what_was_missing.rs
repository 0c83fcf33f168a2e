//! The sample API behind its guard, over HTTP: what each role may do, and how each refusal names what was missing.

use cardea::demo::api::{ApiSettings, start};
use reqwest::{Client, Method, StatusCode, header};
use serde_json::{Value, json};

use super::issuer::{AUDIENCE, Issuer};

struct House {
    issuer: Issuer,
    api: String,
    client: Client,
}

struct Answer {
    status: StatusCode,
    challenge: String,
    body: Value,
}

impl House {
    fn build() -> Self {
        let issuer = Issuer::start();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        let settings = ApiSettings { issuer: issuer.url.clone(), audience: AUDIENCE.to_owned() };
        actix_web::rt::spawn(start(listener, settings).unwrap());
        Self { issuer, api, client: Client::builder().no_proxy().build().unwrap() }
    }

    fn token(&self, person: &str, role: &str, scope: &str) -> String {
        let changes = json!({"sub": person, "roles": [role], "scope": scope});
        self.issuer.es256.sign(&self.issuer.claims_with(&changes))
    }

    async fn ask(&self, method: Method, path: &str, token: Option<&str>, body: Option<&str>) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.api));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_owned());
        }
        let response = request.send().await.unwrap();
        let challenge = response.headers().get(header::WWW_AUTHENTICATE);
        let challenge = challenge.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let status = response.status();
        Answer { status, challenge, body: serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default() }
    }
}

const ALL: &str = "articles:read articles:write";
const DRAFT: &str = r#"{"title": "Hinges", "body": "They turn."}"#;

#[actix_web::test]
async fn each_role_may_do_what_it_may() {
    let house = House::build();
    let (reader, author) = (house.token("r", "reader", ALL), house.token("a", "author", ALL));
    let (other, admin) = (house.token("b", "author", ALL), house.token("c", "admin", ALL));

    for token in [&reader, &author, &admin] {
        assert_eq!(house.ask(Method::GET, "/articles", Some(token), None).await.status, StatusCode::OK);
    }
    let made = house.ask(Method::POST, "/articles", Some(&author), Some(DRAFT)).await;
    assert_eq!((made.status, made.body["author"].as_str()), (StatusCode::CREATED, Some("a")));
    let mine = format!("/articles/{}", made.body["id"]);

    let changed = house.ask(Method::PUT, &mine, Some(&author), Some(r#"{"title": "New", "body": "Text"}"#)).await;
    assert_eq!((changed.status, changed.body["title"].as_str()), (StatusCode::OK, Some("New")));

    let theirs = house.ask(Method::PUT, &mine, Some(&other), Some(DRAFT)).await;
    assert_eq!(theirs.status, StatusCode::FORBIDDEN);
    assert!(theirs.challenge.contains("an author may change only their own articles"), "{}", theirs.challenge);
    let listed = house.ask(Method::GET, "/articles", Some(&reader), None).await;
    assert!(listed.body["articles"].as_array().unwrap().iter().any(|article| article["title"] == "New"));

    assert_eq!(house.ask(Method::PUT, &mine, Some(&admin), Some(DRAFT)).await.status, StatusCode::OK);
    for (token, missing) in [(&reader, "the role admin is needed"), (&author, "the role admin is needed")] {
        let refused = house.ask(Method::DELETE, &mine, Some(token), None).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.challenge.contains(missing), "{}", refused.challenge);
    }
    assert_eq!(house.ask(Method::DELETE, &mine, Some(&admin), None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(house.ask(Method::DELETE, &mine, Some(&admin), None).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn a_missing_scope_role_or_token_is_named() {
    let house = House::build();
    let (only_read, reader) = (house.token("a", "author", "articles:read"), house.token("r", "reader", ALL));
    let (only_write, guest) = (house.token("a", "author", "articles:write"), house.token("g", "guest", ALL));
    for (method, token, code, tail) in [
        (Method::GET, &only_write, "insufficient_scope", r#"scope="articles:read""#),
        (Method::POST, &only_read, "insufficient_scope", r#"scope="articles:write""#),
        (Method::POST, &reader, "insufficient_scope", "one of the roles author, admin is needed"),
        (Method::GET, &guest, "insufficient_scope", "one of the roles reader, author, admin is needed"),
    ] {
        let answer = house.ask(method, "/articles", Some(token), Some(DRAFT)).await;
        assert_eq!((answer.status, answer.body["error"].as_str()), (StatusCode::FORBIDDEN, Some(code)));
        assert!(answer.challenge.contains(tail), "{}", answer.challenge);
    }
    let answer = house.ask(Method::GET, "/articles", None, None).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.challenge, format!(r#"Bearer realm="{AUDIENCE}""#));
    let answer = house.ask(Method::GET, "/articles", Some("rubbish"), None).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.challenge.contains(r#"error="invalid_token""#));
}

#[actix_web::test]
async fn bad_bodies_and_places_are_answered_in_json_after_the_token() {
    let house = House::build();
    let author = house.token("a", "author", ALL);
    let expired = house.issuer.es256.sign(&house.issuer.claims_with(&json!({"exp": 1000})));
    // Before the API has any key: the token's fault comes first, however long it takes to find.
    assert_eq!(house.ask(Method::POST, "/articles", Some(&expired), Some("{")).await.status, StatusCode::UNAUTHORIZED);

    let (long, huge) = ("x".repeat(4001), "x".repeat(40_000));
    let article = |title: &str, body: &str| json!({"title": title, "body": body}).to_string();
    for (body, status) in [
        ("{".to_owned(), StatusCode::BAD_REQUEST),
        (String::new(), StatusCode::BAD_REQUEST),
        (r#"{"title": "x"}"#.to_owned(), StatusCode::BAD_REQUEST),
        (r#"{"title": "x", "body": "y", "author": "me"}"#.to_owned(), StatusCode::BAD_REQUEST),
        (article("  ", "y"), StatusCode::BAD_REQUEST),
        (article("x", &long), StatusCode::BAD_REQUEST),
        (article("x", &huge), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let answer = house.ask(Method::POST, "/articles", Some(&author), Some(&body)).await;
        assert_eq!((answer.status, answer.body["error"].as_str()), (status, Some("invalid_request")), "{body:.40}");
    }
    for (method, path, status) in [
        (Method::PUT, "/articles/99999", StatusCode::NOT_FOUND),
        (Method::PUT, "/articles/x", StatusCode::NOT_FOUND),
        (Method::PATCH, "/articles/1", StatusCode::METHOD_NOT_ALLOWED),
        (Method::PUT, "/articles", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/", StatusCode::NOT_FOUND),
    ] {
        let answer = house.ask(method, path, Some(&author), Some(DRAFT)).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.body["error"].is_string());
    }
}

#[actix_web::test]
async fn the_newspaper_does_not_grow_without_bound() {
    let house = House::build();
    let author = house.token("a", "author", ALL);
    let mut last = StatusCode::CREATED;
    for _ in 0..101 {
        last = house.ask(Method::POST, "/articles", Some(&author), Some(DRAFT)).await.status;
    }
    assert_eq!(last, StatusCode::CONFLICT);
}
