//! Introspection (RFC 7662): who may ask, and what is alive.

mod only_live_tokens_are_active;
mod who_may_ask;
