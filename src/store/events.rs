//! The table of audit events, written in the transaction of the change they tell of.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::attempt::Attempt as _;
use super::column::{Table, instant, moment};
use super::connection::{Conn, either};
use super::schema::events::{self, dsl};
use crate::domain::error::Fault;
use crate::domain::event::{Event, Origin};
use crate::domain::id::{ClientId, EventId, GrantId, SessionId, UserId};

const TABLE: Table = Table("events");

/// Writes an event.
///
/// # Errors
/// A fault when the database fails.
pub fn insert(conn: &mut Conn, event: &Event) -> Result<(), Fault> {
    let values = (
        dsl::id.eq(event.id.as_str()),
        dsl::at.eq(moment(event.at)),
        dsl::kind.eq(event.kind.as_str()),
        dsl::outcome.eq(event.outcome.as_str()),
        dsl::actor.eq(event.actor.as_str()),
        dsl::user_id.eq(event.user.as_ref().map(UserId::as_str)),
        dsl::client_id.eq(event.client.as_ref().map(ClientId::as_str)),
        dsl::session_id.eq(event.session.as_ref().map(SessionId::as_str)),
        dsl::grant_id.eq(event.grant.as_ref().map(GrantId::as_str)),
        dsl::address.eq(&event.origin.address),
        dsl::user_agent.eq(&event.origin.user_agent),
        dsl::request_id.eq(&event.origin.request_id),
        dsl::detail.eq(TABLE.to_json("detail", &event.detail)?),
    );
    either!(conn, conn => diesel::insert_into(events::table).values(values).execute(conn))
        .attempt("events: insert")
        .map(drop)
}

/// Up to `limit` events, oldest first, beginning behind `after`.
///
/// # Errors
/// A fault when the database fails or a row is broken.
pub fn list(conn: &mut Conn, after: Option<&EventId>, limit: i64) -> Result<Vec<Event>, Fault> {
    let rows: Vec<Row> = either!(conn, conn => events::table
        .filter(dsl::id.gt(after.map_or("", EventId::as_str)))
        .order(dsl::id)
        .limit(limit)
        .load(conn))
    .attempt("events: list")?;
    rows.into_iter().map(Event::try_from).collect()
}

#[derive(Queryable)]
struct Row {
    id: String,
    at: NaiveDateTime,
    kind: String,
    outcome: String,
    actor: String,
    user_id: Option<String>,
    client_id: Option<String>,
    session_id: Option<String>,
    grant_id: Option<String>,
    address: String,
    user_agent: String,
    request_id: String,
    detail: String,
}

impl TryFrom<Row> for Event {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        Ok(Self {
            id: EventId::stored(row.id),
            at: instant(row.at),
            kind: TABLE.word("kind", &row.kind)?,
            outcome: TABLE.word("outcome", &row.outcome)?,
            actor: TABLE.word("actor", &row.actor)?,
            user: row.user_id.map(UserId::stored),
            client: row.client_id.as_deref().map(|id| TABLE.client_id(id)).transpose()?,
            session: row.session_id.map(SessionId::stored),
            grant: row.grant_id.map(GrantId::stored),
            origin: Origin { address: row.address, user_agent: row.user_agent, request_id: row.request_id },
            detail: TABLE.json("detail", &row.detail)?,
        })
    }
}
