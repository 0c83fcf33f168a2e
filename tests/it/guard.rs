//! Resource servers: what the guard lets in, what it refuses and with which words.

#[expect(dead_code, reason = "the guard's unit tests use the rest of it")]
pub mod issuer;
mod keys_are_read_again_when_they_rotate;
mod the_articles_api_says_what_was_missing;
