//! The signing keys of this moment: opened and parsed once, chosen by algorithm and time, published as a JWK set.

use std::sync::Arc;

use actix_web::web::Bytes;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::Jwk;
use serde_json::{Value, json};

use crate::crypto::jwk::{self, KeyPair};
use crate::crypto::jws::Signer;
use crate::crypto::random;
use crate::crypto::seal::MasterKeys;
use crate::crypto::{digest, seal};
use crate::domain::error::Fault;
use crate::domain::id::KeyId;
use crate::domain::instant::Instant;
use crate::domain::key::{SigningAlgorithm, SigningKey};

/// What a sealed private key is bound to.
#[must_use]
pub fn purpose(id: &KeyId) -> String {
    format!("signing_key:{id}")
}

/// Makes a key. RSA takes its time: call it where blocking is allowed.
///
/// # Errors
/// A fault of the random source or of the master key.
pub fn generate(algorithm: SigningAlgorithm, now: Instant, activates_at: Instant, masters: &MasterKeys) -> Result<SigningKey, Fault> {
    let id: KeyId = random::id(now)?;
    let pkcs8 = jwk::generate(algorithm)?;
    let public = KeyPair::parse(algorithm, &pkcs8)?.public_jwk(id.as_str())?;
    let sealed_private = masters.seal(&purpose(&id), &pkcs8)?;
    Ok(SigningKey { id, algorithm, public_jwk: public.to_string(), sealed_private, created_at: now, activates_at, expires_at: None })
}
