//! The operator's settings: embedded defaults < `--config FILE` < `CARDEA_SECTION__KEY`. Parsed once into types; everything
//! that is wrong is said at once, each with its key and what to write instead.

pub mod issuer;
pub mod limits;
pub mod login;
mod reader;
mod section;
pub mod value;

use std::collections::BTreeMap;
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
#[derive(Debug, Clone, Default)]
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
        let readable = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self { file, environment: environment.filter_map(readable).collect() }
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
            settings.agree(&mut reader);
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

    /// What one setting demands of another.
    fn agree(&self, reader: &mut Reader) {
        const DAY: Duration = Duration::from_hours(24);
        let tokens = &self.tokens;
        let mut demand = |holds: bool, key: &str, text: &str| {
            if !holds {
                reader.complain(key, text);
            }
        };
        let within = |span: Duration, limit: Duration| !span.is_zero() && span <= limit;
        demand(
            within(tokens.access_token_ttl, DAY),
            "tokens.access_token_ttl",
            "must be more than 0 and at most 24h; write 10m",
        );
        demand(
            within(tokens.id_token_ttl, DAY),
            "tokens.id_token_ttl",
            "must be more than 0 and at most 24h; write 10m",
        );
        demand(
            within(tokens.code_ttl, Duration::from_mins(10)),
            "tokens.code_ttl",
            "must be more than 0 and at most 10m (RFC 6749 4.1.2); write 60s",
        );
        demand(
            within(tokens.refresh_idle_ttl, tokens.refresh_absolute_ttl),
            "tokens.refresh_idle_ttl",
            "must be more than 0 and not beyond tokens.refresh_absolute_ttl",
        );
        demand(
            tokens.refresh_retry_window <= Duration::from_mins(5),
            "tokens.refresh_retry_window",
            "must be at most 5m; write 30s",
        );
        demand(
            self.keys.announce_before < self.keys.rotate_every,
            "keys.announce_before",
            "must be shorter than keys.rotate_every; write 24h",
        );
        demand(!self.keys.refresh_every.is_zero(), "keys.refresh_every", "must be more than 0; write 1s");
        demand(!self.sweeper.every.is_zero(), "sweeper.every", "must be more than 0; write 60s");
        demand(self.sweeper.batch > 0, "sweeper.batch", "must be at least 1; write 500");
        demand(self.database.pool_size > 0, "database.pool_size", "must be at least 1; write 8");
        demand(
            within(self.login.session_idle, self.login.session_absolute),
            "login.session_idle",
            "must be more than 0 and not beyond login.session_absolute",
        );
        let public = !self.http.listen.ip().is_loopback() && !self.http.issuer.is_https();
        demand(
            !public,
            "http.listen",
            "other machines could reach plain http; put a TLS proxy in front, set http.issuer to its https address and listen on 127.0.0.1",
        );
        let weak = self.login.bcrypt_cost < 10 && (self.http.issuer.is_https() || !self.http.listen.ip().is_loopback());
        demand(!weak, "login.bcrypt_cost", "must be 10 to 16 (less only on loopback, for tests); write 12");
        let absolute = tokens.audience.as_ref().is_none_or(|audience| url::Url::parse(audience).is_ok());
        demand(absolute, "tokens.audience", "must be an absolute URI (RFC 8707 2), such as https://api.example.com");
        demand(
            tracing_subscriber::EnvFilter::try_new(&self.log.level).is_ok(),
            "log.level",
            "must be error, warn, info, debug, trace or a filter such as info,cardea=debug",
        );
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
        let scopes: String =
            self.scopes.iter().map(|(name, words)| format!("{} = {}\n", quoted(name), quoted(words))).collect();
        format!("{}\n[scopes]\n{scopes}", sections.join("\n"))
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
