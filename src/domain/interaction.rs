//! An interaction: an authorization request that waits for a person.

use std::collections::BTreeMap;

use super::id::{ClientId, InteractionId, SessionId};
use super::instant::Instant;
use super::secret::Digest;

/// What the person has answered so far, and in which session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing yet.
    Open,
    /// They chose to go on as the account of this session (`prompt=select_account`), consent is still open.
    Chosen(SessionId),
    /// They allowed it.
    Allowed(SessionId),
    /// They refused.
    Denied(SessionId),
}

/// A pending authorization request. It travels by its id in the URL and is bound to the browser that began it.
#[derive(Debug, Clone)]
pub struct Interaction {
    /// The id in the URL.
    pub id: InteractionId,
    /// Which client asks.
    pub client: ClientId,
    /// The request's parameters as they came, repeats and empties already refused and dropped.
    pub parameters: BTreeMap<String, String>,
    /// SHA-256 of the browser cookie of the browser that began it.
    pub browser: Digest,
    /// What was answered.
    pub decision: Decision,
    /// When it began; a sign-in after this moment satisfies `prompt=login`.
    pub created_at: Instant,
    /// Until when it can be continued.
    pub expires_at: Instant,
    /// When it bought a code or an error; it cannot be continued then.
    pub finished_at: Option<Instant>,
}
