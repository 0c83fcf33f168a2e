//! `cardea client add|list|show|update|rotate-secret|disable|enable|remove`.

mod options;
mod shown;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Trouble, output};
use crate::app::Foundation;
use crate::domain::client::Client;
use crate::domain::error::Failure;
use crate::domain::id::ClientId;
use crate::flows::admin::Declined;
use crate::flows::admin::clients::{self, FirstSecret};

use options::Options;

/// What to do with clients. JSON has the member names of RFC 7591.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register an app. A secret that is made here is shown once.
    Add(Box<Add>),
    /// Show all apps.
    List(Output),
    /// Show one app.
    Show(Which),
    /// Change an app: what is given replaces what was registered.
    Update(Box<Update>),
    /// Make a new secret; the one before works for the overlap.
    RotateSecret(Rotate),
    /// Switch an app off: its tokens end.
    Disable(Which),
    /// Switch an app on again.
    Enable(Which),
    /// Remove an app and all that belongs to it.
    Remove(Which),
}

#[derive(Debug, Args)]
pub(super) struct Output {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Which {
    /// The client id.
    #[arg(value_name = "CLIENT_ID")]
    id: String,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Rotate {
    #[command(flatten)]
    which: Which,
    /// How long the secret before works, e.g. 24h; 0s for a secret that leaked.
    #[arg(long, default_value = "24h", value_parser = humantime::parse_duration)]
    overlap: std::time::Duration,
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// The client id; made if left out.
    #[arg(long)]
    id: Option<String>,
    /// Read an existing secret of 32 characters or more from standard input, for an app that moves over.
    #[arg(long)]
    secret_stdin: bool,
    #[command(flatten)]
    options: Options,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct Update {
    /// The client id.
    #[arg(value_name = "CLIENT_ID")]
    id: String,
    #[command(flatten)]
    options: Options,
    /// Require PKCE again.
    #[arg(long, conflicts_with = "no_pkce")]
    pkce: bool,
    /// Show the consent page again.
    #[arg(long, conflicts_with = "first_party")]
    third_party: bool,
    /// Take introspection away.
    #[arg(long, conflicts_with = "may_introspect")]
    may_not_introspect: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: Command, house: &Foundation) -> Result<(), Trouble> {
    match command {
        Command::Add(options) => add(&options, house),
        Command::List(options) => list(&options, house),
        Command::Show(which) => {
            let id = id(&which.id)?;
            show(&house.write(|tx| clients::find(tx, &id))?, which.json)
        }
        Command::Update(options) => update(&options, house),
        Command::RotateSecret(rotate) => rotate_secret(&rotate, house),
        Command::Disable(which) => set_disabled(&which, house, true),
        Command::Enable(which) => set_disabled(&which, house, false),
        Command::Remove(which) => {
            let id = id(&which.id)?;
            house.write(|tx| clients::remove(tx, &id))?;
            if which.json {
                output::json(&json!({ "removed": id.as_str() }))
            } else {
                output::line(format!("removed {id}"))
            }
        }
    }
}

fn id(text: &str) -> Result<ClientId, Trouble> {
    ClientId::parse(text).map_err(|why| Trouble::new(format!("{text}: {why}")))
}

fn add(add: &Add, house: &Foundation) -> Result<(), Trouble> {
    let chosen = add.id.as_deref().map(id).transpose()?;
    let brought = if add.secret_stdin { Some(output::secret_from_stdin("secret")?) } else { None };
    let (client, secret) = house.write(|tx| {
        let id = match &chosen {
            Some(id) => id.clone(),
            None => tx.id()?,
        };
        let client = add.options.registration(id, tx.now)?;
        let first = brought.clone().map_or(FirstSecret::Made, FirstSecret::Brought);
        let secret = clients::add(tx, &client, first)?;
        Ok::<_, Failure<Declined>>((client, secret))
    })?;
    with_secret(&client, secret.map(|secret| secret.expose()), add.json)
}

fn update(update: &Update, house: &Foundation) -> Result<(), Trouble> {
    let id = id(&update.id)?;
    let changed = house.write(|tx| {
        let before = clients::find(tx, &id)?;
        let mut client = update.options.change(before)?;
        client.require_pkce |= update.pkce;
        client.first_party &= !update.third_party;
        client.may_introspect &= !update.may_not_introspect;
        client.updated_at = tx.now;
        clients::update(tx, &client)?;
        Ok::<_, Failure<Declined>>(client)
    })?;
    show(&changed, update.json)
}

fn rotate_secret(rotate: &Rotate, house: &Foundation) -> Result<(), Trouble> {
    let id = id(&rotate.which.id)?;
    let (client, secret) = house.write(|tx| {
        let secret = clients::rotate_secret(tx, &id, rotate.overlap)?;
        Ok::<_, Failure<Declined>>((clients::find(tx, &id)?, secret))
    })?;
    with_secret(&client, Some(secret.expose()), rotate.which.json)
}

fn set_disabled(which: &Which, house: &Foundation, disabled: bool) -> Result<(), Trouble> {
    let id = id(&which.id)?;
    let client = house.write(|tx| {
        clients::set_disabled(tx, &id, disabled)?;
        clients::find(tx, &id)
    })?;
    show(&client, which.json)
}

fn list(options: &Output, house: &Foundation) -> Result<(), Trouble> {
    let all = house.write(|tx| Ok::<_, Failure<Declined>>(clients::list(tx)?))?;
    if options.json {
        return output::json(&Value::Array(all.iter().map(shown::as_value).collect()));
    }
    let row = |client: &Client| {
        let grants: Vec<&str> = client.grant_types.iter().map(|grant| grant.as_str()).collect();
        let state = if client.disabled_at.is_some() { "disabled" } else { "enabled" };
        vec![
            client.id.as_str().to_owned(),
            client.name.clone(),
            grants.join(" "),
            client.auth_method.to_string(),
            state.to_owned(),
        ]
    };
    output::table(&["CLIENT ID", "NAME", "GRANTS", "AUTH METHOD", "STATE"], &all.iter().map(row).collect::<Vec<_>>())
}

fn show(client: &Client, as_json: bool) -> Result<(), Trouble> {
    if as_json { output::json(&shown::as_value(client)) } else { output::line(shown::as_text(client)) }
}

fn with_secret(client: &Client, secret: Option<String>, as_json: bool) -> Result<(), Trouble> {
    if as_json {
        let mut value = shown::as_value(client);
        if let (Some(members), Some(secret)) = (value.as_object_mut(), secret) {
            members.insert("client_secret".to_owned(), secret.into());
            // RFC 7591 3.2.1: with every secret; 0 is never.
            members.insert("client_secret_expires_at".to_owned(), 0.into());
        }
        return output::json(&value);
    }
    show(client, false)?;
    match secret {
        Some(secret) => output::line(format!("client_secret                    {secret}   (shown this once)")),
        None => Ok(()),
    }
}
