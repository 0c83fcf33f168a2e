//! The table of consents: one row for each person and client.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::upsert::excluded;

use super::attempt::Attempt as _;
use super::column::{instant, moment};
use super::connection::{Conn, either};
use super::portable::Portable;
use super::schema::consents::{self, dsl};
use crate::domain::consent::Consent;
use crate::domain::error::Fault;
use crate::domain::id::{ClientId, UserId};
use crate::domain::scope::Scope;

/// What this person has allowed this client.
///
/// # Errors
/// A fault when the database fails.
pub fn find(conn: &mut Conn, user: &UserId, client: &ClientId) -> Result<Option<Consent>, Fault> {
    let row: Option<(String, NaiveDateTime)> = either!(conn, conn => consents::table
        .filter(dsl::user_id.eq(user.as_str()))
        .filter(dsl::client_id.eq(client.as_str()))
        .select((dsl::scope, dsl::granted_at))
        .get_result(conn))
    .optional()
    .attempt("consents: find")?;
    Ok(row.map(|(scope, granted_at)| Consent {
        user: user.clone(),
        client: client.clone(),
        scope: Scope::stored(&scope),
        granted_at: instant(granted_at),
    }))
}

/// Keeps a consent in the place of an earlier one.
///
/// # Errors
/// A fault when the person or the client is not there, or the database fails.
pub fn put(conn: &mut Conn, consent: &Consent) -> Result<(), Fault> {
    let statement = diesel::insert_into(consents::table)
        .values((
            dsl::user_id.eq(consent.user.as_str()),
            dsl::client_id.eq(consent.client.as_str()),
            dsl::scope.eq(consent.scope.to_string()),
            dsl::granted_at.eq(moment(consent.granted_at)),
        ))
        .on_conflict((dsl::user_id, dsl::client_id))
        .do_update()
        .set((dsl::scope.eq(excluded(dsl::scope)), dsl::granted_at.eq(excluded(dsl::granted_at))));
    Portable(statement).execute(conn).attempt("consents: put").map(drop)
}

/// Forgets a consent; false when there was none.
///
/// # Errors
/// A fault when the database fails.
pub fn remove(conn: &mut Conn, user: &UserId, client: &ClientId) -> Result<bool, Fault> {
    let one = consents::table.filter(dsl::user_id.eq(user.as_str())).filter(dsl::client_id.eq(client.as_str()));
    Portable(diesel::delete(one)).execute(conn).attempt("consents: remove").map(|rows| rows == 1)
}
