//! Moments and spans. A moment always arrives from outside (`tx.now`), truncated to microseconds by the clock.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// A moment in UTC with microsecond precision, the finest that both databases keep.
pub type Instant = DateTime<Utc>;

/// `instant + span`, staying at the end of time instead of overflowing.
#[must_use]
pub fn after(instant: Instant, span: Duration) -> Instant {
    let delta = TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX);
    instant.checked_add_signed(delta).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// `instant - span`, staying at the beginning of time instead of overflowing.
#[must_use]
pub fn before(instant: Instant, span: Duration) -> Instant {
    let delta = TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX);
    instant.checked_sub_signed(delta).unwrap_or(DateTime::<Utc>::MIN_UTC)
}
