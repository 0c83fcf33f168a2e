//! Userinfo (OpenID Connect Core 5.3): what the bearer of this access token may know about the person.

use serde_json::{Map, Value};

use crate::crypto::keyring::Keyring;
use crate::domain::claims::{AccessTokenClaims, OPENID};
use crate::domain::error::{ErrorCode, Failure, Fault, Refusal};
use crate::domain::id::{ClientId, GrantId, TokenId};
use crate::domain::instant::Instant;
use crate::domain::key::SigningAlgorithm;
use crate::flows::Tx;
use crate::flows::protocol::claims;
use crate::store::{clients, grants, revoked_tokens, users};

/// The answer, and how the client wants it.
#[derive(Debug)]
pub struct Userinfo {
    members: Map<String, Value>,
    signed: Option<(SigningAlgorithm, String)>,
    issuer: String,
    now: Instant,
}

/// Looks a person up for the bearer of a verified access token.
///
/// # Errors
/// `invalid_token` or `insufficient_scope` (RFC 6750 3.1); a fault.
pub fn userinfo(tx: &mut Tx<'_>, token: &AccessTokenClaims) -> Result<Userinfo, Failure<Refusal>> {
    let (Ok(jti), Ok(client_id)) = (TokenId::parse(&token.jti), ClientId::parse(&token.client_id)) else {
        return Err(dead());
    };
    let Some(Ok(grant_id)) = token.grant_id.as_deref().map(GrantId::parse) else {
        return Err(Refusal::new(ErrorCode::InsufficientScope, "no person is behind this token").into());
    };
    if !token.scope().has(OPENID) {
        return Err(Refusal::new(ErrorCode::InsufficientScope, "the openid scope is needed").into());
    }
    if revoked_tokens::contains(tx.conn, &jti)? {
        return Err(dead());
    }
    let Some(grant) = grants::find(tx.conn, &grant_id)?.filter(|grant| grant.is_live(tx.now)) else {
        return Err(dead());
    };
    let Some(client) = clients::find(tx.conn, &client_id)?.filter(|client| client.disabled_at.is_none()) else {
        return Err(dead());
    };
    let Some(user) = users::find(tx.conn, &grant.user)?.filter(|user| user.disabled_at.is_none()) else {
        return Err(dead());
    };
    Ok(Userinfo {
        members: claims::userinfo(&user, &token.scope(), &grant.claims),
        signed: client.userinfo_alg.map(|algorithm| (algorithm, client.id.as_str().to_owned())),
        issuer: tx.settings.http.issuer.as_str().to_owned(),
        now: tx.now,
    })
}

/// A userinfo response as it is sent.
pub enum Body {
    /// `application/json`.
    Json(Map<String, Value>),
    /// `application/jwt`.
    Jwt(String),
}

impl Userinfo {
    /// Signs it if the client registered `userinfo_signed_response_alg` (Core 5.3.2).
    ///
    /// # Errors
    /// A fault when there is no key for the algorithm.
    pub fn into_body(mut self, keyring: &Keyring) -> Result<Body, Fault> {
        let Some((algorithm, audience)) = self.signed else { return Ok(Body::Json(self.members)) };
        self.members.insert("iss".to_owned(), self.issuer.into());
        self.members.insert("aud".to_owned(), audience.into());
        let signer =
            keyring.signer(algorithm, self.now).ok_or_else(|| Fault::internal("no active signing key for userinfo"))?;
        Ok(Body::Jwt(signer.sign("JWT", &self.members)?))
    }
}

fn dead() -> Failure<Refusal> {
    Refusal::new(ErrorCode::InvalidToken, "the access token is not valid (any more)").into()
}
