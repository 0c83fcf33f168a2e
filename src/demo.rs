//! The demo.

pub mod api;
