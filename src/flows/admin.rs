//! What operators do: clients, people, signing keys and the master key. The command line is their door.

pub mod clients;
pub mod keys;
pub mod secrets;
pub mod users;

use std::borrow::Cow;

/// Why an operator's request cannot be done, as a sentence that says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Declined(pub Cow<'static, str>);

impl Declined {
    /// Declined for this reason.
    pub fn because(why: impl Into<Cow<'static, str>>) -> Self {
        Self(why.into())
    }
}

impl From<Declined> for crate::domain::error::Failure<Declined> {
    fn from(declined: Declined) -> Self {
        Self::Refused(declined)
    }
}
