//! Threads that do nothing but bcrypt, behind a bounded queue: nothing else waits behind a sign-in.
//!
//! A full queue is told at once, so that the answer is an early 503 and not a slow one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
// A monotonic clock for a span inside this process; moments of the house still arrive from outside.
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::{Bcrypt, Verdict};
use crate::domain::error::{Failure, Fault};
use crate::domain::password::Password;
use crate::domain::secret::Secret;
use crate::domain::user::PasswordHash;

/// How much hashing there may be.
#[derive(Debug, Clone, Copy)]
pub struct HasherSettings {
    /// Threads; 0 is one a core.
    pub threads: usize,
    /// How many may wait. With 0, nobody waits: either a thread is free, or it is busy.
    pub queue: usize,
    /// How long one may wait before it is no longer worth beginning.
    pub deadline: Duration,
    /// The cost of new hashes, 4 to 16.
    pub cost: u32,
}

/// There is more to hash than can be done in time: 503 with `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    /// When trying again makes sense; at least a second.
    pub retry_after: Duration,
}

/// bcrypt on its own threads. They end when it is dropped; what waits then is answered with [`Busy`].
pub struct Hasher {
    queue: SyncSender<Job>,
    shared: Arc<Shared>,
}

struct Shared {
    bcrypt: Bcrypt,
    deadline: Duration,
    closing: AtomicBool,
}

struct Job {
    asked_at: Instant,
    task: Task,
}

enum Task {
    Verify { password: Zeroizing<String>, stored: Option<PasswordHash>, reply: Reply<Verdict> },
    Hash { password: Password, reply: Reply<PasswordHash> },
}

type Reply<T> = oneshot::Sender<Result<T, Failure<Busy>>>;

impl Hasher {
    /// Starts the threads. The pepper is for [`Bcrypt::new`].
    ///
    /// # Errors
    /// A fault when the cost is out of range or a thread cannot be started.
    pub fn start(settings: HasherSettings, pepper: Secret) -> Result<Self, Fault> {
        let HasherSettings { threads, queue, deadline, cost } = settings;
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads = if threads == 0 { cores } else { threads };
        let bcrypt = Bcrypt::new(cost, pepper)?;
        let shared = Arc::new(Shared { bcrypt, deadline, closing: AtomicBool::new(false) });
        let (queue, jobs) = sync_channel(queue);
        let jobs = Arc::new(Mutex::new(jobs));
        for number in 1..=threads {
            let (shared, jobs) = (Arc::clone(&shared), Arc::clone(&jobs));
            thread::Builder::new()
                .name(format!("password-{number}"))
                .spawn(move || work(&shared, &jobs))
                .map_err(|error| Fault::unavailable("a thread for passwords cannot be started").caused_by(error))?;
        }
        Ok(Self { queue, shared })
    }

    /// Compares a presented password with the stored hash, see [`Bcrypt::verify`]. `None` is an unknown person.
    ///
    /// # Errors
    /// [`Busy`] at once when the queue is full, and later when the deadline passed before the turn came; a fault when
    /// the stored hash is malformed.
    pub async fn verify(&self, password: String, stored: Option<PasswordHash>) -> Result<Verdict, Failure<Busy>> {
        let password = Zeroizing::new(password);
        let (reply, answer) = oneshot::channel();
        self.submit(Task::Verify { password, stored, reply })?;
        answer.await.unwrap_or_else(|_| Err(self.shared.busy()))
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// As [`Hasher::verify`].
    pub async fn hash(&self, password: Password) -> Result<PasswordHash, Failure<Busy>> {
        let (reply, answer) = oneshot::channel();
        self.submit(Task::Hash { password, reply })?;
        answer.await.unwrap_or_else(|_| Err(self.shared.busy()))
    }

    /// How many times bcrypt was computed since the start.
    #[must_use]
    pub fn computed(&self) -> u64 {
        self.shared.bcrypt.computed()
    }

    fn submit(&self, task: Task) -> Result<(), Failure<Busy>> {
        let job = Job { asked_at: Instant::now(), task };
        self.queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => self.shared.busy(),
            TrySendError::Disconnected(_) => Failure::Fault(Fault::internal("the threads for passwords have ended")),
        })
    }
}

impl Drop for Hasher {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn busy(&self) -> Failure<Busy> {
        Failure::Refused(Busy { retry_after: self.deadline.max(Duration::from_secs(1)) })
    }

    /// Nobody waits any more, or for too long: then the work is not begun.
    fn in_time<T>(&self, asked_at: Instant, reply: &Reply<T>) -> Option<Result<(), Failure<Busy>>> {
        if reply.is_closed() {
            None
        } else if self.closing.load(Ordering::Relaxed) || asked_at.elapsed() > self.deadline {
            Some(Err(self.busy()))
        } else {
            Some(Ok(()))
        }
    }
}

fn work(shared: &Shared, jobs: &Mutex<Receiver<Job>>) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        // All senders are gone: the hasher was dropped.
        let Ok(Job { asked_at, task }) = next else { return };
        match task {
            Task::Verify { password, stored, reply } => {
                let Some(in_time) = shared.in_time(asked_at, &reply) else { continue };
                let verified = in_time.and_then(|()| Ok(shared.bcrypt.verify(&password, stored.as_ref())?));
                let _ = reply.send(verified);
            }
            Task::Hash { password, reply } => {
                let Some(in_time) = shared.in_time(asked_at, &reply) else { continue };
                let hashed = in_time.and_then(|()| Ok(shared.bcrypt.hash(&password)?));
                let _ = reply.send(hashed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Busy, Hasher, HasherSettings, Verdict};
    use crate::domain::error::Failure;
    use crate::domain::password::{Password, PasswordContext};
    use crate::domain::secret::Secret;

    const SETTINGS: HasherSettings = HasherSettings { threads: 1, queue: 2, deadline: Duration::from_mins(1), cost: 4 };

    fn hasher(settings: HasherSettings) -> Hasher {
        Hasher::start(settings, Secret::new([1; 32])).expect("starts")
    }

    fn password() -> Password {
        let context = PasswordContext { email: "", name: "", site_name: "" };
        Password::parse("correct horse battery", &context).expect("fits")
    }

    fn is_busy<T>(result: &Result<T, Failure<Busy>>) -> bool {
        matches!(result, Err(Failure::Refused(Busy { retry_after })) if *retry_after >= Duration::from_secs(1))
    }

    #[tokio::test]
    async fn hashes_and_verifies() {
        let hasher = hasher(HasherSettings { threads: 0, ..SETTINGS });
        let stored = hasher.hash(password()).await.expect("hashed");
        let right = hasher.verify("correct horse battery".to_owned(), Some(stored.clone())).await;
        assert!(matches!(right, Ok(Verdict::Matches { upgrade: None })));
        let wrong = hasher.verify("correct horse batterY".to_owned(), Some(stored)).await;
        assert!(matches!(wrong, Ok(Verdict::Differs)));
    }

    #[tokio::test]
    async fn a_full_queue_is_told_at_once() {
        // The one thread is kept busy by a high cost; two wait, and there is no room for a fourth.
        let hasher = Arc::new(hasher(HasherSettings { cost: 13, ..SETTINGS }));
        let ask = || {
            let hasher = Arc::clone(&hasher);
            tokio::spawn(async move { hasher.verify("x".to_owned(), None).await })
        };
        let first = ask();
        while hasher.computed() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let waiting = [ask(), ask()];
        tokio::task::yield_now().await;
        assert!(is_busy(&hasher.verify("x".to_owned(), None).await));
        assert_eq!(hasher.computed(), 1, "the first is still being computed");
        assert!(matches!(first.await.expect("no panic"), Ok(Verdict::Differs)));
        for asked in waiting {
            assert!(matches!(asked.await.expect("no panic"), Ok(Verdict::Differs)));
        }
        assert_eq!(hasher.computed(), 3);
    }

    #[tokio::test]
    async fn what_comes_too_late_is_not_begun() {
        let hasher = hasher(HasherSettings { deadline: Duration::ZERO, ..SETTINGS });
        assert!(is_busy(&hasher.verify("x".to_owned(), None).await));
        assert!(is_busy(&hasher.hash(password()).await));
        assert_eq!(hasher.computed(), 0);
    }

    #[tokio::test]
    async fn an_unknown_person_takes_the_same_work() {
        let hasher = hasher(SETTINGS);
        let stored = hasher.hash(password()).await.expect("hashed");
        assert_eq!(hasher.computed(), 1);
        assert!(matches!(hasher.verify("x".to_owned(), Some(stored)).await, Ok(Verdict::Differs)));
        assert_eq!(hasher.computed(), 2);
        assert!(matches!(hasher.verify("x".to_owned(), None).await, Ok(Verdict::Differs)));
        assert_eq!(hasher.computed(), 3);
    }

    #[tokio::test]
    async fn an_abandoned_request_is_not_computed() {
        let hasher = Arc::new(hasher(HasherSettings { cost: 12, ..SETTINGS }));
        let busy = Arc::clone(&hasher);
        let first = tokio::spawn(async move { busy.verify("x".to_owned(), None).await });
        while hasher.computed() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let gone = tokio::time::timeout(Duration::ZERO, hasher.verify("x".to_owned(), None)).await;
        assert!(gone.is_err());
        first.await.expect("no panic").expect("verified");
        hasher.verify("x".to_owned(), None).await.expect("verified");
        assert_eq!(hasher.computed(), 2);
    }

    #[tokio::test]
    async fn the_threads_end_with_it() {
        let hasher = hasher(HasherSettings { threads: 3, ..SETTINGS });
        let shared = Arc::downgrade(&hasher.shared);
        drop(hasher);
        for _ in 0..2000 {
            if shared.upgrade().is_none() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("a thread is still there");
    }

    #[test]
    fn a_cost_out_of_range_is_a_fault() {
        for cost in [0, 3, 17, 31, 99] {
            assert!(Hasher::start(HasherSettings { cost, ..SETTINGS }, Secret::new([1; 32])).is_err());
        }
    }
}
