//! Driving: as many connections as the bench has, each asking as soon as it was answered, for a span of time. The threads of
//! the load are as many as the machine's cores; the CPU time of the server is read beside it, because it stays true on a busy machine.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;

use super::Trouble;
use super::client::{Answer, Connection};
use super::process;

/// Connections at once.
pub const CONNECTIONS: usize = 32;

/// What one connection asks.
pub trait Load: Send {
    /// The next request; `None` ends this connection's work.
    fn request(&mut self) -> Option<Cow<'_, [u8]>>;
    /// Looks at the answer. `true` when a round is complete: rounds are what is counted.
    fn answered(&mut self, answer: &Answer<'_>) -> Result<bool, Trouble>;
}

/// Who is asked.
#[derive(Debug, Clone, Copy)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its process.
    pub pid: u32,
}

/// What was measured, added up over the rounds.
#[derive(Debug, Default)]
pub struct Tally {
    /// Each round's time in microseconds.
    latencies: Vec<u32>,
    elapsed: Duration,
    cpu: Duration,
}

impl Tally {
    /// Adds another measurement of the same.
    pub fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.elapsed += other.elapsed;
        self.cpu += other.cpu;
    }

    /// Rounds a second.
    #[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// CPU time of the server for one round, in microseconds.
    #[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
    pub fn cpu(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.latencies.len().max(1) as f64
    }

    /// The time in microseconds within which this share of the rounds was done, in percent.
    pub fn percentile(&self, percent: usize) -> u32 {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() * percent / 100).copied().unwrap_or(0)
    }
}

/// Drives the loads, one connection each, until the span is over or they have nothing left to ask. Gives them back.
pub fn drive<L: Load>(server: Server, loads: Vec<L>, span: Duration) -> Result<(Vec<L>, Tally), Trouble> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = loads.len().div_ceil(threads).max(1);
    let mut shares: Vec<Vec<L>> = Vec::new();
    let mut loads = loads.into_iter().peekable();
    while loads.peek().is_some() {
        shares.push(loads.by_ref().take(share).collect());
    }
    let (began, spent) = (Instant::now(), process::cpu_time(server.pid)?);
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let driven: Vec<_> = shares.into_iter().map(|share| scope.spawn(move || thread(server, share, span))).collect();
        driven
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(Trouble::new("a thread of the load panicked"))))
            .collect()
    });
    let mut tally = Tally {
        latencies: Vec::new(),
        elapsed: began.elapsed(),
        cpu: process::cpu_time(server.pid)?.saturating_sub(spent),
    };
    let mut loads = Vec::new();
    for outcome in outcomes {
        for (load, latencies) in outcome? {
            loads.push(load);
            tally.latencies.extend(latencies);
        }
    }
    Ok((loads, tally))
}

fn thread<L: Load>(server: Server, loads: Vec<L>, span: Duration) -> Result<Vec<(L, Vec<u32>)>, Trouble> {
    super::runtime()?.block_on(try_join_all(loads.into_iter().map(|load| connection(server, load, span))))
}

async fn connection<L: Load>(server: Server, mut load: L, span: Duration) -> Result<(L, Vec<u32>), Trouble> {
    let mut connection = Connection::to(server.address).await?;
    let deadline = Instant::now() + span;
    let mut latencies = Vec::new();
    let mut began = Instant::now();
    while began < deadline {
        let Some(request) = load.request() else { break };
        let answer = connection.ask(&request).await?;
        drop(request);
        if load.answered(&answer)? {
            let now = Instant::now();
            latencies.push(u32::try_from((now - began).as_micros()).unwrap_or(u32::MAX));
            began = now;
        }
    }
    Ok((load, latencies))
}
