//! The one clock. Everything further in is told the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

use crate::domain::instant::Instant;

/// The system's clock, or one that a test sets.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Settable(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is advanced.
    #[must_use]
    pub fn settable(start: DateTime<Utc>) -> Self {
        Self(Source::Settable(Arc::new(AtomicI64::new(start.timestamp_micros()))))
    }

    /// Moves a settable clock; the system's stays as it is.
    pub fn advance(&self, by: TimeDelta) {
        if let Source::Settable(micros) = &self.0 {
            micros.fetch_add(by.num_microseconds().unwrap_or(0), Ordering::SeqCst);
        }
    }

    /// Now, truncated to microseconds, the finest that both databases keep.
    #[must_use]
    pub fn now(&self) -> Instant {
        match &self.0 {
            Source::System => {
                #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system's clock")]
                let now = Utc::now();
                now.trunc_subsecs(6)
            }
            Source::Settable(micros) => {
                DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst)).unwrap_or(DateTime::UNIX_EPOCH)
            }
        }
    }
}
