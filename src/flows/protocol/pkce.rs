//! PKCE (RFC 7636), S256 only. oxide-auth compares; the guards around it close the downgrades.

use std::borrow::Cow;

use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::primitives::grant::Value;

use crate::domain::client::Client;
use crate::domain::error::{ErrorCode, Refusal};
use crate::domain::params::Params;

/// Reads the challenge of an authorization request.
pub(super) fn challenge(client: &Client, params: &Params) -> Result<Option<String>, Refusal> {
    let challenge = params.get("code_challenge");
    let method = params.get("code_challenge_method");
    let Some(challenge) = challenge else {
        if method.is_some() {
            return Err(invalid("code_challenge_method came without a code_challenge"));
        }
        // RFC 9700 2.1.1: public clients MUST use PKCE.
        return if client.needs_pkce() {
            Err(invalid("code_challenge is missing; this client must use PKCE with S256"))
        } else {
            Ok(None)
        };
    };
    // RFC 7636 4.2: BASE64URL(SHA256(verifier)) is 43 characters.
    let well_formed =
        challenge.len() == 43 && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    Pkce::required()
        .challenge(method.map(Cow::Borrowed), Some(Cow::Borrowed(challenge)))
        .map_err(|()| invalid("code_challenge_method must be S256"))?;
    if well_formed {
        Ok(Some(challenge.to_owned()))
    } else {
        Err(invalid("code_challenge must be 43 characters of base64url"))
    }
}

/// Compares the verifier of a token request with the challenge that the code was bound to.
pub(super) fn verify(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), Refusal> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        // RFC 9700 2.1.1: a verifier for a code without a challenge means that the challenge was stripped.
        (None, Some(_)) => Err(grant("code_verifier came for a code that was requested without a code_challenge")),
        (Some(_), None) => Err(grant("code_verifier is missing")),
        (Some(challenge), Some(verifier)) => {
            // RFC 7636 4.1
            let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
            if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(unreserved) {
                return Err(grant("code_verifier must be 43 to 128 unreserved characters"));
            }
            let bound = Value::private(Some(format!("{challenge}S")));
            Pkce::required()
                .verify(Some(bound), Some(Cow::Borrowed(verifier)))
                .map_err(|()| grant("code_verifier does not fit the code_challenge"))
        }
    }
}

const fn invalid(why: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, why)
}

// RFC 7636 4.6: a wrong verifier is invalid_grant.
const fn grant(why: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidGrant, why)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;
    use proptest::test_runner::Config;

    use super::verify;
    use crate::crypto::digest;
    use crate::domain::error::ErrorCode;

    fn challenge_of(verifier: &str) -> String {
        URL_SAFE_NO_PAD.encode(digest::sha256(verifier.as_bytes()).as_bytes())
    }

    fn is_refused(challenge: Option<&str>, verifier: Option<&str>) -> bool {
        verify(challenge, verifier).is_err_and(|refusal| refusal.code == ErrorCode::InvalidGrant)
    }

    proptest! {
        #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

        #[test]
        fn a_verifier_opens_its_own_challenge_alone(
            verifier in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}",
        ) {
            let challenge = challenge_of(&verifier);
            prop_assert!(verify(Some(&challenge), Some(&verifier)).is_ok());
            prop_assert_eq!(verify(Some(&challenge), Some(&other)).is_ok(), other == verifier);
            // The challenge itself is no verifier: that would be `plain`.
            prop_assert!(is_refused(Some(&challenge), Some(&challenge)));
            prop_assert!(is_refused(Some(&challenge), None), "left out");
            prop_assert!(is_refused(None, Some(&verifier)), "the challenge was stripped");
            let (lower, upper) = (verifier.to_lowercase(), verifier.to_uppercase());
            prop_assert!(lower == verifier || is_refused(Some(&challenge), Some(&lower)));
            prop_assert!(upper == verifier || is_refused(Some(&challenge), Some(&upper)));
        }

        #[test]
        fn a_verifier_that_the_rfc_does_not_allow_opens_nothing(verifier in "[ -~]{0,42}|[ -~]{129,200}|\\PC{43,128}") {
            let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
            let allowed = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
            prop_assert_eq!(verify(Some(&challenge_of(&verifier)), Some(&verifier)).is_ok(), allowed);
        }
    }

    #[test]
    fn the_example_of_the_rfc_fits() {
        // RFC 7636 appendix B
        let (challenge, verifier) =
            ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert!(verify(Some(challenge), Some(verifier)).is_ok());
        assert!(verify(None, None).is_ok());
    }
}
