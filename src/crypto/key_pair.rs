//! A private signing key, parsed once: making it, signing with it, and its public half.
//!
//! jsonwebtoken parses the private key again at every signature, which for RS256 takes longer than the signature.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
    RsaPublicKeyComponents,
};

use crate::domain::error::Fault;
use crate::domain::key::SigningAlgorithm;

/// A private key and its public half. It has no `Debug`.
pub struct KeyPair(Parsed);

enum Parsed {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// The public half, in big-endian bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the members are named as in RFC 7518 6.2.1 and 6.3.1, and RFC 8037 2")]
pub enum PublicHalf {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256 { x: [u8; 32], y: [u8; 32] },
    Ed25519 { x: [u8; 32] },
}

impl KeyPair {
    /// Makes a key pair and hands its PKCS#8 form to `keep`, after which that is wiped. RSA takes a good part of a second.
    ///
    /// # Errors
    /// A fault when the key cannot be made, and what `keep` returns.
    pub fn generate<T>(
        algorithm: SigningAlgorithm,
        keep: impl FnOnce(&[u8]) -> Result<T, Fault>,
    ) -> Result<(Self, T), Fault> {
        match algorithm {
            SigningAlgorithm::RS256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(not_made)?;
                let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(not_made)?;
                Ok((Self(Parsed::Rsa(pair)), keep(pkcs8.as_ref())?))
            }
            SigningAlgorithm::ES256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(not_made)?;
                let pkcs8 = pair.to_pkcs8v1().map_err(not_made)?;
                Ok((Self(Parsed::P256(pair)), keep(pkcs8.as_ref())?))
            }
            SigningAlgorithm::EdDSA => {
                let pair = Ed25519KeyPair::generate().map_err(not_made)?;
                let pkcs8 = pair.to_pkcs8v1().map_err(not_made)?;
                Ok((Self(Parsed::Ed25519(pair)), keep(pkcs8.as_ref())?))
            }
        }
    }

    /// Reads a key pair from PKCS#8.
    ///
    /// # Errors
    /// A fault when it is not a key for this algorithm.
    pub fn from_pkcs8(algorithm: SigningAlgorithm, pkcs8: &[u8]) -> Result<Self, Fault> {
        let parsed = match algorithm {
            SigningAlgorithm::RS256 => RsaKeyPair::from_pkcs8(pkcs8).map(Parsed::Rsa),
            SigningAlgorithm::ES256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Parsed::P256)
            }
            SigningAlgorithm::EdDSA => Ed25519KeyPair::from_pkcs8(pkcs8).map(Parsed::Ed25519),
        };
        parsed.map(Self).map_err(|error| {
            Fault::internal(format!("a private key cannot be read as one for {algorithm}")).caused_by(error)
        })
    }

    /// Signs as a JWS wants it (RFC 7518 3.3 and 3.4, RFC 8037 3.1).
    ///
    /// # Errors
    /// A fault when the cipher or randomness fails.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let signature = match &self.0 {
            Parsed::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let signed = pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
                signed.map(|()| signature)
            }
            Parsed::P256(pair) => pair.sign(&SystemRandom::new(), message).map(|signature| signature.as_ref().to_vec()),
            Parsed::Ed25519(pair) => pair.try_sign(message).map(|signature| signature.as_ref().to_vec()),
        };
        signature.map_err(|_| Fault::internal("signing failed"))
    }

    /// The public half.
    ///
    /// # Errors
    /// A fault when the library writes a public key in a form that it should not.
    pub fn public_half(&self) -> Result<PublicHalf, Fault> {
        let odd = || Fault::internal("a public key has an odd form");
        match &self.0 {
            Parsed::Rsa(pair) => {
                let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                Ok(PublicHalf::Rsa { n, e })
            }
            // SEC 1 2.3.3: an uncompressed point is 4, x, y.
            Parsed::P256(pair) => match pair.public_key().as_ref().split_first() {
                Some((4, point)) if point.len() == 64 => {
                    let (x, y) = point.split_at(32);
                    Ok(PublicHalf::P256 { x: fixed(x).ok_or_else(odd)?, y: fixed(y).ok_or_else(odd)? })
                }
                _ => Err(odd()),
            },
            Parsed::Ed25519(pair) => Ok(PublicHalf::Ed25519 { x: fixed(pair.public_key().as_ref()).ok_or_else(odd)? }),
        }
    }
}

fn fixed(bytes: &[u8]) -> Option<[u8; 32]> {
    bytes.try_into().ok()
}

fn not_made(_: aws_lc_rs::error::Unspecified) -> Fault {
    Fault::internal("a signing key could not be made")
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::Ed25519KeyPair;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::{KeyPair, Parsed, PublicHalf};
    use crate::domain::key::SigningAlgorithm;

    #[test]
    fn eddsa_of_rfc_8037_appendix_a() {
        let seed = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").expect("base64");
        let pair = KeyPair(Parsed::Ed25519(Ed25519KeyPair::from_seed_unchecked(&seed).expect("a seed")));
        let PublicHalf::Ed25519 { x } = pair.public_half().expect("public") else { panic!("Ed25519") };
        assert_eq!(URL_SAFE_NO_PAD.encode(x), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        let signature = pair.sign(b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc").expect("signs");
        assert_eq!(
            URL_SAFE_NO_PAD.encode(signature),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
    }

    #[test]
    fn what_is_kept_is_the_same_key_and_for_its_algorithm_only() {
        for algorithm in SigningAlgorithm::ALL {
            let (pair, kept) = KeyPair::generate(algorithm, |pkcs8| Ok(pkcs8.to_vec())).expect("made");
            let read = KeyPair::from_pkcs8(algorithm, &kept).expect("read");
            assert_eq!(read.public_half().expect("public"), pair.public_half().expect("public"));
            for other in SigningAlgorithm::ALL.into_iter().filter(|other| *other != algorithm) {
                assert!(KeyPair::from_pkcs8(other, &kept).is_err(), "{algorithm} read as {other}");
            }
        }
    }
}
