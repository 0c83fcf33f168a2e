//! A resource server follows the issuer's key rotation, and starts before the issuer does.

use std::time::{Duration, Instant};

use actix_web::rt::time::sleep;
use cardea::guard::{Guard, GuardError, GuardSettings};
use jsonwebtoken::Algorithm;

use super::issuer::{AUDIENCE, Issuer, SigningKey};

/// A guard that may read the keys again at once.
async fn eager(issuer: &Issuer) -> Guard {
    let settings = GuardSettings::new(&issuer.url, AUDIENCE);
    let eager = GuardSettings { refresh_after: Duration::ZERO, refetch_pause: Duration::ZERO, ..settings };
    Guard::discover(eager).await.unwrap()
}

#[actix_web::test]
async fn a_new_key_is_found_when_the_first_token_names_it() {
    let issuer = Issuer::start();
    let settings = GuardSettings::new(&issuer.url, AUDIENCE);
    let guard = Guard::discover(GuardSettings { refetch_pause: Duration::ZERO, ..settings }).await.unwrap();
    let new = SigningKey::generate("new", Algorithm::ES256);
    issuer.published.keys.lock().unwrap().push(new.jwk.clone());
    assert!(guard.verify(&new.sign(&issuer.claims())).await.is_ok());
    assert_eq!(issuer.asked(), 2);
}

/// RFC 8725 3.10 in spirit: what a stranger writes into a token's header is no reason to ask anybody anything.
#[actix_web::test]
async fn invented_key_ids_are_not_passed_on_as_requests() {
    let issuer = Issuer::start();
    let guard = Guard::discover(GuardSettings::new(&issuer.url, AUDIENCE)).await.unwrap();
    let invented = SigningKey::generate("invented", Algorithm::ES256).sign(&issuer.claims());
    for _ in 0..20 {
        assert!(guard.verify(&invented).await.is_err());
    }
    assert_eq!(issuer.asked(), 1);
}

#[actix_web::test]
async fn a_withdrawn_key_is_forgotten_in_the_background() {
    let issuer = Issuer::start();
    let guard = eager(&issuer).await;
    issuer.published.keys.lock().unwrap().retain(|key| key["kid"] != "ec");
    let (withdrawn, kept) = (issuer.es256.sign(&issuer.claims()), issuer.rs256.sign(&issuer.claims()));
    assert!(guard.verify(&kept).await.is_ok(), "the token that starts the reading does not wait for it");
    let limit = Instant::now() + Duration::from_secs(10);
    while guard.verify(&withdrawn).await.is_ok() {
        assert!(Instant::now() < limit, "the withdrawn key is still believed");
        sleep(Duration::from_millis(20)).await;
    }
    assert!(guard.verify(&kept).await.is_ok());
}

#[actix_web::test]
async fn an_issuer_that_is_not_there_is_named() {
    let issuer = Issuer::start();
    let url = issuer.url.clone();
    issuer.stop().await;
    let guard = Guard::discover(GuardSettings::new(&url, AUDIENCE)).await;
    let Err(GuardError::Unreachable { url: asked, cause }) = guard else { panic!("nobody listens there") };
    assert_eq!(asked, format!("{url}/.well-known/openid-configuration"));
    assert!(cause.to_lowercase().contains("refused"), "{cause}");
}
