//! `cardea user add|list|show|disable|enable|set-password|remove`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Trouble, output};
use crate::app::Foundation;
use crate::domain::error::Failure;
use crate::domain::password::{Password, PasswordContext};
use crate::domain::user::{Email, Name, PasswordHash, Role, User};
use crate::flows::admin::{Declined, users};

/// What to do with accounts. WHO is an id or an e-mail address.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make an account. Without --password-stdin a password is made and shown once.
    Add(Add),
    /// Show all accounts.
    List(Output),
    /// Show one account.
    Show(Who),
    /// Switch an account off: its sessions and tokens end.
    Disable(Who),
    /// Switch an account on again.
    Enable(Who),
    /// Set a password: the account is signed out everywhere.
    SetPassword(SetPassword),
    /// Remove an account and all that belongs to it.
    Remove(Who),
}

#[derive(Debug, Args)]
pub(super) struct Output {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Who {
    /// Id or e-mail address.
    #[arg(value_name = "WHO")]
    who: String,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// The e-mail address, which they sign in with.
    #[arg(long)]
    email: String,
    /// What they are called.
    #[arg(long)]
    name: String,
    /// A role; may be repeated.
    #[arg(long = "role")]
    roles: Vec<Role>,
    /// The address is known to be theirs.
    #[arg(long)]
    verified: bool,
    /// Read the password from standard input.
    #[arg(long)]
    password_stdin: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct SetPassword {
    /// Id or e-mail address.
    #[arg(value_name = "WHO")]
    who: String,
    /// Read the password from standard input.
    #[arg(long)]
    password_stdin: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: Command, house: &Foundation) -> Result<(), Trouble> {
    match command {
        Command::Add(options) => add(&options, house),
        Command::List(options) => list(&options, house),
        Command::Show(who) => show(&house.write(|tx| users::find(tx, &who.who))?, who.json),
        Command::Disable(who) => show(&house.write(|tx| users::set_disabled(tx, &who.who, true))?, who.json),
        Command::Enable(who) => show(&house.write(|tx| users::set_disabled(tx, &who.who, false))?, who.json),
        Command::SetPassword(options) => set_password(&options, house),
        Command::Remove(who) => {
            let removed = house.write(|tx| users::remove(tx, &who.who))?;
            if who.json {
                output::json(&json!({ "removed": removed.id.as_str() }))
            } else {
                output::line(format!("removed {}", removed.email))
            }
        }
    }
}

fn add(options: &Add, house: &Foundation) -> Result<(), Trouble> {
    let email = Email::parse(&options.email).map_err(|why| Trouble::new(format!("--email: {why}")))?;
    let name = Name::parse(&options.name).map_err(|why| Trouble::new(format!("--name: {why}")))?;
    let chosen = Chosen::of(options.password_stdin, house, email.as_str(), name.as_str())?;
    let hash = hash(house, &chosen)?;
    let added = house.write(|tx| {
        let mut roles = options.roles.clone();
        roles.sort();
        roles.dedup();
        let user = User {
            id: tx.id()?,
            email: email.clone(),
            email_verified: options.verified,
            name: name.clone(),
            roles,
            disabled_at: None,
            created_at: tx.now,
            updated_at: tx.now,
        };
        users::add(tx, &user, &hash)?;
        Ok::<_, Failure<Declined>>(user)
    })?;
    shown_with_password(&added, &chosen, options.json)
}

fn set_password(options: &SetPassword, house: &Foundation) -> Result<(), Trouble> {
    let user = house.write(|tx| users::find(tx, &options.who))?;
    let chosen = Chosen::of(options.password_stdin, house, user.email.as_str(), user.name.as_str())?;
    let hash = hash(house, &chosen)?;
    house.write(|tx| users::set_password(tx, &user, &hash))?;
    shown_with_password(&user, &chosen, options.json)
}

/// A password and whether it was made here, to be shown once.
struct Chosen {
    password: Password,
    made: bool,
}

impl Chosen {
    fn of(from_stdin: bool, house: &Foundation, email: &str, name: &str) -> Result<Self, Trouble> {
        let text = if from_stdin { output::secret_from_stdin("password")? } else { house.made_password()? };
        let context = PasswordContext { email, name, site_name: &house.settings.login.site_name };
        let password = Password::parse(&text, &context).map_err(|why| Trouble::new(format!("password: {why}")))?;
        Ok(Self { password, made: !from_stdin })
    }
}

fn hash(house: &Foundation, chosen: &Chosen) -> Result<PasswordHash, Trouble> {
    house.bcrypt()?.hash(&chosen.password).map_err(Trouble::from)
}

fn shown_with_password(user: &User, chosen: &Chosen, as_json: bool) -> Result<(), Trouble> {
    let password = chosen.made.then(|| chosen.password.expose());
    if as_json {
        let mut value = as_value(user);
        if let (Some(members), Some(password)) = (value.as_object_mut(), password) {
            members.insert("password".to_owned(), password.into());
        }
        return output::json(&value);
    }
    show(user, false)?;
    match password {
        Some(password) => output::line(format!("password  {password}   (shown this once)")),
        None => Ok(()),
    }
}

fn list(options: &Output, house: &Foundation) -> Result<(), Trouble> {
    let all = house.write(|tx| Ok::<_, Failure<Declined>>(users::list(tx)?))?;
    if options.json {
        return output::json(&Value::Array(all.iter().map(as_value).collect()));
    }
    let row = |user: &User| {
        let state = if user.disabled_at.is_some() { "disabled" } else { "enabled" };
        vec![
            user.id.as_str().to_owned(),
            user.email.as_str().to_owned(),
            user.name.as_str().to_owned(),
            roles(user),
            state.to_owned(),
        ]
    };
    output::table(&["ID", "EMAIL", "NAME", "ROLES", "STATE"], &all.iter().map(row).collect::<Vec<_>>())
}

fn show(user: &User, as_json: bool) -> Result<(), Trouble> {
    if as_json {
        return output::json(&as_value(user));
    }
    let verified = if user.email_verified { "verified" } else { "not verified" };
    let state = user
        .disabled_at
        .map_or_else(|| "enabled".to_owned(), |at| format!("disabled since {}", at.format("%Y-%m-%d %H:%M UTC")));
    output::line(format!(
        "id        {}\nemail     {} ({verified})\nname      {}\nroles     {}\nstate     {state}",
        user.id,
        user.email,
        user.name,
        roles(user)
    ))
}

fn roles(user: &User) -> String {
    let names: Vec<&str> = user.roles.iter().map(Role::as_str).collect();
    if names.is_empty() { "-".to_owned() } else { names.join(" ") }
}

fn as_value(user: &User) -> Value {
    json!({
        "id": user.id.as_str(),
        "email": user.email.as_str(),
        "email_verified": user.email_verified,
        "name": user.name.as_str(),
        "roles": user.roles,
        "disabled": user.disabled_at.is_some(),
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    })
}
