//! The vocabulary of the house: plain values that cannot be wrong once they are made.
//!
//! Nothing here knows a database, a key or a request; every other room speaks in these words.

pub mod claims;
pub mod client;
pub mod code;
pub mod consent;
pub mod error;
pub mod event;
pub mod grant;
pub mod id;
pub mod instant;
pub mod interaction;
pub mod key;
pub mod password;
pub mod redirect_uri;
pub mod scope;
pub mod secret;
pub mod session;
pub mod token;
pub mod user;
