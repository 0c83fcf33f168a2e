//! From diesel's errors to faults: what was attempted, what came of it, and whether waiting may help.

use diesel::result::{DatabaseErrorKind, Error, QueryResult};

use crate::domain::error::Fault;

/// What the databases say when it is the moment that is wrong and not the statement.
const PASSING: [&str; 14] = [
    // SQLite: busy, locked, full, ioerr, cantopen
    "database is locked",
    "database table is locked",
    "database schema is locked",
    "database or disk is full",
    "disk I/O error",
    "unable to open database file",
    // PostgreSQL: 40P01, 57014, 55P03, 57P01 to 57P03, 53xxx
    "deadlock detected",
    "canceling statement due to",
    "terminating connection",
    "the database system is",
    "remaining connection slots",
    "too many connections",
    "No space left on device",
    "out of memory",
];

/// Names what was attempted when a statement fails.
pub(super) trait Attempt<T> {
    /// `what` names the table and the deed.
    fn attempt(self, what: &'static str) -> Result<T, Fault>;
}

impl<T> Attempt<T> for QueryResult<T> {
    fn attempt(self, what: &'static str) -> Result<T, Fault> {
        self.map_err(|error| {
            let fault = if is_passing(&error) { Fault::unavailable(what) } else { Fault::internal(what) };
            fault.caused_by(error)
        })
    }
}

/// Whether the same statement may work a little later, on this or on another connection.
fn is_passing(error: &Error) -> bool {
    match error {
        Error::DatabaseError(kind, information) => match kind {
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::SerializationFailure
            | DatabaseErrorKind::ReadOnlyTransaction => true,
            _ => PASSING.iter().any(|sign| information.message().contains(sign)),
        },
        Error::RollbackErrorOnCommit { commit_error, .. } => is_passing(commit_error),
        Error::BrokenTransactionManager => true,
        _ => false,
    }
}

/// Whether SQLite found a lock in its way that will be gone in a moment.
pub(super) fn is_locked(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(_, information) if information.message().ends_with("is locked"))
}
