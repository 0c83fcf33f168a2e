//! A person's answer to an app's request: allow, deny, or go on as the account that is signed in.

use crate::domain::claims::OFFLINE_ACCESS;
use crate::domain::client::Client;
use crate::domain::consent::Consent;
use crate::domain::error::Fault;
use crate::domain::event::{Actor, EventKind};
use crate::domain::interaction::{Decision, Interaction};
use crate::domain::scope::Scope;
use crate::flows::{Trace, Tx};
use crate::store::{consents, interactions};

use super::sessions::Present;

/// What was clicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Allow.
    Allow,
    /// Deny.
    Deny,
    /// Continue as this account.
    Continue,
}

/// Writes an answer to a pending request, in the name of who is signed in.
///
/// # Errors
/// A fault of the database.
pub fn answer(
    tx: &mut Tx<'_>,
    pending: &Interaction,
    scope: &Scope,
    present: &Present,
    answer: Answer,
) -> Result<(), Fault> {
    let session = present.session.id.clone();
    match answer {
        Answer::Continue => {
            interactions::decide(tx.conn, &pending.id, &Decision::Chosen(session))?;
        }
        Answer::Deny => {
            interactions::decide(tx.conn, &pending.id, &Decision::Denied(session))?;
            let trace = Trace::of(EventKind::ConsentDenied, Actor::Person).user(&present.user.id);
            tx.record(trace.client(&pending.client).session(&present.session.id).detail("scope", scope.to_string()))?;
        }
        Answer::Allow => {
            interactions::decide(tx.conn, &pending.id, &Decision::Allowed(session))?;
            remember(tx, pending, scope, present)?;
        }
    }
    Ok(())
}

/// Remembers a consent; it grows, and is never silently narrowed by an app that asks for less.
fn remember(tx: &mut Tx<'_>, pending: &Interaction, scope: &Scope, present: &Present) -> Result<(), Fault> {
    let before = consents::find(tx.conn, &present.user.id, &pending.client)?;
    let joined = before.map_or_else(|| scope.clone(), |held| held.scope.joined(scope));
    let consent =
        Consent { user: present.user.id.clone(), client: pending.client.clone(), scope: joined, granted_at: tx.now };
    consents::put(tx.conn, &consent)?;
    let trace = Trace::of(EventKind::ConsentGranted, Actor::Person).user(&present.user.id);
    tx.record(trace.client(&pending.client).session(&present.session.id).detail("scope", scope.to_string()))
}

/// How long what is allowed will last, in words that follow "Access lasts".
#[must_use]
pub fn lifetime(tx: &Tx<'_>, client: &Client, scope: &Scope) -> String {
    if scope.has(OFFLINE_ACCESS) {
        let absolute = client.lifetimes.refresh_absolute.unwrap_or(tx.settings.tokens.refresh_absolute_ttl);
        let days = (absolute.as_secs() / 86_400).max(1);
        let unit = if days == 1 { "day" } else { "days" };
        format!("for up to {days} {unit}, also while you are away")
    } else {
        let hours = (tx.settings.login.session_absolute.as_secs() / 3_600).max(1);
        let unit = if hours == 1 { "hour" } else { "hours" };
        format!("until you sign out, {hours} {unit} at most")
    }
}
