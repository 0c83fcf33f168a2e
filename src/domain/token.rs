//! Refresh tokens: rotated at each use, with one look back for a reply that was lost.

use super::grant::Grant;
use super::id::{GrantId, RefreshTokenId};
use super::instant::Instant;
use super::secret::Digest;

/// A refresh token as its row has it.
#[derive(Debug, Clone)]
pub struct IssuedRefreshToken {
    /// The row's key, part of the token.
    pub id: RefreshTokenId,
    /// SHA-256 of the token's secret.
    pub digest: Digest,
    /// The family.
    pub grant: GrantId,
    /// Which one it replaced.
    pub parent: Option<RefreshTokenId>,
    /// When it was issued.
    pub created_at: Instant,
    /// Until when it can be used, if it is not used before.
    pub expires_at: Instant,
}

/// What became of a used refresh token.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// When it was used.
    pub used_at: Instant,
    /// Its successor's id.
    pub successor: RefreshTokenId,
    /// The successor itself, sealed, so that a repeated request inside the retry window gets the same one.
    pub sealed_successor: Vec<u8>,
    /// Whether the successor was itself used: then a replay of this one is no lost reply.
    pub successor_used: bool,
}

/// A refresh token that was found again.
#[derive(Debug, Clone)]
pub enum RefreshToken {
    /// Not used yet; may have expired.
    Fresh(IssuedRefreshToken, Box<Grant>),
    /// Used before.
    Rotated(IssuedRefreshToken, Rotation, Box<Grant>),
}
