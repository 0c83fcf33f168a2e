//! Digests and their comparison in constant time. Stored digests are compared here and nowhere else.

use aws_lc_rs::{constant_time, digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::key::SigningAlgorithm;
use crate::domain::secret::{Digest, Secret};

/// SHA-256.
#[must_use]
pub fn sha256(data: &[u8]) -> Digest {
    Digest::new(fixed(digest::digest(&digest::SHA256, data).as_ref()))
}

/// What is kept of a secret.
#[must_use]
pub fn of(secret: &Secret) -> Digest {
    sha256(secret.expose())
}

/// Whether two digests are equal, in the same time whatever they hold.
#[must_use]
pub fn same(left: &Digest, right: &Digest) -> bool {
    same_bytes(left.as_bytes(), right.as_bytes())
}

/// Whether two byte strings are equal, in a time that tells only their lengths.
#[must_use]
pub fn same_bytes(left: &[u8], right: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(left, right).is_ok()
}

/// HMAC-SHA-256 (RFC 2104).
#[must_use]
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    fixed(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data).as_ref())
}

/// The `S256` code challenge of a verifier (RFC 7636 4.2).
#[must_use]
pub fn pkce_s256(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes()).as_bytes())
}

/// The `at_hash` or `c_hash` of a token inside an ID token signed with `algorithm`: the left half of the digest
/// (OpenID Connect Core 3.1.3.6). Ed25519 hashes with SHA-512, hence so do the libraries that check the claim.
#[must_use]
pub fn half_hash(algorithm: SigningAlgorithm, token: &str) -> String {
    let function = match algorithm {
        SigningAlgorithm::RS256 | SigningAlgorithm::ES256 => &digest::SHA256,
        SigningAlgorithm::EdDSA => &digest::SHA512,
    };
    let whole = digest::digest(function, token.as_bytes());
    let (left, _) = whole.as_ref().split_at(whole.as_ref().len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}

/// The 32 bytes that a SHA-256 function returned.
fn fixed(bytes: &[u8]) -> [u8; 32] {
    let mut fixed = [0; 32];
    fixed.copy_from_slice(bytes);
    fixed
}

#[cfg(test)]
mod tests {
    use super::{half_hash, hmac_sha256, of, pkce_s256, same, same_bytes, sha256};
    use crate::domain::key::SigningAlgorithm;
    use crate::domain::secret::Secret;

    fn hex(bytes: &[u8]) -> String {
        use std::fmt::Write as _;
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("into a string");
            text
        })
    }

    #[test]
    fn sha256_of_abc() {
        // FIPS 180-4, example of one block.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex(sha256(b"abc").as_bytes()), expected);
    }

    #[test]
    fn hmac_of_rfc_4231() {
        // RFC 4231 4.3, test case 2.
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex(&hmac_sha256(b"Jefe", b"what do ya want for nothing?")), expected);
    }

    #[test]
    fn pkce_of_rfc_7636_appendix_b() {
        let challenge = pkce_s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn half_hash_of_openid_connect_core_a_3() {
        let hash = half_hash(SigningAlgorithm::RS256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
        assert_eq!(hash, "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(half_hash(SigningAlgorithm::ES256, "token").len(), 22);
        // 32 of the 64 bytes of SHA-512.
        assert_eq!(half_hash(SigningAlgorithm::EdDSA, "abc"), "3a81oZNherrMQXNJriBBMRLm-k6JqX6iCp7u5ktV05o");
    }

    #[test]
    fn comparison_sees_every_bit_and_length() {
        let secret = Secret::new([7; 32]);
        assert!(same(&of(&secret), &sha256(&[7; 32])));
        for bit in 0..256 {
            let mut other = *of(&secret).as_bytes();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!same_bytes(&other, of(&secret).as_bytes()), "bit {bit}");
        }
        assert!(!same_bytes(b"abc", b"abcd"));
        assert!(same_bytes(b"", b""));
    }
}
