//! Making an account, where the house allows it.

use crate::domain::error::{Failure, Fault};
use crate::domain::event::{Actor, EventKind};
use crate::domain::secret::OpaqueToken;
use crate::domain::session::Authentication;
use crate::domain::user::{Email, Name, PasswordHash, User};
use crate::flows::{Trace, Tx};
use crate::store::users;

use super::sessions::{self, Present};

/// Somebody has that address already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken;

/// Makes the account and signs its owner in.
///
/// # Errors
/// [`Taken`]; a fault of the database.
pub fn sign_up(
    tx: &mut Tx<'_>,
    email: Email,
    name: Name,
    hash: &PasswordHash,
    previous: Option<&Present>,
) -> Result<OpaqueToken, Failure<Taken>> {
    let user = account(tx, email, name)?;
    if !users::insert(tx.conn, &user, Some(hash))? {
        return Err(Failure::Refused(Taken));
    }
    let token =
        sessions::begin(tx, &user, Authentication::by_password(tx.now), previous.map(|present| &present.session))?;
    tx.record(Trace::of(EventKind::UserSignedUp, Actor::Person).user(&user.id))?;
    tx.record(Trace::of(EventKind::SignInSucceeded, Actor::Person).user(&user.id).detail("method", "sign_up"))?;
    Ok(token)
}

fn account(tx: &Tx<'_>, email: Email, name: Name) -> Result<User, Fault> {
    Ok(User {
        id: tx.id()?,
        email,
        email_verified: false,
        name,
        roles: Vec::new(),
        disabled_at: None,
        created_at: tx.now,
        updated_at: tx.now,
    })
}
