//! Exchanging a code (RFC 6749 4.1.3): once, by the client it was issued to, with the verifier that fits.

use oxide_auth::code_grant::accesstoken::{AccessToken, Input, Output};
use oxide_auth::primitives::grant::Extensions;

use crate::crypto::{digest, random};
use crate::domain::client::{Client, GrantType};
use crate::domain::code::{Code, IssuedCode};
use crate::domain::error::{ErrorCode, Failure, Fault, Refusal};
use crate::domain::event::{Actor, EventKind};
use crate::domain::grant::Grant;
use crate::domain::id::{CodeId, RefreshTokenId};
use crate::domain::instant::after;
use crate::domain::params::Params;
use crate::domain::secret::{Kind, OpaqueToken};
use crate::domain::token::IssuedRefreshToken;
use crate::flows::protocol::mint::{self, Minted};
use crate::flows::protocol::{oxide, pkce};
use crate::flows::{Trace, Tx};
use crate::store::{codes, grants, refresh_tokens, users};

use super::invalid_grant;

/// Check, spend, write: nothing is consumed by a request that is refused for another reason than being late.
pub(super) fn exchange(tx: &mut Tx<'_>, client: &Client, params: &Params) -> Result<Minted, Failure<Refusal>> {
    let Some(presented) = params.get("code") else {
        return Err(Refusal::new(ErrorCode::InvalidRequest, "code is missing").into());
    };
    let Some((issued, grant, spent)) = find(tx, presented)? else {
        return Err(invalid_grant("the code is not known").into());
    };
    if grant.client != client.id {
        return Err(invalid_grant("the code was issued to another client").into());
    }
    if spent {
        return Err(replayed(tx, &grant)?.into());
    }
    if issued.expires_at <= tx.now || !grant.is_live(tx.now) {
        return Err(invalid_grant("the code has expired").into());
    }
    let redirect_uri = redirect_uri(&issued, params)?;
    drive(client, params, &issued, &grant, redirect_uri)?;
    let Some(user) = users::find(tx.conn, &grant.user)?.filter(|user| user.disabled_at.is_none()) else {
        return Err(invalid_grant("the account is switched off").into());
    };
    if !codes::spend(tx.conn, &issued.id, tx.now)? {
        return Err(replayed(tx, &grant)?.into());
    }
    let refresh_token = first_refresh_token(tx, client, &grant)?;
    let trace = Trace::of(EventKind::TokenIssued, Actor::Client).user(&user.id).client(&client.id).grant(&grant.id);
    tx.record(trace.session(&grant.session).detail("scope", grant.scope.to_string()))?;
    let scope = grant.scope.clone();
    let mut minted = mint::for_person(
        tx,
        client,
        &mint::Person { user: &user, grant: &grant, nonce: issued.nonce.as_deref() },
        &scope,
    )?;
    minted.refresh_token = refresh_token;
    Ok(minted)
}

/// oxide-auth's machine judges grant type, client and redirect URI; it asks us for the code, PKCE and the tokens.
fn drive(
    client: &Client,
    params: &Params,
    issued: &IssuedCode,
    grant: &Grant,
    redirect_uri: &str,
) -> Result<(), Failure<Refusal>> {
    let request = oxide::Request { client, params, redirect_uri: Some(redirect_uri) };
    let mut machine = AccessToken::new(&request);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Authenticate { .. } => Input::Authenticated,
            Output::Recover { .. } => Input::Recovered(Some(oxide::recovered(&oxide::Held {
                owner: grant.user.as_str(),
                client: grant.client.as_str(),
                scope: &grant.scope,
                redirect_uri: &issued.redirect_uri,
            })?)),
            Output::Extend { .. } => {
                pkce::verify(issued.code_challenge.as_deref(), params.get("code_verifier"))?;
                Input::Extended { access_extensions: Extensions::new() }
            }
            Output::Issue { .. } => return Ok(()),
            Output::Ok(_) => return Err(oxide::out_of_step().into()),
            Output::Err(_) => return Err(invalid_grant("the code does not fit this request").into()),
        };
    }
}

fn find(tx: &mut Tx<'_>, presented: &str) -> Result<Option<(IssuedCode, Box<Grant>, bool)>, Fault> {
    let Some(token) = OpaqueToken::parse(Kind::Code, presented) else { return Ok(None) };
    let Ok(id) = CodeId::parse(token.id()) else { return Ok(None) };
    let held = digest::of(token.secret());
    Ok(match codes::find(tx.conn, &id)? {
        Some(Code::Fresh(issued, grant)) if digest::same(&issued.digest, &held) => Some((issued, grant, false)),
        Some(Code::Spent(issued, grant)) if digest::same(&issued.digest, &held) => Some((issued, grant, true)),
        Some(Code::Fresh(..) | Code::Spent(..)) | None => None,
    })
}

/// RFC 6749 4.1.3: the same redirect URI as in the request. Clients of OAuth 2.1 leave it out; PKCE binds their code.
fn redirect_uri<'a>(issued: &'a IssuedCode, params: &'a Params) -> Result<&'a str, Refusal> {
    match params.get("redirect_uri") {
        Some(presented) if presented == issued.redirect_uri => Ok(presented),
        Some(_) => Err(invalid_grant("redirect_uri is not the one of the authorization request")),
        None if issued.code_challenge.is_some() || !issued.redirect_uri_given => Ok(&issued.redirect_uri),
        None => Err(Refusal::new(ErrorCode::InvalidRequest, "redirect_uri is missing")),
    }
}

/// RFC 6749 4.1.2: a code used twice is refused, and what it bought is revoked.
fn replayed(tx: &mut Tx<'_>, grant: &Grant) -> Result<Refusal, Fault> {
    if grants::revoke(tx.conn, &grant.id, tx.now)? {
        let trace = Trace::of(EventKind::CodeReplayed, Actor::Client).failed("code used twice; its grant was revoked");
        tx.record(trace.user(&grant.user).client(&grant.client).grant(&grant.id))?;
    }
    Ok(invalid_grant("the code was used before"))
}

fn first_refresh_token(tx: &mut Tx<'_>, client: &Client, grant: &Grant) -> Result<Option<String>, Fault> {
    if !client.may_use(GrantType::RefreshToken) {
        return Ok(None);
    }
    let id: RefreshTokenId = tx.id()?;
    let token = random::token(Kind::Refresh, id.as_str())?;
    let idle = client.lifetimes.refresh_idle.unwrap_or(tx.settings.tokens.refresh_idle_ttl);
    let issued = IssuedRefreshToken {
        id,
        digest: digest::of(token.secret()),
        grant: grant.id.clone(),
        parent: None,
        created_at: tx.now,
        expires_at: after(tx.now, idle).min(grant.expires_at),
    };
    refresh_tokens::insert(tx.conn, &issued)?;
    Ok(Some(token.expose()))
}
