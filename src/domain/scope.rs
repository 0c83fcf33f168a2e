//! Scopes: a set of names, kept sorted so that it is always written the same way.

use std::collections::BTreeSet;
use std::fmt;

/// The longest scope parameter that is read, in bytes.
pub const MAX_LENGTH: usize = 4096;

/// A set of scope tokens (RFC 6749 3.3). May be empty inside Cardea; an empty parameter counts as omitted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope(BTreeSet<String>);

impl Scope {
    /// Reads a space-separated list.
    ///
    /// # Errors
    /// A sentence for the app's developer, when a character is not allowed or the list is too long.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.len() > MAX_LENGTH {
            return Err("scope is longer than 4096 bytes");
        }
        // RFC 6749 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
        let allowed = |b: u8| b == 0x21 || (0x23..=0x5b).contains(&b) || (0x5d..=0x7e).contains(&b);
        let tokens: BTreeSet<String> = text.split(' ').filter(|token| !token.is_empty()).map(str::to_owned).collect();
        if tokens.iter().all(|token| token.bytes().all(allowed)) {
            Ok(Self(tokens))
        } else {
            Err("scope holds a character that RFC 6749 section 3.3 does not allow")
        }
    }

    /// Takes a scope back out of our own database.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self(text.split(' ').filter(|token| !token.is_empty()).map(str::to_owned).collect())
    }

    /// Whether this one token is in the set.
    #[must_use]
    pub fn has(&self, token: &str) -> bool {
        self.0.contains(token)
    }

    /// Whether all of ours are among `other`'s.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// What both have.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// What either has.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// The same set less one token.
    #[must_use]
    pub fn without(&self, token: &str) -> Self {
        Self(self.0.iter().filter(|held| *held != token).cloned().collect())
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tokens in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, token) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(" ")?;
            }
            f.write_str(token)?;
        }
        Ok(())
    }
}
