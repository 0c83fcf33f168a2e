//! Userinfo (OpenID Connect Core 5.3): with which token, and what it tells.

mod claims_follow_the_scope;
mod one_bearer_token_in_one_place;
