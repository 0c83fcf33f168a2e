//! Password hashing: bcrypt on its own threads behind a bounded queue, so that nothing else waits behind it.
//!
//! bcrypt reads 72 bytes and stops at a NUL: the password is first HMAC-SHA-256'd under the house's pepper and base64'd, so
//! nothing is truncated, and a stolen table of hashes is worth nothing without the pepper.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant as Stopwatch};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::crypto::{digest, random};
use crate::domain::error::Fault;
use crate::domain::secret::Secret;
use crate::domain::user::PasswordHash;

/// Marks our own hashes: bcrypt over the peppered password. What lacks it is plain bcrypt, brought along from elsewhere.
const PEPPERED: &str = "cardea1";

/// How hashing is set up.
#[derive(Debug, Clone, Copy)]
pub struct HasherSettings {
    /// Threads; 0 is one a core.
    pub threads: usize,
    /// Jobs that may wait.
    pub queue: usize,
    /// How long a job may wait.
    pub deadline: Duration,
    /// bcrypt's cost.
    pub cost: u32,
}

/// What a verification found.
#[derive(Debug)]
pub enum Verdict {
    /// The password is right; the hash to keep from now on, if the held one is of another cost or kind.
    Matches {
        /// A hash of today's cost.
        upgrade: Option<PasswordHash>,
    },
    /// It is not, or there is no such account: both take the same work.
    Differs,
}

/// Too much is waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    /// When to try again.
    pub retry_after: Duration,
}

type Job = Box<dyn FnOnce(&Bench) + Send>;

/// Hashes and verifies passwords. Its threads end when it is dropped.
pub struct Hasher {
    queue: SyncSender<(Stopwatch, Job)>,
    deadline: Duration,
    bench: Arc<Bench>,
}

/// What every thread works with.
struct Bench {
    cost: u32,
    pepper: Secret,
    /// Verified against where there is no account.
    dummy: Option<PasswordHash>,
}

impl Hasher {
    /// Starts the threads.
    #[must_use]
    pub fn start(settings: HasherSettings, pepper: Secret) -> Self {
        let threads = match settings.threads {
            0 => thread::available_parallelism().map_or(1, std::num::NonZero::get),
            wanted => wanted,
        };
        let mut bench = Bench { cost: settings.cost, pepper, dummy: None };
        bench.dummy = bench.hash("the password of nobody").ok();
        let bench = Arc::new(bench);
        let (queue, jobs) = sync_channel::<(Stopwatch, Job)>(settings.queue.max(1));
        let jobs = Arc::new(Mutex::new(jobs));
        for number in 0..threads {
            let (jobs, bench) = (Arc::clone(&jobs), Arc::clone(&bench));
            let spawned = thread::Builder::new().name(format!("hash-{number}")).spawn(move || work(&jobs, &bench));
            if let Err(error) = spawned {
                tracing::error!(%error, "a hashing thread could not be started");
            }
        }
        Self { queue, deadline: settings.deadline, bench }
    }

    /// Verifies a password; `None` is an account that does not exist, which takes the same work.
    ///
    /// # Errors
    /// [`Busy`] at once when the queue is full, or when the job's turn came too late.
    pub async fn verify(&self, password: String, held: Option<PasswordHash>) -> Result<Verdict, Busy> {
        let password = Zeroizing::new(password);
        self.submit(move |bench| bench.verify(&password, held.as_ref())).await
    }

    /// Hashes a password.
    ///
    /// # Errors
    /// As [`Hasher::verify`].
    pub async fn hash(&self, password: String) -> Result<PasswordHash, Busy> {
        let password = Zeroizing::new(password);
        let hashed = self.submit(move |bench| bench.hash(&password)).await?;
        hashed.map_err(|_| self.busy())
    }

    /// Hashes a password on this thread, for the command line.
    ///
    /// # Errors
    /// A fault of bcrypt or of the random source.
    pub fn hash_blocking(&self, password: &str) -> Result<PasswordHash, Fault> {
        self.bench.hash(password)
    }

    async fn submit<T: Send + 'static>(&self, job: impl FnOnce(&Bench) -> T + Send + 'static) -> Result<T, Busy> {
        let (answer, answered) = oneshot::channel();
        let deadline = self.deadline;
        let entered = Stopwatch::now();
        let job: Job = Box::new(move |bench| {
            // Nobody waits any more, or it would be too late: the work is left undone.
            if !answer.is_closed() && entered.elapsed() <= deadline {
                drop(answer.send(job(bench)));
            }
        });
        match self.queue.try_send((entered, job)) {
            Ok(()) => answered.await.map_err(|_| self.busy()),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(self.busy()),
        }
    }

    const fn busy(&self) -> Busy {
        Busy { retry_after: self.deadline }
    }
}

fn work(jobs: &Mutex<Receiver<(Stopwatch, Job)>>, bench: &Bench) {
    loop {
        let next = match jobs.lock() {
            Ok(jobs) => jobs.recv(),
            Err(_) => return,
        };
        let Ok((_, job)) = next else { return };
        job(bench);
    }
}

impl Bench {
    fn hash(&self, password: &str) -> Result<PasswordHash, Fault> {
        let salt = random::bytes::<16>()?;
        let hashed = bcrypt::hash_with_salt(self.peppered(password).as_bytes(), self.cost, salt);
        let hashed = hashed.map_err(|error| Fault::internal("hashing a password").caused_by(error))?;
        Ok(PasswordHash::new(format!("{PEPPERED}{}", hashed.format_for_version(bcrypt::Version::TwoB))))
    }

    fn verify(&self, password: &str, held: Option<&PasswordHash>) -> Verdict {
        let known = held.is_some();
        let Some(hash) = held.or(self.dummy.as_ref()) else { return Verdict::Differs };
        let (matches, current) = match hash.as_str().strip_prefix(PEPPERED) {
            Some(ours) => (
                bcrypt::verify(self.peppered(password).as_bytes(), ours).unwrap_or(false),
                cost(ours) == Some(self.cost),
            ),
            None => (verify_plain(password, hash.as_str()), false),
        };
        if !(matches && known) {
            return Verdict::Differs;
        }
        let upgrade = if current { None } else { self.hash(password).ok() };
        Verdict::Matches { upgrade }
    }

    fn peppered(&self, password: &str) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(digest::hmac_sha256(self.pepper.expose(), password.as_bytes())))
    }
}

/// A hash that was made elsewhere: plain bcrypt, with the 72 bytes that it always read.
fn verify_plain(password: &str, hash: &str) -> bool {
    let bytes = password.as_bytes();
    bcrypt::verify(bytes.get(..72).unwrap_or(bytes), hash).unwrap_or(false)
}

/// The cost inside `$2b$12$...`.
fn cost(hash: &str) -> Option<u32> {
    hash.split('$').nth(2)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(threads: usize, queue: usize, cost: u32) -> Hasher {
        Hasher::start(HasherSettings { threads, queue, deadline: Duration::from_secs(5), cost }, Secret::new([7; 32]))
    }

    #[tokio::test]
    async fn nothing_is_truncated_and_no_nul_ends_it_early() {
        let hasher = hasher(1, 8, 4);
        let long = "x".repeat(199);
        let held = hasher.hash(format!("{long}a")).await.unwrap();
        assert!(matches!(
            hasher.verify(format!("{long}a"), Some(held.clone())).await.unwrap(),
            Verdict::Matches { upgrade: None }
        ));
        assert!(matches!(hasher.verify(format!("{long}b"), Some(held)).await.unwrap(), Verdict::Differs));
        let held = hasher.hash("pass\0one".to_owned()).await.unwrap();
        assert!(matches!(hasher.verify("pass\0two".to_owned(), Some(held)).await.unwrap(), Verdict::Differs));
    }

    #[tokio::test]
    async fn a_hash_from_elsewhere_verifies_and_is_upgraded() {
        let hasher = hasher(1, 8, 5);
        let elsewhere = bcrypt::hash_with_salt("correct horse", 4, [9; 16]).unwrap();
        for version in [bcrypt::Version::TwoA, bcrypt::Version::TwoB, bcrypt::Version::TwoY] {
            let held = PasswordHash::new(elsewhere.format_for_version(version));
            assert!(matches!(
                hasher.verify("wrong horse".to_owned(), Some(held.clone())).await.unwrap(),
                Verdict::Differs
            ));
            let Verdict::Matches { upgrade: Some(upgraded) } =
                hasher.verify("correct horse".to_owned(), Some(held)).await.unwrap()
            else {
                panic!("it verifies and is upgraded");
            };
            assert!(upgraded.as_str().starts_with("cardea1$2b$05$"));
            assert!(matches!(
                hasher.verify("correct horse".to_owned(), Some(upgraded)).await.unwrap(),
                Verdict::Matches { upgrade: None }
            ));
        }
    }

    #[tokio::test]
    async fn a_full_queue_says_so_at_once() {
        let hasher = Arc::new(hasher(1, 1, 10));
        let waiting: Vec<_> = (0..6)
            .map(|_| {
                let hasher = Arc::clone(&hasher);
                tokio::spawn(async move { hasher.verify("x".to_owned(), None).await })
            })
            .collect();
        let mut busy = 0;
        for one in waiting {
            busy += usize::from(one.await.unwrap().is_err());
        }
        assert!((1..6).contains(&busy), "{busy} of 6 were turned away");
    }

    #[tokio::test]
    async fn an_unknown_account_never_matches() {
        let hasher = hasher(1, 8, 4);
        assert!(matches!(hasher.verify("the password of nobody".to_owned(), None).await.unwrap(), Verdict::Differs));
    }
}
