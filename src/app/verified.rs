//! Access tokens whose signature was found good, remembered for a while: resource servers ask about the same ones again
//! and again, and a P-256 verification costs more than all the rest of the answer.
//!
//! Only what cannot change is remembered (these bytes, signed by a key of this keyring); time, revocation, grant and client
//! are looked at every time.

use std::sync::Arc;

use moka::sync::Cache;

use crate::crypto::digest;
use crate::domain::claims::AccessTokenClaims;
use crate::domain::instant::Instant;
use crate::flows::protocol::introspect::{self, Candidate};

use super::App;

/// Tokens that are remembered; about a kilobyte each.
const REMEMBERED: u64 = 10_000;

/// By the token's digest: its claims, and the keyring that they were verified with.
pub(super) struct Verified(Cache<[u8; 32], Arc<([u8; 32], AccessTokenClaims)>>);

impl Verified {
    pub(super) fn new() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

impl App {
    /// What a presented token is, as far as that can be judged without the database.
    #[must_use]
    pub fn recognise(&self, token: &str) -> Candidate {
        let (keyring, now) = (self.keyring(), self.now());
        let key = *digest::sha256(token.as_bytes()).as_bytes();
        if let Some(held) = self.0.verified.0.get(&key) {
            let (with, claims) = &*held;
            if with == keyring.fingerprint() && in_time(claims, now) {
                return Candidate::Access(Box::new(claims.clone()));
            }
        }
        let candidate = introspect::recognise(&keyring, self.settings(), now, token);
        if let Candidate::Access(claims) = &candidate {
            self.0.verified.0.insert(key, Arc::new((*keyring.fingerprint(), (**claims).clone())));
        }
        candidate
    }
}

fn in_time(claims: &AccessTokenClaims, now: Instant) -> bool {
    (claims.nbf..claims.exp).contains(&now.timestamp())
}
