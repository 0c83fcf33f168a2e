//! The sweeper takes what has had its time and leaves what an answer still depends on.

use super::super::{
    client_secrets, clients, codes, events, grants, interactions, refresh_tokens, revoked_tokens, sessions, sweep,
};
use super::tokens::{code, refresh_token};
use super::{Database, at, client_id, digest, id};
use crate::domain::client::ClientSecret;
use crate::domain::event::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::interaction::{Decision, Interaction};

const DAY: i64 = 24 * 60 * 60;

/// Sweeps until nothing is left to sweep, two rows of a table at a time; how many went.
fn sweep_at(db: &Database, seconds: i64) -> usize {
    let mut removed = 0;
    loop {
        let went = db.write(move |conn| sweep::sweep(conn, at(seconds), at(seconds - 30 * DAY), 2));
        removed += went;
        if went == 0 {
            return removed;
        }
    }
}

#[test]
fn everything_goes_in_its_time() {
    let (db, _) = Database::furnished();
    let interaction = Interaction {
        id: id(1),
        client: client_id("shop"),
        parameters: [].into(),
        browser: digest(8),
        decision: Decision::Open,
        created_at: at(1),
        expires_at: at(600),
        finished_at: None,
    };
    let secret = ClientSecret {
        id: id(1),
        client: client_id("shop"),
        digest: digest(1),
        created_at: at(0),
        expires_at: Some(at(50)),
    };
    let lasting = ClientSecret { id: id(2), expires_at: None, ..secret.clone() };
    let event = Event {
        id: id(1),
        at: at(0),
        kind: EventKind::CodeIssued,
        outcome: Outcome::Success,
        actor: Actor::Client,
        user: None,
        client: None,
        session: None,
        grant: None,
        origin: Origin::default(),
        detail: serde_json::json!({}),
    };
    db.write(move |conn| {
        interactions::insert(conn, &interaction)?;
        client_secrets::insert(conn, &secret)?;
        client_secrets::insert(conn, &lasting)?;
        events::insert(conn, &event)?;
        codes::insert(conn, &code(1))?;
        revoked_tokens::insert(conn, &id(1), at(40), at(0))?;
        for number in 1..=5 {
            refresh_tokens::insert(conn, &refresh_token(number, None))?;
        }
        grants::revoke(conn, &id(1), at(30)).map(drop)
    });

    assert_eq!(sweep_at(&db, 39), 0);
    assert_eq!(sweep_at(&db, 45), 1, "the revoked token");
    assert_eq!(sweep_at(&db, 55), 1, "the client secret");
    // The code has expired, and so have the interaction, the refresh tokens, the session and the grant.
    assert_eq!(sweep_at(&db, 3601), 0);
    assert!(db.read(|conn| codes::find(conn, &id(1))).is_some(), "a replay still finds it");
    assert!(db.read(|conn| grants::find(conn, &id(1))).unwrap().revoked_at.is_some(), "still known as revoked");
    assert_eq!(sweep_at(&db, 71 + DAY), 1, "the code");
    assert_eq!(sweep_at(&db, 601 + DAY), 1, "the interaction");
    assert_eq!(sweep_at(&db, 3599 + DAY), 0);
    assert!(db.read(|conn| refresh_tokens::find(conn, &id(1))).is_some(), "an old ancestor still revokes the family");
    assert_eq!(sweep_at(&db, 3601 + DAY), 7, "five refresh tokens, the grant, the session");
    assert!(db.read(|conn| sessions::find(conn, &id(1))).is_none());
    assert_eq!(sweep_at(&db, 1 + 30 * DAY), 1, "the event");
    assert_eq!(db.read(|conn| clients::registration(conn, &client_id("shop"))).unwrap().secrets.len(), 1);
}
