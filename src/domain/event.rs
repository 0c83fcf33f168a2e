//! Audit events: what happened, to whom, from where. Written in the transaction of the change they describe.

use std::str::FromStr;

use serde::Serialize;

use super::id::{ClientId, EventId, GrantId, SessionId, UserId};
use super::instant::Instant;

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// Everything that leaves a trace. The names are stable; README lists them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EventKind {
            $($(#[$doc])* $variant),+
        }

        impl EventKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        impl FromStr for EventKind {
            type Err = &'static str;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($name => Ok(Self::$variant),)+ _ => Err("not the name of an event") }
            }
        }
    };
}

events! {
    /// An account was made by its owner.
    UserSignedUp = "user.signed_up",
    /// An account was made by an operator.
    UserAdded = "user.added",
    /// An account was switched off.
    UserDisabled = "user.disabled",
    /// An account was switched on again.
    UserEnabled = "user.enabled",
    /// An operator set a password.
    UserPasswordSet = "user.password_set",
    /// A password hash was made again with today's cost.
    UserPasswordUpgraded = "user.password_upgraded",
    /// An account was removed.
    UserRemoved = "user.removed",
    /// Somebody signed in.
    SignInSucceeded = "sign_in.succeeded",
    /// Somebody failed to sign in.
    SignInFailed = "sign_in.failed",
    /// A session ended by signing out.
    SessionEnded = "session.ended",
    /// A person allowed an app.
    ConsentGranted = "consent.granted",
    /// A person refused an app.
    ConsentDenied = "consent.denied",
    /// A code was issued.
    CodeIssued = "code.issued",
    /// A code was shown a second time; its grant was revoked.
    CodeReplayed = "code.replayed",
    /// A code was exchanged for tokens.
    TokenIssued = "token.issued",
    /// A refresh token was used.
    TokenRefreshed = "token.refreshed",
    /// A refresh token was shown again too late; its grant was revoked.
    RefreshReplayed = "token.refresh_replayed",
    /// A token or its grant was revoked at the client's request.
    TokenRevoked = "token.revoked",
    /// A client failed to authenticate.
    ClientRefused = "client.refused",
    /// A client was registered.
    ClientAdded = "client.added",
    /// A client was changed.
    ClientUpdated = "client.updated",
    /// A client got a new secret.
    ClientSecretRotated = "client.secret_rotated",
    /// A client was switched off.
    ClientDisabled = "client.disabled",
    /// A client was switched on again.
    ClientEnabled = "client.enabled",
    /// A client was removed.
    ClientRemoved = "client.removed",
    /// A signing key was made.
    KeyAnnounced = "key.announced",
    /// Sealed data moved to a new master key.
    SecretsRotated = "secrets.rotated",
}

/// Whether it worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It did.
    Success,
    /// It was refused.
    Failure,
}

impl Outcome {
    /// The outcome as it is stored and listed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

impl FromStr for Outcome {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Success, Self::Failure]
            .into_iter()
            .find(|known| known.as_str() == text)
            .ok_or("choose success or failure")
    }
}

/// Who acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Actor {
    /// A person in a browser.
    Person,
    /// A client at a protocol endpoint.
    Client,
    /// An operator at the command line.
    Operator,
    /// The server itself.
    Server,
}

impl Actor {
    /// The actor as it is stored and listed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Client => "client",
            Self::Operator => "operator",
            Self::Server => "server",
        }
    }
}

impl FromStr for Actor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Person, Self::Client, Self::Operator, Self::Server]
            .into_iter()
            .find(|known| known.as_str() == text)
            .ok_or("choose person, client, operator or server")
    }
}

/// Where a request came from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The client address, as far as trusted proxies vouch for it; empty at the command line.
    pub address: String,
    /// The user agent, cut to 256 characters, control characters taken out.
    pub user_agent: String,
    /// The request id that error answers show too.
    pub request_id: String,
}

/// One event, ready to be written.
#[derive(Debug, Clone)]
pub struct Event {
    /// Time-ordered key.
    pub id: EventId,
    /// When.
    pub at: Instant,
    /// What.
    pub kind: EventKind,
    /// How it ended.
    pub outcome: Outcome,
    /// Who acted.
    pub actor: Actor,
    /// About which person.
    pub user: Option<UserId>,
    /// With which client.
    pub client: Option<ClientId>,
    /// In which session.
    pub session: Option<SessionId>,
    /// On which grant.
    pub grant: Option<GrantId>,
    /// From where.
    pub origin: Origin,
    /// More, as a JSON object; never a secret.
    pub detail: serde_json::Value,
}
