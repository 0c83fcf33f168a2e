//! Signing in and up: read, hash, write. The hash runs on its own threads, between two transactions.

use std::sync::Arc;
use std::time::Duration;

use crate::crypto::password::Verdict;
use crate::domain::error::{Failure, Fault};
use crate::domain::event::Origin;
use crate::domain::password::Password;
use crate::domain::secret::OpaqueToken;
use crate::domain::user::{Email, Name};
use crate::flows::identity::sessions::Present;
use crate::flows::identity::{sign_in, sign_up};

use super::App;

/// Somebody at the door.
pub struct Entrance {
    /// Where from.
    pub origin: Origin,
    /// Who is signed in in this browser already.
    pub present: Option<Present>,
}

/// How it went.
pub enum Entry {
    /// A session began; this is its cookie.
    Opened(OpaqueToken),
    /// Wrong address or password, or an account that is switched off; which of them is not to be learnt.
    Refused,
    /// The address has an account already (sign-up).
    Taken,
    /// Too many are signing in at once.
    Busy(Duration),
}

impl App {
    /// Signs somebody in by address and password. An unknown address costs the same time as a wrong password.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn sign_in(&self, entrance: Entrance, email: Option<Email>, password: String) -> Result<Entry, Fault> {
        let Entrance { origin, present } = entrance;
        let candidate = match email {
            Some(email) => {
                self.read(origin.clone(), move |tx| Ok::<_, Failure<Fault>>(sign_in::candidate(tx, &email)?)).await
            }
            None => Ok(sign_in::Candidate { user: None, hash: None }),
        }
        .map_err(super::only_fault)?;
        let verdict = match self.0.hasher.verify(password, candidate.hash.clone()).await {
            Ok(verdict) => verdict,
            Err(Failure::Refused(busy)) => return Ok(Entry::Busy(busy.retry_after)),
            Err(Failure::Fault(fault)) => return Err(fault),
        };
        let user = candidate.user;
        let outcome = self.write(origin, move |tx| {
            let opened = match (&verdict, &user) {
                (Verdict::Matches { upgrade }, Some(user)) => {
                    sign_in::succeed(tx, user, upgrade.as_ref(), present.as_ref())?
                }
                (Verdict::Matches { .. }, None) | (Verdict::Differs, _) => None,
            };
            if opened.is_none() {
                sign_in::fail(tx, user.as_ref())?;
            }
            Ok::<_, Failure<Fault>>(opened)
        });
        Ok(outcome.await.map_err(super::only_fault)?.map_or(Entry::Refused, Entry::Opened))
    }

    /// Makes an account and signs its owner in.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn sign_up(
        &self,
        entrance: Entrance,
        email: Email,
        name: Name,
        password: Password,
    ) -> Result<Entry, Fault> {
        let hash = match self.0.hasher.hash(password).await {
            Ok(hash) => hash,
            Err(Failure::Refused(busy)) => return Ok(Entry::Busy(busy.retry_after)),
            Err(Failure::Fault(fault)) => return Err(fault),
        };
        let Entrance { origin, present } = entrance;
        let present = Arc::new(present);
        let outcome = self.write(origin, move |tx| sign_up::sign_up(tx, email, name, &hash, present.as_ref().as_ref()));
        match outcome.await {
            Ok(token) => Ok(Entry::Opened(token)),
            Err(Failure::Refused(sign_up::Taken)) => Ok(Entry::Taken),
            Err(Failure::Fault(fault)) => Err(fault),
        }
    }
}
