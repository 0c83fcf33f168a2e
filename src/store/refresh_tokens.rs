//! The table of refresh tokens: families that hang off a grant, each token with a look back to its successor.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::attempt::Attempt as _;
use super::column::{Table, instant, moment};
use super::connection::{Conn, either};
use super::portable::Portable;
use super::schema::refresh_tokens::{self, dsl};
use super::{grants, schema};
use crate::domain::error::Fault;
use crate::domain::grant::Grant;
use crate::domain::id::{GrantId, RefreshTokenId};
use crate::domain::instant::Instant;
use crate::domain::token::{IssuedRefreshToken, RefreshToken, Rotation};

const TABLE: Table = Table("refresh_tokens");

/// Adds a refresh token.
///
/// # Errors
/// A fault when the grant is not there or the database fails.
pub fn insert(conn: &mut Conn, token: &IssuedRefreshToken) -> Result<(), Fault> {
    let row = Row {
        id: token.id.as_str().to_owned(),
        grant_id: token.grant.as_str().to_owned(),
        digest: token.digest.as_bytes().to_vec(),
        parent_id: token.parent.as_ref().map(|parent| parent.as_str().to_owned()),
        created_at: moment(token.created_at),
        expires_at: moment(token.expires_at),
        used_at: None,
        successor_id: None,
        sealed_successor: None,
    };
    let statement = diesel::insert_into(refresh_tokens::table).values(row);
    either!(conn, conn => statement.execute(conn)).attempt("refresh_tokens: insert").map(drop)
}

/// The refresh token of this id with its grant; for a used one also what became of its successor.
///
/// # Errors
/// A fault when the database fails or a row is broken.
pub fn find(conn: &mut Conn, id: &RefreshTokenId) -> Result<Option<RefreshToken>, Fault> {
    let found: Option<(Row, grants::Row)> = either!(conn, conn => refresh_tokens::table
        .inner_join(schema::grants::table)
        .filter(dsl::id.eq(id.as_str()))
        .select((refresh_tokens::all_columns, schema::grants::all_columns))
        .get_result(conn))
    .optional()
    .attempt("refresh_tokens: find")?;
    let Some((mut row, grant)) = found else { return Ok(None) };
    let grant = Box::new(Grant::try_from(grant)?);
    let rotation = match row.used_at.take() {
        None => None,
        Some(used_at) => Some(rotation(conn, used_at, row.successor_id.take(), row.sealed_successor.take())?),
    };
    let token = IssuedRefreshToken::try_from(row)?;
    Ok(Some(match rotation {
        None => RefreshToken::Fresh(token, grant),
        Some(rotation) => RefreshToken::Rotated(token, rotation, grant),
    }))
}

/// A used token is the rare case, so its successor is looked up apart.
fn rotation(
    conn: &mut Conn,
    used_at: NaiveDateTime,
    successor: Option<String>,
    sealed: Option<Vec<u8>>,
) -> Result<Rotation, Fault> {
    let successor = successor.ok_or_else(|| TABLE.broken("successor_id", "missing in a used token"))?;
    let used: Option<Option<NaiveDateTime>> = either!(conn, conn => refresh_tokens::table
        .filter(dsl::id.eq(successor.as_str()))
        .select(dsl::used_at)
        .get_result(conn))
    .optional()
    .attempt("refresh_tokens: find successor")?;
    Ok(Rotation {
        used_at: instant(used_at),
        successor: RefreshTokenId::stored(successor),
        sealed_successor: sealed.ok_or_else(|| TABLE.broken("sealed_successor", "missing in a used token"))?,
        // A successor that is no longer there cannot be handed out again either.
        successor_used: used.is_none_or(|used_at| used_at.is_some()),
    })
}

/// Uses a refresh token and notes its successor: true for one caller, whoever else tries at the same time.
///
/// # Errors
/// A fault when the database fails.
pub fn rotate(
    conn: &mut Conn,
    id: &RefreshTokenId,
    used_at: Instant,
    successor: &RefreshTokenId,
    sealed: &[u8],
) -> Result<bool, Fault> {
    let fresh = refresh_tokens::table.filter(dsl::id.eq(id.as_str())).filter(dsl::used_at.is_null());
    let statement = diesel::update(fresh).set((
        dsl::used_at.eq(moment(used_at)),
        dsl::successor_id.eq(successor.as_str()),
        dsl::sealed_successor.eq(sealed),
    ));
    Portable(statement).execute(conn).attempt("refresh_tokens: rotate").map(|rows| rows == 1)
}

/// Up to `limit` sealed successors in the order of their tokens' ids, beginning behind `after`: what moves to a new
/// master key.
///
/// # Errors
/// A fault when the database fails.
pub fn sealed(
    conn: &mut Conn,
    after: Option<&RefreshTokenId>,
    limit: i64,
) -> Result<Vec<(RefreshTokenId, Vec<u8>)>, Fault> {
    let rows: Vec<(String, Vec<u8>)> = either!(conn, conn => refresh_tokens::table
        .filter(dsl::id.gt(after.map_or("", RefreshTokenId::as_str)))
        .filter(dsl::sealed_successor.is_not_null())
        .order(dsl::id)
        .limit(limit)
        .select((dsl::id, dsl::sealed_successor.assume_not_null()))
        .load(conn))
    .attempt("refresh_tokens: list sealed")?;
    Ok(rows.into_iter().map(|(id, sealed)| (RefreshTokenId::stored(id), sealed)).collect())
}

/// Keeps a successor sealed anew.
///
/// # Errors
/// A fault when the database fails.
pub fn reseal(conn: &mut Conn, id: &RefreshTokenId, sealed: &[u8]) -> Result<(), Fault> {
    let statement =
        diesel::update(refresh_tokens::table.filter(dsl::id.eq(id.as_str()))).set(dsl::sealed_successor.eq(sealed));
    Portable(statement).execute(conn).attempt("refresh_tokens: reseal").map(drop)
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = refresh_tokens, treat_none_as_default_value = false)]
struct Row {
    id: String,
    grant_id: String,
    digest: Vec<u8>,
    parent_id: Option<String>,
    created_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    used_at: Option<NaiveDateTime>,
    successor_id: Option<String>,
    sealed_successor: Option<Vec<u8>>,
}

impl TryFrom<Row> for IssuedRefreshToken {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        Ok(Self {
            id: RefreshTokenId::stored(row.id),
            digest: TABLE.digest("digest", &row.digest)?,
            grant: GrantId::stored(row.grant_id),
            parent: row.parent_id.map(RefreshTokenId::stored),
            created_at: instant(row.created_at),
            expires_at: instant(row.expires_at),
        })
    }
}
