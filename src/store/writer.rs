//! The one thread that writes to SQLite. It takes what waits in its queue, runs each job in a savepoint of its own and
//! commits them together: one sync to disk for many flows. Nobody hears of success before that commit.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use diesel::connection::SimpleConnection as _;

use super::attempt::Attempt as _;
use super::connection::{Conn, patiently};
use super::guarded;
use crate::domain::error::Fault;

/// How many jobs may wait. At ten thousand a second, the last of them waits less than half a second.
const QUEUE: usize = 4096;

/// How many jobs share a commit.
const BATCH: usize = 256;

/// The way into the writer's queue.
pub(super) struct Writer {
    running: Mutex<Option<Running>>,
}

struct Running {
    queue: SyncSender<Box<dyn Job>>,
    thread: JoinHandle<()>,
}

/// A write in the queue.
trait Job: Send {
    /// Does the work; whether it shall be kept.
    fn run(&mut self, conn: &mut Conn) -> bool;
    /// Tells the one who waits. With a fault, work that seemed done is lost.
    fn finish(self: Box<Self>, lost: Option<Fault>);
}

struct Write<T, F, D> {
    work: Option<F>,
    outcome: Option<Result<T, Fault>>,
    deliver: D,
}

impl<T, F, D> Job for Write<T, F, D>
where
    T: Send,
    F: FnOnce(&mut Conn) -> Result<T, Fault> + Send,
    D: FnOnce(Result<T, Fault>) + Send,
{
    fn run(&mut self, conn: &mut Conn) -> bool {
        self.outcome = self.work.take().map(|work| guarded(conn, work));
        matches!(self.outcome, Some(Ok(_)))
    }

    fn finish(self: Box<Self>, lost: Option<Fault>) {
        let outcome = match (self.outcome, lost) {
            (Some(Err(fault)), _) => Err(fault),
            (_, Some(lost)) => Err(lost),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => Err(Fault::internal("the writer passed a job over")),
        };
        (self.deliver)(outcome);
    }
}

impl Writer {
    /// Starts the thread; `conn` is its own.
    pub(super) fn start(conn: Conn) -> Result<Self, Fault> {
        let (queue, jobs) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("cardea-writer".to_owned())
            .spawn(move || serve(conn, &jobs))
            .map_err(|cause| Fault::unavailable("the writer thread cannot be started").caused_by(cause))?;
        Ok(Self { running: Mutex::new(Some(Running { queue, thread })) })
    }

    /// Queues `work`; `deliver` hears its outcome after the commit.
    pub(super) fn submit<T, F, D>(&self, work: F, deliver: D) -> Result<(), Fault>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, Fault> + Send + 'static,
        D: FnOnce(Result<T, Fault>) + Send + 'static,
    {
        let job = Box::new(Write { work: Some(work), outcome: None, deliver });
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match running.as_ref().map(|running| running.queue.try_send(job)) {
            Some(Ok(())) => Ok(()),
            Some(Err(TrySendError::Full(_))) => Err(Fault::unavailable("too many writes are waiting")),
            Some(Err(TrySendError::Disconnected(_))) | None => Err(stopped()),
        }
    }

    /// Lets the thread finish what waits, then ends it. A second call does nothing.
    pub(super) fn stop(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Running { queue, thread }) = running {
            drop(queue);
            drop(thread.join());
        }
    }
}

/// The fault of a write that came after the end.
pub(super) fn stopped() -> Fault {
    Fault::unavailable("the store is closed")
}

fn serve(mut conn: Conn, queue: &Receiver<Box<dyn Job>>) {
    while let Ok(first) = queue.recv() {
        let mut jobs = vec![first];
        jobs.extend(queue.try_iter().take(BATCH - 1));
        while !jobs.is_empty() {
            jobs = commit_together(&mut conn, jobs);
        }
    }
    // Lets SQLite refresh what its query planner knows; nothing depends on it.
    drop(conn.batch_execute("PRAGMA optimize"));
}

/// Runs jobs in one transaction. Returns those it did not come to, because the transaction was lost under way.
fn commit_together(conn: &mut Conn, jobs: Vec<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
    if let Err(fault) = begin(conn) {
        finish_all(jobs, Some(&fault.to_string()));
        return Vec::new();
    }
    let mut done = Vec::with_capacity(jobs.len());
    let mut waiting = jobs.into_iter();
    let mut lost = None;
    while let (None, Some(mut job)) = (&lost, waiting.next()) {
        lost = in_savepoint(conn, job.as_mut()).err();
        done.push(job);
    }
    let committed = match lost {
        Some(fault) => Err(fault),
        None => conn.batch_execute("COMMIT").attempt("committing to SQLite"),
    };
    if committed.is_err() {
        // SQLite may have rolled back already (disk full, I/O error), then this only says so.
        drop(conn.batch_execute("ROLLBACK"));
    }
    finish_all(done, committed.err().map(|fault| fault.to_string()).as_deref());
    waiting.collect()
}

/// Runs one job so that its failure harms no other. An error means that the whole transaction is gone.
fn in_savepoint(conn: &mut Conn, job: &mut dyn Job) -> Result<(), Fault> {
    conn.batch_execute("SAVEPOINT job").attempt("opening a savepoint")?;
    let end = if job.run(conn) { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    conn.batch_execute(end).attempt("closing a savepoint")
}

/// Takes the write lock at once: a transaction that reads first and locks later cannot wait for it (`SQLITE_BUSY_SNAPSHOT`).
fn begin(conn: &mut Conn) -> Result<(), Fault> {
    patiently(conn, "BEGIN IMMEDIATE").attempt("taking SQLite's write lock")
}

fn finish_all(jobs: Vec<Box<dyn Job>>, lost: Option<&str>) {
    for job in jobs {
        job.finish(lost.map(|cause| Fault::unavailable("the write was not committed").caused_by(cause.to_owned())));
    }
}
