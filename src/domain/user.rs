//! A person with an account, and the words they may fill in.

use std::fmt;
use std::str::FromStr;

use email_address::{EmailAddress, Options};
use serde::Serialize;

use super::id::UserId;
use super::instant::Instant;

/// An e-mail address as the person wrote it, with the key by which it is found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Reads an address.
    ///
    /// # Errors
    /// A sentence for the person who typed it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
        // Local names of one's own network (person@localhost) are what tests and small houses use.
        let local = text
            .strip_suffix("@localhost")
            .is_some_and(|name| EmailAddress::is_valid(&format!("{name}@localhost.test")));
        let valid = EmailAddress::parse_with_options(text, options).is_ok() || local;
        if text.is_empty() {
            Err("Enter your e-mail address.")
        } else if text.len() > 254 || !valid || text.contains(['"', '<', '>', '\\']) || text.contains(char::is_control)
        {
            Err("This does not look like an e-mail address. It is written like name@example.com.")
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// Takes an address back out of our own database.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// As the person wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form by which an account is found: case does not matter.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a person is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Reads a name: 1 to 100 characters without control characters.
    ///
    /// # Errors
    /// A sentence for the person who typed it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return Err("Enter your name.");
        }
        if text.chars().count() > 100 {
            return Err("This name is longer than 100 characters.");
        }
        // Invisible direction marks could make one name look like another.
        let invisible = |c: char| {
            c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        };
        if text.contains(invisible) {
            return Err("This name holds characters that cannot be shown.");
        }
        Ok(Self(text))
    }

    /// Takes a name back out of our own database.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a role: lower-case letters, digits and `-`, 1 to 64.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Role(String);

impl Role {
    /// Takes a role back out of our own database.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Role {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if (1..=64).contains(&text.len()) && plain {
            Ok(Self(text.to_owned()))
        } else {
            Err("a role is written with 1 to 64 lower-case letters, digits or -")
        }
    }
}

/// An account.
#[derive(Debug, Clone)]
pub struct User {
    /// The `sub`.
    pub id: UserId,
    /// The address, unique by its key.
    pub email: Email,
    /// Whether the address was proved.
    pub email_verified: bool,
    /// What they are called.
    pub name: Name,
    /// Their roles, in order.
    pub roles: Vec<Role>,
    /// Since when the account is switched off.
    pub disabled_at: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed (`updated_at` of the profile scope).
    pub updated_at: Instant,
}

/// A password's hash: bcrypt over the peppered password, or a plain imported bcrypt hash.
#[derive(Clone)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a hash made or checked by `crypto::password`.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text that the database keeps.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(redacted)")
    }
}
