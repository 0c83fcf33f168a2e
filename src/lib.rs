//! Cardea: an OAuth 2.1 authorization server and OpenID Connect provider.

pub mod domain;
pub mod store;
