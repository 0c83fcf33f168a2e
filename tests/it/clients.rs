//! Real clients that nobody here wrote, unmodified.

mod form_post_in_chromium;
mod npm_openid_client;
mod openidconnect_crate;
