//! Issuing a code: the grant, and the sixty-second ticket that buys its tokens.

use crate::crypto::{digest, random};
use crate::domain::claims::OFFLINE_ACCESS;
use crate::domain::client::Client;
use crate::domain::code::IssuedCode;
use crate::domain::error::Fault;
use crate::domain::event::{Actor, EventKind};
use crate::domain::grant::Grant;
use crate::domain::id::CodeId;
use crate::domain::instant::after;
use crate::domain::secret::Kind;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::flows::protocol::callback::Callback;
use crate::flows::{Trace, Tx};
use crate::store::{codes, grants};

use super::examine::Request;

/// A request that nothing stands in the way of.
pub(super) struct Approved<'a> {
    pub client: &'a Client,
    pub request: Request,
    pub callback: &'a Callback,
    pub session: Session,
    pub user: User,
}

/// Writes the grant and its code; returns the code as the app will see it.
pub(super) fn code(tx: &mut Tx<'_>, approved: Approved<'_>) -> Result<String, Fault> {
    let Approved { client, request, callback, session, user } = approved;
    let lifetimes = &tx.settings.tokens;
    let offline = request.scope.has(OFFLINE_ACCESS);
    let absolute = after(tx.now, client.lifetimes.refresh_absolute.unwrap_or(lifetimes.refresh_absolute_ttl));
    let grant = Grant {
        id: tx.id()?,
        client: client.id.clone(),
        user: user.id.clone(),
        session: session.id.clone(),
        scope: request.scope,
        claims: request.claims,
        authentication: session.authentication,
        offline,
        created_at: tx.now,
        // Without offline_access the family ends with the session.
        expires_at: if offline { absolute } else { absolute.min(session.expires_at) },
        revoked_at: None,
    };
    let id: CodeId = tx.id()?;
    let token = random::token(Kind::Code, id.as_str())?;
    let issued = IssuedCode {
        id,
        digest: digest::of(token.secret()),
        grant: grant.id.clone(),
        redirect_uri: callback.redirect_uri().to_owned(),
        redirect_uri_given: callback.was_given(),
        code_challenge: request.code_challenge,
        nonce: request.nonce,
        created_at: tx.now,
        expires_at: after(tx.now, client.lifetimes.code.unwrap_or(lifetimes.code_ttl)),
    };
    grants::insert(tx.conn, &grant)?;
    codes::insert(tx.conn, &issued)?;
    let trace = Trace::of(EventKind::CodeIssued, Actor::Person).user(&user.id).client(&client.id).session(&session.id);
    tx.record(trace.grant(&grant.id).detail("scope", grant.scope.to_string()))?;
    Ok(token.expose())
}
