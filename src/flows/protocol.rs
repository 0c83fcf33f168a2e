//! The protocol endpoints as flows: one file an endpoint, and what they share (client authentication, minting, claims).

pub mod authorize;
pub mod callback;
pub mod claims;
pub mod client_auth;
pub mod discovery;
pub mod introspect;
pub mod logout;
pub mod mint;
mod oxide;
mod pkce;
pub mod revoke;
pub mod token;
pub mod userinfo;
