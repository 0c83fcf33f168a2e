//! A resource server follows the issuer's key rotation, and starts before the issuer does.

use std::time::Duration;

use actix_web::rt::time::sleep;
use cardea::guard::{Guard, GuardError, GuardSettings};
use jsonwebtoken::Algorithm;

use super::issuer::{AUDIENCE, Issuer, SigningKey};

#[actix_web::test]
async fn a_new_key_is_found_when_the_first_token_names_it() {
    let issuer = Issuer::start();
    let guard = Guard::discover(GuardSettings::new(&issuer.url, AUDIENCE)).await.unwrap();
    let new = SigningKey::generate("new", Algorithm::ES256);
    issuer.published.keys.lock().unwrap().push(new.jwk.clone());
    sleep(Duration::from_millis(5200)).await;
    assert!(guard.verify(&new.sign(&issuer.claims())).await.is_ok());
    assert_eq!(issuer.asked(), 2);
}

#[actix_web::test]
async fn a_withdrawn_key_is_forgotten_in_the_background() {
    let issuer = Issuer::start();
    let settings = GuardSettings::new(&issuer.url, AUDIENCE);
    let guard = Guard::discover(GuardSettings { refresh_after: Duration::from_secs(1), ..settings }).await.unwrap();
    issuer.published.keys.lock().unwrap().retain(|key| key["kid"] != "ec");
    sleep(Duration::from_millis(5200)).await;
    let (withdrawn, kept) = (issuer.es256.sign(&issuer.claims()), issuer.rs256.sign(&issuer.claims()));
    assert!(guard.verify(&kept).await.is_ok(), "the token that starts the reading does not wait for it");
    sleep(Duration::from_millis(300)).await;
    assert!(guard.verify(&kept).await.is_ok());
    assert!(guard.verify(&withdrawn).await.is_err());
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
