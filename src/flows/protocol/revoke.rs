//! Revocation (RFC 7009): a refresh token takes its whole grant with it, an access token only itself.

use chrono::DateTime;

use crate::crypto::digest;
use crate::domain::claims::AccessTokenClaims;
use crate::domain::client::Client;
use crate::domain::error::{ErrorCode, Failure, Refusal};
use crate::domain::event::{Actor, EventKind};
use crate::domain::id::{RefreshTokenId, TokenId};
use crate::domain::secret::OpaqueToken;
use crate::domain::token::RefreshToken;
use crate::flows::protocol::introspect::Candidate;
use crate::flows::{Trace, Tx};
use crate::store::{grants, refresh_tokens, revoked_tokens};

/// Revokes a token of this client. One that is unknown or already dead is no error (RFC 7009 2.2).
///
/// # Errors
/// `invalid_grant` for a token of another client, which stays alive (RFC 7009 2.1); a fault.
pub fn revoke(tx: &mut Tx<'_>, client: &Client, candidate: Candidate) -> Result<(), Failure<Refusal>> {
    match candidate {
        Candidate::Dead => Ok(()),
        Candidate::Access(claims) => access(tx, client, &claims),
        Candidate::Refresh(token) => refresh(tx, client, &token),
    }
}

fn access(tx: &mut Tx<'_>, client: &Client, claims: &AccessTokenClaims) -> Result<(), Failure<Refusal>> {
    if claims.client_id != client.id.as_str() {
        return Err(foreign());
    }
    let (Ok(id), Some(expires_at)) = (TokenId::parse(&claims.jti), DateTime::from_timestamp(claims.exp, 0)) else {
        return Ok(());
    };
    revoked_tokens::insert(tx.conn, &id, expires_at, tx.now)?;
    let trace = Trace::of(EventKind::TokenRevoked, Actor::Client).client(&client.id);
    Ok(tx.record(trace.detail("kind", "access_token").detail("jti", claims.jti.as_str()))?)
}

fn refresh(tx: &mut Tx<'_>, client: &Client, token: &OpaqueToken) -> Result<(), Failure<Refusal>> {
    let Ok(id) = RefreshTokenId::parse(token.id()) else { return Ok(()) };
    let Some(found) = refresh_tokens::find(tx.conn, &id)? else { return Ok(()) };
    let (RefreshToken::Fresh(issued, grant) | RefreshToken::Rotated(issued, _, grant)) = &found;
    if !digest::same(&issued.digest, &digest::of(token.secret())) {
        return Ok(());
    }
    if grant.client != client.id {
        return Err(foreign());
    }
    if grants::revoke(tx.conn, &grant.id, tx.now)? {
        let trace =
            Trace::of(EventKind::TokenRevoked, Actor::Client).client(&client.id).user(&grant.user).grant(&grant.id);
        tx.record(trace.detail("kind", "refresh_token"))?;
    }
    Ok(())
}

fn foreign() -> Failure<Refusal> {
    Refusal::new(ErrorCode::InvalidGrant, "the token was issued to another client").into()
}
