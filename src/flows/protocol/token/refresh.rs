//! Refreshing (RFC 6749 6): rotation, the retry window that returns the same successor, and the end of a replayed family.

use oxide_auth::code_grant::refresh::{Input, Output, Refresh};
use std::borrow::Cow;

use crate::crypto::{digest, random};
use crate::domain::client::Client;
use crate::domain::error::{ErrorCode, Failure, Fault, Refusal};
use crate::domain::event::{Actor, EventKind};
use crate::domain::grant::Grant;
use crate::domain::id::RefreshTokenId;
use crate::domain::instant::after;
use crate::domain::params::Params;
use crate::domain::scope::Scope;
use crate::domain::secret::{Kind, OpaqueToken};
use crate::domain::token::{IssuedRefreshToken, RefreshToken, Rotation};
use crate::flows::protocol::mint::{self, Minted};
use crate::flows::protocol::oxide;
use crate::flows::{Trace, Tx};
use crate::store::{grants, refresh_tokens, users};

use super::invalid_grant;

/// Check, spend, write.
pub(super) fn rotate(tx: &mut Tx<'_>, client: &Client, params: &Params) -> Result<Minted, Failure<Refusal>> {
    let Some(presented) = params.get("refresh_token") else {
        return Err(Refusal::new(ErrorCode::InvalidRequest, "refresh_token is missing").into());
    };
    let Some(found) = find(tx, presented)? else {
        return Err(invalid_grant("the refresh token is not known").into());
    };
    let (RefreshToken::Fresh(issued, grant) | RefreshToken::Rotated(issued, _, grant)) = &found;
    if grant.client != client.id {
        return Err(invalid_grant("the refresh token was issued to another client").into());
    }
    if !grant.is_live(tx.now) {
        return Err(invalid_grant("the refresh token was revoked or has expired").into());
    }
    // A replay is found out before anything else of the request is judged: a wrong scope must not hide a thief.
    let repeated = match &found {
        RefreshToken::Rotated(issued, rotation, grant) => Some(again(tx, issued, rotation, grant)?),
        RefreshToken::Fresh(issued, _) if issued.expires_at <= tx.now => {
            return Err(invalid_grant("the refresh token has expired").into());
        }
        RefreshToken::Fresh(..) => None,
    };
    let scope = drive(client, params, grant)?;
    let Some(user) = users::find(tx.conn, &grant.user)?.filter(|user| user.disabled_at.is_none()) else {
        return Err(invalid_grant("the account is switched off").into());
    };
    let successor = match repeated {
        Some(successor) => successor,
        None => succeed(tx, client, issued, grant)?,
    };
    let trace = Trace::of(EventKind::TokenRefreshed, Actor::Client).user(&user.id).client(&client.id).grant(&grant.id);
    tx.record(trace.detail("token", issued.id.as_str()))?;
    let mut minted = mint::for_person(tx, client, &mint::Person { user: &user, grant, nonce: None }, &scope)?;
    minted.refresh_token = Some(successor);
    Ok(minted)
}

/// oxide-auth's machine judges grant type, client and scope; the held grant keeps its full scope (RFC 6749 6), only the
/// access token is narrowed.
fn drive(client: &Client, params: &Params, grant: &Grant) -> Result<Scope, Failure<Refusal>> {
    if let Some(text) = params.get("scope") {
        Scope::parse(text).map_err(|why| Refusal::new(ErrorCode::InvalidScope, why))?;
    }
    let request = oxide::Request { client, params, redirect_uri: None };
    let scope = || params.get("scope").map(Cow::Borrowed);
    let mut machine = Refresh::new(&request);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Unauthenticated { .. } => Input::Authenticated { scope: scope() },
            Output::RecoverRefresh { .. } => Input::Recovered {
                scope: scope(),
                grant: Some(oxide::recovered(&oxide::Held {
                    owner: grant.user.as_str(),
                    client: grant.client.as_str(),
                    scope: &grant.scope,
                    redirect_uri: oxide::NOWHERE,
                })?),
            },
            Output::Refresh { grant: narrowed, .. } => return Ok(oxide::scope(&narrowed.scope)),
            Output::Ok(_) => return Err(oxide::out_of_step().into()),
            Output::Err(_) => {
                return Err(Refusal::new(ErrorCode::InvalidScope, "scope goes beyond what was granted").into());
            }
        };
    }
}

fn find(tx: &mut Tx<'_>, presented: &str) -> Result<Option<RefreshToken>, Fault> {
    let Some(token) = OpaqueToken::parse(Kind::Refresh, presented) else { return Ok(None) };
    let Ok(id) = RefreshTokenId::parse(token.id()) else { return Ok(None) };
    let held = digest::of(token.secret());
    Ok(refresh_tokens::find(tx.conn, &id)?.filter(|found| match found {
        RefreshToken::Fresh(issued, _) | RefreshToken::Rotated(issued, ..) => digest::same(&issued.digest, &held),
    }))
}

/// Spends the token and writes its successor, sealed into the spent row for a reply that gets lost.
fn succeed(
    tx: &mut Tx<'_>,
    client: &Client,
    issued: &IssuedRefreshToken,
    grant: &Grant,
) -> Result<String, Failure<Refusal>> {
    let id: RefreshTokenId = tx.id()?;
    let token = random::token(Kind::Refresh, id.as_str())?;
    let exposed = token.expose();
    let sealed = tx.masters.seal(&purpose(&issued.id), exposed.as_bytes())?;
    if !refresh_tokens::rotate(tx.conn, &issued.id, tx.now, &id, &sealed)? {
        // Somebody was faster by a hair: the same answer as to a repeated request.
        return match refresh_tokens::find(tx.conn, &issued.id)? {
            Some(RefreshToken::Rotated(issued, rotation, grant)) => again(tx, &issued, &rotation, &grant),
            Some(RefreshToken::Fresh(..)) | None => Err(invalid_grant("the refresh token is not known").into()),
        };
    }
    let idle = client.lifetimes.refresh_idle.unwrap_or(tx.settings.tokens.refresh_idle_ttl);
    let successor = IssuedRefreshToken {
        id,
        digest: digest::of(token.secret()),
        grant: grant.id.clone(),
        parent: Some(issued.id.clone()),
        created_at: tx.now,
        expires_at: after(tx.now, idle).min(grant.expires_at),
    };
    refresh_tokens::insert(tx.conn, &successor)?;
    Ok(exposed)
}

/// A token that was used before: inside the retry window its successor again, as long as that was not used itself; else
/// somebody has stolen a token, and the family ends (RFC 9700 4.14.2).
fn again(
    tx: &mut Tx<'_>,
    issued: &IssuedRefreshToken,
    rotation: &Rotation,
    grant: &Grant,
) -> Result<String, Failure<Refusal>> {
    let in_time = tx.now <= after(rotation.used_at, tx.settings.tokens.refresh_retry_window);
    if in_time && !rotation.successor_used {
        let opened = tx.masters.open(&purpose(&issued.id), &rotation.sealed_successor)?;
        return String::from_utf8(opened.to_vec())
            .map_err(|error| Fault::internal("sealed successor").caused_by(error).into());
    }
    if grants::revoke(tx.conn, &grant.id, tx.now)? {
        let trace = Trace::of(EventKind::RefreshReplayed, Actor::Client)
            .failed("refresh token used again; its family was revoked");
        tx.record(trace.user(&grant.user).client(&grant.client).grant(&grant.id).detail("token", issued.id.as_str()))?;
    }
    Err(invalid_grant("the refresh token was used before; all tokens of this grant are revoked").into())
}

/// What a sealed successor is bound to, so that it cannot be moved to another row.
#[must_use]
pub fn purpose(parent: &RefreshTokenId) -> String {
    format!("refresh_token:{parent}")
}
