//! For resource servers: verifies the access tokens that Cardea (or any RFC 9068 issuer) signed, and answers the rest with RFC 6750's refusals.
//! Owns the [`Guard`] and its settings; `keys` fetches the JWKS, `token` checks a JWT, `extract` holds the actix extractors, `refusal` the answers.
//! Uses no other room of Cardea: what it knows of the server it learns over HTTP.
//!
//! ```no_run
//! use actix_web::{App, HttpServer, Responder, get, web};
//! use cardea::guard::{Guard, GuardSettings, HasRole, RequiredRole, RequiredScope, Scoped};
//!
//! struct ReadArticles;
//! impl RequiredScope for ReadArticles {
//!     const SCOPE: &'static str = "articles:read";
//! }
//!
//! struct Readers;
//! impl RequiredRole for Readers {
//!     const ROLES: &'static [&'static str] = &["reader", "author"];
//! }
//!
//! #[get("/articles")]
//! async fn articles(token: Scoped<ReadArticles>, _role: HasRole<Readers>) -> impl Responder {
//!     format!("Good morning, {}", token.sub)
//! }
//!
//! # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
//! let guard = Guard::discover(GuardSettings::new("https://id.example.com", "https://api.example.com")).await?;
//! let guard = web::Data::new(guard);
//! HttpServer::new(move || App::new().app_data(guard.clone()).service(articles)).bind("127.0.0.1:9000")?.run().await?;
//! # Ok(())
//! # }
//! ```

mod extract;
mod fetch;
mod keys;
mod refusal;
mod ring;
#[cfg(test)]
mod tests;
mod token;

use std::{sync::Arc, time::Duration};

use thiserror::Error;
use url::{Host, Url};

pub use extract::{Bearer, HasRole, RequiredRole, RequiredScope, Scoped};
pub use refusal::Refusal;
pub use token::AccessToken;

use refusal::Why;
use ring::{KeyRing, Missing};

/// A longer token is refused unread.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// What a resource server has to say about itself; [`GuardSettings::new`] fills in everything but the two names.
#[derive(Debug, Clone)]
pub struct GuardSettings {
    /// The issuer, exactly as its metadata and its tokens spell it. `https`, or `http` on a loopback host.
    pub issuer: String,
    /// This resource server's own name: a token counts only when its `aud` contains it. Printable ASCII without `"` and `\`.
    pub audience: String,
    /// How far the clocks of issuer and resource server may differ. Default 30 s.
    pub leeway: Duration,
    /// After how long the keys are read again, in the background. Default 5 min.
    pub refresh_after: Duration,
    /// Tokens with invented key ids must not become requests to the issuer: one reading of the keys in this time. Default 5 s.
    pub refetch_pause: Duration,
    /// How long keys are trusted while the issuer cannot be reached. Default 24 h; after that every token is answered with 503.
    pub stale_for: Duration,
    /// Deadline for the connection to the issuer. Default 2 s.
    pub connect_timeout: Duration,
    /// Deadline for one whole request to the issuer. Default 5 s.
    pub request_timeout: Duration,
}

impl GuardSettings {
    /// The defaults for a resource server called `audience` that trusts `issuer`.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
            leeway: Duration::from_secs(30),
            refresh_after: Duration::from_mins(5),
            refetch_pause: Duration::from_secs(5),
            stale_for: Duration::from_hours(24),
            connect_timeout: Duration::from_secs(2),
            request_timeout: Duration::from_secs(5),
        }
    }
}

/// Why there is no guard, or why its keys could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GuardError {
    /// The issuer is no absolute URL, carries a query or fragment, or is plain http off loopback.
    #[error("the issuer {0:?} must be an https URL without query and fragment (http only on a loopback host)")]
    Issuer(String),
    /// The audience is empty or cannot stand in a `WWW-Authenticate` header.
    #[error("the audience {0:?} must be printable ASCII without quotes and backslashes, and not empty")]
    Audience(String),
    /// The HTTP client could not be built or the issuer not be reached in time.
    #[error("{url} could not be read: {cause}")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// What went wrong, with its causes.
        cause: String,
    },
    /// The issuer answered, but with something else than what was asked for.
    #[error("{url} answered with {what}")]
    Answer {
        /// What was asked for.
        url: String,
        /// What came instead.
        what: String,
    },
    /// `OpenID` Connect Discovery 1.0 section 4.3: the issuer in the metadata must be the one that was asked.
    #[error("the metadata of {asked} speaks for another issuer, {found:?}")]
    OtherIssuer {
        /// The issuer of the settings.
        asked: String,
        /// The issuer of the metadata.
        found: String,
    },
    /// The key set holds no key for RS256, ES256 or `EdDSA`.
    #[error("{0} holds no key that could verify a token")]
    NoKeys(String),
}

/// Verifies access tokens for one audience of one issuer. Cheap to clone; all clones share the keys.
#[derive(Clone)]
pub struct Guard {
    inner: Arc<Inner>,
}

struct Inner {
    settings: GuardSettings,
    ring: Arc<KeyRing>,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Guard").field("settings", &self.inner.settings).finish_non_exhaustive()
    }
}

impl Guard {
    /// A guard that reads the issuer's keys when the first token arrives, so that it may start before the issuer does.
    ///
    /// # Errors
    /// When the settings cannot work: [`GuardError::Issuer`], [`GuardError::Audience`], or no HTTP client.
    pub fn new(settings: GuardSettings) -> Result<Self, GuardError> {
        let issuer = parse_issuer(&settings.issuer)?;
        if settings.audience.is_empty() || !settings.audience.chars().all(refusal::quotable) {
            return Err(GuardError::Audience(settings.audience));
        }
        let ring = Arc::new(KeyRing::new(&settings, &issuer)?);
        Ok(Self { inner: Arc::new(Inner { settings, ring }) })
    }

    /// A guard that has read the issuer's metadata (`<issuer>/.well-known/openid-configuration`) and keys.
    ///
    /// # Errors
    /// What [`Guard::new`] says, and every other [`GuardError`] when the issuer cannot be read.
    pub async fn discover(settings: GuardSettings) -> Result<Self, GuardError> {
        let guard = Self::new(settings)?;
        guard.inner.ring.fill().await?;
        Ok(guard)
    }

    /// Verifies a token by RFC 9068 section 4: its type, its signature by a key of the issuer, issuer, audience and times.
    /// Scopes and roles are the caller's to ask for, or [`Scoped`]'s and [`HasRole`]'s.
    ///
    /// # Errors
    /// A [`Refusal`]: 401 `invalid_token`, or 503 when the keys cannot be had.
    pub async fn verify(&self, token: &str) -> Result<AccessToken, Refusal> {
        self.verified(token).await.map_err(|why| self.refuse(why))
    }

    /// A 403 for a rule of the resource server's own, such as "only its author may change this article".
    /// Characters that RFC 6750 section 3 does not admit in an `error_description` become apostrophes.
    #[must_use]
    pub fn forbidden(&self, description: &str) -> Refusal {
        self.refuse(Why::Forbidden(refusal::quotable_text(description)))
    }

    async fn verified(&self, token: &str) -> Result<AccessToken, Why> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Why::BadToken("the token is too long"));
        }
        let header = token::Header::read(token).map_err(Why::BadToken)?;
        let key =
            self.inner.ring.find(header.kid.as_deref(), header.algorithm).await.map_err(|missing| match missing {
                Missing::Unknown => Why::BadToken("the token is signed by a key that the issuer does not publish"),
                Missing::Unavailable { retry_after } => Why::NoKeys { retry_after },
            })?;
        token::check(token, &key, &self.inner.settings).map_err(Why::BadToken)
    }

    fn refuse(&self, why: Why) -> Refusal {
        Refusal::new(&self.inner.settings.audience, why)
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }
}

/// RFC 8414 section 2: the issuer is an https URL without query and fragment. On a loopback host http reveals nothing.
fn parse_issuer(issuer: &str) -> Result<Url, GuardError> {
    let refused = || GuardError::Issuer(issuer.to_owned());
    let url = Url::parse(issuer).map_err(|_| refused())?;
    let secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if !secure || !url.has_host() || url.query().is_some() || url.fragment().is_some() {
        return Err(refused());
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
