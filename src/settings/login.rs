//! `[login]`: how people get in.

use std::time::Duration;

use figment::value::Value as Held;

use super::section::section;
use super::value::Value;

section! {
    /// `[login]`: how people get in.
    Login, "login" {
        /// Whether people may make accounts themselves.
        registration: Registration,
        /// The name on every page.
        site_name: String,
        /// The cost of a password hash, as a power of two.
        bcrypt_cost: Cost,
        /// Threads that hash; 0 is one a core.
        hash_threads: usize,
        /// Hashes that may wait.
        hash_queue: usize,
        /// How long a hash may wait for its turn.
        hash_deadline: Duration,
        /// How long a session lasts unused.
        session_idle: Duration,
        /// How long a session lasts at most.
        session_absolute: Duration,
        /// How long a person may take to answer an app.
        interaction_ttl: Duration,
    }
}

/// Who makes accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Anybody, for themselves.
    Open,
    /// The operator.
    Closed,
}

impl Value for Registration {
    fn read(held: Option<&Held>) -> Result<Self, String> {
        match held.and_then(Held::as_str) {
            Some("open") => Ok(Self::Open),
            Some("closed") => Ok(Self::Closed),
            _ => Err("must be open or closed".to_owned()),
        }
    }

    fn show(&self) -> Option<String> {
        Some(match self {
            Self::Open => "\"open\"".to_owned(),
            Self::Closed => "\"closed\"".to_owned(),
        })
    }
}

/// A bcrypt cost.
pub type Cost = u32;
