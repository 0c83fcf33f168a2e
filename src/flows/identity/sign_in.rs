//! Signing in with a password. The hash is computed between two transactions, on its own threads.

use crate::domain::error::Fault;
use crate::domain::event::{Actor, EventKind};
use crate::domain::secret::OpaqueToken;
use crate::domain::session::Authentication;
use crate::domain::user::{Email, PasswordHash, User};
use crate::flows::{Trace, Tx};
use crate::store::users;

use super::sessions::{self, Present};

/// Whom an address stands for, before anything was proved.
pub struct Candidate {
    /// The account, if there is one.
    pub user: Option<User>,
    /// Its password's hash, if it has one.
    pub hash: Option<PasswordHash>,
}

/// Looks up who is trying.
///
/// # Errors
/// A fault of the database.
pub fn candidate(tx: &mut Tx<'_>, email: &Email) -> Result<Candidate, Fault> {
    let user = users::find_by_email(tx.conn, email)?;
    let hash = match &user {
        Some(user) => users::password(tx.conn, &user.id)?,
        None => None,
    };
    Ok(Candidate { user, hash })
}

/// A password that was found right.
pub struct Proved<'a> {
    /// Whose.
    pub user: &'a User,
    /// The hash that it was compared with.
    pub hash: &'a PasswordHash,
    /// The hash to keep from now on, if that one is of another cost or kind.
    pub upgrade: Option<&'a PasswordHash>,
}

/// Begins the session of somebody whose password was right. Nothing, if the password was set anew or the account switched
/// off while the hash was computed.
///
/// # Errors
/// A fault of the database.
pub fn succeed(tx: &mut Tx<'_>, proved: &Proved<'_>, previous: Option<&Present>) -> Result<Option<OpaqueToken>, Fault> {
    let Proved { user, hash, upgrade } = proved;
    if !users::replace_password(tx.conn, &user.id, hash, upgrade.unwrap_or(hash))? {
        return Ok(None);
    }
    if upgrade.is_some() {
        tx.record(Trace::of(EventKind::UserPasswordUpgraded, Actor::Server).user(&user.id))?;
    }
    let token =
        sessions::begin(tx, user, Authentication::by_password(tx.now), previous.map(|present| &present.session))?;
    let trace = Trace::of(EventKind::SignInSucceeded, Actor::Person).user(&user.id).detail("method", "password");
    tx.record(trace)?;
    Ok(Some(token))
}

/// Leaves the trace of a failed sign-in. The address that was tried is kept only if it is an account's.
///
/// # Errors
/// A fault of the database.
pub fn fail(tx: &mut Tx<'_>, candidate: Option<&User>) -> Result<(), Fault> {
    let trace = Trace::of(EventKind::SignInFailed, Actor::Person).detail("method", "password");
    match candidate {
        Some(user) if user.disabled_at.is_some() => {
            tx.record(trace.user(&user.id).failed("the account is switched off"))
        }
        Some(user) => tx.record(trace.user(&user.id).failed("wrong password")),
        None => tx.record(trace.failed("no such account")),
    }
}
