//! Tests of the store, the same for both databases: `TEST_DATABASE_URL` is `sqlite:` (the default, a fresh file each) or
//! `postgres://…` (a fresh schema each).

mod broken;
mod migrations;
mod moments;
mod people;
mod races;
mod sweeping;
mod tokens;
mod transactions;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::{TimeZone as _, Utc};
use diesel::connection::SimpleConnection as _;

use super::connection::{Access, connect};
use super::{Conn, Store, StoreSettings, Target, clients, grants, migrate, sessions, users};
use crate::domain::claims::ClaimsRequest;
use crate::domain::client::{ApplicationType, AuthMethod, Client, GrantType, Lifetimes, Links};
use crate::domain::error::Fault;
use crate::domain::grant::Grant;
use crate::domain::id::{ClientId, FromMoment, GrantId, SessionId, UserId};
use crate::domain::instant::Instant;
use crate::domain::key::SigningAlgorithm;
use crate::domain::redirect_uri::RedirectUri;
use crate::domain::scope::Scope;
use crate::domain::secret::Digest;
use crate::domain::session::{Authentication, Session};
use crate::domain::user::{Email, Name, Role, User};

/// A database of a test's own, gone when it is dropped.
struct Database {
    settings: StoreSettings,
    store: Store,
    schema: Option<(String, String)>,
    _folder: tempfile::TempDir,
}

impl Database {
    /// Migrated and open.
    fn fresh() -> Self {
        Self::with(true)
    }

    fn empty() -> Self {
        Self::with(false)
    }

    fn with(migrated: bool) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let folder = tempfile::tempdir().unwrap();
        #[expect(clippy::disallowed_methods, reason = "tests/run says which database the suite runs on")]
        let url = std::env::var("TEST_DATABASE_URL").unwrap_or_else(|_| "sqlite:".to_owned());
        let (target, schema) = if url.starts_with("sqlite:") {
            (Target::Sqlite(folder.path().join("inner").join("cardea.db")), None)
        } else {
            let name = format!("t{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
            run_sql(&url, &format!("CREATE SCHEMA {name}"));
            let between = if url.contains('?') { '&' } else { '?' };
            (Target::Postgres(format!("{url}{between}options=-csearch_path%3D{name}")), Some((url, name)))
        };
        let settings = StoreSettings { target, pool_size: 4, connect_timeout: Duration::from_secs(2) };
        if migrated {
            migrate::run(&settings).unwrap();
        }
        let store = Store::open(settings.clone()).unwrap();
        Self { settings, store, schema, _folder: folder }
    }

    fn write<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Fault> + Send + 'static) -> T {
        self.store.write_blocking(work).unwrap()
    }

    fn read<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Fault>) -> T {
        self.store.read_blocking(work).unwrap()
    }

    fn is_sqlite(&self) -> bool {
        self.schema.is_none()
    }

    /// Runs SQL behind the store's back.
    fn sql(&self, text: &str) {
        connect(&self.settings, Access::Write).unwrap().batch_execute(text).unwrap();
    }

    /// With one person, one client, a session and a grant.
    fn furnished() -> (Self, Grant) {
        let database = Self::fresh();
        let grant = grant(1);
        let kept = grant.clone();
        database.write(move |conn| {
            clients::insert(conn, &client("shop"))?;
            assert!(users::insert(conn, &user(1, "Ada@Example.com"), None)?);
            sessions::insert(conn, &session(1))?;
            grants::insert(conn, &kept)
        });
        (database, grant)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.store.close_blocking();
        if let Some((url, name)) = &self.schema {
            run_sql(url, &format!("DROP SCHEMA {name} CASCADE"));
        }
    }
}

fn run_sql(url: &str, text: &str) {
    let settings = StoreSettings {
        target: Target::Postgres(url.to_owned()),
        pool_size: 1,
        connect_timeout: Duration::from_secs(2),
    };
    connect(&settings, Access::Write).unwrap().batch_execute(text).unwrap();
}

/// `seconds` after the tests' beginning of time, with microseconds.
fn at(seconds: i64) -> Instant {
    Utc.timestamp_opt(1_800_000_000 + seconds, 123_456_000).unwrap()
}

fn id<T: FromMoment>(number: u8) -> T {
    T::from_moment(at(i64::from(number)), [number; 10])
}

fn client_id(text: &str) -> ClientId {
    ClientId::parse(text).unwrap()
}

fn digest(byte: u8) -> Digest {
    Digest::new([byte; 32])
}

/// What a value says of itself; most domain types have no `==`.
fn shown(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

fn client(name: &str) -> Client {
    let uri = |text| RedirectUri::register(text, ApplicationType::Web).unwrap();
    Client {
        id: client_id(name),
        name: format!("The \"{name}\" – café"),
        application_type: ApplicationType::Web,
        auth_method: AuthMethod::ClientSecretBasic,
        redirect_uris: vec![uri("https://shop.example/a?b=c"), uri("https://shop.example/d")],
        post_logout_redirect_uris: vec![uri("https://shop.example/bye")],
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        scope: Scope::parse("openid email orders:read").unwrap(),
        require_pkce: true,
        first_party: false,
        may_introspect: true,
        lifetimes: Lifetimes {
            access: Some(Duration::from_mins(1)),
            code: Some(Duration::from_secs(30)),
            refresh_idle: None,
            refresh_absolute: Some(Duration::from_hours(2_500)),
        },
        access_token_alg: Some(SigningAlgorithm::EdDSA),
        id_token_alg: SigningAlgorithm::RS256,
        userinfo_alg: Some(SigningAlgorithm::ES256),
        links: Links {
            client_uri: Some("https://shop.example".to_owned()),
            logo_uri: None,
            policy_uri: Some("https://shop.example/policy".to_owned()),
            tos_uri: Some("https://shop.example/terms".to_owned()),
        },
        disabled_at: None,
        created_at: at(0),
        updated_at: at(1),
    }
}

fn user(number: u8, email: &str) -> User {
    User {
        id: id::<UserId>(number),
        email: Email::parse(email).unwrap(),
        email_verified: number.is_multiple_of(2),
        name: Name::parse("Ada Lovelace").unwrap(),
        roles: ["admin", "buyer"].map(|role| role.parse::<Role>().unwrap()).to_vec(),
        disabled_at: None,
        created_at: at(2),
        updated_at: at(3),
    }
}

fn session(number: u8) -> Session {
    Session {
        id: id::<SessionId>(number),
        digest: digest(number),
        user: id::<UserId>(1),
        authentication: Authentication::by_password(at(4)),
        created_at: at(5),
        last_seen_at: at(6),
        expires_at: at(3600),
        revoked_at: None,
        address: "192.0.2.1".to_owned(),
        user_agent: "Browser/1".to_owned(),
    }
}

fn grant(number: u8) -> Grant {
    let wanted = BTreeMap::from([("email".to_owned(), serde_json::json!({"essential": true}))]);
    Grant {
        id: id::<GrantId>(number),
        client: client_id("shop"),
        user: id::<UserId>(1),
        session: id::<SessionId>(1),
        scope: Scope::parse("openid email").unwrap(),
        claims: ClaimsRequest { userinfo: wanted, id_token: BTreeMap::new() },
        authentication: Authentication::by_password(at(4)),
        offline: false,
        created_at: at(7),
        expires_at: at(3600),
        revoked_at: None,
    }
}
