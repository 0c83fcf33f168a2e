//! A fresh database for each test: SQLite copies a prepared file, PostgreSQL clones a prepared template.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use diesel::connection::SimpleConnection as _;
use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query, sql_types,
};

use super::server::run_cardea;

/// A database of one test; it goes when the test ends.
pub enum Database {
    Sqlite { folder: tempfile::TempDir },
    Postgres { name: String },
}

/// A statement that SQLite wrote.
#[derive(QueryableByName)]
struct Statement {
    #[diesel(sql_type = sql_types::Text)]
    text: String,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);
/// PostgreSQL clones a template only while nobody else does.
static CLONING: Mutex<()> = Mutex::new(());

impl Database {
    pub fn fresh() -> Self {
        match server_url() {
            None => {
                let folder = tempfile::tempdir().unwrap();
                std::fs::copy(sqlite_template(), folder.path().join("cardea.db")).unwrap();
                Self::Sqlite { folder }
            }
            Some(server) => {
                let template = postgres_template(&server);
                let name = fresh_name("test");
                let _held = CLONING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                execute(&server, &format!("CREATE DATABASE {name} TEMPLATE {template}"));
                Self::Postgres { name }
            }
        }
    }

    /// One without tables.
    pub fn empty() -> Self {
        match server_url() {
            None => Self::Sqlite { folder: tempfile::tempdir().unwrap() },
            Some(server) => {
                let name = fresh_name("empty");
                execute(&server, &format!("CREATE DATABASE {name}"));
                Self::Postgres { name }
            }
        }
    }

    /// As settings have it.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite { folder } => sqlite_url(&folder.path().join("cardea.db")),
            Self::Postgres { name } => postgres_url(&server_url().unwrap(), name),
        }
    }

    /// Makes the database unreachable, as a failed disk or a stopped server would.
    pub fn take_away(&self) {
        match self {
            Self::Sqlite { folder } => {
                // Every table goes, behind the server's back. (To cut the files short would end the whole process by a
                // signal: SQLite maps them into memory.)
                let file = folder.path().join("cardea.db");
                let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
                conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = OFF").unwrap();
                let drops: Vec<Statement> = sql_query(
                    "SELECT 'DROP TABLE ' || name AS text FROM sqlite_master
                     WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
                )
                .load(&mut conn)
                .unwrap();
                let drops: Vec<String> = drops.into_iter().map(|statement| statement.text).collect();
                assert!(drops.len() > 5, "{drops:?}");
                conn.batch_execute(&format!("BEGIN IMMEDIATE; {}; COMMIT", drops.join("; "))).unwrap();
            }
            Self::Postgres { name } => {
                let server = server_url().unwrap();
                execute(&server, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
                execute(
                    &server,
                    &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
                );
            }
        }
    }

    /// Brings a PostgreSQL database back.
    pub fn bring_back(&self) {
        if let Self::Postgres { name } = self {
            execute(&server_url().unwrap(), &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"));
        }
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres { name } = self {
            execute(&server_url().unwrap(), &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// The PostgreSQL server that the suite runs on; without one it runs on SQLite.
fn server_url() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "tests/run says which database the suite runs on")]
    let url = std::env::var("TEST_DATABASE_URL").ok();
    url.filter(|url| url.starts_with("postgres"))
}

fn fresh_name(kind: &str) -> String {
    format!("cardea_{kind}_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

fn sqlite_url(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

fn postgres_url(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(name);
    url.to_string()
}

fn execute(server: &str, statement: &str) {
    let mut conn = PgConnection::establish(server).unwrap();
    sql_query(statement).execute(&mut conn).unwrap();
}

/// Tables and signing keys, made once a run by the real binary.
fn sqlite_template() -> &'static Path {
    static TEMPLATE: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, file) = TEMPLATE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cardea.db");
        prepare(&sqlite_url(&file));
        (folder, file)
    });
    file
}

fn postgres_template(server: &str) -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let name = fresh_name("template");
        execute(server, &format!("CREATE DATABASE {name}"));
        prepare(&postgres_url(server, &name));
        name
    })
}

fn prepare(url: &str) {
    let environment = super::server::environment(url, "http://localhost:1");
    run_cardea(&environment, &["migrate"], None).expect("migrate");
    run_cardea(&environment, &["key", "rotate", "--now", "--json"], None).expect("key rotate");
}
