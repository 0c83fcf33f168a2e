//! Passwords: bcrypt over the peppered password, so that nothing is cut off at 72 bytes and no NUL ends it early.
//!
//! [`Bcrypt`] computes on the caller's thread (the command line); [`Hasher`] in `password/hasher.rs` has threads of its own.

use std::str::FromStr as _;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::alphabet::BCRYPT;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, STANDARD_NO_PAD};
use zeroize::Zeroizing;

use super::{digest, random};
use crate::domain::error::Fault;
use crate::domain::password::Password;
use crate::domain::secret::Secret;
use crate::domain::user::PasswordHash;

pub use self::hasher::{Busy, Hasher, HasherSettings};

mod hasher;

/// Marks bcrypt over base64(HMAC-SHA-256(pepper, password)); the bcrypt text follows.
const PEPPERED: &str = "cardea1$";

/// The lowest and the highest cost that is computed: beyond the highest, one hash would hold a thread for minutes.
const COSTS: std::ops::RangeInclusive<u32> = 4..=16;

/// What came of a comparison.
#[derive(Debug)]
pub enum Verdict {
    /// It is the password.
    Matches {
        /// A better hash to keep instead: the stored one was imported, or has another cost.
        upgrade: Option<PasswordHash>,
    },
    /// It is not, or there is no such person.
    Differs,
}

/// Reads a hash from another system: plain bcrypt (`$2a$`, `$2b$` or `$2y$`) with a cost of 4 to 16.
///
/// # Errors
/// A sentence for the operator.
pub fn imported(text: &str) -> Result<PasswordHash, &'static str> {
    let known = ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| text.starts_with(prefix));
    let fits = bcrypt::HashParts::from_str(text).is_ok_and(|parts| COSTS.contains(&parts.get_cost()));
    if known && fits {
        Ok(PasswordHash::new(text.to_owned()))
    } else {
        Err("a password hash to import is bcrypt ($2a$, $2b$ or $2y$) with a cost of 4 to 16")
    }
}

/// bcrypt with a cost and a pepper. Every call keeps its thread busy for long, on purpose.
pub struct Bcrypt {
    cost: u32,
    pepper: Secret,
    /// Compared with when there is no such person.
    dummy: PasswordHash,
    computed: AtomicU64,
}

struct Stored {
    peppered: bool,
    parts: bcrypt::HashParts,
}

impl Bcrypt {
    /// Takes the cost of new hashes (4 to 16; each step doubles the work) and the pepper, which has to stay the same for
    /// as long as the hashes are to be verified.
    ///
    /// # Errors
    /// A fault when the cost is out of range or randomness fails.
    pub fn new(cost: u32, pepper: Secret) -> Result<Self, Fault> {
        if !COSTS.contains(&cost) {
            return Err(Fault::internal("the cost of bcrypt is 4 to 16"));
        }
        let (salt, hash): ([u8; 16], [u8; 23]) = (random::bytes()?, random::bytes()?);
        let alphabet = GeneralPurpose::new(&BCRYPT, NO_PAD);
        let (salt, hash) = (alphabet.encode(salt), alphabet.encode(hash));
        let dummy = PasswordHash::new(format!("{PEPPERED}$2b${cost:02}${salt}{hash}"));
        Ok(Self { cost, pepper, dummy, computed: AtomicU64::new(0) })
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// A fault when randomness fails.
    pub fn hash(&self, password: &Password) -> Result<PasswordHash, Fault> {
        self.make(password.expose())
    }

    /// Compares a presented password with the stored hash. Without one, the same work is done for nothing, so that the
    /// time does not tell who has an account.
    ///
    /// # Errors
    /// A fault when the stored hash is malformed or randomness fails.
    pub fn verify(&self, password: &str, stored: Option<&PasswordHash>) -> Result<Verdict, Fault> {
        let read = Stored::parse(stored.unwrap_or(&self.dummy))?;
        let presented = if read.peppered { self.pepper(password) } else { Zeroizing::new(password.to_owned()) };
        let computed = self.compute(&presented, read.parts.get_cost(), read.parts.get_salt_raw())?;
        // The salts are the same, so that the texts differ in the hash alone.
        let equal = digest::same_bytes(computed.to_string().as_bytes(), read.parts.to_string().as_bytes());
        if !equal || stored.is_none() {
            return Ok(Verdict::Differs);
        }
        let up_to_date = read.peppered && read.parts.get_cost() == self.cost;
        let upgrade = if up_to_date { None } else { Some(self.make(password)?) };
        Ok(Verdict::Matches { upgrade })
    }

    /// How many times bcrypt was computed since the start.
    #[must_use]
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    fn make(&self, password: &str) -> Result<PasswordHash, Fault> {
        let parts = self.compute(&self.pepper(password), self.cost, random::bytes()?)?;
        Ok(PasswordHash::new(format!("{PEPPERED}{parts}")))
    }

    /// 43 characters without NUL, whatever the password is.
    fn pepper(&self, password: &str) -> Zeroizing<String> {
        let keyed = Zeroizing::new(digest::hmac_sha256(self.pepper.expose(), password.as_bytes()));
        Zeroizing::new(STANDARD_NO_PAD.encode(keyed.as_slice()))
    }

    /// Imported hashes keep their origin's meaning: bcrypt reads 72 bytes.
    fn compute(&self, text: &str, cost: u32, salt: [u8; 16]) -> Result<bcrypt::HashParts, Fault> {
        self.computed.fetch_add(1, Ordering::Relaxed);
        bcrypt::hash_with_salt(text, cost, salt).map_err(|error| Fault::internal("bcrypt failed").caused_by(error))
    }
}

impl Stored {
    fn parse(stored: &PasswordHash) -> Result<Self, Fault> {
        let (peppered, text) = match stored.as_str().strip_prefix(PEPPERED) {
            Some(text) => (true, text),
            None => (false, stored.as_str()),
        };
        let parts = imported(text).ok().and_then(|hash| bcrypt::HashParts::from_str(hash.as_str()).ok());
        parts
            .map(|parts| Self { peppered, parts })
            .ok_or_else(|| Fault::internal("a stored password hash is malformed"))
    }
}

#[cfg(test)]
mod tests;
