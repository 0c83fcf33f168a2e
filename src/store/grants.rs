//! The table of grants. Codes and refresh tokens hang off them; to revoke one is to revoke all of it.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::attempt::Attempt as _;
use super::column::{Table, instant, moment};
use super::connection::{Conn, either};
use super::portable::Portable;
use super::schema::grants::{self, dsl};
use crate::domain::error::Fault;
use crate::domain::grant::Grant;
use crate::domain::id::{ClientId, GrantId, SessionId, UserId};
use crate::domain::instant::Instant;
use crate::domain::scope::Scope;
use crate::domain::session::Authentication;

const TABLE: Table = Table("grants");

/// Adds a grant.
///
/// # Errors
/// A fault when the person or the client is not there, or the database fails.
pub fn insert(conn: &mut Conn, grant: &Grant) -> Result<(), Fault> {
    let row = Row {
        id: grant.id.as_str().to_owned(),
        client_id: grant.client.as_str().to_owned(),
        user_id: grant.user.as_str().to_owned(),
        session_id: grant.session.as_str().to_owned(),
        scope: grant.scope.to_string(),
        claims: TABLE.to_json("claims", &grant.claims)?,
        authenticated_at: moment(grant.authentication.at),
        acr: grant.authentication.acr.clone(),
        amr: TABLE.to_json("amr", &grant.authentication.amr)?,
        offline: grant.offline,
        created_at: moment(grant.created_at),
        expires_at: moment(grant.expires_at),
        revoked_at: grant.revoked_at.map(moment),
    };
    either!(conn, conn => diesel::insert_into(grants::table).values(row).execute(conn))
        .attempt("grants: insert")
        .map(drop)
}

/// The grant of this id, whether it is live or not.
///
/// # Errors
/// A fault when the database fails or the row is broken.
pub fn find(conn: &mut Conn, id: &GrantId) -> Result<Option<Grant>, Fault> {
    let row: Option<Row> = either!(conn, conn => grants::table.filter(dsl::id.eq(id.as_str())).get_result(conn))
        .optional()
        .attempt("grants: find")?;
    row.map(Grant::try_from).transpose()
}

/// Revokes a grant and with it the family; false when it was revoked before or is not there.
///
/// # Errors
/// A fault when the database fails.
pub fn revoke(conn: &mut Conn, id: &GrantId, at: Instant) -> Result<bool, Fault> {
    let live = grants::table.filter(dsl::id.eq(id.as_str())).filter(dsl::revoked_at.is_null());
    let statement = diesel::update(live).set(dsl::revoked_at.eq(moment(at)));
    Portable(statement).execute(conn).attempt("grants: revoke").map(|rows| rows == 1)
}

/// Whether a grant still counts: two columns, for those who ask at every request.
///
/// # Errors
/// A fault when the database fails.
pub fn is_live(conn: &mut Conn, id: &GrantId, now: Instant) -> Result<bool, Fault> {
    let wanted = grants::table.filter(dsl::id.eq(id.as_str())).select((dsl::revoked_at, dsl::expires_at));
    let row: Option<(Option<NaiveDateTime>, NaiveDateTime)> =
        either!(conn, conn => wanted.get_result(conn)).optional().attempt("grants: look up")?;
    Ok(row.is_some_and(|(revoked_at, expires_at)| revoked_at.is_none() && now < instant(expires_at)))
}

/// Revokes what was granted in a session and was to end with it; `offline_access` stays.
///
/// # Errors
/// A fault when the database fails.
pub fn revoke_of_session(conn: &mut Conn, session: &SessionId, at: Instant) -> Result<usize, Fault> {
    let live = grants::table
        .filter(dsl::session_id.eq(session.as_str()))
        .filter(dsl::offline.eq(false))
        .filter(dsl::revoked_at.is_null());
    let statement = diesel::update(live).set(dsl::revoked_at.eq(moment(at)));
    Portable(statement).execute(conn).attempt("grants: revoke a session's")
}

/// Revokes all that a person has granted, `offline_access` too.
///
/// # Errors
/// A fault when the database fails.
pub fn revoke_of_user(conn: &mut Conn, user: &UserId, at: Instant) -> Result<usize, Fault> {
    let live = grants::table.filter(dsl::user_id.eq(user.as_str())).filter(dsl::revoked_at.is_null());
    let statement = diesel::update(live).set(dsl::revoked_at.eq(moment(at)));
    Portable(statement).execute(conn).attempt("grants: revoke a person's")
}

/// Revokes all that was granted to a client.
///
/// # Errors
/// A fault when the database fails.
pub fn revoke_of_client(conn: &mut Conn, client: &ClientId, at: Instant) -> Result<usize, Fault> {
    let live = grants::table.filter(dsl::client_id.eq(client.as_str())).filter(dsl::revoked_at.is_null());
    let statement = diesel::update(live).set(dsl::revoked_at.eq(moment(at)));
    Portable(statement).execute(conn).attempt("grants: revoke a client's")
}

/// A grant's row; codes and refresh tokens are read together with it.
#[derive(Queryable, Insertable)]
#[diesel(table_name = grants, treat_none_as_default_value = false)]
pub(super) struct Row {
    id: String,
    client_id: String,
    user_id: String,
    session_id: String,
    scope: String,
    claims: String,
    authenticated_at: NaiveDateTime,
    acr: String,
    amr: String,
    offline: bool,
    created_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    revoked_at: Option<NaiveDateTime>,
}

impl TryFrom<Row> for Grant {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        Ok(Self {
            id: GrantId::stored(row.id),
            client: TABLE.client_id(&row.client_id)?,
            user: UserId::stored(row.user_id),
            session: SessionId::stored(row.session_id),
            scope: Scope::stored(&row.scope),
            claims: TABLE.json("claims", &row.claims)?,
            authentication: Authentication {
                at: instant(row.authenticated_at),
                acr: row.acr,
                amr: TABLE.json("amr", &row.amr)?,
            },
            offline: row.offline,
            created_at: instant(row.created_at),
            expires_at: instant(row.expires_at),
            revoked_at: row.revoked_at.map(instant),
        })
    }
}
