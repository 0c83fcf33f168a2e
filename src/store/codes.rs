//! The table of authorization codes. One conditional UPDATE decides who spends a code.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::attempt::Attempt as _;
use super::column::{Table, instant, moment};
use super::connection::{Conn, either};
use super::portable::Portable;
use super::schema::codes::{self, dsl};
use super::{grants, schema};
use crate::domain::code::{Code, IssuedCode};
use crate::domain::error::Fault;
use crate::domain::grant::Grant;
use crate::domain::id::{CodeId, GrantId};
use crate::domain::instant::Instant;

const TABLE: Table = Table("codes");

/// Adds a code.
///
/// # Errors
/// A fault when the grant is not there or the database fails.
pub fn insert(conn: &mut Conn, code: &IssuedCode) -> Result<(), Fault> {
    let row = Row {
        id: code.id.as_str().to_owned(),
        grant_id: code.grant.as_str().to_owned(),
        digest: code.digest.as_bytes().to_vec(),
        redirect_uri: code.redirect_uri.clone(),
        redirect_uri_given: code.redirect_uri_given,
        code_challenge: code.code_challenge.clone(),
        nonce: code.nonce.clone(),
        created_at: moment(code.created_at),
        expires_at: moment(code.expires_at),
        used_at: None,
    };
    either!(conn, conn => diesel::insert_into(codes::table).values(row).execute(conn))
        .attempt("codes: insert")
        .map(drop)
}

/// The code of this id with its grant.
///
/// # Errors
/// A fault when the database fails or a row is broken.
pub fn find(conn: &mut Conn, id: &CodeId) -> Result<Option<Code>, Fault> {
    let found: Option<(Row, grants::Row)> = either!(conn, conn => codes::table
        .inner_join(schema::grants::table)
        .filter(dsl::id.eq(id.as_str()))
        .select((codes::all_columns, schema::grants::all_columns))
        .get_result(conn))
    .optional()
    .attempt("codes: find")?;
    let Some((row, grant)) = found else { return Ok(None) };
    let grant = Box::new(Grant::try_from(grant)?);
    let spent = row.used_at.is_some();
    let code = IssuedCode::try_from(row)?;
    Ok(Some(if spent { Code::Spent(code, grant) } else { Code::Fresh(code, grant) }))
}

/// Spends a code: true for one caller, whoever else tries at the same time.
///
/// # Errors
/// A fault when the database fails.
pub fn spend(conn: &mut Conn, id: &CodeId, now: Instant) -> Result<bool, Fault> {
    let fresh = codes::table.filter(dsl::id.eq(id.as_str())).filter(dsl::used_at.is_null());
    let statement = diesel::update(fresh).set(dsl::used_at.eq(moment(now)));
    Portable(statement).execute(conn).attempt("codes: spend").map(|rows| rows == 1)
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = codes, treat_none_as_default_value = false)]
struct Row {
    id: String,
    grant_id: String,
    digest: Vec<u8>,
    redirect_uri: String,
    redirect_uri_given: bool,
    code_challenge: Option<String>,
    nonce: Option<String>,
    created_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    used_at: Option<NaiveDateTime>,
}

impl TryFrom<Row> for IssuedCode {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        Ok(Self {
            id: CodeId::stored(row.id),
            digest: TABLE.digest("digest", &row.digest)?,
            grant: GrantId::stored(row.grant_id),
            redirect_uri: row.redirect_uri,
            redirect_uri_given: row.redirect_uri_given,
            code_challenge: row.code_challenge,
            nonce: row.nonce,
            created_at: instant(row.created_at),
            expires_at: instant(row.expires_at),
        })
    }
}
