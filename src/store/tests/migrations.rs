//! Migrations go up, down and up again, once each, however many start them at the same time.

use std::sync::Barrier;

use super::super::{Store, Target, clients, migrate};
use super::{Database, client, client_id};

#[test]
fn up_down_and_up_again() {
    let db = Database::empty();
    let all = migrate::pending(&db.settings).unwrap();
    assert!(!all.is_empty());
    assert_eq!(migrate::run(&db.settings).unwrap(), all);
    assert!(migrate::pending(&db.settings).unwrap().is_empty());
    assert!(migrate::run(&db.settings).unwrap().is_empty());
    db.write(|conn| clients::insert(conn, &client("shop")));
    migrate::revert(&db.settings).unwrap();
    assert_eq!(migrate::pending(&db.settings).unwrap(), all);
    assert!(db.store.read_blocking(|conn| clients::find(conn, &client_id("shop"))).is_err());
    assert_eq!(migrate::run(&db.settings).unwrap(), all);
    assert!(db.read(|conn| clients::find(conn, &client_id("shop"))).is_none());
}

#[test]
fn many_may_start_at_once() {
    let db = Database::empty();
    let mut settings = db.settings.clone();
    if let Target::Sqlite(path) = &mut settings.target {
        // A file that nobody has made yet.
        path.set_file_name("first-start.db");
    }
    let start = Barrier::new(8);
    let starter = || {
        start.wait();
        let applied = migrate::run(&settings).unwrap().len();
        Store::open(settings.clone()).unwrap();
        applied
    };
    let applied: usize = std::thread::scope(|scope| {
        let starters: Vec<_> = (0..8).map(|_| scope.spawn(starter)).collect();
        starters.into_iter().map(|starter| starter.join().unwrap()).sum()
    });
    assert!(migrate::pending(&settings).unwrap().is_empty());
    assert_eq!(applied, 1);
}

#[test]
fn both_databases_have_migrations_of_the_same_names() {
    let names = |folder: &str| {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
        let mut names: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
