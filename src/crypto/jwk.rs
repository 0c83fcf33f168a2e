//! Public keys as JSON (RFC 7517). A private member cannot be written: the input is the public half only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::key_pair::PublicHalf;
use crate::domain::error::Fault;
use crate::domain::id::KeyId;
use crate::domain::key::SigningAlgorithm;

#[derive(Serialize)]
struct Jwk<'a> {
    #[serde(flatten)]
    parameters: Parameters,
    // RFC 7517 4.2: for signatures, and nothing else.
    r#use: &'static str,
    alg: &'static str,
    kid: &'a str,
}

/// RFC 7518 6.2.1 and 6.3.1, RFC 8037 2.
#[derive(Serialize)]
#[serde(tag = "kty")]
enum Parameters {
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    #[serde(rename = "EC")]
    Ec { crv: &'static str, x: String, y: String },
    #[serde(rename = "OKP")]
    Okp { crv: &'static str, x: String },
}

/// The JWK of a public key, as JSON text; the same key gives the same text.
///
/// # Errors
/// A fault when JSON cannot be written.
pub fn public(kid: &KeyId, public: &PublicHalf) -> Result<String, Fault> {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let (algorithm, parameters) = match public {
        PublicHalf::Rsa { n, e } => (SigningAlgorithm::RS256, Parameters::Rsa { n: encode(n), e: encode(e) }),
        // RFC 7518 6.2.1.2: coordinates keep their leading zeros.
        PublicHalf::P256 { x, y } => {
            (SigningAlgorithm::ES256, Parameters::Ec { crv: "P-256", x: encode(x), y: encode(y) })
        }
        PublicHalf::Ed25519 { x } => (SigningAlgorithm::EdDSA, Parameters::Okp { crv: "Ed25519", x: encode(x) }),
    };
    let jwk = Jwk { parameters, r#use: "sig", alg: algorithm.as_str(), kid: kid.as_str() };
    serde_json::to_string(&jwk).map_err(|error| Fault::internal("a JWK cannot be written").caused_by(error))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::public;
    use crate::crypto::key_pair::{KeyPair, PublicHalf};
    use crate::domain::id::KeyId;
    use crate::domain::key::SigningAlgorithm;

    fn kid() -> KeyId {
        KeyId::parse("0123456789abcdef0123456789abcdef").expect("an id")
    }

    #[test]
    fn rfc_8037_appendix_a_2() {
        let x = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(x.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).expect("ascii"), 16).expect("hexadecimal");
        }
        assert_eq!(
            public(&kid(), &PublicHalf::Ed25519 { x: bytes }).expect("written"),
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"sig","alg":"EdDSA","kid":"0123456789abcdef0123456789abcdef"}"#
        );
    }

    #[test]
    fn has_these_members_and_no_others() {
        for (algorithm, expected) in [
            (SigningAlgorithm::RS256, "alg e kid kty n use"),
            (SigningAlgorithm::ES256, "alg crv kid kty use x y"),
            (SigningAlgorithm::EdDSA, "alg crv kid kty use x"),
        ] {
            let (pair, ()) = KeyPair::generate(algorithm, |_| Ok(())).expect("made");
            let text = public(&kid(), &pair.public_half().expect("public")).expect("written");
            let Value::Object(members) = serde_json::from_str(&text).expect("JSON") else { panic!("an object") };
            let names: BTreeSet<_> = members.keys().map(String::as_str).collect();
            assert_eq!(names, expected.split(' ').collect(), "{algorithm}");
            assert_eq!((&members["alg"], &members["use"]), (&algorithm.as_str().into(), &"sig".into()));
            let size = |member: &str| members.get(member).and_then(Value::as_str).map(str::len);
            match algorithm {
                SigningAlgorithm::RS256 => {
                    assert_eq!(size("n"), Some(342));
                    assert_eq!(members["e"], "AQAB");
                }
                SigningAlgorithm::ES256 => assert_eq!((size("x"), size("y")), (Some(43), Some(43))),
                SigningAlgorithm::EdDSA => assert_eq!(size("x"), Some(43)),
            }
        }
    }
}
