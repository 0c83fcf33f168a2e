//! The report: what was measured, beside its floor and its target. A missed target is said, not punished: the machine may be busy.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::Trouble;
use super::drive::{CONNECTIONS, Tally};
use super::rounds::What;

/// What is printed: a name, the floor that it stands on, and the share of it that is to be reached.
struct Row {
    what: What,
    name: &'static str,
    floor: Option<What>,
    target: Option<f64>,
}

const fn row(what: What, name: &'static str, floor: Option<What>, target: Option<f64>) -> Row {
    Row { what, name, floor, target }
}

/// In the order in which they are measured: a floor beside what stands on it, codes before what exchanges them.
const ROWS: [Row; 12] = [
    row(What::Signing, "floor: form, ES256, 1 KB", None, None),
    row(What::ClientCredentials, "token: client_credentials", Some(What::Signing), Some(0.6)),
    row(What::IntrospectPerson, "introspect: a person's", Some(What::Signing), Some(0.5)),
    row(What::IntrospectClient, "introspect: a client's", Some(What::Signing), Some(0.5)),
    row(What::Authorize, "authorize, signed in", Some(What::Signing), None),
    row(What::Exchange, "token: authorization_code", Some(What::Signing), Some(0.1)),
    row(What::Userinfo, "userinfo", Some(What::Signing), None),
    row(What::Flow, "authorize, token, userinfo", Some(What::Signing), None),
    row(What::Refresh, "token: refresh_token", Some(What::Signing), Some(0.1)),
    row(What::Bare, "floor: bare handler", None, None),
    row(What::Jwks, "jwks", Some(What::Bare), Some(0.7)),
    row(What::Discovery, "discovery", Some(What::Bare), Some(0.7)),
];

/// What is measured: everything, or what has one of these words in its name, with the floors and the codes that it needs.
pub fn wanted(words: &[&str]) -> Vec<What> {
    let named = |row: &Row| words.is_empty() || words.iter().any(|word| row.name.contains(word));
    let exchanges = ROWS.iter().any(|row| row.what == What::Exchange && named(row));
    let needed = |row: &Row| row.name.starts_with("floor") || (row.what == What::Authorize && exchanges);
    ROWS.iter().filter(|row| named(row) || needed(row)).map(|row| row.what).collect()
}

/// Memory to stay under after the run, in MB.
const MEMORY: f64 = 60.0;
/// Time to stay under from the start to the first answer, on an existing database.
const FIRST_ANSWER: Duration = Duration::from_millis(300);

/// What was measured beside the requests.
pub struct Household {
    /// Resident memory after the run, in MB.
    pub resident: f64,
    /// The most that was resident at any time, in MB.
    pub peak: f64,
    /// From start to first answer, a start each.
    pub first_answers: Vec<Duration>,
    /// The size of the database after the run, in MB.
    pub database: f64,
}

/// Says where this runs.
pub fn machine(folder: &Path) -> Result<(), Trouble> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = model.map_or("unknown processor", |(_, model)| model.trim());
    println!("machine:  {cores} cores of {model}, load before the run {}", read("/proc/loadavg").trim());
    println!("database: SQLite in WAL with synchronous=FULL; writing and syncing 4 KB takes {} µs here", sync(folder)?);
    println!("load:     {CONNECTIONS} keep-alive connections from the same machine");
    Ok(())
}

/// The median of what a sync costs where the database lies, in microseconds.
fn sync(folder: &Path) -> Result<u128, Trouble> {
    let trouble = |error| Trouble::of("writing beside the database", error);
    let mut file = tempfile::tempfile_in(folder).map_err(trouble)?;
    let (page, mut spans) = ([7_u8; 4096], Vec::new());
    for _ in 0..101 {
        let began = Instant::now();
        file.write_all(&page).and_then(|()| file.sync_data()).map_err(trouble)?;
        spans.push(began.elapsed().as_micros());
    }
    spans.sort_unstable();
    Ok(spans.get(spans.len() / 2).copied().unwrap_or(0))
}

/// Prints the table.
pub fn table(tallies: &[(What, Tally)]) {
    let of = |what: What| tallies.iter().find(|(held, _)| *held == what).map(|(_, tally)| tally);
    println!(
        "{:<27}{:>11}{:>9}{:>9}{:>13}{:>9}  target",
        "", "requests/s", "p50 µs", "p99 µs", "CPU µs each", "of floor"
    );
    for row in &ROWS {
        let Some(tally) = of(row.what) else { continue };
        let share = row.floor.and_then(of).map(|floor| tally.rate() / floor.rate());
        let verdict = match (share, row.target) {
            (Some(share), Some(target)) => format!("{target:.2} {}", said(share >= target)),
            _ => String::new(),
        };
        let share = share.map_or(String::new(), |share| format!("{share:.2}"));
        let (p50, p99) = (tally.percentile(50), tally.percentile(99));
        println!("{:<27}{:>11.0}{p50:>9}{p99:>9}{:>13.1}{share:>9}  {verdict}", row.name, tally.rate(), tally.cpu());
    }
}

/// Prints the rest.
pub fn household(household: &Household) {
    let Household { resident, peak, first_answers, database } = household;
    println!(
        "\nresident memory after the run: {resident:.1} MB (peak {peak:.1}), target under {MEMORY:.0}: {}",
        said(*resident < MEMORY)
    );
    let slowest = first_answers.iter().max().copied().unwrap_or_default();
    let each: Vec<String> = first_answers.iter().map(|span| span.as_millis().to_string()).collect();
    println!(
        "first answer on an existing database of {database:.0} MB: {} ms, target within {}: {}",
        each.join(", "),
        FIRST_ANSWER.as_millis(),
        said(slowest <= FIRST_ANSWER)
    );
}

const fn said(reached: bool) -> &'static str {
    if reached { "reached" } else { "MISSED" }
}
