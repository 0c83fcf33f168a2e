//! Single use under a crowd: however many come at once, one wins.

use std::sync::Barrier;

use super::super::{codes, interactions, refresh_tokens, server_secrets, users};
use super::tokens::{code, refresh_token};
use super::{Conn, Database, at, client_id, digest, id, user};
use crate::domain::error::Fault;
use crate::domain::interaction::{Decision, Interaction};

const CROWD: u8 = 20;

/// Runs `attempt` on twenty threads at once and counts who was told "true".
fn winners(db: &Database, attempt: fn(&mut Conn, u8) -> Result<bool, Fault>) -> usize {
    let start = Barrier::new(usize::from(CROWD));
    std::thread::scope(|scope| {
        let crowd: Vec<_> = (0..CROWD)
            .map(|number| {
                let (store, start) = (db.store.clone(), &start);
                scope.spawn(move || {
                    start.wait();
                    store.write_blocking(move |conn| attempt(conn, number)).unwrap()
                })
            })
            .collect();
        crowd.into_iter().map(|one| one.join().unwrap()).filter(|won| *won).count()
    })
}

#[test]
fn one_of_many_spends_a_code() {
    let (db, _) = Database::furnished();
    db.write(|conn| codes::insert(conn, &code(1)));
    assert_eq!(winners(&db, |conn, _| codes::spend(conn, &id(1), at(20))), 1);
}

#[test]
fn one_of_many_rotates_a_refresh_token() {
    let (db, _) = Database::furnished();
    db.write(|conn| refresh_tokens::insert(conn, &refresh_token(1, None)));
    assert_eq!(winners(&db, |conn, n| refresh_tokens::rotate(conn, &id(1), at(20), &id(100 + n), b"sealed")), 1);
}

#[test]
fn one_of_many_takes_an_address_a_name_and_an_interaction() {
    let (db, _) = Database::furnished();
    assert_eq!(winners(&db, |conn, n| users::insert(conn, &user(100 + n, "new@example.com"), None)), 1);
    assert_eq!(winners(&db, |conn, n| server_secrets::insert_new(conn, "pepper", &[n], at(1))), 1);
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
    db.write(move |conn| interactions::insert(conn, &interaction));
    assert_eq!(winners(&db, |conn, _| interactions::finish(conn, &id(1), at(9))), 1);
}
