//! Cardea: an OAuth 2.1 authorization server and OpenID Connect provider.

pub mod demo;
pub mod guard;
