//! The table of client secrets: digests only; two of a client's may be live at once, so that they can be rotated.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::attempt::Attempt as _;
use super::column::{Table, instant, moment};
use super::connection::{Conn, either};
use super::portable::Portable;
use super::schema::client_secrets::{self, dsl};
use crate::domain::client::ClientSecret;
use crate::domain::error::Fault;
use crate::domain::id::{ClientId, ClientSecretId};
use crate::domain::instant::Instant;

const TABLE: Table = Table("client_secrets");

/// Adds a secret.
///
/// # Errors
/// A fault when the client is not there or the database fails.
pub fn insert(conn: &mut Conn, secret: &ClientSecret) -> Result<(), Fault> {
    let row = Row {
        id: secret.id.as_str().to_owned(),
        client_id: secret.client.as_str().to_owned(),
        digest: secret.digest.as_bytes().to_vec(),
        created_at: moment(secret.created_at),
        expires_at: secret.expires_at.map(moment),
    };
    let statement = diesel::insert_into(client_secrets::table).values(row);
    either!(conn, conn => statement.execute(conn)).attempt("client_secrets: insert").map(drop)
}

/// A client's secrets, newest first; those that have expired may be among them.
///
/// # Errors
/// A fault when the database fails or a row is broken.
pub fn list(conn: &mut Conn, client: &ClientId) -> Result<Vec<ClientSecret>, Fault> {
    let rows: Vec<Row> = either!(conn, conn => client_secrets::table
        .filter(dsl::client_id.eq(client.as_str()))
        .order((dsl::created_at.desc(), dsl::id.desc()))
        .load(conn))
    .attempt("client_secrets: list")?;
    rows.into_iter().map(ClientSecret::try_from).collect()
}

/// Lets a secret end at a moment; false when there is no such secret.
///
/// # Errors
/// A fault when the database fails.
pub fn expire(conn: &mut Conn, id: &ClientSecretId, at: Instant) -> Result<bool, Fault> {
    let statement =
        diesel::update(client_secrets::table.filter(dsl::id.eq(id.as_str()))).set(dsl::expires_at.eq(moment(at)));
    Portable(statement).execute(conn).attempt("client_secrets: expire").map(|rows| rows == 1)
}

/// Removes a secret; false when there is no such secret.
///
/// # Errors
/// A fault when the database fails.
pub fn remove(conn: &mut Conn, id: &ClientSecretId) -> Result<bool, Fault> {
    let statement = diesel::delete(client_secrets::table.filter(dsl::id.eq(id.as_str())));
    Portable(statement).execute(conn).attempt("client_secrets: remove").map(|rows| rows == 1)
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = client_secrets, treat_none_as_default_value = false)]
struct Row {
    id: String,
    client_id: String,
    digest: Vec<u8>,
    created_at: NaiveDateTime,
    expires_at: Option<NaiveDateTime>,
}

impl TryFrom<Row> for ClientSecret {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        Ok(Self {
            id: ClientSecretId::stored(row.id),
            client: TABLE.client_id(&row.client_id)?,
            digest: TABLE.digest("digest", &row.digest)?,
            created_at: instant(row.created_at),
            expires_at: row.expires_at.map(instant),
        })
    }
}
