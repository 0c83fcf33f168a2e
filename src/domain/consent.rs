//! A consent: what a person has allowed an app, remembered until the app asks for more.

use super::id::{ClientId, UserId};
use super::instant::Instant;
use super::scope::Scope;

/// One person's consent to one client.
#[derive(Debug, Clone)]
pub struct Consent {
    /// Who allowed it.
    pub user: UserId,
    /// To whom.
    pub client: ClientId,
    /// What.
    pub scope: Scope,
    /// When it was given or last widened.
    pub granted_at: Instant,
}
