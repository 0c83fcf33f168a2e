//! Making and changing accounts.

use crate::domain::error::{Failure, Fault};
use crate::domain::event::{Actor, EventKind};
use crate::domain::id::UserId;
use crate::domain::user::{Email, PasswordHash, User};
use crate::flows::{Trace, Tx};
use crate::store::{grants, sessions, users};

use super::Declined;

/// Makes an account.
///
/// # Errors
/// [`Declined`] when the address is taken; a fault.
pub fn add(tx: &mut Tx<'_>, user: &User, hash: &PasswordHash) -> Result<(), Failure<Declined>> {
    if !users::insert(tx.conn, user, Some(hash))? {
        return Err(Declined::because(format!("an account with the address {} exists", user.email)).into());
    }
    Ok(tx.record(Trace::of(EventKind::UserAdded, Actor::Operator).user(&user.id))?)
}

/// One account, by its id or its address.
///
/// # Errors
/// [`Declined`] when there is none; a fault.
pub fn find(tx: &mut Tx<'_>, id_or_email: &str) -> Result<User, Failure<Declined>> {
    let by_id = match UserId::parse(id_or_email) {
        Ok(id) => users::find(tx.conn, &id)?,
        Err(_) => None,
    };
    let found = match (by_id, Email::parse(id_or_email)) {
        (Some(user), _) => Some(user),
        (None, Ok(email)) => users::find_by_email(tx.conn, &email)?,
        (None, Err(_)) => None,
    };
    found.ok_or_else(|| {
        Declined::because(format!("nobody has the id or address {id_or_email}; `cardea user list` shows all")).into()
    })
}

/// All accounts, oldest first.
///
/// # Errors
/// A fault of the database.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<User>, Fault> {
    users::list(tx.conn, None, i64::MAX)
}

/// Switches an account off (its sessions and grants end) or on again (they stay ended).
///
/// # Errors
/// [`Declined`] when there is none; a fault.
pub fn set_disabled(tx: &mut Tx<'_>, id_or_email: &str, disabled: bool) -> Result<User, Failure<Declined>> {
    let user = find(tx, id_or_email)?;
    users::set_disabled(tx.conn, &user.id, disabled.then_some(tx.now), tx.now)?;
    if disabled {
        end_everything(tx, &user)?;
    }
    let kind = if disabled { EventKind::UserDisabled } else { EventKind::UserEnabled };
    tx.record(Trace::of(kind, Actor::Operator).user(&user.id))?;
    find(tx, user.id.as_str())
}

/// Sets a password. Whoever knew the old one is signed out everywhere.
///
/// # Errors
/// [`Declined`] when there is no such account; a fault.
pub fn set_password(tx: &mut Tx<'_>, user: &User, hash: &PasswordHash) -> Result<(), Failure<Declined>> {
    if !users::set_password(tx.conn, &user.id, hash, tx.now)? {
        return Err(Declined::because("the account was removed in the meantime").into());
    }
    end_everything(tx, user)?;
    Ok(tx.record(Trace::of(EventKind::UserPasswordSet, Actor::Operator).user(&user.id))?)
}

/// Removes an account with all that hangs off it.
///
/// # Errors
/// [`Declined`] when there is none; a fault.
pub fn remove(tx: &mut Tx<'_>, id_or_email: &str) -> Result<User, Failure<Declined>> {
    let user = find(tx, id_or_email)?;
    users::remove(tx.conn, &user.id)?;
    tx.record(Trace::of(EventKind::UserRemoved, Actor::Operator).user(&user.id))?;
    Ok(user)
}

fn end_everything(tx: &mut Tx<'_>, user: &User) -> Result<(), Fault> {
    sessions::revoke_of_user(tx.conn, &user.id, tx.now)?;
    grants::revoke_of_user(tx.conn, &user.id, tx.now)?;
    Ok(())
}
