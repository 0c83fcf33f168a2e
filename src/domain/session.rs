//! A session: one browser in which somebody is signed in.

use serde::{Deserialize, Serialize};

use super::id::{SessionId, UserId};
use super::instant::Instant;
use super::secret::Digest;

/// How and when somebody proved who they are; it travels into the tokens and stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// `auth_time`.
    pub at: Instant,
    /// `acr`: what the sign-in amounts to.
    pub acr: String,
    /// `amr`: the methods, as RFC 8176 names them.
    pub amr: Vec<String>,
}

/// The `acr` of a sign-in with one factor.
pub const ACR_ONE_FACTOR: &str = "urn:cardea:acr:one-factor";

impl Authentication {
    /// A sign-in with a password alone.
    #[must_use]
    pub fn by_password(at: Instant) -> Self {
        Self { at, acr: ACR_ONE_FACTOR.to_owned(), amr: vec!["pwd".to_owned()] }
    }
}

/// A browser session. The cookie holds the secret, the row its digest.
#[derive(Debug, Clone)]
pub struct Session {
    /// The `sid`.
    pub id: SessionId,
    /// SHA-256 of the cookie's secret.
    pub digest: Digest,
    /// Who is signed in.
    pub user: UserId,
    /// How and when they signed in.
    pub authentication: Authentication,
    /// When it began.
    pub created_at: Instant,
    /// When the browser was last seen (kept to the minute).
    pub last_seen_at: Instant,
    /// When it ends at the latest.
    pub expires_at: Instant,
    /// When it was ended.
    pub revoked_at: Option<Instant>,
    /// The client address it began from.
    pub address: String,
    /// The user agent it began in, cut to 256 characters.
    pub user_agent: String,
}
