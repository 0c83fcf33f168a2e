//! Ids are types. Ours are time-ordered (UUID version 7, written as 32 hex digits), so that a table grows at its end.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::instant::Instant;

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id: 32 hexadecimal digits are expected")]
pub struct NotAnId;

fn time_ordered(now: Instant, random: [u8; 10]) -> String {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().simple().to_string()
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl FromMoment for $name {
            fn from_moment(now: Instant, random: [u8; 10]) -> Self {
                Self(time_ordered(now, random))
            }
        }

        impl $name {
            /// Reads an id that came from outside: 32 lower-case hexadecimal digits.
            ///
            /// # Errors
            /// [`NotAnId`] for anything else.
            pub fn parse(text: &str) -> Result<Self, NotAnId> {
                let well_formed = text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
                if well_formed { Ok(Self(text.to_owned())) } else { Err(NotAnId) }
            }

            /// The id as it is stored and sent.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Takes an id back out of our own database.
            #[must_use]
            pub fn stored(text: String) -> Self {
                Self(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// An id that is made of a moment and 80 random bits.
pub trait FromMoment {
    /// The id of something that begins `now`.
    fn from_moment(now: Instant, random: [u8; 10]) -> Self;
}

id!(/** A person; the `sub` of their tokens. */ UserId);
id!(/** A browser session; the `sid` of ID tokens. */ SessionId);
id!(/** What a person, or a client for itself, allowed. */ GrantId);
id!(/** A pending authorization request. */ InteractionId);
id!(/** An authorization code. */ CodeId);
id!(/** A refresh token. */ RefreshTokenId);
id!(/** A client secret; several may be live. */ ClientSecretId);
id!(/** A signing key; the `kid` of the JWKS. */ KeyId);
id!(/** An audit event. */ EventId);
id!(/** The `jti` of an access token. */ TokenId);

/// A client's id: chosen by the operator or made by us. 1 to 128 characters of RFC 6749 appendix A.1 that need no
/// escaping in a URL, a log line or a header.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(String);

impl ClientId {
    /// Reads a client id from a request, a command or the database.
    ///
    /// # Errors
    /// A sentence that says what is allowed.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let fits = (1..=128).contains(&text.len());
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~:/@".contains(&b));
        if fits && plain {
            Ok(Self(text.to_owned()))
        } else {
            Err("a client id has 1 to 128 letters, digits or -._~:/@")
        }
    }

    /// The id as it is stored and sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromMoment for ClientId {
    fn from_moment(now: Instant, random: [u8; 10]) -> Self {
        Self(time_ordered(now, random))
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
