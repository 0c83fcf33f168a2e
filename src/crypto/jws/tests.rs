//! Verification is strict: what is refused, and why.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use serde_json::{Value, json};

use super::{Expected, Rejected, same_type, verify};
use crate::crypto::digest::hmac_sha256;
use crate::crypto::key_pair::KeyPair;
use crate::crypto::keyring::{Keyring, generate, purpose};
use crate::crypto::seal::MasterKeys;
use crate::domain::instant::{Instant, after};
use crate::domain::key::{SigningAlgorithm, SigningKey};

const ISSUER: &str = "https://id.example.com";
const NOW: i64 = 1_800_000_000;

fn now() -> Instant {
    DateTime::from_timestamp(NOW, 0).expect("a moment")
}

/// A ring of one key, and that key, with which also what no signer of ours would write can be signed.
struct House {
    ring: Keyring,
    row: SigningKey,
    pair: KeyPair,
}

impl House {
    fn new(algorithm: SigningAlgorithm) -> Self {
        let key = "one:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
        let masters = MasterKeys::load("unused".as_ref(), Some(key)).expect("keys");
        let row = generate(algorithm, now(), now(), &masters).expect("made");
        let pkcs8 = masters.open(&purpose(&row.id), &row.sealed_private).expect("opens");
        let pair = KeyPair::from_pkcs8(algorithm, &pkcs8).expect("read");
        Self { ring: Keyring::build(std::slice::from_ref(&row), now(), &masters).expect("built"), row, pair }
    }

    fn sign(&self, typ: &str, claims: &Value) -> String {
        self.ring.signer(self.row.algorithm, now()).expect("one").sign(typ, claims).expect("signed")
    }

    /// A token with any header and payload, truly signed.
    fn forge(&self, header: &str, payload: &str) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = self.pair.sign(message.as_bytes()).expect("signed");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn header(&self) -> String {
        format!(r#"{{"alg":"{}","typ":"at+jwt","kid":"{}"}}"#, self.row.algorithm, self.row.id)
    }

    fn verify(&self, token: &str) -> Result<Value, Rejected> {
        verify(&self.ring, token, &expected())
    }
}

fn expected() -> Expected<'static> {
    Expected { typ: &["at+jwt"], issuer: ISSUER, now: now(), leeway: Duration::ZERO, check_expiry: true }
}

fn claims() -> Value {
    json!({"iss": ISSUER, "sub": "somebody", "exp": NOW + 300, "nbf": NOW, "aud": ["a", "b"]})
}

#[test]
fn what_is_signed_verifies_and_has_our_header() {
    for algorithm in SigningAlgorithm::ALL {
        let house = House::new(algorithm);
        let token = house.sign("at+jwt", &claims());
        assert_eq!(house.verify(&token), Ok(claims()), "{algorithm}");
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().expect("a header")).expect("base64");
        assert_eq!(String::from_utf8(header).expect("text"), house.header());
        assert_eq!(house.verify(&house.forge(&house.header(), &claims().to_string())), Ok(claims()));
    }
}

#[test]
fn a_library_of_somebody_else_verifies_it() {
    // With nothing but the JWKS, as a resource server does.
    for algorithm in SigningAlgorithm::ALL {
        let house = House::new(algorithm);
        let token = house.sign("at+jwt", &claims());
        let jwks: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&house.ring.jwks()).expect("a JWKS");
        let header = jsonwebtoken::decode_header(&token).expect("a header");
        let jwk = jwks.find(header.kid.as_deref().expect("a kid")).expect("published");
        let mut validation = jsonwebtoken::Validation::new(header.alg);
        validation.set_audience(&["a"]);
        let key = jsonwebtoken::DecodingKey::from_jwk(jwk).expect("a key");
        jsonwebtoken::decode::<Value>(&token, &key, &validation).expect("verifies");
    }
}

#[test]
fn every_changed_character_is_noticed() {
    let house = House::new(SigningAlgorithm::EdDSA);
    let token = house.sign("at+jwt", &claims());
    for position in 0..token.len() {
        for replacement in ["A", "B", ".", "=", "é"] {
            if token[position..].starts_with(replacement) {
                continue;
            }
            let changed = format!("{}{replacement}{}", &token[..position], &token[position + 1..]);
            assert!(house.verify(&changed).is_err(), "position {position}, {replacement}");
        }
    }
    let mut parts: Vec<_> = token.split('.').collect();
    let payload = URL_SAFE_NO_PAD.encode(claims().to_string().replace("somebody", "somebodz"));
    parts[1] = &payload;
    assert_eq!(house.verify(&parts.join(".")), Err(Rejected::Signature));
}

#[test]
fn no_algorithm_and_symmetric_ones_are_refused() {
    let house = House::new(SigningAlgorithm::RS256);
    let payload = URL_SAFE_NO_PAD.encode(claims().to_string());
    for alg in ["none", "None", "NONE", "nOnE", "", "HS256", "HS512", "RS512", "PS256", "ES384", "rs256"] {
        let header = house.header().replace("RS256", alg);
        assert_eq!(house.verify(&house.forge(&header, &claims().to_string())), Err(Rejected::Algorithm), "{alg}");
        let unsigned = format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(&header));
        assert_eq!(house.verify(&unsigned), Err(Rejected::Algorithm), "{alg}");
    }
}

#[test]
fn the_public_key_is_no_hmac_secret() {
    let house = House::new(SigningAlgorithm::RS256);
    let jwk: Value = serde_json::from_str(&house.row.public_jwk).expect("JSON");
    let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().expect("n")).expect("base64");
    for alg in ["HS256", "RS256"] {
        let header = house.header().replace("RS256", alg);
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims().to_string()));
        for secret in [house.row.public_jwk.as_bytes(), &modulus, b""] {
            let signature = URL_SAFE_NO_PAD.encode(hmac_sha256(secret, message.as_bytes()));
            let rejected = if alg == "HS256" { Rejected::Algorithm } else { Rejected::Signature };
            assert_eq!(house.verify(&format!("{message}.{signature}")), Err(rejected), "{alg}");
        }
    }
}

#[test]
fn the_algorithm_is_the_keys_own() {
    let house = House::new(SigningAlgorithm::ES256);
    for alg in ["RS256", "EdDSA"] {
        let header = house.header().replace("ES256", alg);
        assert_eq!(house.verify(&house.forge(&header, &claims().to_string())), Err(Rejected::Algorithm), "{alg}");
    }
}

#[test]
fn zero_and_foreign_ecdsa_signatures_are_refused() {
    // CVE-2022-21449, and what Wycheproof calls the special values of r and s.
    let house = House::new(SigningAlgorithm::ES256);
    let token = house.sign("at+jwt", &claims());
    let (message, signature) = token.rsplit_once('.').expect("signed");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64");
    let order = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
        0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let one = [[0; 31].as_slice(), &[1]].concat();
    let zero = [0; 32];
    let (r, s) = signature.split_at(32);
    let der = [&[0x30, 0x44, 0x02, 0x20], r, &[0x02, 0x20], s].concat();
    for bad in [
        [zero, zero].concat(),
        [&zero, s].concat(),
        [r, &zero].concat(),
        [order, order].concat(),
        [one.clone(), one].concat(),
        [s, r].concat(),
        r.to_vec(),
        [signature.as_slice(), &[0]].concat(),
        der,
        Vec::new(),
    ] {
        let forged = format!("{message}.{}", URL_SAFE_NO_PAD.encode(bad));
        assert_eq!(house.verify(&forged), Err(Rejected::Signature));
    }
}

#[test]
fn a_header_that_is_not_ours_is_refused() {
    let house = House::new(SigningAlgorithm::EdDSA);
    let header = house.header();
    let with = |member: &str| header.replace('}', &format!(",{member}}}"));
    for bad in [
        with(r#""jku":"https://evil.example/jwks""#),
        with(r#""x5u":"https://evil.example/x5u""#),
        with(&format!(r#""jwk":{}"#, house.row.public_jwk)),
        with(r#""crit":["exp"],"exp":1"#),
        with(r#""crit":["b64"],"b64":false"#),
        with(r#""b64":false"#),
        with(r#""zip":"DEF""#),
        with(r#""cty":"JWT""#),
        with(r#""alg":"EdDSA""#),
        with(&format!(r#""kid":"{}""#, house.row.id)),
        with(r#""typ":"at+jwt""#),
        header.replace(r#""typ":"at+jwt","#, ""),
        header.replace(&format!(r#","kid":"{}""#, house.row.id), ""),
        header.replace("at+jwt", "at+jwt\u{0}").replace(r#""typ":"#, r#""typ":["#),
        format!("{header}{header}"),
        "{}".to_owned(),
        "[]".to_owned(),
        String::new(),
    ] {
        assert_eq!(house.verify(&house.forge(&bad, &claims().to_string())), Err(Rejected::Header), "{bad}");
    }
}

#[test]
fn only_a_known_kid_will_do() {
    let house = House::new(SigningAlgorithm::EdDSA);
    let kid = house.row.id.as_str();
    for bad in [
        "",
        "../../../../dev/null",
        "/etc/passwd",
        "' OR '1'='1",
        "x' UNION SELECT 'secret' --",
        "| sleep 1",
        "fedcba9876543210fedcba9876543210",
        &kid.to_uppercase(),
        &format!("{kid} "),
        &kid[..31],
    ] {
        if bad == kid {
            continue;
        }
        let header = house.header().replace(kid, bad);
        assert_eq!(house.verify(&house.forge(&header, &claims().to_string())), Err(Rejected::UnknownKey), "{bad}");
    }
    let other = House::new(SigningAlgorithm::EdDSA);
    assert_eq!(other.verify(&house.sign("at+jwt", &claims())), Err(Rejected::UnknownKey));
    let mixed = house.header().replace(kid, other.row.id.as_str());
    assert_eq!(other.verify(&house.forge(&mixed, &claims().to_string())), Err(Rejected::Signature));
}

#[test]
fn the_type_is_compared() {
    let house = House::new(SigningAlgorithm::EdDSA);
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        assert!(house.verify(&house.sign(typ, &claims())).is_ok(), "{typ}");
    }
    for typ in ["JWT", "logout+jwt", "at+jwt ", "", "application/", "application/application/at+jwt", "x/at+jwt"] {
        assert_eq!(house.verify(&house.sign(typ, &claims())), Err(Rejected::Type), "{typ}");
    }
    assert!(same_type("application/at+jwt", "AT+jwt"));
    assert!(!same_type("applicatiön/at+jwt", "at+jwt"));
}

#[test]
fn the_issuer_is_compared_byte_for_byte() {
    let house = House::new(SigningAlgorithm::EdDSA);
    for issuer in [json!("https://id.example.com/"), json!("https://ID.example.com"), json!([ISSUER]), Value::Null] {
        let claims = json!({"iss": issuer, "exp": NOW + 300});
        assert_eq!(house.verify(&house.sign("at+jwt", &claims)), Err(Rejected::Issuer), "{issuer}");
    }
    assert_eq!(house.verify(&house.sign("at+jwt", &json!({"exp": NOW + 300}))), Err(Rejected::Issuer));
}

#[test]
fn time_is_the_given_one() {
    let house = House::new(SigningAlgorithm::EdDSA);
    let at = |claims: Value, seconds: i64, leeway: u64, check_expiry: bool| {
        let now = DateTime::from_timestamp(seconds, 999_999_000).expect("a moment");
        let expected = Expected { now, leeway: Duration::from_secs(leeway), check_expiry, ..expected() };
        verify::<Value>(&house.ring, &house.sign("at+jwt", &claims), &expected).map(|_| ())
    };
    let expires = || json!({"iss": ISSUER, "exp": NOW});
    assert_eq!(at(expires(), NOW - 1, 0, true), Ok(()));
    assert_eq!(at(expires(), NOW, 0, true), Err(Rejected::Expired), "on or after");
    assert_eq!(at(expires(), NOW + 9, 10, true), Ok(()));
    assert_eq!(at(expires(), NOW + 10, 10, true), Err(Rejected::Expired));
    assert_eq!(at(expires(), NOW + 1_000_000, 0, false), Ok(()), "a hint may have expired");
    let begins = || json!({"iss": ISSUER, "exp": NOW + 300, "nbf": NOW});
    assert_eq!(at(begins(), NOW, 0, true), Ok(()));
    assert_eq!(at(begins(), NOW - 1, 0, true), Err(Rejected::NotYetValid));
    assert_eq!(at(begins(), NOW - 10, 10, true), Ok(()));
    assert_eq!(at(begins(), NOW - 11, 10, false), Err(Rejected::NotYetValid));
    for exp in [json!("soon"), json!(1e30), json!(u64::MAX), json!([NOW + 300]), json!(-1.5), Value::Null] {
        let result = at(json!({"iss": ISSUER, "exp": exp}), NOW, 0, true);
        assert_eq!(result, Err(Rejected::Claims), "{exp}");
    }
    assert_eq!(at(json!({"iss": ISSUER}), NOW, 0, true), Err(Rejected::Claims), "exp is required");
    assert_eq!(at(json!({"iss": ISSUER, "exp": i64::MIN}), NOW, 10, true), Err(Rejected::Expired));
    assert_eq!(at(json!({"iss": ISSUER, "exp": i64::MAX}), NOW, 10, true), Ok(()));
}

#[test]
fn a_retired_key_verifies_until_it_expires() {
    let house = House::new(SigningAlgorithm::EdDSA);
    let mut row = house.row.clone();
    row.expires_at = Some(after(now(), Duration::from_mins(1)));
    let key = "one:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    let masters = MasterKeys::load("unused".as_ref(), Some(key)).expect("keys");
    let ring = Keyring::build(&[row], now(), &masters).expect("built");
    let token = house.sign("at+jwt", &claims());
    let at = |seconds| {
        let expected = Expected { now: after(now(), Duration::from_secs(seconds)), ..expected() };
        verify::<Value>(&ring, &token, &expected).map(|_| ())
    };
    assert_eq!(at(59), Ok(()));
    assert_eq!(at(60), Err(Rejected::UnknownKey));
}

#[derive(Debug, serde::Deserialize)]
struct Typed {
    #[serde(rename = "sub")]
    _subject: u32,
}

#[test]
fn duplicate_and_unexpected_claims_are_refused() {
    let house = House::new(SigningAlgorithm::EdDSA);
    let fine = claims().to_string();
    let twice = fine.replacen('{', r#"{"sub":"admin","#, 1);
    let deep = fine.replacen('{', r#"{"realm_access":{"roles":[],"roles":["admin"]},"#, 1);
    for payload in [twice, deep, "[]".to_owned(), "null".to_owned(), String::new(), format!("{fine}{fine}")] {
        assert_eq!(house.verify(&house.forge(&house.header(), &payload)), Err(Rejected::Claims), "{payload}");
    }
    let typed = verify::<Typed>(&house.ring, &house.sign("at+jwt", &claims()), &expected());
    assert_eq!(typed.expect_err("sub is text"), Rejected::Claims);
}

#[test]
fn what_is_no_token_is_refused() {
    let house = House::new(SigningAlgorithm::EdDSA);
    let token = house.sign("at+jwt", &claims());
    for bad in ["", ".", "..", "a.b", "a.b.c", &format!("{token}.x"), &format!(" {token}"), &format!("{token}\n")] {
        assert!(house.verify(bad).is_err(), "{bad}");
    }
    assert_eq!(house.verify(&format!("{token}.{token}")), Err(Rejected::Malformed));
    assert_eq!(house.verify(&format!("{token}=")), Err(Rejected::Malformed), "no padding");
    let large = json!({"iss": ISSUER, "exp": NOW + 300, "x": "x".repeat(16 * 1024)});
    assert_eq!(house.verify(&house.sign("at+jwt", &large)), Err(Rejected::TooLong));
    // RFC 7515 A.1: a valid JWS, with a shared secret.
    let hs256 = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    assert_eq!(house.verify(hs256), Err(Rejected::Header));
}
