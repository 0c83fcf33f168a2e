//! Clients, their secrets, people, sessions, interactions, consents, the server's own secrets, events: all round trips.

use serde_json::json;

use super::super::{
    client_secrets, clients, consents, events, grants, interactions, server_secrets, sessions, signing_keys, users,
};
use super::{Database, at, client, client_id, digest, grant, id, session, shown, user};
use crate::domain::client::{AuthMethod, ClientSecret};
use crate::domain::consent::Consent;
use crate::domain::event::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::id::{EventId, UserId};
use crate::domain::interaction::{Decision, Interaction};
use crate::domain::key::{SigningAlgorithm, SigningKey};
use crate::domain::scope::Scope;
use crate::domain::user::{Email, PasswordHash};

#[test]
fn clients_come_back_as_they_went_in() {
    let db = Database::fresh();
    db.write(|conn| {
        for name in ["b", "a", "c"] {
            clients::insert(conn, &client(name))?;
        }
        Ok(())
    });
    assert_eq!(db.read(|conn| clients::find(conn, &client_id("a"))).unwrap(), client("a"));
    assert!(db.read(|conn| clients::find(conn, &client_id("A"))).is_none());
    let page = db.read(|conn| clients::list(conn, Some(&client_id("a")), 1));
    assert_eq!(page, [client("b")]);
    assert_eq!(db.read(|conn| clients::list(conn, None, 9)).len(), 3);

    assert!(db.write(|conn| clients::set_disabled(conn, &client_id("a"), Some(at(50)), at(50))));
    let mut changed = client("a");
    changed.name = "New".to_owned();
    changed.auth_method = AuthMethod::None;
    changed.lifetimes.access = None;
    changed.redirect_uris.clear();
    changed.updated_at = at(60);
    let sent = changed.clone();
    assert!(db.write(move |conn| clients::update(conn, &sent)));
    // A registration that knows nothing of it does not switch a client on again.
    changed.disabled_at = Some(at(50));
    assert_eq!(db.read(|conn| clients::find(conn, &client_id("a"))).unwrap(), changed);
    assert!(db.write(|conn| clients::set_disabled(conn, &client_id("a"), None, at(61))));
    assert!(db.read(|conn| clients::find(conn, &client_id("a"))).unwrap().disabled_at.is_none());
    assert!(!db.write(|conn| clients::update(conn, &client("nobody"))));
    assert!(!db.write(|conn| clients::set_disabled(conn, &client_id("nobody"), None, at(61))));
    assert!(db.write(|conn| clients::remove(conn, &client_id("a"))));
    assert!(!db.write(|conn| clients::remove(conn, &client_id("a"))));
}

#[test]
fn a_registration_has_its_secrets_newest_first() {
    let db = Database::fresh();
    let secret = |number: u8| ClientSecret {
        id: id(number),
        client: client_id("shop"),
        digest: digest(number),
        created_at: at(i64::from(number)),
        expires_at: (number == 1).then(|| at(99)),
    };
    db.write(move |conn| {
        clients::insert(conn, &client("shop"))?;
        clients::insert(conn, &client("other"))?;
        client_secrets::insert(conn, &secret(1))?;
        client_secrets::insert(conn, &secret(2))
    });
    let registration = db.read(|conn| clients::registration(conn, &client_id("shop"))).unwrap();
    assert_eq!(shown(&registration.secrets), shown(&[secret(2), secret(1)]));
    assert_eq!(registration.secrets.first().unwrap().digest.as_bytes(), &[2; 32]);
    assert!(db.read(|conn| clients::registration(conn, &client_id("other"))).unwrap().secrets.is_empty());
    assert!(db.read(|conn| clients::registration(conn, &client_id("none"))).is_none());
    assert!(db.write(|conn| client_secrets::expire(conn, &id(2), at(77))));
    assert!(!db.write(|conn| client_secrets::expire(conn, &id(3), at(77))));
    let listed = db.read(|conn| client_secrets::list(conn, &client_id("shop")));
    assert_eq!(listed.first().unwrap().expires_at, Some(at(77)));
    assert!(db.write(|conn| client_secrets::remove(conn, &id(1))));
    assert!(!db.write(|conn| client_secrets::remove(conn, &id(1))));
    assert!(
        db.store
            .write_blocking(move |conn| client_secrets::insert(
                conn,
                &ClientSecret { client: client_id("none"), ..secret(9) }
            ))
            .is_err()
    );
}

#[test]
fn people_come_back_with_their_roles() {
    let db = Database::fresh();
    let hash = PasswordHash::new("$2b$hash".to_owned());
    db.write(move |conn| {
        assert!(users::insert(conn, &user(1, "Ada@Example.com"), Some(&hash))?);
        // Taken, whatever the case; the transaction goes on.
        assert!(!users::insert(conn, &user(2, "ada@example.COM"), None)?);
        assert!(users::insert(conn, &user(2, "bob@example.com"), None)?);
        let mut plain = user(3, "eve@example.com");
        plain.roles.clear();
        assert!(users::insert(conn, &plain, None)?);
        users::insert(conn, &user(4, "zoe@example.com"), None)
    });
    let ada = user(1, "Ada@Example.com");
    assert_eq!(shown(&db.read(|conn| users::find(conn, &id(1))).unwrap()), shown(&ada));
    let by_email = db.read(|conn| users::find_by_email(conn, &Email::parse("ADA@example.com").unwrap()));
    assert_eq!(shown(&by_email.unwrap()), shown(&ada));
    let listed = db.read(|conn| users::list(conn, None, 10));
    let roles: Vec<usize> = listed.iter().map(|user| user.roles.len()).collect();
    assert_eq!(roles, [2, 2, 0, 2]);
    let page = db.read(|conn| users::list(conn, Some(&id(1)), 2));
    let ids: Vec<UserId> = page.iter().map(|user| user.id.clone()).collect();
    assert_eq!(ids, [id(2), id(3)]);
    assert_eq!(page.first().unwrap().roles, ada.roles);
    assert!(db.read(|conn| users::list(conn, Some(&id(9)), 2)).is_empty());

    assert_eq!(db.read(|conn| users::password(conn, &id(1))).unwrap().as_str(), "$2b$hash");
    assert!(db.read(|conn| users::password(conn, &id(2))).is_none());
    assert!(db.read(|conn| users::password(conn, &id(9))).is_none());
    let new = PasswordHash::new("new".to_owned());
    assert!(db.write(move |conn| users::set_password(conn, &id(2), &new, at(70))));
    assert_eq!(db.read(|conn| users::password(conn, &id(2))).unwrap().as_str(), "new");
    assert!(db.write(|conn| users::set_disabled(conn, &id(2), Some(at(71)), at(71))));
    let bob = db.read(|conn| users::find(conn, &id(2))).unwrap();
    assert_eq!((bob.disabled_at, bob.updated_at), (Some(at(71)), at(71)));
    assert!(db.write(|conn| users::remove(conn, &id(2))));
    assert!(!db.write(|conn| users::remove(conn, &id(2))));
    assert!(db.read(|conn| users::find(conn, &id(2))).is_none());
}

#[test]
fn a_session_is_found_touched_and_ended_once() {
    let (db, _) = Database::furnished();
    assert_eq!(shown(&db.read(|conn| sessions::find(conn, &id(1))).unwrap()), shown(&session(1)));
    assert_eq!(db.read(|conn| sessions::find(conn, &id(1))).unwrap().digest.as_bytes(), &[1; 32]);
    db.write(|conn| sessions::touch(conn, &id(1), at(99)));
    assert_eq!(db.read(|conn| sessions::find(conn, &id(1))).unwrap().last_seen_at, at(99));
    assert!(db.write(|conn| sessions::revoke(conn, &id(1), at(100))));
    assert!(!db.write(|conn| sessions::revoke(conn, &id(1), at(101))));
    assert_eq!(db.read(|conn| sessions::find(conn, &id(1))).unwrap().revoked_at, Some(at(100)));
    db.write(|conn| {
        sessions::insert(conn, &session(2))?;
        sessions::insert(conn, &session(3))
    });
    assert_eq!(db.write(|conn| sessions::revoke_of_user(conn, &id(1), at(102))), 2);
    assert_eq!(db.write(|conn| sessions::revoke_of_user(conn, &id(1), at(103))), 0);
}

#[test]
fn an_interaction_is_decided_until_it_is_finished_once() {
    let (db, _) = Database::furnished();
    let begun = Interaction {
        id: id(1),
        client: client_id("shop"),
        parameters: [("state".to_owned(), "a\u{0}\"é".to_owned())].into(),
        browser: digest(8),
        decision: Decision::Open,
        created_at: at(1),
        expires_at: at(600),
        finished_at: None,
    };
    let sent = begun.clone();
    db.write(move |conn| interactions::insert(conn, &sent));
    assert_eq!(shown(&db.read(|conn| interactions::find(conn, &id(1))).unwrap()), shown(&begun));
    for decision in [Decision::Chosen(id(1)), Decision::Denied(id(1)), Decision::Open, Decision::Allowed(id(1))] {
        let sent = decision.clone();
        assert!(db.write(move |conn| interactions::decide(conn, &id(1), &sent)));
        assert_eq!(db.read(|conn| interactions::find(conn, &id(1))).unwrap().decision, decision);
    }
    assert!(db.write(|conn| interactions::finish(conn, &id(1), at(9))));
    assert!(!db.write(|conn| interactions::finish(conn, &id(1), at(10))));
    assert!(!db.write(|conn| interactions::decide(conn, &id(1), &Decision::Open)));
    assert_eq!(db.read(|conn| interactions::find(conn, &id(1))).unwrap().finished_at, Some(at(9)));
    assert!(db.read(|conn| interactions::find(conn, &id(2))).is_none());
}

#[test]
fn a_consent_takes_the_place_of_the_last() {
    let (db, _) = Database::furnished();
    let consent = |scope: &str, seconds| Consent {
        user: id(1),
        client: client_id("shop"),
        scope: Scope::parse(scope).unwrap(),
        granted_at: at(seconds),
    };
    assert!(db.read(|conn| consents::find(conn, &id(1), &client_id("shop"))).is_none());
    for (scope, seconds) in [("openid", 1), ("email openid", 2)] {
        db.write(move |conn| consents::put(conn, &consent(scope, seconds)));
        let found = db.read(|conn| consents::find(conn, &id(1), &client_id("shop"))).unwrap();
        assert_eq!(shown(&found), shown(&consent(scope, seconds)));
    }
    assert!(db.write(|conn| consents::remove(conn, &id(1), &client_id("shop"))));
    assert!(!db.write(|conn| consents::remove(conn, &id(1), &client_id("shop"))));
}

#[test]
fn removing_a_person_or_a_client_takes_what_hangs_off_them() {
    let (db, _) = Database::furnished();
    assert!(db.write(|conn| users::remove(conn, &id(1))));
    assert!(db.read(|conn| grants::find(conn, &id(1))).is_none());
    assert!(db.read(|conn| sessions::find(conn, &id(1))).is_none());
    let (db, _) = Database::furnished();
    db.write(|conn| grants::insert(conn, &grant(2)));
    assert!(db.write(|conn| clients::remove(conn, &client_id("shop"))));
    assert!(db.read(|conn| grants::find(conn, &id(2))).is_none());
    assert!(db.read(|conn| sessions::find(conn, &id(1))).is_some());
}

#[test]
fn keys_and_secrets_are_kept_and_sealed_anew() {
    let db = Database::fresh();
    let key = |number: u8| SigningKey {
        id: id(number),
        algorithm: SigningAlgorithm::ES256,
        public_jwk: "{\"kty\":\"EC\"}".to_owned(),
        sealed_private: vec![0, 255, number],
        created_at: at(i64::from(number)),
        activates_at: at(100),
        expires_at: None,
    };
    db.write(move |conn| {
        signing_keys::insert(conn, &key(2))?;
        signing_keys::insert(conn, &key(1))
    });
    assert_eq!(shown(&db.read(signing_keys::list)), shown(&[key(1), key(2)]));
    db.write(|conn| signing_keys::reseal(conn, &id(1), b"anew"));
    db.write(|conn| signing_keys::expire(conn, &id(1), at(200)));
    let first = db.read(signing_keys::list).remove(0);
    assert_eq!((first.sealed_private, first.expires_at), (b"anew".to_vec(), Some(at(200))));
    assert_eq!(db.write(|conn| signing_keys::remove_expired(conn, at(199))), 0);
    assert_eq!(db.write(|conn| signing_keys::remove_expired(conn, at(200))), 1);

    assert!(db.write(|conn| server_secrets::insert_new(conn, "pepper", &[0, 1], at(1))));
    assert!(!db.write(|conn| server_secrets::insert_new(conn, "pepper", &[9], at(2))));
    assert_eq!(db.read(|conn| server_secrets::find(conn, "pepper")), Some(vec![0, 1]));
    assert!(db.read(|conn| server_secrets::find(conn, "salt")).is_none());
    db.write(|conn| server_secrets::reseal(conn, "pepper", &[7]));
    assert_eq!(db.read(server_secrets::list), [("pepper".to_owned(), vec![7])]);
}

#[test]
fn every_kind_of_event_comes_back() {
    let db = Database::fresh();
    let event = |number: usize, kind: EventKind, actor: Actor| Event {
        id: id::<EventId>(u8::try_from(number).unwrap()),
        at: at(1),
        kind,
        outcome: if number.is_multiple_of(2) { Outcome::Success } else { Outcome::Failure },
        actor,
        user: Some(id(1)),
        client: (number != 3).then(|| client_id("shop")),
        session: None,
        grant: Some(id(2)),
        origin: Origin { address: "::1".to_owned(), user_agent: String::new(), request_id: "r".to_owned() },
        detail: json!({"why": "line\nbreak"}),
    };
    let actors = [Actor::Person, Actor::Client, Actor::Operator, Actor::Server];
    let all: Vec<Event> =
        EventKind::ALL.iter().zip(actors.iter().cycle()).enumerate().map(|(n, (k, a))| event(n, *k, *a)).collect();
    let sent = all.clone();
    db.write(move |conn| sent.iter().try_for_each(|event| events::insert(conn, event)));
    assert_eq!(shown(&db.read(|conn| events::list(conn, None, 1000))), shown(&all));
    let page = db.read(|conn| events::list(conn, Some(&id(4)), 2));
    assert_eq!(shown(&page), shown(&all.get(5..7).unwrap()));
}
