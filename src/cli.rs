//! The operator's door: one subcommand a deed, each with `--config FILE` and the same environment as `serve`.

mod client;
pub mod config;
mod demo;
mod key;
mod output;
mod secrets;
mod serve;
mod user;

use std::fmt;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::app::{Clock, Foundation};
use crate::domain::error::{Failure, Fault};
use crate::flows::admin::Declined;
use crate::settings::{Complaints, Settings, Sources};

/// An OAuth 2.1 authorization server and OpenID Connect provider.
#[derive(Debug, Parser)]
#[command(version, about, arg_required_else_help = true)]
struct Arguments {
    /// A settings file; without it, the embedded defaults and `CARDEA_SECTION__KEY` from the environment.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve,
    /// Run Cardea with a sample app and a sample API, on this machine only.
    Demo(demo::Options),
    /// Bring the database to this version's tables.
    Migrate {
        /// Only say what is pending; exit with 1 if something is.
        #[arg(long)]
        check: bool,
    },
    /// Check or show the settings.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Register and change apps.
    #[command(subcommand)]
    Client(client::Command),
    /// Make and change accounts.
    #[command(subcommand)]
    User(user::Command),
    /// List and rotate the signing keys.
    #[command(subcommand)]
    Key(key::Command),
    /// Look after the master key.
    #[command(subcommand)]
    Secrets(secrets::Command),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Say what is wrong with the settings, all of it.
    Check,
    /// Print the settings in force, secrets left out.
    Show,
}

/// Why a command could not be done, for the operator.
#[derive(Debug)]
pub struct Trouble(String);

impl Trouble {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Trouble {}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self(fault.to_string())
    }
}

impl From<Declined> for Trouble {
    fn from(declined: Declined) -> Self {
        Self(declined.to_string())
    }
}

impl From<Failure<Declined>> for Trouble {
    fn from(failure: Failure<Declined>) -> Self {
        match failure {
            Failure::Refused(declined) => declined.into(),
            Failure::Fault(fault) => fault.into(),
        }
    }
}

impl From<Complaints> for Trouble {
    fn from(complaints: Complaints) -> Self {
        Self(format!("the settings cannot be used:\n{complaints}"))
    }
}

/// Runs the command of this process.
///
/// # Errors
/// [`Trouble`], to be printed.
pub fn run() -> Result<(), Trouble> {
    let arguments = Arguments::parse();
    let sources = || Sources::from_process(arguments.config.clone());
    match arguments.command {
        Command::Serve => serve::serve(Settings::load(&sources())?),
        Command::Demo(options) => demo::demo(options),
        Command::Migrate { check } => migrate(&Settings::load(&sources())?, check),
        Command::Config(ConfigCommand::Check) => output::line(config::check(&sources())?),
        Command::Config(ConfigCommand::Show) => output::line(config::show(&sources())?),
        Command::Client(command) => client::run(command, &foundation(&sources())?),
        Command::User(command) => user::run(command, &foundation(&sources())?),
        Command::Key(command) => key::run(&command, &foundation(&sources())?),
        Command::Secrets(secrets::Command::Rotate) => secrets::rotate(&foundation(&sources())?),
    }
}

fn foundation(sources: &Sources) -> Result<Foundation, Trouble> {
    Ok(Foundation::lay(Settings::load(sources)?, Clock::system())?)
}

fn migrate(settings: &Settings, check: bool) -> Result<(), Trouble> {
    if !check {
        let applied = Foundation::migrate(settings)?;
        return output::line(if applied.is_empty() {
            "nothing to do".to_owned()
        } else {
            format!("applied: {}", applied.join(", "))
        });
    }
    let pending = Foundation::pending(settings)?;
    if pending.is_empty() {
        return output::line("nothing is pending");
    }
    Err(Trouble::new(format!("pending: {}; run `cardea migrate`", pending.join(", "))))
}
