//! A key set as verification needs it: every usable key with the one algorithm it verifies. Where the set comes from is `fetch`'s business.

use std::sync::Arc;

use jsonwebtoken::{
    Algorithm, DecodingKey, DecodingKeyKind,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use serde_json::Value;

/// NIST SP 800-131A: shorter RSA moduli no longer count as secure. 2048 bits.
const MIN_RSA_MODULUS_BYTES: usize = 256;

/// A public key of the issuer.
pub(super) struct Key {
    id: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

/// All keys of a JWKS that can verify RS256, ES256 or `EdDSA`.
pub(super) struct KeySet {
    keys: Vec<Arc<Key>>,
}

/// What looking for a key comes to.
pub(super) enum Lookup {
    /// This one signed the token, or nobody did.
    Found(Arc<Key>),
    /// The id is known, but its key does not do that algorithm: nothing to fetch, the token is wrong.
    OtherAlgorithm,
    /// Never heard of it.
    Absent,
}

impl KeySet {
    /// RFC 7517 section 5: keys that are not understood are ignored, they do not spoil the set.
    pub(super) fn from_json(set: &Value) -> Self {
        let listed = set.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let parsed = listed.iter().filter_map(|value| serde_json::from_value::<Jwk>(value.clone()).ok());
        Self { keys: parsed.filter_map(|jwk| Key::from_jwk(&jwk)).map(Arc::new).collect() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key a token names; for a token that names none, the only key of its algorithm.
    pub(super) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Lookup {
        let mut fitting =
            self.keys.iter().filter(|key| key.algorithm == algorithm && (id.is_none() || key.id.as_deref() == id));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Lookup::Found(Arc::clone(key)),
            // Two keys under one id, or no id to choose by.
            (Some(_), Some(_)) => Lookup::OtherAlgorithm,
            (None, _) if id.is_some() && self.keys.iter().any(|key| key.id.as_deref() == id) => Lookup::OtherAlgorithm,
            (None, _) => Lookup::Absent,
        }
    }
}

impl Key {
    /// The algorithm follows from the key alone (RFC 8725 section 3.1), never from the token: an RSA key is no HMAC secret.
    fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let (algorithm, named) = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
                (Algorithm::ES256, KeyAlgorithm::ES256)
            }
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
                (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
            }
            _ => return None,
        };
        if jwk.common.key_algorithm.is_some_and(|found| found != named) || !may_verify(jwk) {
            return None;
        }
        let decoding = DecodingKey::from_jwk(jwk).ok()?;
        if let DecodingKeyKind::RsaModulusExponent { n, .. } = decoding.kind()
            && n.len() < MIN_RSA_MODULUS_BYTES
        {
            return None;
        }
        Some(Self { id: jwk.common.key_id.clone(), algorithm, decoding })
    }
}

fn may_verify(jwk: &Jwk) -> bool {
    let for_signatures = jwk.common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
    let for_verifying = jwk.common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify));
    for_signatures && for_verifying
}
