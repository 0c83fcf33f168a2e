//! An authorization code: sixty seconds between two doors.

use super::grant::Grant;
use super::id::{CodeId, GrantId};
use super::instant::Instant;
use super::secret::Digest;

/// What the code was bound to when it was issued.
#[derive(Debug, Clone)]
pub struct IssuedCode {
    /// The row's key, part of the code.
    pub id: CodeId,
    /// SHA-256 of the code's secret.
    pub digest: Digest,
    /// What it buys.
    pub grant: GrantId,
    /// Where it was sent.
    pub redirect_uri: String,
    /// Whether the request named the redirect URI (RFC 6749 4.1.3: then the exchange must too).
    pub redirect_uri_given: bool,
    /// The PKCE challenge, S256 (RFC 7636 4.2).
    pub code_challenge: Option<String>,
    /// The `nonce` for the ID token.
    pub nonce: Option<String>,
    /// When it was issued.
    pub created_at: Instant,
    /// Until when it can be exchanged.
    pub expires_at: Instant,
}

/// A code that was found again.
#[derive(Debug, Clone)]
pub enum Code {
    /// Not used yet; may have expired.
    Fresh(IssuedCode, Box<Grant>),
    /// Used before: whoever shows it now is too late.
    Spent(IssuedCode, Box<Grant>),
}
