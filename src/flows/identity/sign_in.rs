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

/// Begins the session of somebody whose password was right.
///
/// # Errors
/// A fault of the database.
pub fn succeed(
    tx: &mut Tx<'_>,
    user: &User,
    upgrade: Option<&PasswordHash>,
    previous: Option<&Present>,
) -> Result<Option<OpaqueToken>, Fault> {
    // The account may have been switched off while the hash was computed.
    let Some(user) = users::find(tx.conn, &user.id)?.filter(|user| user.disabled_at.is_none()) else { return Ok(None) };
    if let Some(hash) = upgrade {
        users::set_password(tx.conn, &user.id, hash, tx.now)?;
        tx.record(Trace::of(EventKind::UserPasswordUpgraded, Actor::Server).user(&user.id))?;
    }
    let token =
        sessions::begin(tx, &user, Authentication::by_password(tx.now), previous.map(|present| &present.session))?;
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
