//! A client: an app that somebody registered here, under the member names of RFC 7591.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::id::{ClientId, ClientSecretId};
use super::instant::Instant;
use super::key::SigningAlgorithm;
use super::redirect_uri::RedirectUri;
use super::scope::Scope;
use super::secret::Digest;

macro_rules! closed_set {
    ($(#[$doc:meta])* $name:ident, $advice:literal, { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// The value as it is stored and sent.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = &'static str;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($text => Ok(Self::$variant),)+ _ => Err($advice) }
            }
        }
    };
}

closed_set! {
    /// OpenID Connect Registration 2, `application_type`.
    ApplicationType, "choose web or native", {
        /// Runs on a server or in a browser.
        Web = "web",
        /// Runs on a person's device: loopback redirects may vary their port, private-use schemes are allowed.
        Native = "native",
    }
}

closed_set! {
    /// How a client proves who it is at the token endpoint (RFC 7591 2, `token_endpoint_auth_method`).
    AuthMethod, "choose client_secret_basic, client_secret_post or none", {
        /// RFC 6749 2.3.1, HTTP Basic.
        ClientSecretBasic = "client_secret_basic",
        /// RFC 6749 2.3.1, in the form.
        ClientSecretPost = "client_secret_post",
        /// A public client.
        None = "none",
    }
}

closed_set! {
    /// The grants that a client may be registered for.
    GrantType, "choose authorization_code, refresh_token or client_credentials", {
        /// RFC 6749 4.1.
        AuthorizationCode = "authorization_code",
        /// RFC 6749 6.
        RefreshToken = "refresh_token",
        /// RFC 6749 4.4.
        ClientCredentials = "client_credentials",
    }
}

/// Per-client lifetimes; `None` means the server's default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lifetimes {
    /// Access tokens.
    pub access: Option<Duration>,
    /// Authorization codes.
    pub code: Option<Duration>,
    /// Refresh tokens, since their last use.
    pub refresh_idle: Option<Duration>,
    /// The whole family of refresh tokens.
    pub refresh_absolute: Option<Duration>,
}

/// The links that the consent page shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// RFC 7591 `client_uri`.
    pub client_uri: Option<String>,
    /// RFC 7591 `logo_uri`.
    pub logo_uri: Option<String>,
    /// RFC 7591 `policy_uri`.
    pub policy_uri: Option<String>,
    /// RFC 7591 `tos_uri`.
    pub tos_uri: Option<String>,
}

/// A registered client. Its secrets are kept apart, see [`ClientSecret`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// `client_id`.
    pub id: ClientId,
    /// `client_name`, shown to people.
    pub name: String,
    /// Web or native.
    pub application_type: ApplicationType,
    /// How it authenticates; `none` is a public client.
    pub auth_method: AuthMethod,
    /// Where codes may be sent.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where a person may be sent after signing out.
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// Which grants it may use.
    pub grant_types: Vec<GrantType>,
    /// What it may ask for, and what it gets when it asks for nothing.
    pub scope: Scope,
    /// PKCE is required unless the operator says that this (confidential) client cannot.
    pub require_pkce: bool,
    /// Belongs to the house: no consent page.
    pub first_party: bool,
    /// May ask about tokens of other clients (RFC 7662 4: a resource server).
    pub may_introspect: bool,
    /// Lifetimes of its own.
    pub lifetimes: Lifetimes,
    /// The access token's algorithm, if not the server's.
    pub access_token_alg: Option<SigningAlgorithm>,
    /// `id_token_signed_response_alg`.
    pub id_token_alg: SigningAlgorithm,
    /// `userinfo_signed_response_alg`; plain JSON without.
    pub userinfo_alg: Option<SigningAlgorithm>,
    /// What the consent page links to.
    pub links: Links,
    /// Since when it is switched off.
    pub disabled_at: Option<Instant>,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

impl Client {
    /// Whether it cannot keep a secret (RFC 6749 2.1).
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.auth_method == AuthMethod::None
    }

    /// Whether PKCE is asked of it: always of public clients (RFC 9700 2.1.1).
    #[must_use]
    pub fn needs_pkce(&self) -> bool {
        self.require_pkce || self.is_public()
    }

    /// Whether it was registered for this grant.
    #[must_use]
    pub fn may_use(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }

    /// The registered redirect URI that a presented one equals.
    #[must_use]
    pub fn redirect_uri(&self, presented: &str) -> Option<&RedirectUri> {
        self.redirect_uris.iter().find(|registered| registered.matches(presented, self.application_type))
    }
}

/// One of a client's secrets: what the database knows of it.
#[derive(Debug, Clone)]
pub struct ClientSecret {
    /// Its row.
    pub id: ClientSecretId,
    /// Whose it is.
    pub client: ClientId,
    /// SHA-256 of the whole secret text as the client presents it. 256 random bits (or 32 characters from the operator)
    /// need no slow hash.
    pub digest: Digest,
    /// When it was made.
    pub created_at: Instant,
    /// Until when it works; forever without.
    pub expires_at: Option<Instant>,
}

/// A client with its live secrets: what authentication at the protocol endpoints needs in one read.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The client.
    pub client: Client,
    /// Its secrets, newest first; those that have expired may be among them.
    pub secrets: Vec<ClientSecret>,
}
