//! Signing keys: made on first start, announced ahead of their use, kept until their last token has expired.

use std::time::Duration;

use crate::crypto::keyring;
use crate::crypto::seal::MasterKeys;
use crate::domain::error::Fault;
use crate::domain::event::{Actor, EventKind};
use crate::domain::instant::{Instant, after};
use crate::domain::key::{KeyState, SigningAlgorithm, SigningKey};
use crate::flows::{Trace, Tx};
use crate::settings::Settings;
use crate::store::signing_keys;

/// The longest that a token of ours can live: a retired key stays in the JWKS that much longer.
const LONGEST_TOKEN: Duration = Duration::from_hours(24);

/// Which keys the schedule wants made now: `None` for an algorithm that needs none.
#[must_use]
pub fn due(held: &[SigningKey], settings: &Settings, now: Instant) -> Vec<(SigningAlgorithm, Instant)> {
    SigningAlgorithm::ALL
        .into_iter()
        .filter_map(|algorithm| Some((algorithm, next(held, algorithm, settings, now)?)))
        .collect()
}

fn next(held: &[SigningKey], algorithm: SigningAlgorithm, settings: &Settings, now: Instant) -> Option<Instant> {
    let Some(newest) = held.iter().filter(|key| key.algorithm == algorithm).map(|key| key.activates_at).max() else {
        // The first key of all has nobody to be announced to.
        return Some(now);
    };
    let successor = after(newest, settings.keys.rotate_every);
    let announce = successor - chrono::TimeDelta::from_std(settings.keys.announce_before).unwrap_or_default();
    // A server that slept through its schedule still announces first.
    (now >= announce).then(|| successor.max(after(now, settings.keys.announce_before)))
}

/// Makes the key material; slow for RSA, so it is done outside the transaction.
///
/// # Errors
/// A fault of the random source.
pub fn make(
    wanted: &[(SigningAlgorithm, Instant)],
    now: Instant,
    masters: &MasterKeys,
) -> Result<Vec<SigningKey>, Fault> {
    wanted.iter().map(|(algorithm, activates_at)| keyring::generate(*algorithm, now, *activates_at, masters)).collect()
}

/// Publishes new keys. Their predecessors of the same algorithm are told when to leave. `scheduled`: leave out those that
/// another node has published in the meantime.
///
/// # Errors
/// A fault of the database.
pub fn publish(tx: &mut Tx<'_>, made: &[SigningKey], scheduled: bool, actor: Actor) -> Result<Vec<SigningKey>, Fault> {
    let held = signing_keys::list(tx.conn)?;
    let still_due = due(&held, tx.settings, tx.now);
    let mut published = Vec::new();
    for key in made {
        if scheduled && !still_due.iter().any(|(algorithm, _)| *algorithm == key.algorithm) {
            continue;
        }
        let leaves = after(key.activates_at, LONGEST_TOKEN);
        for before in held.iter().filter(|before| before.algorithm == key.algorithm) {
            if before.expires_at.is_none_or(|at| at > leaves) {
                signing_keys::expire(tx.conn, &before.id, leaves)?;
            }
        }
        signing_keys::insert(tx.conn, key)?;
        let trace = Trace::of(EventKind::KeyAnnounced, actor).detail("kid", key.id.as_str());
        tx.record(trace.detail("alg", key.algorithm.as_str()).detail("activates_at", key.activates_at.to_rfc3339()))?;
        published.push(key.clone());
    }
    Ok(published)
}

/// Where a key is in its life: the newest of its algorithm that has begun to sign is active, older ones are retired.
#[must_use]
pub fn state(held: &[SigningKey], key: &SigningKey, now: Instant) -> KeyState {
    if key.activates_at > now {
        return KeyState::Announced;
    }
    let newest = held
        .iter()
        .filter(|other| other.algorithm == key.algorithm && other.activates_at <= now)
        .max_by_key(|other| (other.activates_at, other.id.clone()));
    if newest.is_some_and(|newest| newest.id == key.id) { KeyState::Active } else { KeyState::Retired }
}

/// All keys that are still known.
///
/// # Errors
/// A fault of the database.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<SigningKey>, Fault> {
    signing_keys::list(tx.conn)
}
