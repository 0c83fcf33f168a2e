//! The table of browser sessions: the digest of each cookie, and how the person signed in.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::attempt::Attempt as _;
use super::column::{Table, instant, moment};
use super::connection::{Conn, either};
use super::portable::Portable;
use super::schema::sessions::{self, dsl};
use crate::domain::error::Fault;
use crate::domain::id::{SessionId, UserId};
use crate::domain::instant::Instant;
use crate::domain::session::{Authentication, Session};

const TABLE: Table = Table("sessions");

/// Adds a session.
///
/// # Errors
/// A fault when the account is not there or the database fails.
pub fn insert(conn: &mut Conn, session: &Session) -> Result<(), Fault> {
    let row = Row {
        id: session.id.as_str().to_owned(),
        digest: session.digest.as_bytes().to_vec(),
        user_id: session.user.as_str().to_owned(),
        authenticated_at: moment(session.authentication.at),
        acr: session.authentication.acr.clone(),
        amr: TABLE.to_json("amr", &session.authentication.amr)?,
        created_at: moment(session.created_at),
        last_seen_at: moment(session.last_seen_at),
        expires_at: moment(session.expires_at),
        revoked_at: session.revoked_at.map(moment),
        address: session.address.clone(),
        user_agent: session.user_agent.clone(),
    };
    either!(conn, conn => diesel::insert_into(sessions::table).values(row).execute(conn))
        .attempt("sessions: insert")
        .map(drop)
}

/// The session of this id, whether it is live or not.
///
/// # Errors
/// A fault when the database fails or the row is broken.
pub fn find(conn: &mut Conn, id: &SessionId) -> Result<Option<Session>, Fault> {
    let row: Option<Row> = either!(conn, conn => sessions::table.filter(dsl::id.eq(id.as_str())).get_result(conn))
        .optional()
        .attempt("sessions: find")?;
    row.map(Session::try_from).transpose()
}

/// Notes when the browser was last seen.
///
/// # Errors
/// A fault when the database fails.
pub fn touch(conn: &mut Conn, id: &SessionId, at: Instant) -> Result<(), Fault> {
    let statement =
        diesel::update(sessions::table.filter(dsl::id.eq(id.as_str()))).set(dsl::last_seen_at.eq(moment(at)));
    Portable(statement).execute(conn).attempt("sessions: touch").map(drop)
}

/// Writes a new cookie, sign-in and end into a live session; false when it was ended or is not there.
///
/// # Errors
/// A fault when the database fails.
pub fn renew(conn: &mut Conn, session: &Session) -> Result<bool, Fault> {
    let live = sessions::table.filter(dsl::id.eq(session.id.as_str())).filter(dsl::revoked_at.is_null());
    let statement = diesel::update(live).set((
        dsl::digest.eq(session.digest.as_bytes().to_vec()),
        dsl::authenticated_at.eq(moment(session.authentication.at)),
        dsl::acr.eq(session.authentication.acr.clone()),
        dsl::amr.eq(TABLE.to_json("amr", &session.authentication.amr)?),
        dsl::last_seen_at.eq(moment(session.last_seen_at)),
        dsl::expires_at.eq(moment(session.expires_at)),
    ));
    Portable(statement).execute(conn).attempt("sessions: renew").map(|rows| rows == 1)
}

/// Ends a session; false when it was ended before or is not there.
///
/// # Errors
/// A fault when the database fails.
pub fn revoke(conn: &mut Conn, id: &SessionId, at: Instant) -> Result<bool, Fault> {
    let live = sessions::table.filter(dsl::id.eq(id.as_str())).filter(dsl::revoked_at.is_null());
    let statement = diesel::update(live).set(dsl::revoked_at.eq(moment(at)));
    Portable(statement).execute(conn).attempt("sessions: revoke").map(|rows| rows == 1)
}

/// Ends all of a person's sessions and says how many there were.
///
/// # Errors
/// A fault when the database fails.
pub fn revoke_of_user(conn: &mut Conn, user: &UserId, at: Instant) -> Result<usize, Fault> {
    let live = sessions::table.filter(dsl::user_id.eq(user.as_str())).filter(dsl::revoked_at.is_null());
    let statement = diesel::update(live).set(dsl::revoked_at.eq(moment(at)));
    Portable(statement).execute(conn).attempt("sessions: revoke a person's")
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
struct Row {
    id: String,
    digest: Vec<u8>,
    user_id: String,
    authenticated_at: NaiveDateTime,
    acr: String,
    amr: String,
    created_at: NaiveDateTime,
    last_seen_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    revoked_at: Option<NaiveDateTime>,
    address: String,
    user_agent: String,
}

impl TryFrom<Row> for Session {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        Ok(Self {
            id: SessionId::stored(row.id),
            digest: TABLE.digest("digest", &row.digest)?,
            user: UserId::stored(row.user_id),
            authentication: Authentication {
                at: instant(row.authenticated_at),
                acr: row.acr,
                amr: TABLE.json("amr", &row.amr)?,
            },
            created_at: instant(row.created_at),
            last_seen_at: instant(row.last_seen_at),
            expires_at: instant(row.expires_at),
            revoked_at: row.revoked_at.map(instant),
            address: row.address,
            user_agent: row.user_agent,
        })
    }
}
