//! Moments compare as they pass, with and without fractions of a second, up to the end of time.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use diesel::connection::SimpleConnection as _;

use super::super::attempt::Attempt as _;
use super::super::{revoked_tokens, signing_keys, sweep};
use super::{Database, at, id};
use crate::domain::id::{FromMoment as _, TokenId};
use crate::domain::instant::{Instant, after};
use crate::domain::key::{SigningAlgorithm, SigningKey};

#[test]
fn a_fraction_of_a_second_decides() {
    let db = Database::fresh();
    let whole = Utc.timestamp_opt(1_800_000_000, 0).unwrap();
    let fractions = [0, 1, 1_000, 10_000, 100_000, 120_000, 123_000, 123_400, 123_456, 500_000, 999_000, 999_999];
    for expiry in fractions {
        for now in fractions {
            let db_now = whole + TimeDelta::microseconds(now);
            let expires_at = whole + TimeDelta::microseconds(expiry);
            let swept = sweeps(&db, expires_at, db_now);
            assert_eq!(swept, expires_at < db_now, "{expires_at} < {db_now}");
        }
    }
}

#[test]
fn the_end_of_time_is_after_everything() {
    let db = Database::fresh();
    let end = after(at(0), Duration::MAX);
    assert_eq!(end, DateTime::<Utc>::MAX_UTC);
    assert!(!sweeps(&db, end, at(1)));
    assert!(sweeps(&db, at(1), end));
}

#[test]
fn a_moment_comes_back_to_the_microsecond() {
    let db = Database::fresh();
    let moments = [at(0), Utc.timestamp_opt(1_800_000_000, 0).unwrap(), Utc.timestamp_opt(-1, 999_999_999).unwrap()];
    for (number, moment) in (1..).zip(moments) {
        let key = SigningKey {
            id: id(number),
            algorithm: SigningAlgorithm::RS256,
            public_jwk: String::new(),
            sealed_private: Vec::new(),
            created_at: at(i64::from(number)),
            activates_at: moment,
            expires_at: None,
        };
        db.write(move |conn| signing_keys::insert(conn, &key));
    }
    let back: Vec<Instant> = db.read(signing_keys::list).into_iter().map(|key| key.activates_at).collect();
    let truncated = Utc.timestamp_opt(-1, 999_999_000).unwrap();
    assert_eq!(back, [moments[0], moments[1], truncated]);
}

/// Whether the sweeper takes a row with this expiry at this moment.
fn sweeps(db: &Database, expires_at: Instant, now: Instant) -> bool {
    db.write(move |conn| {
        let token = TokenId::from_moment(expires_at, [0; 10]);
        revoked_tokens::insert(conn, &token, expires_at, at(0))?;
        sweep::sweep(conn, now, at(-1_000_000), 100)?;
        let kept = revoked_tokens::contains(conn, &token)?;
        conn.batch_execute("DELETE FROM revoked_tokens").attempt("clearing up")?;
        Ok(!kept)
    })
}
