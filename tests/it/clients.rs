//! Real clients that nobody here wrote, unmodified.

mod npm_openid_client;
