//! The harness: a real server on a free port, a fresh database, apps, people and browsers.

pub mod app;
pub mod browser;
pub mod chromium;
pub mod database;
pub mod server;

pub use app::App;
pub use browser::Browser;
pub use server::{House, Person};
