//! `cargo bench --bench load`: the real server on loopback under load, and in the same run the floor that it stands on.
//!
//! `BENCH_SECONDS` (1 to 30, default 3) is how long each thing is measured; words after `--` choose what is (`cargo bench
//! --bench load -- introspect`); `BENCH_ID_TOKEN_ALG` is what the app's ID tokens are signed with (default ES256). Ends with 1 on an error, never on a missed target.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench says what it measured")]

mod client;
mod drive;
mod floor;
mod house;
mod loads;
mod process;
mod report;
mod rounds;

use std::fmt;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use drive::Tally;
use house::House;
use process::{Process, free_port};
use report::Household;
use rounds::{Rounds, What};

/// How often everything is measured; `BENCH_SECONDS` is shared out among the rounds.
const ROUNDS: u32 = 3;
/// A round before those that count.
const WARM_UP: Duration = Duration::from_millis(300);
/// How often a start is timed.
const STARTS: usize = 3;

/// What went wrong.
#[derive(Debug)]
pub struct Trouble(String);

impl Trouble {
    /// In words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }

    /// With its cause.
    pub fn of(what: &str, cause: impl fmt::Display) -> Self {
        Self(format!("{what}: {cause}"))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        // The bench starts itself again for the floor.
        ["floor", port, document] => serve_floor(port, document),
        // Cargo adds `--bench`.
        _ => bench(&words.iter().copied().filter(|word| !word.starts_with('-')).collect::<Vec<_>>()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("bench: {trouble}");
            ExitCode::FAILURE
        }
    }
}

fn serve_floor(port: &str, document: &str) -> Result<(), Trouble> {
    let number = |error| Trouble::of("floor PORT BYTES", error);
    floor::serve(port.parse().map_err(number)?, document.parse().map_err(number)?)
}

fn bench(words: &[&str]) -> Result<(), Trouble> {
    let seconds = seconds()?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).map_err(|error| Trouble::of("a folder", error))?;
    report::machine(folder.path())?;
    let house = House::new(folder.path())?;
    house.furnish()?;
    let cardea = house.open()?;
    println!("server:   process {}\n", cardea.server.pid);
    let wanted = report::wanted(words);
    let tallies = measure(&house, &cardea, (&wanted, Duration::from_secs(seconds) / ROUNDS))
        .map_err(|trouble| house.with_log(&trouble))?;
    report::table(&tallies);
    let (resident, peak) = (cardea.memory("VmRSS")?, cardea.memory("VmHWM")?);
    cardea.stop()?;
    let mut first_answers = Vec::new();
    for _ in 0..STARTS {
        let again = house.open()?;
        first_answers.push(again.first_answer);
        again.stop()?;
    }
    report::household(&Household { resident, peak, first_answers, database: size(&folder.path().join("cardea.db"))? });
    Ok(())
}

fn measure(
    house: &House,
    cardea: &Process,
    (wanted, span): (&[What], Duration),
) -> Result<Vec<(What, Tally)>, Trouble> {
    let jwks = runtime()?.block_on(async {
        let mut connection = client::Connection::to(cardea.server.address).await?;
        Ok(connection.ask(&loads::get("/jwks", "")).await?.body.len())
    })?;
    let floor = floor(jwks)?;
    let app = runtime()?.block_on(house.sign_in(cardea))?;
    let mut rounds = runtime()?.block_on(Rounds::prepare(floor.server, cardea.server, app))?;
    rounds.round(wanted, WARM_UP)?;
    let mut sums = rounds.round(wanted, span)?;
    for _ in 1..ROUNDS {
        for ((_, sum), (_, tally)) in sums.iter_mut().zip(rounds.round(wanted, span)?) {
            sum.add(tally);
        }
    }
    Ok(sums)
}

fn floor(document: usize) -> Result<Process, Trouble> {
    let port = free_port()?;
    let itself = std::env::current_exe().map_err(|error| Trouble::of("the bench's own file", error))?;
    let mut command = Command::new(itself);
    command.args(["floor", &port.to_string(), &document.to_string()]);
    Process::start(command, port, "/jwks")
}

/// How long each thing is measured.
#[expect(clippy::disallowed_methods, reason = "the bench is no part of the server and has no settings file")]
fn seconds() -> Result<u64, Trouble> {
    let Ok(text) = std::env::var("BENCH_SECONDS") else { return Ok(3) };
    let within = text.parse().ok().filter(|seconds| (1..=30).contains(seconds));
    within.ok_or_else(|| Trouble::new("BENCH_SECONDS must be a number from 1 to 30"))
}

/// A runtime of the calling thread alone.
fn runtime() -> Result<tokio::runtime::Runtime, Trouble> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| Trouble::of("a runtime", error))
}

/// In MB.
#[expect(clippy::cast_precision_loss, reason = "files are far below 2^52 bytes")]
fn size(file: &Path) -> Result<f64, Trouble> {
    let held = std::fs::metadata(file).map_err(|error| Trouble::of("the size of the database", error))?;
    Ok(held.len() as f64 / 1e6)
}
