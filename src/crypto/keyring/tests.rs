//! The keyring over time: what signs, what is published, what is opened again.

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use serde_json::Value;

use super::{Keyring, generate};
use crate::crypto::seal::MasterKeys;
use crate::domain::instant::{Instant, after, before};
use crate::domain::key::{KeyState, SigningAlgorithm, SigningKey};

const HOUR: Duration = Duration::from_hours(1);

fn masters() -> MasterKeys {
    let key = "one:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    MasterKeys::load("unused".as_ref(), Some(key)).expect("keys")
}

fn now() -> Instant {
    DateTime::from_timestamp(1_800_000_000, 0).expect("a moment")
}

fn key(algorithm: SigningAlgorithm, activates_at: Instant) -> SigningKey {
    generate(algorithm, now(), activates_at, &masters()).expect("made")
}

fn ring(keys: &[SigningKey]) -> Keyring {
    Keyring::build(keys, now(), &masters()).expect("built")
}

fn kids(ring: &Keyring) -> Vec<String> {
    let jwks: Value = serde_json::from_str(&ring.jwks()).expect("JSON");
    let keys = jwks["keys"].as_array().expect("keys");
    keys.iter().map(|key| key["kid"].as_str().expect("a kid").to_owned()).collect()
}

#[test]
fn the_newest_key_whose_moment_has_come_signs() {
    let old = key(SigningAlgorithm::EdDSA, before(now(), 2 * HOUR));
    let current = key(SigningAlgorithm::EdDSA, before(now(), HOUR));
    let next = key(SigningAlgorithm::EdDSA, after(now(), HOUR));
    let ring = ring(&[next.clone(), old.clone(), current.clone()]);
    let signs = |moment| ring.signer(SigningAlgorithm::EdDSA, moment).map(|signer| signer.kid().clone());
    assert_eq!(signs(now()), Some(current.id.clone()));
    assert_eq!(signs(after(now(), HOUR)), Some(next.id.clone()), "the ring was not built again");
    assert_eq!(signs(before(now(), 3 * HOUR)), None);
    assert!(ring.signer(SigningAlgorithm::ES256, now()).is_none());
    let states = |moment| [&old, &current, &next].map(|key| ring.state(&key.id, moment).expect("known"));
    assert_eq!(states(now()), [KeyState::Retired, KeyState::Active, KeyState::Announced]);
    assert_eq!(states(after(now(), HOUR)), [KeyState::Retired, KeyState::Retired, KeyState::Active]);
    assert_eq!(ring.state(&key(SigningAlgorithm::EdDSA, now()).id, now()), None);
    assert_eq!(kids(&ring), [&current, &next, &old].map(|key| key.id.to_string()), "active first");
}

#[test]
fn an_expired_key_neither_verifies_nor_is_published() {
    let mut old = key(SigningAlgorithm::ES256, before(now(), 2 * HOUR));
    old.expires_at = Some(after(now(), HOUR));
    let current = key(SigningAlgorithm::ES256, before(now(), HOUR));
    let keys = [old.clone(), current.clone()];
    let ring = ring(&keys);
    assert_eq!(kids(&ring).len(), 2);
    let end = after(now(), HOUR);
    assert!(ring.find(old.id.as_str(), before(end, Duration::from_micros(1))).is_some());
    assert!(ring.find(old.id.as_str(), end).is_none());
    assert_eq!(ring.state(&old.id, end), None);
    let later = ring.rebuild(&keys, end, &masters()).expect("built").expect("changed");
    assert_eq!(kids(&later), [current.id.to_string()]);
    assert_ne!(later.etag(), ring.etag());
}

#[test]
fn every_algorithm_is_published_without_private_members() {
    let keys = SigningAlgorithm::ALL.map(|algorithm| key(algorithm, now()));
    let ring = ring(&[keys[2].clone(), keys[1].clone(), keys[0].clone()]);
    assert_eq!(kids(&ring), keys.each_ref().map(|key| key.id.to_string()), "in the order of the algorithms");
    let jwks: Value = serde_json::from_str(&ring.jwks()).expect("JSON");
    for published in jwks["keys"].as_array().expect("keys") {
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(published.get(private).is_none(), "{private}");
        }
    }
    assert!(ring.etag().starts_with('"') && ring.etag().ends_with('"') && ring.etag().len() == 24);
}

#[test]
fn a_reload_of_the_same_rows_changes_nothing_and_a_new_key_leaves_the_others_open() {
    let (first, second) = (key(SigningAlgorithm::EdDSA, before(now(), HOUR)), key(SigningAlgorithm::EdDSA, now()));
    let ring = ring(std::slice::from_ref(&first));
    let mut resealed = first.clone();
    resealed.sealed_private = b"sealed again".to_vec();
    let second_later = after(now(), Duration::from_secs(1));
    assert!(ring.rebuild(&[resealed.clone()], second_later, &masters()).expect("built").is_none());
    // That the first key's sealed form is no longer readable shows that it is not opened again.
    let both = ring.rebuild(&[second.clone(), resealed], now(), &masters()).expect("built").expect("changed");
    assert_eq!(kids(&both).len(), 2);
    assert!(Arc::ptr_eq(&ring.entries[0].key, &both.entries[1].key));
    assert_eq!(both.signer(SigningAlgorithm::EdDSA, now()).expect("one").kid(), &second.id);
    assert_ne!(both.fingerprint(), ring.fingerprint());
}

#[test]
fn an_announced_key_that_begins_changes_the_published_order() {
    let (current, next) = (key(SigningAlgorithm::EdDSA, now()), key(SigningAlgorithm::EdDSA, after(now(), HOUR)));
    let keys = [current.clone(), next.clone()];
    let ring = ring(&keys);
    assert_eq!(kids(&ring), [current.id.to_string(), next.id.to_string()]);
    let later = ring.rebuild(&keys, after(now(), HOUR), &masters()).expect("built").expect("changed");
    assert_eq!(kids(&later), [next.id.to_string(), current.id.to_string()]);
}

#[test]
fn rows_that_were_tampered_with_are_refused() {
    let (one, other) = (key(SigningAlgorithm::EdDSA, now()), key(SigningAlgorithm::EdDSA, now()));
    let refused = |row: SigningKey| Keyring::build(&[row], now(), &masters()).err().expect("refused").to_string();
    let foreign_jwk = SigningKey { public_jwk: other.public_jwk.clone(), ..one.clone() };
    assert!(refused(foreign_jwk).contains(one.id.as_str()));
    let foreign_private = SigningKey { sealed_private: other.sealed_private.clone(), ..one.clone() };
    assert!(refused(foreign_private).contains("another purpose"));
    refused(SigningKey { algorithm: SigningAlgorithm::ES256, ..one });
}
