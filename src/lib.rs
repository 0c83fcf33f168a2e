//! Cardea: an OAuth 2.1 authorization server and OpenID Connect provider.

pub mod crypto;
pub mod domain;
