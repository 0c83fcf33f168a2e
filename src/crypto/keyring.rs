//! The signing keys, opened and parsed once: which one signs now, which ones verify, and the JWKS that is published.
//!
//! States are read off the keys' moments, so that nodes agree without talking. Rows come from the store, a reload is
//! [`Keyring::rebuild`].

use std::cmp::Reverse;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;

use super::jws::Signer;
use super::key_pair::{KeyPair, PublicHalf};
use super::seal::MasterKeys;
use super::{digest, jwk, random};
use crate::domain::error::Fault;
use crate::domain::id::KeyId;
use crate::domain::instant::Instant;
use crate::domain::key::{KeyState, SigningAlgorithm, SigningKey};

/// All keys that are not expired. Share it behind an `Arc` and replace it whole.
pub struct Keyring {
    entries: Vec<Entry>,
    jwks: Arc<str>,
    etag: Arc<str>,
    fingerprint: [u8; 32],
}

/// A key that was opened: its private half signs, its public half verifies.
pub struct OpenedKey {
    signer: Arc<Signer>,
    decoding: DecodingKey,
    public_jwk: String,
}

struct Entry {
    activates_at: Instant,
    expires_at: Option<Instant>,
    key: Arc<OpenedKey>,
}

/// Makes a key that will sign from `activates_at` on. RSA takes a good part of a second: not for a thread that serves.
///
/// # Errors
/// A fault when the key cannot be made or sealed.
pub fn generate(
    algorithm: SigningAlgorithm,
    now: Instant,
    activates_at: Instant,
    masters: &MasterKeys,
) -> Result<SigningKey, Fault> {
    let id: KeyId = random::id(now)?;
    let (pair, sealed_private) = KeyPair::generate(algorithm, |pkcs8| masters.seal(&purpose(&id), pkcs8))?;
    let public_jwk = jwk::public(&id, &pair.public_half()?)?;
    Ok(SigningKey { id, algorithm, public_jwk, sealed_private, created_at: now, activates_at, expires_at: None })
}

/// For what the private key `kid` is sealed; also when it is sealed again in a rotation of the master keys.
#[must_use]
pub fn purpose(kid: &KeyId) -> String {
    format!("signing_key:{kid}")
}

impl Keyring {
    /// Opens all keys that are not expired.
    ///
    /// # Errors
    /// A fault when a private key does not open or is not the one of its published JWK.
    pub fn build(keys: &[SigningKey], now: Instant, masters: &MasterKeys) -> Result<Self, Fault> {
        Self::assemble(keys, now, masters, &[])
    }

    /// The ring as it is after a reload: `None` when nothing changed. Keys that were there before are not opened again.
    ///
    /// # Errors
    /// As [`Keyring::build`].
    pub fn rebuild(&self, keys: &[SigningKey], now: Instant, masters: &MasterKeys) -> Result<Option<Self>, Fault> {
        if fingerprint(keys, now) == self.fingerprint {
            return Ok(None);
        }
        Self::assemble(keys, now, masters, &self.entries).map(Some)
    }

    fn assemble(keys: &[SigningKey], now: Instant, masters: &MasterKeys, known: &[Entry]) -> Result<Self, Fault> {
        let mut entries = Vec::with_capacity(keys.len());
        for row in keys.iter().filter(|row| row.expires_at.is_none_or(|end| end > now)) {
            let known = known.iter().find(|entry| entry.key.is_of(row));
            let key = match known {
                Some(entry) => Arc::clone(&entry.key),
                None => Arc::new(OpenedKey::open(row, masters)?),
            };
            entries.push(Entry { activates_at: row.activates_at, expires_at: row.expires_at, key });
        }
        // Newest first: the first one whose moment has come is the one that signs.
        entries.sort_by(|one, other| other.order().cmp(&one.order()));
        let mut ring = Self { entries, jwks: "".into(), etag: "".into(), fingerprint: fingerprint(keys, now) };
        ring.jwks = ring.published(now).into();
        let whole = digest::sha256(ring.jwks.as_bytes());
        let (short, _) = whole.as_bytes().split_at(16);
        ring.etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(short)).into();
        Ok(ring)
    }

    /// The key that signs with `algorithm` at this moment.
    #[must_use]
    pub fn signer(&self, algorithm: SigningAlgorithm, now: Instant) -> Option<&Arc<Signer>> {
        self.active(algorithm, now).map(|entry| &entry.key.signer)
    }

    /// The key of that name, for as long as it verifies.
    #[must_use]
    pub fn find(&self, kid: &str, now: Instant) -> Option<&OpenedKey> {
        self.entry(kid, now).map(|entry| &*entry.key)
    }

    /// Where a key is in its life; `None` when it is unknown or expired.
    #[must_use]
    pub fn state(&self, kid: &KeyId, now: Instant) -> Option<KeyState> {
        self.entry(kid.as_str(), now).map(|entry| self.state_of(entry, now))
    }

    /// The JWKS (RFC 7517 5): active keys first, then announced and retired ones.
    #[must_use]
    pub fn jwks(&self) -> Arc<str> {
        Arc::clone(&self.jwks)
    }

    /// A strong entity tag of the JWKS, with its quotes (RFC 9110 8.8.3).
    #[must_use]
    pub fn etag(&self) -> Arc<str> {
        Arc::clone(&self.etag)
    }

    /// Changes when a reload would change the ring; the same on all nodes that have the same rows at the same time.
    #[must_use]
    pub const fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    fn entry(&self, kid: &str, now: Instant) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.signer.kid().as_str() == kid && entry.lives(now))
    }

    fn active(&self, algorithm: SigningAlgorithm, now: Instant) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.key.algorithm() == algorithm && entry.activates_at <= now && entry.lives(now))
    }

    fn state_of(&self, entry: &Entry, now: Instant) -> KeyState {
        if entry.activates_at > now {
            KeyState::Announced
        } else if self.active(entry.key.algorithm(), now).is_some_and(|active| Arc::ptr_eq(&active.key, &entry.key)) {
            KeyState::Active
        } else {
            KeyState::Retired
        }
    }

    fn published(&self, now: Instant) -> String {
        let rank = |entry: &&Entry| match self.state_of(entry, now) {
            KeyState::Active => 0,
            KeyState::Announced => 1,
            KeyState::Retired => 2,
        };
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        entries.sort_by_key(|entry| (rank(entry), entry.key.algorithm(), Reverse(entry.order())));
        let jwks: Vec<&str> = entries.iter().map(|entry| entry.key.public_jwk.as_str()).collect();
        format!("{{\"keys\":[{}]}}", jwks.join(","))
    }
}

impl Entry {
    fn order(&self) -> (Instant, &str) {
        (self.activates_at, self.key.signer.kid().as_str())
    }

    fn lives(&self, now: Instant) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }
}

impl OpenedKey {
    /// What it signs and verifies with.
    #[must_use]
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.signer.algorithm()
    }

    /// The public half as jsonwebtoken wants it.
    #[must_use]
    pub const fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    fn is_of(&self, row: &SigningKey) -> bool {
        *self.signer.kid() == row.id && self.algorithm() == row.algorithm && self.public_jwk == row.public_jwk
    }

    fn open(row: &SigningKey, masters: &MasterKeys) -> Result<Self, Fault> {
        let broken = |fault| Fault::internal(format!("the signing key {} cannot be used", row.id)).caused_by(fault);
        let pkcs8 = masters.open(&purpose(&row.id), &row.sealed_private).map_err(broken)?;
        let pair = KeyPair::from_pkcs8(row.algorithm, &pkcs8).map_err(broken)?;
        let public = pair.public_half().map_err(broken)?;
        // Who can write to the database but has no master key must not be able to publish a key of their own.
        let public_jwk = jwk::public(&row.id, &public)?;
        if public_jwk != row.public_jwk {
            return Err(broken(Fault::internal("its JWK is not the public half of its private key")));
        }
        let decoding = match &public {
            PublicHalf::Rsa { n, e } => DecodingKey::from_rsa_raw_components(n, e),
            PublicHalf::P256 { x, y } => DecodingKey::from_ec_der(&[[4].as_slice(), x, y].concat()),
            PublicHalf::Ed25519 { x } => DecodingKey::from_ed_der(x),
        };
        let signer = Arc::new(Signer::new(row.id.clone(), row.algorithm, pair));
        Ok(Self { signer, decoding, public_jwk })
    }
}

/// Over what a ring is made of. The sealed form is left out: sealing again changes nothing.
fn fingerprint(keys: &[SigningKey], now: Instant) -> [u8; 32] {
    let mut rows: Vec<String> = keys
        .iter()
        .filter(|row| row.expires_at.is_none_or(|end| end > now))
        .map(|row| {
            let expires_at = row.expires_at.map(|end| end.timestamp_micros());
            let begun = row.activates_at <= now;
            format!("{} {} {expires_at:?} {begun} {}\n", row.id, row.activates_at.timestamp_micros(), row.public_jwk)
        })
        .collect();
    rows.sort_unstable();
    *digest::sha256(rows.concat().as_bytes()).as_bytes()
}

#[cfg(test)]
mod tests;
