//! The harness: a real server on a free port, a fresh database, apps, people and browsers.

pub mod app;
pub mod browser;
pub mod chromium;
pub mod database;
pub mod server;
pub mod wire;

pub use app::App;
pub use app::Request;
pub use browser::{Browser, Page};
pub use server::{House, Person};
