//! What a flow is: `fn(&mut Tx, request) -> Result<Reply, Failure<Refusal>>`, a column of checks with the writes at its end.
//!
//! One transaction, one instant. A refusal commits (a replayed code must still revoke), a fault rolls back.

pub mod admin;
pub mod identity;
pub mod protocol;

use crate::crypto::random;
use crate::crypto::seal::MasterKeys;
use crate::domain::error::Fault;
use crate::domain::event::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::id::{ClientId, FromMoment, GrantId, SessionId, UserId};
use crate::domain::instant::Instant;
use crate::settings::Settings;
use crate::store::Conn;
use crate::store::events;

/// What every flow is given: the open transaction, the one instant of the request, and the house's rules.
pub struct Tx<'a> {
    /// The connection, inside its transaction.
    pub conn: &'a mut Conn,
    /// The instant of this request.
    pub now: Instant,
    /// The operator's settings.
    pub settings: &'a Settings,
    /// Seals what must be readable again.
    pub masters: &'a MasterKeys,
    /// Where the request came from.
    pub origin: &'a Origin,
}

impl<'a> Tx<'a> {
    /// Begins a flow's work on a connection that is inside its transaction.
    pub fn over(
        conn: &'a mut Conn,
        now: Instant,
        settings: &'a Settings,
        masters: &'a MasterKeys,
        origin: &'a Origin,
    ) -> Self {
        Self { conn, now, settings, masters, origin }
    }

    /// A fresh id of this moment.
    ///
    /// # Errors
    /// A fault when the system's random source fails.
    pub fn id<T: FromMoment>(&self) -> Result<T, Fault> {
        random::id(self.now)
    }

    /// Writes an event into this transaction.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn record(&mut self, trace: Trace) -> Result<(), Fault> {
        let event = Event {
            id: self.id()?,
            at: self.now,
            kind: trace.kind,
            outcome: trace.outcome,
            actor: trace.actor,
            user: trace.user,
            client: trace.client,
            session: trace.session,
            grant: trace.grant,
            origin: self.origin.clone(),
            detail: trace.detail,
        };
        events::insert(self.conn, &event)
    }
}

/// An event in the making: what happened and to whom. When and from where is known to [`Tx::record`].
#[derive(Debug, Clone)]
pub struct Trace {
    kind: EventKind,
    outcome: Outcome,
    actor: Actor,
    user: Option<UserId>,
    client: Option<ClientId>,
    session: Option<SessionId>,
    grant: Option<GrantId>,
    detail: serde_json::Value,
}

impl Trace {
    /// Something that worked.
    #[must_use]
    pub fn of(kind: EventKind, actor: Actor) -> Self {
        Self {
            kind,
            outcome: Outcome::Success,
            actor,
            user: None,
            client: None,
            session: None,
            grant: None,
            detail: serde_json::Value::Object(serde_json::Map::new()),
        }
    }

    /// It was refused, and why.
    #[must_use]
    pub fn failed(mut self, why: &str) -> Self {
        self.outcome = Outcome::Failure;
        self.detail("reason", why)
    }

    /// About this person.
    #[must_use]
    pub fn user(mut self, user: &UserId) -> Self {
        self.user = Some(user.clone());
        self
    }

    /// With this client.
    #[must_use]
    pub fn client(mut self, client: &ClientId) -> Self {
        self.client = Some(client.clone());
        self
    }

    /// In this session.
    #[must_use]
    pub fn session(mut self, session: &SessionId) -> Self {
        self.session = Some(session.clone());
        self
    }

    /// On this grant.
    #[must_use]
    pub fn grant(mut self, grant: &GrantId) -> Self {
        self.grant = Some(grant.clone());
        self
    }

    /// One more fact; never a secret.
    #[must_use]
    pub fn detail(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        if let serde_json::Value::Object(members) = &mut self.detail {
            members.insert(name.to_owned(), value.into());
        }
        self
    }
}
