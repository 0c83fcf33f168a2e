//! The table of the server's own secrets, by name, sealed under the master key.

use diesel::prelude::*;

use super::attempt::Attempt as _;
use super::column::moment;
use super::connection::Conn;
use super::portable::Portable;
use super::schema::server_secrets::{self, dsl};
use crate::domain::error::Fault;
use crate::domain::instant::Instant;

/// The sealed secret of this name.
///
/// # Errors
/// A fault when the database fails.
pub fn find(conn: &mut Conn, name: &str) -> Result<Option<Vec<u8>>, Fault> {
    server_secrets::table
        .filter(dsl::name.eq(name))
        .select(dsl::sealed)
        .get_result(conn)
        .optional()
        .attempt("server_secrets: find")
}

/// Keeps a secret under a name that is free; false when another node was faster. Then read what it wrote.
///
/// # Errors
/// A fault when the database fails.
pub fn insert_new(conn: &mut Conn, name: &str, sealed: &[u8], now: Instant) -> Result<bool, Fault> {
    let statement = diesel::insert_into(server_secrets::table)
        .values((dsl::name.eq(name), dsl::sealed.eq(sealed), dsl::created_at.eq(moment(now))))
        .on_conflict(dsl::name)
        .do_nothing();
    Portable(statement).execute(conn).attempt("server_secrets: insert").map(|rows| rows == 1)
}

/// Keeps a secret sealed anew.
///
/// # Errors
/// A fault when the database fails.
pub fn reseal(conn: &mut Conn, name: &str, sealed: &[u8]) -> Result<(), Fault> {
    let statement = diesel::update(server_secrets::table.filter(dsl::name.eq(name))).set(dsl::sealed.eq(sealed));
    Portable(statement).execute(conn).attempt("server_secrets: reseal").map(drop)
}

/// All names with their sealed secrets.
///
/// # Errors
/// A fault when the database fails.
pub fn list(conn: &mut Conn) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    server_secrets::table.order(dsl::name).select((dsl::name, dsl::sealed)).load(conn).attempt("server_secrets: list")
}
