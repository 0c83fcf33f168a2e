//! The signing keys of this moment: opened and parsed once, chosen by algorithm and time, published as a JWK set.

use actix_web::web::Bytes;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::{Value, json};

use crate::crypto::jwk::{self, KeyPair};
use crate::crypto::jws::{Signer, validation};
use crate::crypto::seal::MasterKeys;
use crate::crypto::{digest, random};
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
pub fn generate(
    algorithm: SigningAlgorithm,
    now: Instant,
    activates_at: Instant,
    masters: &MasterKeys,
) -> Result<SigningKey, Fault> {
    let id: KeyId = random::id(now)?;
    let pkcs8 = jwk::generate(algorithm)?;
    let public = KeyPair::parse(algorithm, &pkcs8)?.public_jwk(id.as_str())?;
    let sealed_private = masters.seal(&purpose(&id), &pkcs8)?;
    Ok(SigningKey {
        id,
        algorithm,
        public_jwk: public.to_string(),
        sealed_private,
        created_at: now,
        activates_at,
        expires_at: None,
    })
}

/// The keys of this moment.
pub struct Keyring {
    keys: Vec<Key>,
    jwks: Bytes,
    etag: String,
    fingerprint: Vec<(String, Option<Instant>)>,
}

/// A key as the keyring holds it.
pub struct Key {
    kid: String,
    pub(super) algorithm: SigningAlgorithm,
    pub(super) decoding: DecodingKey,
    pub(super) validation: Validation,
    activates_at: Instant,
    signer: Signer,
}

impl Keyring {
    /// Opens and parses the keys that are still published.
    ///
    /// # Errors
    /// A fault of the master key, or of a row that holds no key.
    pub fn build(held: &[SigningKey], now: Instant, masters: &MasterKeys) -> Result<Self, Fault> {
        let mut keys = Vec::new();
        let mut published: Vec<Value> = Vec::new();
        // Newest first: what signs now stands in front of what used to.
        let mut live: Vec<&SigningKey> = held.iter().filter(|key| is_published(key, now)).collect();
        live.sort_by_key(|key| (key.algorithm, std::cmp::Reverse(key.activates_at)));
        for row in live {
            let pkcs8 = masters.unseal(&purpose(&row.id), &row.sealed_private)?;
            let pair = KeyPair::parse(row.algorithm, &pkcs8)?;
            let public = pair.public_jwk(row.id.as_str())?;
            let broken = |error: String| Fault::internal("signing_keys.public_jwk: no public key").caused_by(error);
            let jwk: Jwk = serde_json::from_value(public.clone()).map_err(|error| broken(error.to_string()))?;
            keys.push(Key {
                kid: row.id.as_str().to_owned(),
                algorithm: row.algorithm,
                decoding: DecodingKey::from_jwk(&jwk).map_err(|error| broken(error.to_string()))?,
                validation: validation(row.algorithm),
                activates_at: row.activates_at,
                signer: Signer::new(row.id.clone(), row.algorithm, pair),
            });
            published.push(public);
        }
        let jwks = json!({ "keys": published }).to_string();
        let tag = digest::hex(digest::sha256(jwks.as_bytes()).as_bytes());
        Ok(Self { keys, jwks: Bytes::from(jwks), etag: format!("\"{tag}\""), fingerprint: fingerprint(held, now) })
    }

    /// What signs with this algorithm now.
    #[must_use]
    pub fn signer(&self, algorithm: SigningAlgorithm, now: Instant) -> Option<&Signer> {
        let begun = self.keys.iter().filter(|key| key.algorithm == algorithm && key.activates_at <= now);
        begun.max_by_key(|key| (key.activates_at, &key.kid)).map(|key| &key.signer)
    }

    /// The JWK set as it is sent (RFC 7517 5).
    #[must_use]
    pub fn jwks(&self) -> Bytes {
        self.jwks.clone()
    }

    /// The JWK set's entity tag.
    #[must_use]
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// A published key by its id.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.kid == kid)
    }

    /// Whether these rows make this very keyring: then nothing has to be opened again.
    #[must_use]
    pub fn is_of(&self, held: &[SigningKey], now: Instant) -> bool {
        self.fingerprint == fingerprint(held, now)
    }
}

fn is_published(key: &SigningKey, now: Instant) -> bool {
    key.expires_at.is_none_or(|at| now < at)
}

fn fingerprint(held: &[SigningKey], now: Instant) -> Vec<(String, Option<Instant>)> {
    held.iter().filter(|key| is_published(key, now)).map(|key| (key.id.as_str().to_owned(), key.expires_at)).collect()
}
