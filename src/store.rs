//! The store: what the house remembers, in SQLite or PostgreSQL. It owns connections, transactions, rows and migrations,
//! and hands out domain values only; what they mean is decided in `flows`.
//!
//! Each table is one module of free functions that take `&mut Conn` first. [`Store::read`] and [`Store::write`] lend that
//! connection; a write is one transaction: `Ok` commits, `Err` rolls back.

mod attempt;
mod column;
mod connection;
mod portable;
mod schema;
mod writer;

pub mod client_secrets;
pub mod clients;
pub mod codes;
pub mod consents;
pub mod events;
pub mod grants;
pub mod interactions;
pub mod migrate;
pub mod refresh_tokens;
pub mod revoked_tokens;
pub mod server_secrets;
pub mod sessions;
pub mod signing_keys;
pub mod sweep;
pub mod users;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use diesel::connection::{SimpleConnection as _, TransactionManager as _};
use r2d2::{Pool, PooledConnection};

pub use self::connection::{Conn, StoreSettings, Target};

use self::attempt::Attempt as _;
use self::connection::{Access, Manager};
use self::writer::Writer;
use crate::domain::error::{Fault, FaultKind};

/// The open database. Cloning it is cheap and shares everything.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Pool<Manager>,
    /// SQLite allows one writer; PostgreSQL needs none and writes through the pool.
    writer: Option<Writer>,
    settings: StoreSettings,
}

impl Store {
    /// Opens the database and proves that it answers. Does not migrate, see [`migrate::run`].
    ///
    /// # Errors
    /// A fault with its cause when the database cannot be reached or its file cannot be opened.
    pub fn open(settings: StoreSettings) -> Result<Self, Fault> {
        let writer = match settings.target {
            Target::Sqlite(_) => Some(Writer::start(connection::connect(&settings, Access::Write)?)?),
            Target::Postgres(_) => {
                // Fails at once and with the reason, where the pool would try until its timeout.
                drop(connection::connect(&settings, Access::Write)?);
                None
            }
        };
        let pool = connection::pool(settings.clone());
        Ok(Self { inner: Arc::new(Inner { pool, writer, settings }) })
    }

    /// Lends a connection for reading, on a thread where waiting harms nobody.
    ///
    /// # Errors
    /// What `work` returns; [`FaultKind::Unavailable`] when no connection was free in time or the database is away.
    pub async fn read<T, F>(&self, work: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, Fault> + Send + 'static,
    {
        let store = self.clone();
        on_a_blocking_thread(move || store.read_blocking(work)).await
    }

    /// Runs `work` in one transaction: `Ok` commits, `Err` (or a panic) rolls back. When this returns `Ok`, the change is on disk.
    ///
    /// # Errors
    /// What `work` returns; [`FaultKind::Unavailable`] when too many writes are waiting or the database is away.
    pub async fn write<T, F>(&self, work: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, Fault> + Send + 'static,
    {
        if let Some(writer) = &self.inner.writer {
            let (sender, receiver) = tokio::sync::oneshot::channel();
            writer.submit(work, move |outcome| drop(sender.send(outcome)))?;
            return receiver.await.map_err(|_| writer::stopped())?;
        }
        let store = self.clone();
        on_a_blocking_thread(move || store.in_transaction(work)).await
    }

    /// [`Self::read`] for the command line, on the caller's own thread.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_blocking<T, F>(&self, work: F) -> Result<T, Fault>
    where
        F: FnOnce(&mut Conn) -> Result<T, Fault>,
    {
        self.lend(|conn| guarded(conn, work))
    }

    /// [`Self::write`] for the command line and for a starting server: on the caller's own thread, on a connection of its own.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_blocking<T, F>(&self, work: F) -> Result<T, Fault>
    where
        F: FnOnce(&mut Conn) -> Result<T, Fault>,
    {
        if self.inner.writer.is_none() {
            return self.in_transaction(work);
        }
        let conn = &mut connection::connect(&self.inner.settings, Access::Write)?;
        conn.batch_execute("BEGIN IMMEDIATE").attempt("beginning a transaction")?;
        let outcome = guarded(conn, work).and_then(|value| {
            conn.batch_execute("COMMIT").attempt("committing a transaction")?;
            Ok(value)
        });
        if outcome.is_err() {
            // Where even this fails the connection is gone, and with it the transaction; the first fault says why.
            drop(conn.batch_execute("ROLLBACK"));
        }
        outcome
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`FaultKind::Unavailable`] with the cause.
    pub async fn ping(&self) -> Result<(), Fault> {
        // SQLite answers `SELECT 1` without looking at its file; a table that must be there makes it look.
        let look = "SELECT 1 FROM __diesel_schema_migrations LIMIT 1";
        self.read(|conn| conn.batch_execute(look).attempt("asking the database whether it is there")).await
    }

    /// Commits the writes that wait and stops taking new ones.
    pub async fn close(&self) {
        let store = self.clone();
        let stopped = on_a_blocking_thread(move || {
            store.close_blocking();
            Ok(())
        });
        drop(stopped.await);
    }

    /// [`Self::close`] for the command line.
    pub fn close_blocking(&self) {
        if let Some(writer) = &self.inner.writer {
            writer.stop();
        }
    }

    fn lend<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut held: PooledConnection<Manager> = self
            .inner
            .pool
            .get()
            .map_err(|cause| Fault::unavailable("no database connection was to be had in time").caused_by(cause))?;
        let outcome = work(&mut held.conn);
        // A connection that failed this way is not lent again: it may be half closed.
        held.suspect = outcome.as_ref().is_err_and(|fault| fault.kind() == FaultKind::Unavailable);
        outcome
    }

    fn in_transaction<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Fault>) -> Result<T, Fault> {
        self.lend(|conn| {
            Conn::begin_transaction(conn).attempt("beginning a transaction")?;
            let outcome = guarded(conn, work).and_then(|value| {
                // PostgreSQL answers COMMIT with a quiet rollback when a statement before it failed; SELECT then complains.
                conn.batch_execute("SELECT 1; COMMIT").attempt("committing a transaction")?;
                Ok(value)
            });
            if outcome.is_err() {
                // Where even this fails the connection is gone, and with it the transaction; the first fault says why.
                drop(Conn::rollback_transaction(conn));
            }
            outcome
        })
    }
}

/// Runs `work`; a panic inside becomes a fault, so that the transaction around it is still ended properly.
fn guarded<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(|| work(conn)))
        .unwrap_or_else(|_| Err(Fault::internal("a job panicked while it held the database")))
}

async fn on_a_blocking_thread<T, F>(work: F) -> Result<T, Fault>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, Fault> + Send + 'static,
{
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|cause| Fault::internal("a database job did not finish").caused_by(cause))?
}
