//! Every token and header that must not get in, one that must, and what the refusals say.

#[path = "../../tests/it/guard/issuer.rs"]
#[expect(dead_code, reason = "shared with the integration tests, which use the rest")]
mod issuer;

use actix_web::{
    App, HttpResponse,
    body::to_bytes,
    http::{StatusCode, header},
    test::{TestRequest, call_service, init_service},
    web,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use issuer::{AUDIENCE, Issuer, SigningKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, encode, get_current_timestamp};
use serde_json::{Value, json};

use super::{Bearer, Guard, GuardError, GuardSettings, HasRole, RequiredRole, RequiredScope, Scoped};

struct Write;
impl RequiredScope for Write {
    const SCOPE: &'static str = "articles:write";
}
struct Author;
impl RequiredRole for Author {
    const ROLES: &'static [&'static str] = &["author"];
}
struct Anybody;
impl RequiredRole for Anybody {
    const ROLES: &'static [&'static str] = &["reader", "author"];
}

struct Answer {
    status: StatusCode,
    challenge: String,
    retry_after: Option<String>,
    body: Value,
}

async fn ask(guard: &Guard, path: &str, authorization: &[&str]) -> Answer {
    let app = init_service(
        App::new()
            .app_data(web::Data::new(guard.clone()))
            .route("/token", web::get().to(async |token: Bearer| HttpResponse::Ok().json(json!({ "sub": token.sub }))))
            .route("/scope", web::get().to(async |token: Scoped<Write>| token.jti.clone()))
            .route("/role", web::get().to(async |token: HasRole<Author>| token.jti.clone()))
            .route("/roles", web::get().to(async |token: HasRole<Anybody>| token.jti.clone())),
    )
    .await;
    let mut request = TestRequest::get().uri(path);
    for value in authorization {
        request = request.append_header((header::AUTHORIZATION, *value));
    }
    let response = call_service(&app, request.to_request()).await;
    let text = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (challenge, retry_after) = (text(header::WWW_AUTHENTICATE).unwrap_or_default(), text(header::RETRY_AFTER));
    let status = response.status();
    let body = to_bytes(response.into_body()).await.unwrap();
    Answer { status, challenge, retry_after, body: serde_json::from_slice(&body).unwrap_or_default() }
}

async fn guard(issuer: &Issuer) -> Guard {
    Guard::discover(GuardSettings::new(&issuer.url, AUDIENCE)).await.unwrap()
}

async fn refused(guard: &Guard, token: &str, why: &str) {
    let answer = ask(guard, "/token", &[&format!("Bearer {token}")]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{why}");
    assert_eq!(
        answer.challenge,
        format!(r#"Bearer realm="{AUDIENCE}", error="invalid_token", error_description="{why}""#)
    );
    assert_eq!(answer.body, json!({ "error": "invalid_token", "error_description": why }));
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[actix_web::test]
async fn a_token_signed_by_each_kind_of_key_is_let_in() {
    let issuer = Issuer::start();
    let guard = guard(&issuer).await;
    for key in [&issuer.rs256, &issuer.es256, &issuer.eddsa] {
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let answer = ask(&guard, "/token", &[&format!("{scheme} {}", key.sign(&issuer.claims()))]).await;
            assert_eq!(answer.status, StatusCode::OK, "{:?}", key.algorithm);
            assert_eq!(answer.body["sub"], "user-1");
        }
        let mut header = key.header();
        header.typ = Some("application/AT+JWT".to_owned());
        header.jku = Some("http://127.0.0.1:9/keys".to_owned());
        let token = encode(&header, &issuer.claims(), &key.private).unwrap();
        assert_eq!(guard.verify(&token).await.unwrap().roles, ["author"], "the long type counts, jku does not");
    }
}

#[actix_web::test]
async fn the_signature_must_be_the_issuers() {
    let issuer = Issuer::start();
    let guard = guard(&issuer).await;
    let claims = issuer.claims();

    let none = format!("{}.{}.", part(&json!({"alg": "none", "typ": "at+jwt", "kid": "rsa"})), part(&claims));
    refused(&guard, &none, "the token is malformed").await;

    for key in [&issuer.rs256, &issuer.es256] {
        let public = DecodingKey::from_jwk(&serde_json::from_value(key.jwk.clone()).unwrap()).unwrap();
        let secret = match public.kind() {
            jsonwebtoken::DecodingKeyKind::SecretOrDer(bytes) => bytes.clone(),
            jsonwebtoken::DecodingKeyKind::RsaModulusExponent { n, .. } => n.clone(),
        };
        let mut header = key.header();
        header.alg = Algorithm::HS256;
        let token = encode(&header, &claims, &EncodingKey::from_secret(&secret)).unwrap();
        refused(&guard, &token, "the token is signed by an algorithm that is not accepted").await;
    }

    let stranger = SigningKey::generate("ec", Algorithm::ES256);
    refused(&guard, &stranger.sign(&claims), "the signature of the token is wrong").await;
    let mut header = stranger.header();
    header.jwk = Some(serde_json::from_value(stranger.jwk.clone()).unwrap());
    let token = encode(&header, &claims, &stranger.private).unwrap();
    refused(&guard, &token, "the signature of the token is wrong").await;

    let mut header = issuer.es256.header();
    header.kid = Some("rsa".to_owned());
    let token = encode(&header, &claims, &issuer.es256.private).unwrap();
    refused(&guard, &token, "the token is signed by a key that the issuer does not publish").await;

    let stranger = SigningKey::generate("never seen", Algorithm::ES256);
    refused(&guard, &stranger.sign(&claims), "the token is signed by a key that the issuer does not publish").await;

    let token = issuer.es256.sign(&claims);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let forged = issuer.claims_with(&json!({"sub": "user-2"}));
    let header = signed.split('.').next().unwrap();
    refused(&guard, &format!("{header}.{}.{signature}", part(&forged)), "the signature of the token is wrong").await;
    refused(&guard, &format!("{signed}."), "the signature of the token is wrong").await;
}

#[actix_web::test]
async fn only_access_tokens_count() {
    let issuer = Issuer::start();
    let guard = guard(&issuer).await;
    for typ in [Some("JWT"), Some("logout+jwt"), Some("at+jwt "), None] {
        let mut header = issuer.rs256.header();
        header.typ = typ.map(str::to_owned);
        let token = encode(&header, &issuer.claims(), &issuer.rs256.private).unwrap();
        refused(&guard, &token, "the token is not an access token (its type is not at+jwt)").await;
    }
    let mut header = issuer.rs256.header();
    header.crit = Some(vec!["b64".to_owned()]);
    let token = encode(&header, &issuer.claims(), &issuer.rs256.private).unwrap();
    refused(&guard, &token, "the token demands an extension that is not supported").await;
}

#[actix_web::test]
async fn the_claims_must_be_for_us_and_for_now() {
    let issuer = Issuer::start();
    let guard = guard(&issuer).await;
    let now = get_current_timestamp();
    let lacks = "the token lacks a claim that RFC 9068 requires";
    for (changes, why) in [
        (json!({"aud": "https://other.test"}), "the token is meant for another audience"),
        (json!({"aud": ["https://other.test", "https://api.test/"]}), "the token is meant for another audience"),
        (json!({"aud": null}), lacks),
        (json!({"iss": "https://other.test"}), "the token is from another issuer"),
        (json!({"iss": format!("{}/", issuer.url)}), "the token is from another issuer"),
        (json!({"exp": now - 31}), "the token has expired"),
        (json!({"nbf": now + 40}), "the token is not valid yet"),
        (json!({"sub": ""}), lacks),
        (json!({"client_id": ""}), lacks),
        (json!({"iss": [issuer.url, "https://other.test"]}), "the token is malformed"),
        (json!({"exp": null}), "the token is malformed"),
        (json!({"exp": "tomorrow"}), "the token is malformed"),
        (json!({"sub": null}), "the token is malformed"),
        (json!({"client_id": null}), "the token is malformed"),
        (json!({"jti": null}), "the token is malformed"),
        (json!({"iat": null}), "the token is malformed"),
        (json!({"roles": "admin"}), "the token is malformed"),
    ] {
        refused(&guard, &issuer.es256.sign(&issuer.claims_with(&changes)), why).await;
    }
    for changes in [
        json!({"aud": ["https://other.test", AUDIENCE]}),
        json!({"exp": now - 20}),
        json!({"nbf": now + 20}),
        json!({"nbf": null}),
    ] {
        let token = issuer.es256.sign(&issuer.claims_with(&changes));
        assert!(guard.verify(&token).await.is_ok(), "{changes}");
    }
}

#[actix_web::test]
async fn the_header_is_read_once_and_only_as_bearer() {
    let issuer = Issuer::start();
    let guard = guard(&issuer).await;
    let good = format!("Bearer {}", issuer.es256.sign(&issuer.claims()));
    for headers in [&[][..], &["Basic YTpi"], &["Bearer2 abc"], &["DPoP abc"]] {
        let answer = ask(&guard, "/token", headers).await;
        assert_eq!(
            (answer.status, answer.challenge.as_str()),
            (StatusCode::UNAUTHORIZED, r#"Bearer realm="https://api.test""#)
        );
    }
    for headers in [&[good.as_str(), good.as_str()][..], &[&good, "Basic YTpi"], &["Bearer"], &["Bearer  "]] {
        let answer = ask(&guard, "/token", headers).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{headers:?}");
        assert_eq!(answer.body["error"], "invalid_request");
        assert!(answer.challenge.contains(r#"error="invalid_request""#));
    }
    let in_query = ask(&guard, &format!("/token?access_token={}", &good[7..]), &[]).await;
    assert_eq!(in_query.status, StatusCode::UNAUTHORIZED);
    for token in ["a", "a.b", "a.b.c.d", "é.é.é", &format!("{0}, Bearer {0}", &good[7..]), &"a".repeat(20_000)] {
        let answer = ask(&guard, "/token", &[&format!("Bearer {token}")]).await;
        assert!(answer.status.is_client_error() && answer.status != StatusCode::FORBIDDEN, "{token}");
    }
}

#[actix_web::test]
async fn a_missing_scope_or_role_is_named() {
    let issuer = Issuer::start();
    let guard = guard(&issuer).await;
    let reader = issuer.claims_with(&json!({"scope": "articles:read", "roles": ["reader"]}));
    let reader = format!("Bearer {}", issuer.eddsa.sign(&reader));
    let nobody = issuer.claims_with(&json!({"scope": null, "roles": null}));
    let nobody = format!("Bearer {}", issuer.eddsa.sign(&nobody));
    let author = format!("Bearer {}", issuer.eddsa.sign(&issuer.claims()));
    for (path, token, description, tail) in [
        ("/scope", &reader, "the scope articles:write is needed", r#", scope="articles:write""#),
        ("/scope", &nobody, "the scope articles:write is needed", r#", scope="articles:write""#),
        ("/role", &reader, "the role author is needed", ""),
        ("/roles", &nobody, "one of the roles reader, author is needed", ""),
    ] {
        let answer = ask(&guard, path, &[token]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        let code = r#"error="insufficient_scope", error_description="#;
        assert_eq!(answer.challenge, format!(r#"Bearer realm="{AUDIENCE}", {code}"{description}"{tail}"#));
        assert_eq!(answer.body, json!({"error": "insufficient_scope", "error_description": description}));
    }
    for (path, token) in [("/scope", &author), ("/role", &author), ("/roles", &author), ("/roles", &reader)] {
        assert_eq!(ask(&guard, path, &[token]).await.status, StatusCode::OK, "{path}");
    }
}

#[actix_web::test]
async fn keys_that_are_not_for_signatures_do_not_verify() {
    let issuer = Issuer::start();
    let token = issuer.rs256.sign(&issuer.claims());
    let short = json!({"kty": "RSA", "kid": "rsa", "n": URL_SAFE_NO_PAD.encode([0xc5; 128]), "e": "AQAB"});
    let mut encryption = issuer.rs256.jwk.clone();
    encryption["use"] = json!("enc");
    let mut other_algorithm = issuer.rs256.jwk.clone();
    other_algorithm["alg"] = json!("RS512");
    for unfit in [short, encryption, other_algorithm, json!("no key"), json!({"kty": "oct", "kid": "rsa", "k": "AAAA"})]
    {
        *issuer.published.keys.lock().unwrap() = vec![unfit, issuer.es256.jwk.clone()];
        let guard = guard(&issuer).await;
        refused(&guard, &token, "the token is signed by a key that the issuer does not publish").await;
    }
    *issuer.published.keys.lock().unwrap() = vec![json!({"kty": "oct", "kid": "rsa", "k": "AAAA"})];
    let empty = Guard::discover(GuardSettings::new(&issuer.url, AUDIENCE)).await;
    assert!(matches!(empty, Err(GuardError::NoKeys(_))));
}

#[actix_web::test]
async fn the_metadata_must_speak_for_the_issuer() {
    let issuer = Issuer::start();
    *issuer.published.issuer.lock().unwrap() = format!("{}/", issuer.url);
    let guard = Guard::discover(GuardSettings::new(&issuer.url, AUDIENCE)).await;
    assert!(matches!(guard, Err(GuardError::OtherIssuer { .. })));
}

#[actix_web::test]
async fn unknown_key_ids_do_not_become_requests_to_the_issuer() {
    let issuer = Issuer::start();
    let guard = Guard::new(GuardSettings::new(&issuer.url, AUDIENCE)).unwrap();
    let stranger = SigningKey::generate("never seen", Algorithm::ES256).sign(&issuer.claims());
    let many = (0..50).map(|_| guard.verify(&stranger));
    assert!(futures_util::future::join_all(many).await.iter().all(Result::is_err));
    assert_eq!(issuer.asked(), 1);
}

#[actix_web::test]
async fn without_keys_the_answer_is_later_and_not_no() {
    let issuer = Issuer::start();
    issuer.set_up(false);
    let guard = Guard::new(GuardSettings::new(&issuer.url, AUDIENCE)).unwrap();
    let token = issuer.es256.sign(&issuer.claims());
    let answer = ask(&guard, "/token", &[&format!("Bearer {token}")]).await;
    assert_eq!((answer.status, answer.challenge.as_str()), (StatusCode::SERVICE_UNAVAILABLE, ""));
    assert!(answer.retry_after.unwrap().parse::<u64>().unwrap() >= 1);
    issuer.set_up(true);
    actix_web::rt::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert!(guard.verify(&token).await.is_ok(), "the guard recovers by itself after its pause");
}

#[actix_web::test]
async fn keys_stay_in_use_while_the_issuer_is_away_but_not_for_ever() {
    let issuer = Issuer::start();
    let token = issuer.es256.sign(&issuer.claims());
    let second = std::time::Duration::from_secs(1);
    let settings = GuardSettings::new(&issuer.url, AUDIENCE);
    let patient = Guard::discover(GuardSettings { refresh_after: second, ..settings.clone() }).await.unwrap();
    let strict = Guard::discover(GuardSettings { stale_for: second, ..settings }).await.unwrap();
    issuer.set_up(false);
    actix_web::rt::time::sleep(second * 6).await;
    for _ in 0..3 {
        assert!(patient.verify(&token).await.is_ok());
        actix_web::rt::time::sleep(second / 10).await;
    }
    let refusal = ask(&strict, "/token", &[&format!("Bearer {token}")]).await;
    assert_eq!(refusal.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let issuer = |issuer: &str| Guard::new(GuardSettings::new(issuer, AUDIENCE)).map(|_| ());
    for bad in [
        "",
        "id.example.com",
        "http://id.example.com",
        "https://id.example.com?x=1",
        "https://id.example.com#x",
        "file:///etc",
    ] {
        assert!(matches!(issuer(bad), Err(GuardError::Issuer(_))), "{bad}");
    }
    for good in ["https://id.example.com/tenant", "http://localhost:8080", "http://127.0.0.1:1", "http://[::1]:1"] {
        assert!(issuer(good).is_ok(), "{good}");
    }
    for bad in ["", "a\"b", "a\\b", "a\nb", "ä"] {
        assert!(matches!(Guard::new(GuardSettings::new("https://a.test", bad)), Err(GuardError::Audience(_))));
    }
}
