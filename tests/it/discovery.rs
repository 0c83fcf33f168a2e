//! What the house says about itself: metadata (RFC 8414, OpenID Connect Discovery), keys (RFC 7517), and to which origins.

mod apps_on_other_origins_may_read;
mod keys_are_public_and_only_that;
mod metadata_lists_what_works;
