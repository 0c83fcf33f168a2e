//! Digests, and comparisons that take the same time whatever they find.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::key::SigningAlgorithm;
use crate::domain::secret::{Digest, Secret};

/// SHA-256.
#[must_use]
pub fn sha256(text: &[u8]) -> Digest {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest::digest(&digest::SHA256, text).as_ref());
    Digest::new(bytes)
}

/// What the database keeps of a secret.
#[must_use]
pub fn of(secret: &Secret) -> Digest {
    sha256(secret.expose())
}

/// Whether two digests are the same, in constant time.
#[must_use]
pub fn same(left: &Digest, right: &Digest) -> bool {
    same_bytes(left.as_bytes(), right.as_bytes())
}

/// Whether two texts are the same, in constant time (their lengths may be learnt).
#[must_use]
pub fn same_bytes(left: &[u8], right: &[u8]) -> bool {
    verify_slices_are_equal(left, right).is_ok()
}

/// HMAC-SHA-256.
#[must_use]
pub fn hmac_sha256(key: &[u8], text: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text);
    let mut bytes = [0; 32];
    bytes.copy_from_slice(tag.as_ref());
    bytes
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// `at_hash` (OpenID Connect Core 3.1.3.6): the left half of the digest that belongs to the ID token's algorithm. For
/// Ed25519 that is SHA-512, the hash inside it.
#[must_use]
pub fn half_hash(algorithm: SigningAlgorithm, token: &str) -> String {
    let digest = match algorithm {
        SigningAlgorithm::RS256 | SigningAlgorithm::ES256 => digest::digest(&digest::SHA256, token.as_bytes()),
        SigningAlgorithm::EdDSA => digest::digest(&digest::SHA512, token.as_bytes()),
    };
    let bytes = digest.as_ref();
    URL_SAFE_NO_PAD.encode(bytes.get(..bytes.len() / 2).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_hash_is_that_of_the_specification() {
        // OpenID Connect Core, appendix A.3: the access token of the example and its at_hash.
        assert_eq!(
            half_hash(SigningAlgorithm::RS256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            "77QmUPtjPfzWtF2AnpK9RQ"
        );
    }

    #[test]
    fn comparison_sees_every_bit() {
        assert!(same_bytes(b"abc", b"abc"));
        assert!(!same_bytes(b"abc", b"abd"));
        assert!(!same_bytes(b"abc", b"ab"));
    }
}
