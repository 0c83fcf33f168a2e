//! The sweeper: takes out of every table that grows by traffic what no answer depends on any more, a little at a time.

use std::time::Duration;

use diesel::RunQueryDsl as _;
use diesel::sql_types::{BigInt, Timestamp};

use super::attempt::Attempt as _;
use super::column::moment;
use super::connection::Conn;
use super::signing_keys;
use crate::domain::error::Fault;
use crate::domain::instant::{Instant, before};

/// How long a thing is kept after it has expired. The longest access token lives this long: until then a revoked grant
/// must be known as revoked, and a replayed code must find the grant that it revokes. A person who comes back to an
/// expired sign-in page is offered the way back to the app.
const AFTERLIFE: Duration = Duration::from_hours(24);

const INTERACTIONS: Sweep = Sweep {
    table: "sweeping interactions",
    statement: "DELETE FROM interactions WHERE id IN (SELECT id FROM interactions WHERE expires_at < $1 LIMIT $2)",
};
const CODES: Sweep = Sweep {
    table: "sweeping codes",
    statement: "DELETE FROM codes WHERE id IN (SELECT id FROM codes WHERE expires_at < $1 LIMIT $2)",
};
/// Refresh tokens stay as long as their grant: a replay of the oldest still revokes the family. They go before it, so that
/// one long-lived grant does not take thousands of rows in one statement.
const REFRESH_TOKENS: Sweep = Sweep {
    table: "sweeping refresh_tokens",
    statement: "DELETE FROM refresh_tokens WHERE id IN (SELECT t.id FROM grants g JOIN refresh_tokens t \
                ON t.grant_id = g.id WHERE g.expires_at < $1 LIMIT $2)",
};
const GRANTS: Sweep = Sweep {
    table: "sweeping grants",
    statement: "DELETE FROM grants WHERE id IN (SELECT g.id FROM grants g WHERE g.expires_at < $1 \
                AND NOT EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.grant_id = g.id) LIMIT $2)",
};
const SESSIONS: Sweep = Sweep {
    table: "sweeping sessions",
    statement: "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 LIMIT $2)",
};
const REVOKED_TOKENS: Sweep = Sweep {
    table: "sweeping revoked_tokens",
    statement: "DELETE FROM revoked_tokens WHERE id IN (SELECT id FROM revoked_tokens WHERE expires_at < $1 LIMIT $2)",
};
const CLIENT_SECRETS: Sweep = Sweep {
    table: "sweeping client_secrets",
    statement: "DELETE FROM client_secrets WHERE id IN (SELECT id FROM client_secrets WHERE expires_at < $1 LIMIT $2)",
};
const EVENTS: Sweep = Sweep {
    table: "sweeping events",
    statement: "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < $1 LIMIT $2)",
};

/// One table's part. Written in SQL: diesel does not let a DELETE select from its own table. Both databases read `$1`, the
/// moment before which a row goes, and `$2`, how many go at most.
struct Sweep {
    table: &'static str,
    statement: &'static str,
}

impl Sweep {
    fn run(&self, conn: &mut Conn, before: Instant, batch: i64) -> Result<usize, Fault> {
        diesel::sql_query(self.statement)
            .bind::<Timestamp, _>(moment(before))
            .bind::<BigInt, _>(batch)
            .execute(conn)
            .attempt(self.table)
    }
}

/// Removes up to `batch` rows from each table: events before `retention_cutoff`, everything else by its expiry. Returns
/// how many rows went; while that is not zero, there may be more.
///
/// # Errors
/// A fault when the database fails.
pub fn sweep(conn: &mut Conn, now: Instant, retention_cutoff: Instant, batch: i64) -> Result<usize, Fault> {
    let gone = before(now, AFTERLIFE);
    let mut removed = 0;
    for part in [INTERACTIONS, CODES, REFRESH_TOKENS, GRANTS, SESSIONS] {
        removed += part.run(conn, gone, batch)?;
    }
    for part in [REVOKED_TOKENS, CLIENT_SECRETS] {
        removed += part.run(conn, now, batch)?;
    }
    removed += EVENTS.run(conn, retention_cutoff, batch)?;
    Ok(removed + signing_keys::remove_expired(conn, now)?)
}
