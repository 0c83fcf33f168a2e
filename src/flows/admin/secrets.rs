//! The house's own secrets (the password pepper, the key of the form tokens), and moving all sealed data to a new master key.

use crate::crypto::random;
use crate::domain::error::Fault;
use crate::domain::event::{Actor, EventKind};
use crate::domain::id::RefreshTokenId;
use crate::domain::secret::Secret;
use crate::flows::protocol::token;
use crate::flows::{Trace, Tx};
use crate::store::{refresh_tokens, server_secrets, signing_keys};

/// The pepper of the passwords.
pub const PEPPER: &str = "password_pepper";
/// The key of the form tokens.
pub const FORMS: &str = "form_tokens";

/// A secret of the house; made by whichever node starts first.
///
/// # Errors
/// A fault of the database, or of the master key.
pub fn obtain(tx: &mut Tx<'_>, name: &'static str) -> Result<Secret, Fault> {
    if server_secrets::find(tx.conn, name)?.is_none() {
        let sealed = tx.masters.seal(&purpose(name), random::secret()?.expose())?;
        server_secrets::insert_new(tx.conn, name, &sealed, tx.now)?;
    }
    let sealed =
        server_secrets::find(tx.conn, name)?.ok_or_else(|| Fault::internal("server_secrets: a row has vanished"))?;
    let opened = tx.masters.open(&purpose(name), &sealed)?;
    let bytes: [u8; 32] =
        opened.as_slice().try_into().map_err(|_| Fault::internal("server_secrets.sealed: not 32 bytes"))?;
    Ok(Secret::new(bytes))
}

/// Seals everything that is not sealed under the current master key again. Returns how many rows moved.
///
/// # Errors
/// A fault of the database, or of a master key that is missing.
pub fn reseal(tx: &mut Tx<'_>) -> Result<u64, Fault> {
    let mut moved = 0;
    for (name, sealed) in server_secrets::list(tx.conn)? {
        if let Some(again) = again(tx, &purpose(&name), &sealed)? {
            server_secrets::reseal(tx.conn, &name, &again)?;
            moved += 1;
        }
    }
    for key in signing_keys::list(tx.conn)? {
        if let Some(again) = again(tx, &crate::crypto::keyring::purpose(&key.id), &key.sealed_private)? {
            signing_keys::reseal(tx.conn, &key.id, &again)?;
            moved += 1;
        }
    }
    moved += successors(tx)?;
    if moved > 0 {
        tx.record(Trace::of(EventKind::SecretsRotated, Actor::Operator).detail("rows", moved))?;
    }
    Ok(moved)
}

fn successors(tx: &mut Tx<'_>) -> Result<u64, Fault> {
    let mut moved = 0;
    let mut after: Option<RefreshTokenId> = None;
    loop {
        let page = refresh_tokens::sealed(tx.conn, after.as_ref(), 500)?;
        let Some((last, _)) = page.last() else { return Ok(moved) };
        after = Some(last.clone());
        for (id, sealed) in page {
            if let Some(again) = again(tx, &token::successor_purpose(&id), &sealed)? {
                refresh_tokens::reseal(tx.conn, &id, &again)?;
                moved += 1;
            }
        }
    }
}

fn again(tx: &Tx<'_>, purpose: &str, sealed: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    if tx.masters.is_current(sealed) {
        return Ok(None);
    }
    let opened = tx.masters.open(purpose, sealed)?;
    Ok(Some(tx.masters.seal(purpose, &opened)?))
}

fn purpose(name: &str) -> String {
    format!("server_secret:{name}")
}
