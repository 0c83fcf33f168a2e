//! Signed tokens: signing with a key that was parsed once, and verifying what claims to be one of our own.
//!
//! Signatures are checked by jsonwebtoken; what a token of ours looks like is stricter than what it would let pass.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::unique::UniqueMembers;
use super::key_pair::KeyPair;
use super::keyring::Keyring;
use crate::domain::error::Fault;
use crate::domain::id::KeyId;
use crate::domain::instant::Instant;
use crate::domain::key::SigningAlgorithm;

mod unique;

/// No token of ours comes near this; anything longer is not even read.
const LONGEST: usize = 16 * 1024;

/// Signs with one key.
pub struct Signer {
    kid: KeyId,
    algorithm: SigningAlgorithm,
    pair: KeyPair,
}

/// The header of every token of ours: these three members, all of them, and no other.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// What a token must be to be accepted.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The `typ` values that are accepted; case and a leading `application/` do not matter (RFC 7515 4.1.9).
    pub typ: &'a [&'a str],
    /// The `iss`, byte for byte.
    pub issuer: &'a str,
    /// The moment to check `exp` and `nbf` against.
    pub now: Instant,
    /// By how much the clock that issued may be off; whole seconds.
    pub leeway: Duration,
    /// Whether the token must not have expired. An `id_token_hint` may have (OpenID Connect RP-Initiated Logout 1.0, 4).
    pub check_expiry: bool,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// Longer than 16 KiB.
    #[error("the token is too long")]
    TooLong,
    /// Not three parts of base64url.
    #[error("the token is malformed")]
    Malformed,
    /// Not our header: a member is missing, there twice, or not one of `alg`, `typ`, `kid`.
    #[error("the token has a header that is not ours")]
    Header,
    /// `none`, an HMAC, anything unknown, or not the algorithm of the named key.
    #[error("the token names an algorithm that is not its key's")]
    Algorithm,
    /// A token for something else.
    #[error("the token is of another type")]
    Type,
    /// No key of that name, or no longer.
    #[error("the token names an unknown key")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the token's signature is wrong")]
    Signature,
    /// The payload is not a JSON object with unique members, or not the one that was expected.
    #[error("the token's claims are not as expected")]
    Claims,
    /// Another issuer's, or none.
    #[error("the token is another issuer's")]
    Issuer,
    /// Expired.
    #[error("the token has expired")]
    Expired,
    /// Not valid yet.
    #[error("the token is not valid yet")]
    NotYetValid,
}

impl Signer {
    /// A signer for the key `kid`.
    #[must_use]
    pub const fn new(kid: KeyId, algorithm: SigningAlgorithm, pair: KeyPair) -> Self {
        Self { kid, algorithm, pair }
    }

    /// The name of the key.
    #[must_use]
    pub const fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// What it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// A signed token of type `typ`, in compact form (RFC 7515 7.1), with the header members `alg`, `typ` and `kid`.
    ///
    /// # Errors
    /// A fault when the claims cannot be written as JSON or the signature fails.
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, Fault> {
        let header =
            Header { alg: self.algorithm.as_str().to_owned(), typ: typ.to_owned(), kid: self.kid.as_str().to_owned() };
        let unwritable = |error| Fault::internal("a token cannot be written").caused_by(error);
        let header = serde_json::to_vec(&header).map_err(unwritable)?;
        let claims = serde_json::to_vec(claims).map_err(unwritable)?;
        let mut token = String::with_capacity((header.len() + claims.len()) * 4 / 3 + 360);
        URL_SAFE_NO_PAD.encode_string(header, &mut token);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = self.pair.sign(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

/// Verifies a token of our own and reads its claims. The audience is the caller's to check, who knows its own name.
///
/// # Errors
/// Why the token is not accepted; the first reason that is found.
pub fn verify<C: DeserializeOwned>(keyring: &Keyring, token: &str, expected: &Expected<'_>) -> Result<C, Rejected> {
    let header = Header::read(token)?;
    // RFC 8725 3.1: the key says which algorithm, never the token.
    let algorithm: SigningAlgorithm = header.alg.parse().map_err(|_| Rejected::Algorithm)?;
    let key = keyring.find(&header.kid, expected.now).ok_or(Rejected::UnknownKey)?;
    if key.algorithm() != algorithm {
        return Err(Rejected::Algorithm);
    }
    // RFC 8725 3.11: a token for one purpose must not pass for another.
    if !expected.typ.iter().any(|typ| same_type(typ, &header.typ)) {
        return Err(Rejected::Type);
    }
    let mut validation = Validation::new(library_name(algorithm));
    // These are checked below, against the time that arrived with the call.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let decoded = jsonwebtoken::decode::<UniqueMembers>(token, key.decoding(), &validation);
    let UniqueMembers(claims) = decoded.map_err(|error| reason(error.kind()))?.claims;
    check(&claims, expected)?;
    serde_json::from_value(Value::Object(claims)).map_err(|_| Rejected::Claims)
}

impl Header {
    fn read(token: &str) -> Result<Self, Rejected> {
        if token.len() > LONGEST {
            return Err(Rejected::TooLong);
        }
        let mut parts = token.split('.');
        let (Some(header), Some(_), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(Rejected::Malformed);
        };
        let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| Rejected::Malformed)?;
        serde_json::from_slice(&header).map_err(|_| Rejected::Header)
    }
}

fn check(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), Rejected> {
    if claims.get("iss").and_then(Value::as_str) != Some(expected.issuer) {
        return Err(Rejected::Issuer);
    }
    let now = expected.now.timestamp();
    let leeway = i64::try_from(expected.leeway.as_secs()).unwrap_or(i64::MAX);
    // RFC 7519 4.1.4: not to be accepted on or after this moment.
    if expected.check_expiry && now >= moment(claims, "exp")?.ok_or(Rejected::Claims)?.saturating_add(leeway) {
        return Err(Rejected::Expired);
    }
    match moment(claims, "nbf")? {
        Some(not_before) if now < not_before.saturating_sub(leeway) => Err(Rejected::NotYetValid),
        Some(_) | None => Ok(()),
    }
}

fn moment(claims: &Map<String, Value>, member: &str) -> Result<Option<i64>, Rejected> {
    claims.get(member).map(|value| value.as_i64().ok_or(Rejected::Claims)).transpose()
}

fn same_type(one: &str, other: &str) -> bool {
    let short = |typ: &str| match typ.split_at_checked("application/".len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") && !rest.contains('/') => rest.to_owned(),
        _ => typ.to_owned(),
    };
    short(one).eq_ignore_ascii_case(&short(other))
}

const fn library_name(algorithm: SigningAlgorithm) -> Algorithm {
    match algorithm {
        SigningAlgorithm::RS256 => Algorithm::RS256,
        SigningAlgorithm::ES256 => Algorithm::ES256,
        SigningAlgorithm::EdDSA => Algorithm::EdDSA,
    }
}

/// The payload is decoded only after the signature was found right.
fn reason(kind: &ErrorKind) -> Rejected {
    match kind {
        ErrorKind::InvalidSignature => Rejected::Signature,
        ErrorKind::Json(_) | ErrorKind::Utf8(_) => Rejected::Claims,
        _ => Rejected::Malformed,
    }
}

#[cfg(test)]
mod tests;
