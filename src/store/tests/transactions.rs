//! A write is one transaction, and whatever one job does, its neighbours in the queue keep what is theirs.

use std::sync::mpsc::channel;
use std::time::Duration;

use diesel::RunQueryDsl as _;
use diesel::connection::SimpleConnection as _;

use super::super::attempt::Attempt as _;
use super::super::connection::{Access, connect};
use super::super::{Conn, Store, StoreSettings, Target, clients, codes, server_secrets};
use super::{Database, at, client, client_id, id};
use crate::domain::error::{Fault, FaultKind};

fn put(conn: &mut Conn, name: &str) -> Result<(), Fault> {
    server_secrets::insert_new(conn, name, b"x", at(1)).map(drop)
}

fn names(db: &Database) -> Vec<String> {
    db.read(server_secrets::list).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn an_error_rolls_all_of_its_job_back() {
    let db = Database::fresh();
    let outcome: Result<(), Fault> = db.store.write_blocking(|conn| {
        put(conn, "half")?;
        Err(Fault::internal("after the first half"))
    });
    assert_eq!(outcome.unwrap_err().to_string(), "after the first half");
    assert!(names(&db).is_empty());
}

#[test]
fn a_failed_statement_that_is_ignored_cannot_pass_for_a_commit() {
    let db = Database::fresh();
    let outcome = db.store.write_blocking(|conn| {
        clients::insert(conn, &client("one"))?;
        // The id is taken: a fault that this job wrongly swallows.
        drop(clients::insert(conn, &client("one")));
        Ok(())
    });
    // SQLite undoes the one statement and goes on. PostgreSQL undoes everything, and then must not say that all is well.
    let kept = db.read(|conn| clients::find(conn, &client_id("one"))).is_some();
    assert_eq!(outcome.is_ok(), kept);
}

#[tokio::test]
async fn jobs_that_fail_or_panic_harm_no_neighbour() {
    let db = Database::fresh();
    let (release, gate) = channel::<()>();
    // Holds the writer, so that the others are certain to share one commit.
    let holding = db.store.write(move |conn| {
        gate.recv_timeout(Duration::from_secs(5)).ok();
        put(conn, "gate")
    });
    let failing = db.store.write(|conn| {
        put(conn, "failing")?;
        Err::<(), _>(Fault::internal("on purpose"))
    });
    let panicking = db.store.write(|conn| -> Result<(), Fault> {
        put(conn, "panicking")?;
        panic!("on purpose")
    });
    let misspelt = db.store.write(|conn| {
        put(conn, "misspelt")?;
        conn.batch_execute("SELEKT 1").attempt("misspelling")
    });
    let (first, last) = (db.store.write(|conn| put(conn, "first")), db.store.write(|conn| put(conn, "last")));
    let opening = async {
        tokio::task::yield_now().await;
        release.send(()).unwrap();
    };
    let (held, first, failed, panicked, misspelt, last, ()) =
        tokio::join!(holding, first, failing, panicking, misspelt, last, opening);
    held.unwrap();
    first.unwrap();
    last.unwrap();
    assert_eq!(failed.unwrap_err().to_string(), "on purpose");
    assert!(panicked.unwrap_err().to_string().contains("panicked"));
    assert_eq!(misspelt.unwrap_err().kind(), FaultKind::Internal);
    assert_eq!(names(&db), ["first", "gate", "last"]);
}

#[tokio::test]
async fn closing_flushes_what_waits_and_refuses_what_comes() {
    let db = Database::fresh();
    if !db.is_sqlite() {
        return; // PostgreSQL has no queue of ours.
    }
    let mut waiting = Vec::new();
    for number in 0..50 {
        let mut write = Box::pin(db.store.write(move |conn| put(conn, &number.to_string())));
        // Polled once: it is in the queue.
        assert!(futures_util::poll!(&mut write).is_pending());
        waiting.push(write);
    }
    db.store.close().await;
    assert_eq!(names(&db).len(), 50);
    for write in waiting {
        write.await.unwrap();
    }
    assert_eq!(db.store.write(|conn| put(conn, "late")).await.unwrap_err().kind(), FaultKind::Unavailable);
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let db = Database::fresh();
    if !db.is_sqlite() {
        return; // PostgreSQL has no queue of ours.
    }
    let (release, gate) = channel::<()>();
    let mut waiting = vec![Box::pin(db.store.write(move |_| {
        let _ = gate.recv();
        Ok(())
    })) as std::pin::Pin<Box<dyn Future<Output = Result<(), Fault>>>>];
    let mut refused = 0;
    for _ in 0..5000 {
        let mut write = Box::pin(db.store.write(|_| Ok(())));
        match futures_util::poll!(&mut write) {
            std::task::Poll::Ready(outcome) => {
                assert_eq!(outcome.unwrap_err().kind(), FaultKind::Unavailable);
                refused += 1;
            }
            std::task::Poll::Pending => waiting.push(write),
        }
        if refused == 0 && waiting.len() == 2 {
            assert!(futures_util::poll!(waiting.first_mut().unwrap()).is_pending());
        }
    }
    assert!(refused > 0);
    release.send(()).unwrap();
    for write in waiting {
        write.await.unwrap();
    }
}

#[test]
fn a_file_that_another_process_holds_is_unavailable_not_broken() {
    let db = Database::fresh();
    if !db.is_sqlite() {
        return; // PostgreSQL locks rows.
    }
    let mut other = connect(&db.settings, Access::Write).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let fault = db.store.write_blocking(|conn| put(conn, "late")).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Unavailable);
    other.batch_execute("ROLLBACK").unwrap();
    db.write(|conn| put(conn, "in time"));
}

#[tokio::test]
async fn reading_cannot_write_and_the_pool_runs_dry_in_time() {
    let db = Database::fresh();
    if db.is_sqlite() {
        assert!(db.store.read_blocking(|conn| put(conn, "read")).is_err());
    }
    let (release, gate) = channel::<()>();
    let gate = std::sync::Arc::new(std::sync::Mutex::new(gate));
    let holders: Vec<_> = (0..4)
        .map(|_| {
            let (store, gate) = (db.store.clone(), gate.clone());
            std::thread::spawn(move || {
                store.read_blocking(|_| {
                    let _ = gate.lock().unwrap().recv();
                    Ok(())
                })
            })
        })
        .collect();
    std::thread::sleep(Duration::from_millis(200));
    let fault = db.store.ping().await.unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Unavailable);
    drop(release);
    for holder in holders {
        holder.join().unwrap().unwrap();
    }
    db.store.ping().await.unwrap();
}

#[test]
fn a_database_that_is_away_is_unavailable_with_its_cause() {
    let at = |target| StoreSettings { target, pool_size: 1, connect_timeout: Duration::from_secs(2) };
    for target in [
        Target::Postgres("postgres://nobody:sesame@127.0.0.1:9/none".to_owned()),
        Target::Sqlite("/dev/null/no/such.db".into()),
    ] {
        let settings = at(target);
        assert!(!format!("{settings:?}").contains("sesame"));
        let Err(fault) = Store::open(settings) else { panic!("opened") };
        assert_eq!(fault.kind(), FaultKind::Unavailable, "{fault}");
        assert!(std::error::Error::source(&fault).is_some());
    }
}

#[tokio::test]
async fn a_connection_that_the_server_ended_is_replaced() {
    let db = Database::fresh();
    if db.is_sqlite() {
        return; // A file ends no connections.
    }
    for _ in 0..2 {
        let fault = db
            .store
            .read(|conn| conn.batch_execute("SELECT pg_terminate_backend(pg_backend_pid())").attempt("ending it"));
        assert_eq!(fault.await.unwrap_err().kind(), FaultKind::Unavailable);
        db.store.ping().await.unwrap();
        db.store.write(|conn| put(conn, "after")).await.unwrap();
    }
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let db = Database::fresh();
    let Target::Sqlite(path) = &db.settings.target else { return };
    db.write(|conn| put(conn, "something"));
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path), 0o600);
    assert_eq!(mode(&path.with_extension("db-wal")), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
}

#[test]
fn updates_and_upserts_stay_prepared() {
    #[derive(diesel::QueryableByName)]
    struct Prepared {
        #[diesel(sql_type = diesel::sql_types::Text)]
        statement: String,
    }
    let (db, _) = Database::furnished();
    if db.is_sqlite() {
        return; // Only PostgreSQL tells what it keeps prepared.
    }
    let prepared: Vec<Prepared> = db.write(|conn| {
        codes::spend(conn, &id(1), at(1))?;
        server_secrets::insert_new(conn, "name", b"x", at(1))?;
        diesel::sql_query("SELECT statement FROM pg_prepared_statements").load(conn).attempt("asking what is prepared")
    });
    for beginning in ["UPDATE \"codes\" SET", "INSERT INTO \"server_secrets\""] {
        assert!(prepared.iter().any(|kept| kept.statement.starts_with(beginning)), "{beginning} was not kept");
    }
}
