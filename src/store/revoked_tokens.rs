//! The table of access tokens that were revoked one by one. A row stays until its token would have expired anyway.

use diesel::dsl::{exists, select};
use diesel::prelude::*;

use super::attempt::Attempt as _;
use super::column::moment;
use super::connection::{Conn, either};
use super::portable::Portable;
use super::schema::revoked_tokens::{self, dsl};
use crate::domain::error::Fault;
use crate::domain::id::TokenId;
use crate::domain::instant::Instant;

/// Revokes an access token; to do so twice is the same as once.
///
/// # Errors
/// A fault when the database fails.
pub fn insert(conn: &mut Conn, id: &TokenId, expires_at: Instant, now: Instant) -> Result<(), Fault> {
    let statement = diesel::insert_into(revoked_tokens::table)
        .values((dsl::id.eq(id.as_str()), dsl::revoked_at.eq(moment(now)), dsl::expires_at.eq(moment(expires_at))))
        .on_conflict(dsl::id)
        .do_nothing();
    Portable(statement).execute(conn).attempt("revoked_tokens: insert").map(drop)
}

/// Whether an access token was revoked.
///
/// # Errors
/// A fault when the database fails.
pub fn contains(conn: &mut Conn, id: &TokenId) -> Result<bool, Fault> {
    let wanted = select(exists(revoked_tokens::table.filter(dsl::id.eq(id.as_str()))));
    either!(conn, conn => wanted.get_result(conn)).attempt("revoked_tokens: look up")
}
