//! The table of signing keys; the private halves are sealed under the master key.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::attempt::Attempt as _;
use super::column::{Table, instant, moment};
use super::connection::{Conn, either};
use super::portable::Portable;
use super::schema::signing_keys::{self, dsl};
use crate::domain::error::Fault;
use crate::domain::id::KeyId;
use crate::domain::instant::Instant;
use crate::domain::key::SigningKey;

const TABLE: Table = Table("signing_keys");

/// All keys, oldest first.
///
/// # Errors
/// A fault when the database fails or a row is broken.
pub fn list(conn: &mut Conn) -> Result<Vec<SigningKey>, Fault> {
    let rows: Vec<Row> = either!(conn, conn => signing_keys::table.order((dsl::created_at, dsl::id)).load(conn))
        .attempt("signing_keys: list")?;
    rows.into_iter().map(SigningKey::try_from).collect()
}

/// Adds a key.
///
/// # Errors
/// A fault when the database fails.
pub fn insert(conn: &mut Conn, key: &SigningKey) -> Result<(), Fault> {
    let row = Row {
        id: key.id.as_str().to_owned(),
        algorithm: key.algorithm.to_string(),
        public_jwk: key.public_jwk.clone(),
        sealed_private: key.sealed_private.clone(),
        created_at: moment(key.created_at),
        activates_at: moment(key.activates_at),
        expires_at: key.expires_at.map(moment),
    };
    let statement = diesel::insert_into(signing_keys::table).values(row);
    either!(conn, conn => statement.execute(conn)).attempt("signing_keys: insert").map(drop)
}

/// Sets when a key leaves the JWKS.
///
/// # Errors
/// A fault when the database fails.
pub fn expire(conn: &mut Conn, id: &KeyId, at: Instant) -> Result<(), Fault> {
    let statement =
        diesel::update(signing_keys::table.filter(dsl::id.eq(id.as_str()))).set(dsl::expires_at.eq(moment(at)));
    Portable(statement).execute(conn).attempt("signing_keys: expire").map(drop)
}

/// Removes the keys that have left the JWKS.
///
/// # Errors
/// A fault when the database fails.
pub fn remove_expired(conn: &mut Conn, now: Instant) -> Result<usize, Fault> {
    let statement = diesel::delete(signing_keys::table.filter(dsl::expires_at.le(moment(now))));
    Portable(statement).execute(conn).attempt("signing_keys: remove expired")
}

/// Keeps a private key sealed anew.
///
/// # Errors
/// A fault when the database fails.
pub fn reseal(conn: &mut Conn, id: &KeyId, sealed: &[u8]) -> Result<(), Fault> {
    let statement =
        diesel::update(signing_keys::table.filter(dsl::id.eq(id.as_str()))).set(dsl::sealed_private.eq(sealed));
    Portable(statement).execute(conn).attempt("signing_keys: reseal").map(drop)
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = signing_keys, treat_none_as_default_value = false)]
struct Row {
    id: String,
    algorithm: String,
    public_jwk: String,
    sealed_private: Vec<u8>,
    created_at: NaiveDateTime,
    activates_at: NaiveDateTime,
    expires_at: Option<NaiveDateTime>,
}

impl TryFrom<Row> for SigningKey {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        Ok(Self {
            id: KeyId::stored(row.id),
            algorithm: TABLE.word("algorithm", &row.algorithm)?,
            public_jwk: row.public_jwk,
            sealed_private: row.sealed_private,
            created_at: instant(row.created_at),
            activates_at: instant(row.activates_at),
            expires_at: row.expires_at.map(instant),
        })
    }
}
