//! Registering and changing clients.

use crate::crypto::{digest, random};
use crate::domain::client::{AuthMethod, Client, ClientSecret, GrantType};
use crate::domain::error::{Failure, Fault};
use crate::domain::event::{Actor, EventKind};
use crate::domain::id::{ClientId, ClientSecretId};
use crate::domain::instant::after;
use crate::domain::secret::{Kind, OpaqueToken};
use crate::flows::{Trace, Tx};
use crate::store::{client_secrets, clients, grants};

use super::Declined;

/// Where a client's first secret comes from.
pub enum FirstSecret {
    /// Made here and shown once.
    Made,
    /// Brought along by a client that moves over: at least 32 characters.
    Brought(String),
}

/// Registers a client. Returns the secret to show, if one was made.
///
/// # Errors
/// [`Declined`] for a registration that makes no sense; a fault.
pub fn add(tx: &mut Tx<'_>, client: &Client, secret: FirstSecret) -> Result<Option<OpaqueToken>, Failure<Declined>> {
    // A refusal commits: all of them come before the first row.
    sensible(client)?;
    if let FirstSecret::Brought(text) = &secret {
        is_fit(client, text)?;
    }
    if clients::find(tx.conn, &client.id)?.is_some() {
        return Err(Declined::because(format!("a client with the id {} exists; choose another --id", client.id)).into());
    }
    clients::insert(tx.conn, client)?;
    let shown = match (client.is_public(), secret) {
        (true, _) => None,
        (false, FirstSecret::Brought(text)) => {
            let id: ClientSecretId = tx.id()?;
            insert(tx, id, &client.id, &text)?;
            None
        }
        (false, FirstSecret::Made) => Some(make(tx, &client.id)?),
    };
    tx.record(
        Trace::of(EventKind::ClientAdded, Actor::Operator).client(&client.id).detail("name", client.name.as_str()),
    )?;
    Ok(shown)
}

/// Writes a changed registration.
///
/// # Errors
/// [`Declined`] for a registration that makes no sense; a fault.
pub fn update(tx: &mut Tx<'_>, client: &Client) -> Result<(), Failure<Declined>> {
    sensible(client)?;
    if !clients::update(tx.conn, client)? {
        return Err(unknown(&client.id).into());
    }
    Ok(tx.record(Trace::of(EventKind::ClientUpdated, Actor::Operator).client(&client.id))?)
}

/// Gives a client a new secret; the old ones work for `overlap` longer, so that it can be brought to the client in peace.
///
/// # Errors
/// [`Declined`] for a public or unknown client; a fault.
pub fn rotate_secret(
    tx: &mut Tx<'_>,
    id: &ClientId,
    overlap: std::time::Duration,
) -> Result<OpaqueToken, Failure<Declined>> {
    let client = find(tx, id)?;
    if client.is_public() {
        return Err(Declined::because("a public client has no secret").into());
    }
    let until = after(tx.now, overlap);
    let live = client_secrets::list(tx.conn, id)?;
    // Two live at once at the most: the newest stays for the overlap, older ones end now.
    for (position, secret) in live.iter().enumerate() {
        let ends = if position == 0 { until } else { tx.now };
        if secret.expires_at.is_none_or(|at| at > ends) {
            client_secrets::expire(tx.conn, &secret.id, ends)?;
        }
    }
    let made = make(tx, id)?;
    tx.record(Trace::of(EventKind::ClientSecretRotated, Actor::Operator).client(id))?;
    Ok(made)
}

/// Switches a client off (its grants end) or on again (they stay ended).
///
/// # Errors
/// [`Declined`] for an unknown client; a fault.
pub fn set_disabled(tx: &mut Tx<'_>, id: &ClientId, disabled: bool) -> Result<(), Failure<Declined>> {
    if !clients::set_disabled(tx.conn, id, disabled.then_some(tx.now), tx.now)? {
        return Err(unknown(id).into());
    }
    if disabled {
        grants::revoke_of_client(tx.conn, id, tx.now)?;
    }
    let kind = if disabled { EventKind::ClientDisabled } else { EventKind::ClientEnabled };
    Ok(tx.record(Trace::of(kind, Actor::Operator).client(id))?)
}

/// Removes a client with all that hangs off it.
///
/// # Errors
/// [`Declined`] for an unknown client; a fault.
pub fn remove(tx: &mut Tx<'_>, id: &ClientId) -> Result<(), Failure<Declined>> {
    if !clients::remove(tx.conn, id)? {
        return Err(unknown(id).into());
    }
    Ok(tx.record(Trace::of(EventKind::ClientRemoved, Actor::Operator).client(id))?)
}

/// One client.
///
/// # Errors
/// [`Declined`] for an unknown client; a fault.
pub fn find(tx: &mut Tx<'_>, id: &ClientId) -> Result<Client, Failure<Declined>> {
    clients::find(tx.conn, id)?.ok_or_else(|| unknown(id).into())
}

/// All clients, in the order of their ids.
///
/// # Errors
/// A fault of the database.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Client>, Fault> {
    clients::list(tx.conn, None, i64::MAX)
}

fn unknown(id: &ClientId) -> Declined {
    Declined::because(format!("no client has the id {id}; `cardea client list` shows them"))
}

fn make(tx: &mut Tx<'_>, client: &ClientId) -> Result<OpaqueToken, Fault> {
    let id: ClientSecretId = tx.id()?;
    let token = random::token(Kind::Client, id.as_str())?;
    insert(tx, id, client, &token.expose())?;
    Ok(token)
}

/// Whether a client may bring this secret along.
fn is_fit(client: &Client, text: &str) -> Result<(), Declined> {
    if client.is_public() {
        return Err(Declined::because("a public client has no secret; leave out --secret-stdin"));
    }
    let printable = text.bytes().all(|b| (0x20..=0x7e).contains(&b));
    if (32..=512).contains(&text.len()) && printable {
        Ok(())
    } else {
        Err(Declined::because("a secret that is brought along must have 32 to 512 printable ASCII characters"))
    }
}

fn insert(tx: &mut Tx<'_>, id: ClientSecretId, client: &ClientId, text: &str) -> Result<(), Fault> {
    let digest = digest::sha256(text.as_bytes());
    let secret = ClientSecret { id, client: client.clone(), digest, created_at: tx.now, expires_at: None };
    client_secrets::insert(tx.conn, &secret)
}

/// What a registration must not contradict (RFC 7591 2.1).
fn sensible(client: &Client) -> Result<(), Declined> {
    let uses = |grant_type| client.grant_types.contains(&grant_type);
    let name = client.name.trim();
    if name.is_empty() || name.chars().count() > 100 || name.contains(char::is_control) {
        return Err(Declined::because("--name must have 1 to 100 characters"));
    }
    if client.grant_types.is_empty() {
        return Err(Declined::because("a client needs at least one --grant"));
    }
    if uses(GrantType::AuthorizationCode) && client.redirect_uris.is_empty() {
        return Err(Declined::because("authorization_code needs a --redirect-uri"));
    }
    if uses(GrantType::RefreshToken) && !uses(GrantType::AuthorizationCode) {
        return Err(Declined::because("refresh_token needs authorization_code too"));
    }
    if client.is_public() && uses(GrantType::ClientCredentials) {
        return Err(Declined::because(
            "a public client cannot use client_credentials; it has nothing to prove itself with",
        ));
    }
    if client.is_public() && client.may_introspect {
        return Err(Declined::because("a public client cannot introspect; it has nothing to prove itself with"));
    }
    if client.auth_method == AuthMethod::None && !client.require_pkce {
        return Err(Declined::because("a public client must use PKCE; leave out --no-pkce"));
    }
    Ok(())
}
