//! Browser sessions: begun at sign-in with a new id, found by the cookie, ended at the server.

use crate::crypto::{digest, random};
use crate::domain::error::Fault;
use crate::domain::event::{Actor, EventKind};
use crate::domain::id::SessionId;
use crate::domain::instant::{Instant, after};
use crate::domain::secret::{Kind, OpaqueToken};
use crate::domain::session::{Authentication, Session};
use crate::domain::user::User;
use crate::flows::{Trace, Tx};
use crate::store::{grants, sessions, users};

/// Who is signed in in a browser.
#[derive(Debug, Clone)]
pub struct Present {
    /// The session.
    pub session: Session,
    /// The person.
    pub user: User,
}

/// Finds who is signed in by the session cookie. A session that was ended, has idled or expired, or whose account is
/// switched off, is nobody.
///
/// # Errors
/// A fault of the database.
pub fn present(tx: &mut Tx<'_>, cookie: Option<&str>) -> Result<Option<Present>, Fault> {
    let Some(token) = cookie.and_then(|text| OpaqueToken::parse(Kind::Session, text)) else { return Ok(None) };
    let Ok(id) = SessionId::parse(token.id()) else { return Ok(None) };
    let Some(session) = sessions::find(tx.conn, &id)? else { return Ok(None) };
    let genuine = digest::same(&session.digest, &digest::of(token.secret()));
    let idle_until = after(session.last_seen_at, tx.settings.login.session_idle);
    if !genuine || session.revoked_at.is_some() || tx.now >= session.expires_at || tx.now >= idle_until {
        return Ok(None);
    }
    let user = users::find(tx.conn, &session.user)?.filter(|user| user.disabled_at.is_none());
    Ok(user.map(|user| Present { session, user }))
}

/// Whether it is time to note that the browser was seen: at most once a minute.
#[must_use]
pub fn is_touch_due(session: &Session, now: Instant) -> bool {
    (now - session.last_seen_at).num_seconds() >= 60
}

/// Notes that the browser was seen, if that is due.
///
/// # Errors
/// A fault of the database.
pub fn touch(tx: &mut Tx<'_>, session: &Session) -> Result<(), Fault> {
    if is_touch_due(session, tx.now) {
        sessions::touch(tx.conn, &session.id, tx.now)?;
    }
    Ok(())
}

/// Begins a session and gives the new cookie. The cookie before, if any, is dead: a sign-in always changes it.
///
/// # Errors
/// A fault of the database or the random source.
pub fn begin(
    tx: &mut Tx<'_>,
    user: &User,
    authentication: Authentication,
    previous: Option<&Session>,
) -> Result<OpaqueToken, Fault> {
    if let Some(token) = renew(tx, user, &authentication, previous)? {
        return Ok(token);
    }
    // Somebody else's apps do not go on in this browser.
    if let Some(previous) = previous {
        sessions::revoke(tx.conn, &previous.id, tx.now)?;
        grants::revoke_of_session(tx.conn, &previous.id, tx.now)?;
    }
    let id: SessionId = tx.id()?;
    let (session, token) = draw(tx, id, user, authentication)?;
    sessions::insert(tx.conn, &session)?;
    Ok(token)
}

/// Signing in again as oneself changes the cookie, not the session: the apps that hang off it (`sid`) go on, and end with
/// it. Nothing, if that session was ended in another tab.
fn renew(
    tx: &mut Tx<'_>,
    user: &User,
    authentication: &Authentication,
    previous: Option<&Session>,
) -> Result<Option<OpaqueToken>, Fault> {
    let Some(previous) = previous.filter(|previous| previous.user == user.id) else { return Ok(None) };
    let (session, token) = draw(tx, previous.id.clone(), user, authentication.clone())?;
    Ok(sessions::renew(tx.conn, &session)?.then_some(token))
}

/// A session as of now, and its cookie.
fn draw(
    tx: &Tx<'_>,
    id: SessionId,
    user: &User,
    authentication: Authentication,
) -> Result<(Session, OpaqueToken), Fault> {
    let token = random::token(Kind::Session, id.as_str())?;
    let session = Session {
        id,
        digest: digest::of(token.secret()),
        user: user.id.clone(),
        authentication,
        created_at: tx.now,
        last_seen_at: tx.now,
        expires_at: after(tx.now, tx.settings.login.session_absolute),
        revoked_at: None,
        address: tx.origin.address.clone(),
        user_agent: tx.origin.user_agent.clone(),
    };
    Ok((session, token))
}

/// Ends a session at the server, and with it the grants that do not outlive it.
///
/// # Errors
/// A fault of the database.
pub fn end(tx: &mut Tx<'_>, present: &Present) -> Result<(), Fault> {
    sessions::revoke(tx.conn, &present.session.id, tx.now)?;
    grants::revoke_of_session(tx.conn, &present.session.id, tx.now)?;
    tx.record(Trace::of(EventKind::SessionEnded, Actor::Person).user(&present.user.id).session(&present.session.id))
}
