//! From columns to domain values and back. A value that does not fit is a fault that names its table and column.

use std::fmt::Display;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, SubsecRound as _};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::error::Fault;
use crate::domain::id::ClientId;
use crate::domain::instant::Instant;
use crate::domain::secret::Digest;

/// A moment as both databases keep it: UTC, microseconds, within the years 1 to 9999. SQLite compares moments as text,
/// which is right only for years of four digits; "the end of time" becomes the end of the year 9999.
pub(super) fn moment(instant: Instant) -> NaiveDateTime {
    let first = NaiveDate::from_ymd_opt(1, 1, 1).and_then(|day| day.and_hms_opt(0, 0, 0));
    let last = NaiveDate::from_ymd_opt(9999, 12, 31).and_then(|day| day.and_hms_micro_opt(23, 59, 59, 999_999));
    instant
        .naive_utc()
        .trunc_subsecs(6)
        .clamp(first.unwrap_or(DateTime::UNIX_EPOCH.naive_utc()), last.unwrap_or(NaiveDateTime::MAX))
}

/// The moment that a column holds.
pub(super) fn instant(moment: NaiveDateTime) -> Instant {
    moment.and_utc()
}

/// A table, for the faults that its rows can cause.
#[derive(Clone, Copy)]
pub(super) struct Table(pub(super) &'static str);

impl Table {
    /// The fault of a row that cannot be what it says.
    pub(super) fn broken(self, column: &'static str, why: impl Display) -> Fault {
        Fault::internal(format!("a row of {} is broken in column {column}: {why}", self.0))
    }

    /// One of a closed set of words.
    pub(super) fn word<T>(self, column: &'static str, text: &str) -> Result<T, Fault>
    where
        T: FromStr,
        T::Err: Display,
    {
        text.parse().map_err(|why| self.broken(column, why))
    }

    /// One of a closed set of words, if there is one.
    pub(super) fn maybe_word<T>(self, column: &'static str, text: Option<&str>) -> Result<Option<T>, Fault>
    where
        T: FromStr,
        T::Err: Display,
    {
        text.map(|text| self.word(column, text)).transpose()
    }

    /// A client's id.
    pub(super) fn client_id(self, text: &str) -> Result<ClientId, Fault> {
        ClientId::parse(text).map_err(|why| self.broken("client_id", why))
    }

    /// JSON text.
    pub(super) fn json<T: DeserializeOwned>(self, column: &'static str, text: &str) -> Result<T, Fault> {
        serde_json::from_str(text).map_err(|why| self.broken(column, why))
    }

    /// A value as JSON text.
    pub(super) fn to_json<T: Serialize>(self, column: &'static str, value: &T) -> Result<String, Fault> {
        serde_json::to_string(value)
            .map_err(|cause| Fault::internal(format!("{}.{column} cannot be written as JSON", self.0)).caused_by(cause))
    }

    /// A SHA-256 digest.
    pub(super) fn digest(self, column: &'static str, bytes: &[u8]) -> Result<Digest, Fault> {
        let bytes = bytes.try_into().map_err(|_| self.broken(column, "not 32 bytes long"))?;
        Ok(Digest::new(bytes))
    }
}
