//! Revocation (RFC 7009): what a client may end, and that "done" means done.

mod a_failing_database_is_no_success;
mod revoked_means_dead;
