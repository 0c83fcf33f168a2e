//! A row that cannot be what it says is a fault that names the table and the column.

use super::super::{clients, codes, events, grants, interactions, sessions, signing_keys};
use super::tokens::code;
use super::{Conn, Database, at, client_id, digest, id};
use crate::domain::error::{Fault, FaultKind};
use crate::domain::event::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::interaction::{Decision, Interaction};
use crate::domain::key::{SigningAlgorithm, SigningKey};

fn assert_names<T>(db: &Database, sql: &str, names: [&str; 2], read: impl FnOnce(&mut Conn) -> Result<T, Fault>) {
    db.sql(sql);
    let Err(fault) = db.store.read_blocking(read) else { panic!("read in spite of {sql}") };
    let text = fault.to_string();
    assert_eq!(fault.kind(), FaultKind::Internal);
    assert!(names.iter().all(|name| text.contains(name)), "{text} does not name {names:?}");
}

#[test]
fn a_broken_row_names_its_table_and_column() {
    let (db, _) = Database::furnished();
    let key = SigningKey {
        id: id(1),
        algorithm: SigningAlgorithm::RS256,
        public_jwk: String::new(),
        sealed_private: Vec::new(),
        created_at: at(1),
        activates_at: at(1),
        expires_at: None,
    };
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
        codes::insert(conn, &code(1))?;
        signing_keys::insert(conn, &key)?;
        interactions::insert(conn, &interaction)?;
        events::insert(conn, &event)
    });
    let find_interaction = |conn: &mut Conn| interactions::find(conn, &id(1));
    let find_client = |conn: &mut Conn| clients::find(conn, &client_id("shop"));
    let short = if db.is_sqlite() { "x'00'" } else { "'\\x00'" };
    assert_names(&db, &format!("UPDATE codes SET digest = {short}"), ["codes", "digest"], |c| codes::find(c, &id(1)));
    assert_names(&db, "UPDATE grants SET claims = '{'", ["grants", "claims"], |c| grants::find(c, &id(1)));
    assert_names(&db, "UPDATE sessions SET amr = 'pwd'", ["sessions", "amr"], |c| sessions::find(c, &id(1)));
    assert_names(&db, "UPDATE signing_keys SET algorithm = 'none'", ["signing_keys", "algorithm"], signing_keys::list);
    assert_names(&db, "UPDATE events SET kind = 'x'", ["events", "kind"], |c| events::list(c, None, 9));
    assert_names(&db, "UPDATE interactions SET decision = 'allowed'", ["interactions", "session_id"], find_interaction);
    assert_names(&db, "UPDATE interactions SET decision = 'maybe'", ["interactions", "decision"], find_interaction);
    assert_names(&db, "UPDATE clients SET access_lifetime = -1", ["clients", "access_lifetime"], find_client);
    assert_names(&db, "UPDATE clients SET auth_method = 'x'", ["clients", "auth_method"], find_client);
    if db.is_sqlite() {
        let nonsense = "UPDATE clients SET updated_at = 'yesterday'";
        assert_names(&db, nonsense, ["clients", "updated_at"], find_client);
    }
}
