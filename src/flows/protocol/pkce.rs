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
