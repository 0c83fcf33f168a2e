//! Introspection (RFC 7662): starts at inactive and leaves early. Read-only.

use serde::Serialize;

use crate::crypto::digest;
use crate::crypto::jws;
use crate::crypto::keyring::Keyring;
use crate::domain::claims::AccessTokenClaims;
use crate::domain::client::Client;
use crate::domain::error::Fault;
use crate::domain::id::{ClientId, GrantId, RefreshTokenId, TokenId};
use crate::domain::instant::Instant;
use crate::domain::secret::{Kind, OpaqueToken};
use crate::domain::token::RefreshToken;
use crate::flows::Tx;
use crate::settings::Settings;
use crate::store::{clients, grants, refresh_tokens, revoked_tokens};

use super::mint::ACCESS_TOKEN_TYPE;

/// The answer of RFC 7662 2.2.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Introspection {
    /// Exactly `{"active":false}`, whatever the reason.
    Inactive {
        /// False.
        active: bool,
    },
    /// A live token.
    Active(Box<Active>),
}

/// What a live token is.
#[derive(Debug, Serialize)]
pub struct Active {
    #[serde(rename = "active")]
    is_alive: bool,
    token_type: &'static str,
    #[serde(flatten)]
    claims: AccessTokenClaims,
}

/// What was presented, as far as it can be judged without the database.
pub enum Candidate {
    /// An access token of ours whose signature holds.
    Access(Box<AccessTokenClaims>),
    /// Something that looks like a refresh token of ours.
    Refresh(OpaqueToken),
    /// Nothing that could be active.
    Dead,
}

/// Verifies a presented token's signature and type. ID tokens, logout tokens and tokens of others are dead (RFC 9068 4).
#[must_use]
pub fn recognise(keyring: &Keyring, settings: &Settings, now: Instant, token: &str) -> Candidate {
    if let Some(opaque) = OpaqueToken::parse(Kind::Refresh, token) {
        return Candidate::Refresh(opaque);
    }
    match jws::verify::<AccessTokenClaims>(keyring, token, &expected(settings, now)) {
        Ok(claims) => Candidate::Access(Box::new(claims)),
        Err(_) => Candidate::Dead,
    }
}

/// What an access token of ours must be.
#[must_use]
pub fn expected(settings: &Settings, now: Instant) -> jws::Expected<'_> {
    jws::Expected {
        typ: &[ACCESS_TOKEN_TYPE],
        issuer: settings.http.issuer.as_str(),
        now,
        leeway: std::time::Duration::ZERO,
        check_expiry: true,
    }
}

/// Says what a token is worth now, to a caller who may know.
///
/// # Errors
/// A fault of the database.
pub fn introspect(tx: &mut Tx<'_>, caller: &Client, candidate: Candidate) -> Result<Introspection, Fault> {
    match candidate {
        Candidate::Dead => Ok(INACTIVE),
        Candidate::Access(claims) => access(tx, caller, claims),
        Candidate::Refresh(token) => refresh(tx, caller, &token),
    }
}

const INACTIVE: Introspection = Introspection::Inactive { active: false };

fn access(tx: &mut Tx<'_>, caller: &Client, claims: Box<AccessTokenClaims>) -> Result<Introspection, Fault> {
    let own = claims.client_id == caller.id.as_str();
    if !own && !caller.may_introspect {
        return Ok(INACTIVE);
    }
    if !is_live(tx, &claims)? {
        return Ok(INACTIVE);
    }
    // Its own client was authenticated a moment ago; another's may have been switched off.
    if !own && !is_client_live(tx, &claims.client_id)? {
        return Ok(INACTIVE);
    }
    Ok(Introspection::Active(Box::new(Active { is_alive: true, token_type: "Bearer", claims: *claims })))
}

/// Whether an access token with good signature still counts: not revoked, and its grant alive.
///
/// # Errors
/// A fault of the database.
pub fn is_live(tx: &mut Tx<'_>, claims: &AccessTokenClaims) -> Result<bool, Fault> {
    let Ok(id) = TokenId::parse(&claims.jti) else { return Ok(false) };
    if revoked_tokens::contains(tx.conn, &id)? {
        return Ok(false);
    }
    let Some(grant_id) = &claims.grant_id else { return Ok(true) };
    let Ok(grant_id) = GrantId::parse(grant_id) else { return Ok(false) };
    grants::is_live(tx.conn, &grant_id, tx.now)
}

fn is_client_live(tx: &mut Tx<'_>, client_id: &str) -> Result<bool, Fault> {
    let Ok(id) = ClientId::parse(client_id) else { return Ok(false) };
    clients::is_live(tx.conn, &id)
}

/// A refresh token is shown to its own client alone.
fn refresh(tx: &mut Tx<'_>, caller: &Client, token: &OpaqueToken) -> Result<Introspection, Fault> {
    let Ok(id) = RefreshTokenId::parse(token.id()) else { return Ok(INACTIVE) };
    let Some(RefreshToken::Fresh(issued, grant)) = refresh_tokens::find(tx.conn, &id)? else { return Ok(INACTIVE) };
    let genuine = digest::same(&issued.digest, &digest::of(token.secret()));
    if !genuine || grant.client != caller.id || issued.expires_at <= tx.now || !grant.is_live(tx.now) {
        return Ok(INACTIVE);
    }
    let iss = tx.settings.http.issuer.as_str().to_owned();
    let claims = AccessTokenClaims {
        aud: iss.clone(),
        iss,
        exp: issued.expires_at.timestamp(),
        iat: issued.created_at.timestamp(),
        nbf: issued.created_at.timestamp(),
        sub: grant.user.as_str().to_owned(),
        client_id: grant.client.as_str().to_owned(),
        jti: issued.id.as_str().to_owned(),
        scope: grant.scope.to_string(),
        auth_time: Some(grant.authentication.at.timestamp()),
        acr: Some(grant.authentication.acr.clone()),
        amr: grant.authentication.amr.clone(),
        roles: Vec::new(),
        grant_id: Some(grant.id.as_str().to_owned()),
    };
    Ok(Introspection::Active(Box::new(Active { is_alive: true, token_type: "refresh_token", claims })))
}
