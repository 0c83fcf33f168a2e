//! The table of authorization requests that wait for a person.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::attempt::Attempt as _;
use super::column::{Table, instant, moment};
use super::connection::{Conn, either};
use super::portable::Portable;
use super::schema::interactions::{self, dsl};
use crate::domain::error::Fault;
use crate::domain::id::{InteractionId, SessionId};
use crate::domain::instant::Instant;
use crate::domain::interaction::{Decision, Interaction};

const TABLE: Table = Table("interactions");

/// Adds a pending request.
///
/// # Errors
/// A fault when the client is not there or the database fails.
pub fn insert(conn: &mut Conn, interaction: &Interaction) -> Result<(), Fault> {
    let (decision, session) = words(&interaction.decision);
    let row = Row {
        id: interaction.id.as_str().to_owned(),
        client_id: interaction.client.as_str().to_owned(),
        parameters: TABLE.to_json("parameters", &interaction.parameters)?,
        browser: interaction.browser.as_bytes().to_vec(),
        decision: decision.to_owned(),
        session_id: session.map(str::to_owned),
        created_at: moment(interaction.created_at),
        expires_at: moment(interaction.expires_at),
        finished_at: interaction.finished_at.map(moment),
    };
    let statement = diesel::insert_into(interactions::table).values(row);
    either!(conn, conn => statement.execute(conn)).attempt("interactions: insert").map(drop)
}

/// The request of this id, whether it can still be continued or not.
///
/// # Errors
/// A fault when the database fails or the row is broken.
pub fn find(conn: &mut Conn, id: &InteractionId) -> Result<Option<Interaction>, Fault> {
    let row: Option<Row> = either!(conn, conn => interactions::table.filter(dsl::id.eq(id.as_str())).get_result(conn))
        .optional()
        .attempt("interactions: find")?;
    row.map(Interaction::try_from).transpose()
}

/// Notes what the person answered; false when the request is finished or not there.
///
/// # Errors
/// A fault when the database fails.
pub fn decide(conn: &mut Conn, id: &InteractionId, decision: &Decision) -> Result<bool, Fault> {
    let (decision, session) = words(decision);
    let unfinished = interactions::table.filter(dsl::id.eq(id.as_str())).filter(dsl::finished_at.is_null());
    let statement = diesel::update(unfinished).set((dsl::decision.eq(decision), dsl::session_id.eq(session)));
    Portable(statement).execute(conn).attempt("interactions: decide").map(|rows| rows == 1)
}

/// Finishes a request, once: false when somebody else did before, or it is not there.
///
/// # Errors
/// A fault when the database fails.
pub fn finish(conn: &mut Conn, id: &InteractionId, at: Instant) -> Result<bool, Fault> {
    let unfinished = interactions::table.filter(dsl::id.eq(id.as_str())).filter(dsl::finished_at.is_null());
    let statement = diesel::update(unfinished).set(dsl::finished_at.eq(moment(at)));
    Portable(statement).execute(conn).attempt("interactions: finish").map(|rows| rows == 1)
}

fn words(decision: &Decision) -> (&'static str, Option<&str>) {
    match decision {
        Decision::Open => ("open", None),
        Decision::Chosen(session) => ("chosen", Some(session.as_str())),
        Decision::Allowed(session) => ("allowed", Some(session.as_str())),
        Decision::Denied(session) => ("denied", Some(session.as_str())),
    }
}

fn decision(word: &str, session: Option<String>) -> Result<Decision, Fault> {
    let session = session.map(SessionId::stored).ok_or("session_id");
    match (word, session) {
        ("open", _) => Ok(Decision::Open),
        ("chosen", Ok(session)) => Ok(Decision::Chosen(session)),
        ("allowed", Ok(session)) => Ok(Decision::Allowed(session)),
        ("denied", Ok(session)) => Ok(Decision::Denied(session)),
        ("chosen" | "allowed" | "denied", Err(column)) => Err(TABLE.broken(column, "missing")),
        (_, _) => Err(TABLE.broken("decision", "neither open, chosen, allowed nor denied")),
    }
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = interactions, treat_none_as_default_value = false)]
struct Row {
    id: String,
    client_id: String,
    parameters: String,
    browser: Vec<u8>,
    decision: String,
    session_id: Option<String>,
    created_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    finished_at: Option<NaiveDateTime>,
}

impl TryFrom<Row> for Interaction {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        Ok(Self {
            id: InteractionId::stored(row.id),
            client: TABLE.client_id(&row.client_id)?,
            parameters: TABLE.json("parameters", &row.parameters)?,
            browser: TABLE.digest("browser", &row.browser)?,
            decision: decision(&row.decision, row.session_id)?,
            created_at: instant(row.created_at),
            expires_at: instant(row.expires_at),
            finished_at: row.finished_at.map(instant),
        })
    }
}
