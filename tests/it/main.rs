//! The integration tests: one binary, one folder an endpoint, one file a behaviour, named by its rule.
//!
//! `house/` is the harness. A test never names a database: `TEST_DATABASE_URL` does, and the suite runs once on each.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says by a panic what did not hold"
)]

mod authorize;
mod clients;
mod demo;
mod discovery;
mod edge;
mod guard;
mod house;
mod introspect;
mod laws;
mod limits;
mod logout;
mod main_job;
mod operator;
mod pages;
mod revoke;
mod rooms;
mod server;
mod settings;
mod sign_in;
mod token;
mod userinfo;
