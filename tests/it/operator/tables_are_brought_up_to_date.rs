//! `migrate` and `migrate --check`; without either, a server that may not migrate says what is missing.

use crate::house::House;
use crate::house::database::Database;
use crate::house::server::{environment, run_cardea};

#[tokio::test]
async fn an_up_to_date_database_has_nothing_pending() {
    let house = House::open().await;
    assert!(run_cardea(&house.environment, &["migrate", "--check"], None).unwrap().contains("nothing is pending"));
    assert!(run_cardea(&house.environment, &["migrate"], None).unwrap().contains("nothing to do"));
}

#[test]
fn an_empty_database_is_told_apart_brought_up_and_served() {
    let database = Database::empty();
    let mut environment = environment(&database.url(), "http://localhost:1");
    environment.push(("CARDEA_DATABASE__MIGRATE".to_owned(), "false".to_owned()));
    let error = run_cardea(&environment, &["migrate", "--check"], None).unwrap_err();
    assert!(error.contains("initial") && error.contains("cardea migrate"), "{error}");
    // Looking changed nothing, and a command that needs the tables fails without making them.
    run_cardea(&environment, &["client", "list"], None).unwrap_err();
    run_cardea(&environment, &["migrate", "--check"], None).unwrap_err();
    let said = run_cardea(&environment, &["migrate"], None).unwrap();
    assert!(said.contains("applied") && said.contains("initial"), "{said}");
    run_cardea(&environment, &["migrate", "--check"], None).unwrap();
    run_cardea(&environment, &["client", "list"], None).unwrap();
}

#[test]
fn commands_that_start_at_once_migrate_once() {
    let database = Database::empty();
    let environment = environment(&database.url(), "http://localhost:1");
    let said: Vec<String> = std::thread::scope(|scope| {
        let started: Vec<_> =
            (0..4).map(|_| scope.spawn(|| run_cardea(&environment, &["migrate"], None).unwrap())).collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(said.iter().filter(|said| said.contains("applied")).count(), 1, "{said:?}");
}
