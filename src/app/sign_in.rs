//! Signing in and up: read, hash, write. The hash runs on its own threads, between two transactions.

use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::crypto::password::Verdict;
use crate::domain::error::{Failure, Fault};
use crate::domain::event::Origin;
use crate::domain::password::Password;
use crate::domain::secret::OpaqueToken;
use crate::domain::user::{Email, Name, User};
use crate::flows::Tx;
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

/// What somebody tries to sign in with.
struct Attempt {
    origin: Origin,
    present: Option<Present>,
    email: Option<Email>,
    password: Zeroizing<String>,
}

/// How it went with the hash that was at hand.
enum Attempted {
    Settled(Entry),
    /// The password or the account was changed in the meantime.
    Changed,
}

impl App {
    /// Signs somebody in by address and password. An unknown address costs the same time as a wrong password.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn sign_in(&self, entrance: Entrance, email: Option<Email>, password: String) -> Result<Entry, Fault> {
        let Entrance { origin, present } = entrance;
        let attempt = Arc::new(Attempt { origin, present, email, password: Zeroizing::new(password) });
        // A hash that was changed while it was compared (upgraded in another tab, or set anew) is looked at once more.
        match self.attempt(&attempt).await? {
            Attempted::Changed => match self.attempt(&attempt).await? {
                Attempted::Changed => self.refuse(&attempt, None).await,
                Attempted::Settled(entry) => Ok(entry),
            },
            Attempted::Settled(entry) => Ok(entry),
        }
    }

    async fn attempt(&self, attempt: &Arc<Attempt>) -> Result<Attempted, Fault> {
        let asked = Arc::clone(attempt);
        let look = move |tx: &mut Tx<'_>| match &asked.email {
            Some(email) => Ok::<_, Failure<Fault>>(sign_in::candidate(tx, email)?),
            None => Ok(sign_in::Candidate { user: None, hash: None }),
        };
        let sign_in::Candidate { user, hash } =
            self.read(attempt.origin.clone(), look).await.map_err(super::only_fault)?;
        let verdict = match self.0.hasher.verify(attempt.password.to_string(), hash.clone()).await {
            Ok(verdict) => verdict,
            Err(Failure::Refused(busy)) => return Ok(Attempted::Settled(Entry::Busy(busy.retry_after))),
            Err(Failure::Fault(fault)) => return Err(fault),
        };
        let (Verdict::Matches { upgrade }, Some(user), Some(hash)) = (verdict, user.clone(), hash) else {
            return Ok(Attempted::Settled(self.refuse(attempt, user).await?));
        };
        if user.disabled_at.is_some() {
            return Ok(Attempted::Settled(self.refuse(attempt, Some(user)).await?));
        }
        let asked = Arc::clone(attempt);
        let open = move |tx: &mut Tx<'_>| {
            let proved = sign_in::Proved { user: &user, hash: &hash, upgrade: upgrade.as_ref() };
            Ok::<_, Failure<Fault>>(sign_in::succeed(tx, &proved, asked.present.as_ref())?)
        };
        let opened = self.write(attempt.origin.clone(), open).await.map_err(super::only_fault)?;
        Ok(opened.map_or(Attempted::Changed, |token| Attempted::Settled(Entry::Opened(token))))
    }

    async fn refuse(&self, attempt: &Attempt, user: Option<User>) -> Result<Entry, Fault> {
        let fail = move |tx: &mut Tx<'_>| Ok::<_, Failure<Fault>>(sign_in::fail(tx, user.as_ref())?);
        self.write(attempt.origin.clone(), fail).await.map_err(super::only_fault)?;
        Ok(Entry::Refused)
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
