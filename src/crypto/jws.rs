//! JSON Web Signatures (RFC 7515): signing with keys parsed once, verifying with keys of our own keyring alone.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Validation, decode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::crypto::jwk::KeyPair;
use crate::crypto::keyring::Keyring;
use crate::domain::error::Fault;
use crate::domain::id::KeyId;
use crate::domain::instant::{Instant, after, before};
use crate::domain::key::SigningAlgorithm;

/// The longest token that is looked at, in bytes.
const LONGEST: usize = 16 * 1024;

/// A signing key in use.
pub struct Signer {
    kid: KeyId,
    algorithm: SigningAlgorithm,
    pair: KeyPair,
}

impl Signer {
    pub(super) const fn new(kid: KeyId, algorithm: SigningAlgorithm, pair: KeyPair) -> Self {
        Self { kid, algorithm, pair }
    }

    /// Signs claims. The header holds `alg`, `typ` and `kid`, nothing else.
    ///
    /// # Errors
    /// A fault of the signature itself.
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, Fault> {
        let header = json!({ "alg": self.algorithm.as_str(), "typ": typ, "kid": self.kid.as_str() }).to_string();
        let claims =
            serde_json::to_vec(claims).map_err(|error| Fault::internal("claims of a token").caused_by(error))?;
        let mut token = String::with_capacity((header.len() + claims.len() + 256) * 4 / 3 + 3);
        URL_SAFE_NO_PAD.encode_string(header, &mut token);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = self.pair.sign(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

/// What a token must be.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// One of these types; `application/` in front and case do not matter (RFC 7515 4.1.9).
    pub typ: &'a [&'a str],
    /// `iss`, byte for byte.
    pub issuer: &'a str,
    /// The instant of the request.
    pub now: Instant,
    /// How far clocks may differ.
    pub leeway: Duration,
    /// Whether an expired token is refused.
    pub check_expiry: bool,
}

/// Why a token does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// No JWS, or too long, or a header that we do not read.
    #[error("not a token")]
    Malformed,
    /// The key is not ours, or not for that algorithm.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// A token for another purpose.
    #[error("a token of another type")]
    WrongType,
    /// The signature or the claims do not hold.
    #[error("the signature does not hold")]
    BadSignature,
    /// Another issuer's.
    #[error("another issuer's token")]
    WrongIssuer,
    /// Too late or too early.
    #[error("not valid at this time")]
    OutOfTime,
}

/// The header members that we read. `jku`, `x5u`, `jwk` and the like are never looked at.
#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    typ: String,
    kid: String,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Frame {
    iss: String,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
}

/// Verifies a token against the keyring. The key decides the algorithm, never the token (RFC 8725 3.1).
///
/// # Errors
/// [`Rejected`].
pub fn verify<C: DeserializeOwned>(keyring: &Keyring, token: &str, expected: &Expected<'_>) -> Result<C, Rejected> {
    if token.len() > LONGEST {
        return Err(Rejected::Malformed);
    }
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(Rejected::Malformed);
    };
    let header: Header = read(header)?;
    // RFC 7515 4.1.11: an extension that is not understood makes the token invalid.
    if header.crit.is_some() {
        return Err(Rejected::Malformed);
    }
    let key =
        keyring.find(&header.kid).filter(|key| key.algorithm.as_str() == header.alg).ok_or(Rejected::UnknownKey)?;
    let typ = header.typ.to_ascii_lowercase();
    let typ = typ.strip_prefix("application/").unwrap_or(&typ);
    if !expected.typ.iter().any(|wanted| wanted.eq_ignore_ascii_case(typ)) {
        return Err(Rejected::WrongType);
    }
    let verified = decode::<C>(token, &key.decoding, &key.validation).map_err(|_| Rejected::BadSignature)?;
    in_frame(&read(payload)?, expected)?;
    Ok(verified.claims)
}

fn in_frame(frame: &Frame, expected: &Expected<'_>) -> Result<(), Rejected> {
    if frame.iss != expected.issuer {
        return Err(Rejected::WrongIssuer);
    }
    let expired = expected.check_expiry && before(expected.now, expected.leeway).timestamp() >= frame.exp;
    let early = frame.nbf.is_some_and(|nbf| nbf > after(expected.now, expected.leeway).timestamp());
    if expired || early { Err(Rejected::OutOfTime) } else { Ok(()) }
}

fn read<T: DeserializeOwned>(part: &str) -> Result<T, Rejected> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Rejected::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Rejected::Malformed)
}

/// jsonwebtoken's part: the signature under exactly this algorithm. Time, issuer and type are judged above, by our clock.
pub(super) fn validation(algorithm: SigningAlgorithm) -> Validation {
    let mut validation = Validation::new(match algorithm {
        SigningAlgorithm::RS256 => Algorithm::RS256,
        SigningAlgorithm::ES256 => Algorithm::ES256,
        SigningAlgorithm::EdDSA => Algorithm::EdDSA,
    });
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}
