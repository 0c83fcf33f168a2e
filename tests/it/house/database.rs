//! A fresh database for each test: SQLite copies a prepared file, PostgreSQL clones a prepared template.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use diesel::{Connection as _, PgConnection, RunQueryDsl as _, sql_query};

use super::server::run_cardea;

/// A database of one test; it goes when the test ends.
pub enum Database {
    Sqlite { folder: tempfile::TempDir },
    Postgres { name: String },
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
                // Another process that will not let go of the write lock, and then of the file.
                for file in ["cardea.db", "cardea.db-wal", "cardea.db-shm"] {
                    let path = folder.path().join(file);
                    if path.exists() {
                        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(0).unwrap();
                    }
                }
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
