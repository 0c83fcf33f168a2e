//! Connections: which database, how each one is set up, and the pool that lends them.

use std::fmt;
use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use diesel::connection::{SimpleConnection, TransactionManager as _};
use diesel::{Connection as _, PgConnection, QueryResult, SqliteConnection};
use r2d2::{ManageConnection, Pool};

use super::attempt::{Attempt as _, is_locked};
use crate::domain::error::Fault;

/// How long SQLite waits for a lock that another process holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A PostgreSQL connection that was used this recently is lent again without asking whether it is alive.
const TRUSTED_FOR: Duration = Duration::from_millis(500);

/// One connection, to either database.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// A SQLite file.
    Sqlite(SqliteConnection),
    /// A PostgreSQL server.
    Postgres(PgConnection),
}

/// Runs a statement on the connection inside of the enum. Through the enum, diesel writes out the text of a statement
/// three times at each run, prepared or not; on the connection itself it finds the prepared one by the statement's type.
macro_rules! either {
    ($enum:expr, $conn:ident => $run:expr) => {
        match $enum {
            $crate::store::connection::Conn::Sqlite($conn) => $run,
            $crate::store::connection::Conn::Postgres($conn) => $run,
        }
    };
}
pub(super) use either;

/// Which database.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// A file; it and its folder are made when they are not there.
    Sqlite(PathBuf),
    /// A connection string as libpq reads it: `postgres://…` or `key=value`.
    Postgres(String),
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            // The connection string may hold a password.
            Self::Postgres(_) => f.write_str("Postgres(redacted)"),
        }
    }
}

/// What the store needs to know.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// Which database.
    pub target: Target,
    /// How many connections are kept: SQLite's readers, or all of PostgreSQL's.
    pub pool_size: u32,
    /// How long to wait for a connection, new or lent.
    pub connect_timeout: Duration,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Reading only, where the database can tell the difference.
    Read,
    /// Anything.
    Write,
}

/// Opens one connection and sets it up.
pub(super) fn connect(settings: &StoreSettings, access: Access) -> Result<Conn, Fault> {
    match &settings.target {
        Target::Sqlite(path) => connect_sqlite(path, access).map(Conn::Sqlite),
        Target::Postgres(text) => connect_postgres(text, settings.connect_timeout).map(Conn::Postgres),
    }
}

fn connect_sqlite(path: &Path, access: Access) -> Result<SqliteConnection, Fault> {
    let cannot = |cause: std::io::Error| {
        Fault::unavailable(format!("the database file {} cannot be opened", path.display())).caused_by(cause)
    };
    // Absolute, so that no name can be read as a URI or as SQLite's own `:memory:`.
    let path = std::path::absolute(path).map_err(cannot)?;
    if access == Access::Write && !path.exists() {
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(cannot)?;
        }
        // SQLite gives its -wal and -shm files the mode of the main file.
        OpenOptions::new().create(true).append(true).mode(0o600).open(&path).map_err(cannot)?;
    }
    let name = path.to_str().ok_or_else(|| Fault::internal("the path of the database file is not UTF-8"))?;
    let mut conn = SqliteConnection::establish(name).map_err(|cause| {
        Fault::unavailable(format!("the database file {} cannot be opened", path.display())).caused_by(cause)
    })?;
    let common = format!(
        "PRAGMA busy_timeout = {}; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;",
        BUSY_TIMEOUT.as_millis()
    );
    conn.batch_execute(&common).attempt("setting up a SQLite connection")?;
    let particular = match access {
        Access::Write => "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;",
        Access::Read => "PRAGMA query_only = ON;",
    };
    patiently(&mut conn, particular).attempt("setting up a SQLite connection")?;
    Ok(conn)
}

/// Tries for as long as SQLite waits for a lock: not every lock is one that it waits for by itself (the change to WAL is
/// not, nor is the recovery after a crash).
pub(super) fn patiently(conn: &mut impl SimpleConnection, statement: &str) -> QueryResult<()> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        match conn.batch_execute(statement) {
            Err(error) if is_locked(&error) && Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(10));
            }
            outcome => return outcome,
        }
    }
}

fn connect_postgres(text: &str, timeout: Duration) -> Result<PgConnection, Fault> {
    let mut conn = PgConnection::establish(&with_timeout(text, timeout))
        .map_err(|cause| Fault::unavailable("PostgreSQL cannot be reached").caused_by(cause))?;
    conn.batch_execute(
        "SET TIME ZONE 'UTC'; SET statement_timeout = '15s'; SET lock_timeout = '5s';
         SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = 'warning';",
    )
    .attempt("setting up a PostgreSQL connection")?;
    Ok(conn)
}

/// Adds libpq's `connect_timeout` (whole seconds, 2 at least) unless the operator wrote one.
fn with_timeout(text: &str, timeout: Duration) -> String {
    if text.contains("connect_timeout") {
        return text.to_owned();
    }
    let seconds = timeout.as_secs().max(2);
    let between = match (text.contains("://"), text.contains('?')) {
        (true, true) => "&",
        (true, false) => "?",
        (false, _) => " ",
    };
    format!("{text}{between}connect_timeout={seconds}")
}

/// A pool of connections for reading (SQLite) or for everything (PostgreSQL). Connects in the background.
pub(super) fn pool(settings: StoreSettings) -> Pool<Manager> {
    let builder = Pool::builder()
        .max_size(settings.pool_size.max(1))
        .connection_timeout(settings.connect_timeout)
        .test_on_check_out(true);
    let builder = match settings.target {
        // Opening a file costs little and an open one does not age.
        Target::Sqlite(_) => builder.idle_timeout(None).max_lifetime(None),
        Target::Postgres(_) => builder.min_idle(Some(settings.pool_size.clamp(1, 2))),
    };
    builder.build_unchecked(Manager { settings })
}

/// Makes and judges the pool's connections.
pub(super) struct Manager {
    settings: StoreSettings,
}

/// A connection in the pool, with what is known of its health.
pub(super) struct Held {
    /// The connection.
    pub(super) conn: Conn,
    /// The last job failed in a way that the connection may not have survived.
    pub(super) suspect: bool,
    returned_at: Instant,
}

impl ManageConnection for Manager {
    type Connection = Held;
    type Error = Fault;

    fn connect(&self) -> Result<Held, Fault> {
        let conn = connect(&self.settings, Access::Read)?;
        Ok(Held { conn, suspect: false, returned_at: Instant::now() })
    }

    /// Called at every loan, so it costs nothing for SQLite and a round trip only for a connection that lay idle.
    fn is_valid(&self, held: &mut Held) -> Result<(), Fault> {
        match &mut held.conn {
            Conn::Sqlite(_) => Ok(()),
            Conn::Postgres(_) if held.returned_at.elapsed() < TRUSTED_FOR => Ok(()),
            Conn::Postgres(conn) => {
                conn.batch_execute("SELECT 1").attempt("asking an idle connection whether it lives")
            }
        }
    }

    /// Called at every return. While its thread panics, a connection may be inside of anything: it is thrown away.
    fn has_broken(&self, held: &mut Held) -> bool {
        held.returned_at = Instant::now();
        std::thread::panicking() || held.suspect || Conn::is_broken_transaction_manager(&mut held.conn)
    }
}
