//! `cardea key list|rotate`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Trouble, output};
use crate::app::Foundation;
use crate::domain::error::Failure;
use crate::domain::event::Actor;
use crate::domain::instant::{Instant, after};
use crate::domain::key::{KeyState, SigningAlgorithm, SigningKey};
use crate::flows::admin::{Declined, keys};

/// What to do with the signing keys.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show the keys and where they are in their life.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make new keys: announced now, signing after `keys.announce_before`.
    Rotate {
        /// Only this algorithm: RS256, ES256 or `EdDSA`. Without it, all three.
        #[arg(long)]
        alg: Option<SigningAlgorithm>,
        /// Sign with them at once. For a key that leaked; resource servers that cache the JWKS may refuse tokens for minutes.
        #[arg(long)]
        now: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(command: &Command, house: &Foundation) -> Result<(), Trouble> {
    match *command {
        Command::List { json } => {
            let held = house.write(|tx| Ok::<_, Failure<Declined>>(keys::list(tx)?))?;
            show(&held, house.clock.now(), json)
        }
        Command::Rotate { alg, now: at_once, json } => {
            let now = house.clock.now();
            let activates_at = if at_once { now } else { after(now, house.settings.keys.announce_before) };
            let wanted: Vec<_> =
                SigningAlgorithm::ALL.into_iter().filter(|one| alg.is_none_or(|alg| alg == *one)).collect();
            let wanted: Vec<_> = wanted.into_iter().map(|algorithm| (algorithm, activates_at)).collect();
            let made = keys::make(&wanted, now, &house.masters)?;
            house.write(|tx| Ok::<_, Failure<Declined>>(keys::publish(tx, &made, false, Actor::Operator)?))?;
            let held = house.write(|tx| Ok::<_, Failure<Declined>>(keys::list(tx)?))?;
            show(&held, now, json)
        }
    }
}

fn show(held: &[SigningKey], now: Instant, as_json: bool) -> Result<(), Trouble> {
    let state = |key: &SigningKey| match keys::state(held, key, now) {
        KeyState::Announced => "announced",
        KeyState::Active => "active",
        KeyState::Retired => "retired",
    };
    if as_json {
        let rows: Vec<Value> = held
            .iter()
            .map(|key| json!({ "kid": key.id.as_str(), "alg": key.algorithm.as_str(), "state": state(key), "activates_at": key.activates_at, "expires_at": key.expires_at }))
            .collect();
        return output::json(&Value::Array(rows));
    }
    let moment = |at: Instant| at.format("%Y-%m-%d %H:%M UTC").to_string();
    let rows: Vec<Vec<String>> = held
        .iter()
        .map(|key| {
            let leaves = key.expires_at.map_or_else(|| "-".to_owned(), moment);
            vec![
                key.id.as_str().to_owned(),
                key.algorithm.to_string(),
                state(key).to_owned(),
                moment(key.activates_at),
                leaves,
            ]
        })
        .collect();
    output::table(&["KID", "ALG", "STATE", "SIGNS FROM", "LEAVES THE JWKS"], &rows)
}
