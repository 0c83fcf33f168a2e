//! Migrations: embedded, one set a database, equal names. All that are pending run in one transaction under one lock,
//! so that several processes may start at once and none sees half a schema.

use diesel::connection::SimpleConnection as _;
use diesel::migration::Migration;
use diesel::{PgConnection, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use super::connection::{Access, Conn, StoreSettings, connect};
use crate::domain::error::Fault;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The advisory lock's number: "cardea" in ASCII.
const LOCK: &str =
    "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock(109270182159713)";

type Boxed = Box<dyn std::error::Error + Send + Sync>;

/// Runs the migrations that are pending and returns their names, oldest first.
///
/// # Errors
/// A fault with its cause; the database is then as it was.
pub fn run(settings: &StoreSettings) -> Result<Vec<String>, Fault> {
    let mut conn = connect(settings, Access::Write)?;
    let applied = match &mut conn {
        Conn::Sqlite(conn) => alone_on_sqlite(conn, |conn| {
            let pending = conn.pending_migrations(SQLITE)?;
            conn.run_migrations(&pending)?;
            Ok(names(&pending))
        }),
        Conn::Postgres(conn) => alone_on_postgres(conn, |conn| {
            let pending = conn.pending_migrations(POSTGRES)?;
            conn.run_migrations(&pending)?;
            Ok(names(&pending))
        }),
    };
    applied.map_err(|cause| Fault::internal("the database cannot be migrated").caused_by(cause))
}

/// The names of the migrations that [`run`] would run.
///
/// # Errors
/// A fault with its cause.
pub fn pending(settings: &StoreSettings) -> Result<Vec<String>, Fault> {
    let mut conn = connect(settings, Access::Write)?;
    let pending = match &mut conn {
        Conn::Sqlite(conn) => alone_on_sqlite(conn, |conn| Ok(names(&conn.pending_migrations(SQLITE)?))),
        Conn::Postgres(conn) => alone_on_postgres(conn, |conn| Ok(names(&conn.pending_migrations(POSTGRES)?))),
    };
    pending.map_err(|cause| Fault::internal("the database's migrations cannot be read").caused_by(cause))
}

/// Undoes all migrations; everything in the database is lost.
#[cfg(test)]
pub(super) fn revert(settings: &StoreSettings) -> Result<(), Fault> {
    let mut conn = connect(settings, Access::Write)?;
    let reverted = match &mut conn {
        Conn::Sqlite(conn) => alone_on_sqlite(conn, |conn| conn.revert_all_migrations(SQLITE).map(drop)),
        Conn::Postgres(conn) => alone_on_postgres(conn, |conn| conn.revert_all_migrations(POSTGRES).map(drop)),
    };
    reverted.map_err(|cause| Fault::internal("the migrations cannot be undone").caused_by(cause))
}

fn alone_on_sqlite<T>(
    conn: &mut SqliteConnection,
    work: impl FnOnce(&mut SqliteConnection) -> Result<T, Boxed>,
) -> Result<T, Boxed> {
    conn.immediate_transaction(work)
}

fn alone_on_postgres<T>(
    conn: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T, Boxed>,
) -> Result<T, Boxed> {
    conn.build_transaction().run(|conn| {
        conn.batch_execute(LOCK)?;
        work(conn)
    })
}

fn names<DB: diesel::backend::Backend>(migrations: &[Box<dyn Migration<DB>>]) -> Vec<String> {
    migrations.iter().map(|migration| migration.name().to_string()).collect()
}
