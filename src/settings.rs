//! The operator's settings: embedded defaults < `--config FILE` < `CARDEA_SECTION__KEY`. Parsed once into types; everything
//! that is wrong is said at once, each with its key and what to write instead.

mod agreement;
pub mod issuer;
pub mod limits;
pub mod login;
mod nearest;
mod reader;
mod section;
pub mod value;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use crate::domain::key::SigningAlgorithm;

pub use issuer::Issuer;
pub use limits::Limits;
pub use login::Login;
pub use value::{DatabaseUrl, LogFormat, MasterKeyText};

use reader::Reader;
use section::section;

/// The defaults, documented key by key.
pub const DEFAULTS: &str = include_str!("../config/cardea.toml");

section! {
    /// `[http]`: where the server listens and what it is called from outside.
    Http, "http" {
        /// Where the server listens.
        listen: SocketAddr,
        /// What apps and browsers call this server.
        issuer: Issuer,
        /// Proxies whose `Forwarded` and `X-Forwarded-For` are believed.
        trusted_proxies: Vec<IpNet>,
        /// Threads that serve; 0 is one a core.
        workers: usize,
        /// The largest request body, in bytes.
        max_body: usize,
        /// How long a client may take to send its request.
        request_timeout: Duration,
        /// How long requests in flight may take when the server stops.
        shutdown_timeout: Duration,
    }
}

section! {
    /// `[database]`.
    Database, "database" {
        /// Which database.
        url: DatabaseUrl,
        /// Connections at most.
        pool_size: u32,
        /// How long to wait for a connection.
        connect_timeout: Duration,
        /// Whether `serve` brings the tables up to date.
        migrate: bool,
    }
}

section! {
    /// `[secrets]`.
    Secrets, "secrets" {
        /// Where the master key is kept, made on first start.
        master_key_file: PathBuf,
        /// The master key itself, from the environment, in place of the file.
        master_key: Option<MasterKeyText>,
    }
}

section! {
    /// `[log]`.
    Log, "log" {
        /// Lines for people, or JSON.
        format: LogFormat,
        /// What is logged.
        level: String,
    }
}

section! {
    /// `[tokens]`: what is issued, and for how long.
    Tokens, "tokens" {
        /// The `aud` of access tokens; the issuer without.
        audience: Option<String>,
        /// The life of an access token.
        access_token_ttl: Duration,
        /// The algorithm of access tokens.
        access_token_alg: SigningAlgorithm,
        /// The life of an ID token.
        id_token_ttl: Duration,
        /// The life of an authorization code.
        code_ttl: Duration,
        /// How long a refresh token lives unused.
        refresh_idle_ttl: Duration,
        /// How long a family of refresh tokens lives.
        refresh_absolute_ttl: Duration,
        /// How long a used refresh token gives its successor again.
        refresh_retry_window: Duration,
    }
}

section! {
    /// `[keys]`: the life of signing keys.
    Keys, "keys" {
        /// How long a key signs.
        rotate_every: Duration,
        /// How long a key is published before it signs.
        announce_before: Duration,
        /// How often a node looks for keys of other nodes.
        refresh_every: Duration,
    }
}

section! {
    /// `[audit]`.
    Audit, "audit" {
        /// How long events are kept.
        retention: Duration,
    }
}

section! {
    /// `[sweeper]`: deletes what has expired.
    Sweeper, "sweeper" {
        /// How often.
        every: Duration,
        /// Rows at a time.
        batch: u32,
    }
}

/// All settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `[http]`
    pub http: Http,
    /// `[database]`
    pub database: Database,
    /// `[secrets]`
    pub secrets: Secrets,
    /// `[log]`
    pub log: Log,
    /// `[tokens]`
    pub tokens: Tokens,
    /// `[keys]`
    pub keys: Keys,
    /// `[login]`
    pub login: Login,
    /// `[limits]`
    pub limits: Limits,
    /// `[audit]`
    pub audit: Audit,
    /// `[sweeper]`
    pub sweeper: Sweeper,
    /// `[scopes]`: what a scope allows, in words that follow "the app will be able to".
    pub scopes: BTreeMap<String, String>,
}

/// Where settings come from.
#[derive(Clone, Default)]
pub struct Sources {
    /// `--config FILE`.
    pub file: Option<PathBuf>,
    /// Names and values; those that do not begin with `CARDEA_` are not read.
    pub environment: Vec<(String, String)>,
}

impl Sources {
    /// The file that was named, and this process's environment.
    #[must_use]
    pub fn from_process(file: Option<PathBuf>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
        let environment = std::env::vars_os();
        // What is not UTF-8 arrives with a mark in it, by which it is refused: a setting is never passed over in silence.
        let text = |(name, value): (OsString, OsString)| {
            (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
        };
        let ours = |(name, _): &(String, String)| name.starts_with("CARDEA_");
        Self { file, environment: environment.map(text).filter(ours).collect() }
    }
}

/// Names only: values may be secrets.
impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.environment.iter().map(|(name, _)| name).collect();
        f.debug_struct("Sources").field("file", &self.file).field("environment", &names).finish()
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The key, as in `http.listen`; or the file that cannot be read.
    pub key: String,
    /// What is wrong, where it was set, and what to write instead.
    pub text: String,
}

/// Everything that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaints(pub Vec<Complaint>);

impl fmt::Display for Complaints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, Complaint { key, text }) in self.0.iter().enumerate() {
            let end = if position == 0 { "" } else { "\n" };
            write!(f, "{end}  {key}: {text}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Complaints {}

impl Settings {
    /// Reads and checks all layers.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn load(sources: &Sources) -> Result<Self, Complaints> {
        let mut reader = Reader::open(sources);
        let read = Self::read(&mut reader);
        if let Some(settings) = &read {
            agreement::demand(settings, &mut reader);
        }
        match (read, reader.finish()) {
            (Some(settings), Ok(())) => Ok(settings),
            (_, Err(complaints)) => Err(complaints),
            (None, Ok(())) => Err(Complaints(Vec::new())),
        }
    }

    /// Every section is read before any is given up, so that all complaints come at once.
    fn read(reader: &mut Reader) -> Option<Self> {
        let (http, database, secrets) = (Http::read(reader), Database::read(reader), Secrets::read(reader));
        let (log, tokens, keys) = (Log::read(reader), Tokens::read(reader), Keys::read(reader));
        let (login, limits) = (Login::read(reader), Limits::read(reader));
        let (audit, sweeper) = (Audit::read(reader), Sweeper::read(reader));
        let scopes = reader.words("scopes");
        Some(Self {
            http: http?,
            database: database?,
            secrets: secrets?,
            log: log?,
            tokens: tokens?,
            keys: keys?,
            login: login?,
            limits: limits?,
            audit: audit?,
            sweeper: sweeper?,
            scopes,
        })
    }

    /// The settings in force as TOML, secrets left out.
    #[must_use]
    pub fn show(&self) -> String {
        let sections = [
            self.http.show(),
            self.database.show(),
            self.secrets.show(),
            self.log.show(),
            self.tokens.show(),
            self.keys.show(),
            self.login.show(),
            self.limits.show(),
            self.audit.show(),
            self.sweeper.show(),
        ];
        let quoted = |text: &String| toml::Value::String(text.clone()).to_string();
        let scopes: Vec<String> =
            self.scopes.iter().map(|(name, words)| format!("{} = {}", quoted(name), quoted(words))).collect();
        format!("{}\n[scopes]\n{}", sections.join("\n"), scopes.join("\n"))
    }

    /// Every key that can be set, as in `http.listen`.
    #[must_use]
    pub fn keys() -> Vec<String> {
        let of =
            |section: &str, names: &[&str]| names.iter().map(|name| format!("{section}.{name}")).collect::<Vec<_>>();
        let mut keys: Vec<String> = [
            of(Http::NAME, Http::KEYS),
            of(Database::NAME, Database::KEYS),
            of(Secrets::NAME, Secrets::KEYS),
            of(Log::NAME, Log::KEYS),
            of(Tokens::NAME, Tokens::KEYS),
            of(Keys::NAME, Keys::KEYS),
            of(Login::NAME, Login::KEYS),
            of(Audit::NAME, Audit::KEYS),
            of(Sweeper::NAME, Sweeper::KEYS),
        ]
        .concat();
        keys.extend(Limits::keys());
        keys
    }
}
