//! Signing keys and the algorithms they sign with.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::id::KeyId;
use super::instant::Instant;

/// The JWS algorithms that Cardea signs with (RFC 7518 3.1, RFC 8037 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256 and a 2048 bit key: what every OpenID library can verify.
    RS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// Ed25519.
    EdDSA,
}

impl SigningAlgorithm {
    /// All of them, in the order in which keys are made and published.
    pub const ALL: [Self; 3] = [Self::RS256, Self::ES256, Self::EdDSA];

    /// The `alg` value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
        }
    }
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SigningAlgorithm {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == text).ok_or("choose RS256, ES256 or EdDSA")
    }
}

/// Where a key is in its life; read off its moments, so that several nodes agree without talking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// In the JWKS, not yet signing: caches out there learn it first.
    Announced,
    /// The one that signs.
    Active,
    /// No longer signing; in the JWKS until the last token signed by it has expired.
    Retired,
}

/// A signing key as the database has it: the private half is sealed.
#[derive(Debug, Clone)]
pub struct SigningKey {
    /// The `kid`.
    pub id: KeyId,
    /// What it signs with.
    pub algorithm: SigningAlgorithm,
    /// The public JWK, as JSON text (RFC 7517 4).
    pub public_jwk: String,
    /// The private key in PKCS#8, sealed under the master key.
    pub sealed_private: Vec<u8>,
    /// When it was made.
    pub created_at: Instant,
    /// From when it signs.
    pub activates_at: Instant,
    /// When it leaves the JWKS; set when its successor is announced.
    pub expires_at: Option<Instant>,
}
