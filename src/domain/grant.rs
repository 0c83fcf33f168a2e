//! A grant: what a person allowed a client. Codes, refresh tokens and access tokens hang off it, and end with it.

use super::claims::ClaimsRequest;
use super::id::{ClientId, GrantId, SessionId, UserId};
use super::instant::Instant;
use super::scope::Scope;
use super::session::Authentication;

/// What a person allowed a client, with how they were signed in when they did.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The grant's id, carried by every access token.
    pub id: GrantId,
    /// Who may act.
    pub client: ClientId,
    /// For whom.
    pub user: UserId,
    /// The session it was given in (`sid`).
    pub session: SessionId,
    /// What was allowed.
    pub scope: Scope,
    /// The `claims` parameter, if one was sent.
    pub claims: ClaimsRequest,
    /// How and when the person had signed in; frozen across refreshes (RFC 9068 2.2.1).
    pub authentication: Authentication,
    /// Whether it outlives the session (`offline_access`).
    pub offline: bool,
    /// When it was given.
    pub created_at: Instant,
    /// When it ends at the latest: the family's absolute lifetime, and the session's unless it is offline.
    pub expires_at: Instant,
    /// When it was revoked; one update kills the family.
    pub revoked_at: Option<Instant>,
}

impl Grant {
    /// Whether tokens of this grant still count.
    #[must_use]
    pub fn is_live(&self, now: Instant) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}
