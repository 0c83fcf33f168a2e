//! `cardea demo`: starts Cardea for the demo and sets up what the sample app needs. Ports, samples and order are `demo`'s.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::Args;

use super::Trouble;
use crate::app::{Clock, Foundation};
use crate::demo::setting::{API_SCOPES, Person, Plan, Setting};
use crate::demo::{self, DemoOptions};
use crate::domain::claims::OFFLINE_ACCESS;
use crate::domain::client::{ApplicationType, AuthMethod, Client, GrantType, Lifetimes, Links};
use crate::domain::error::Failure;
use crate::domain::id::ClientId;
use crate::domain::key::SigningAlgorithm;
use crate::domain::password::{Password, PasswordContext};
use crate::domain::redirect_uri::RedirectUri;
use crate::domain::scope::Scope;
use crate::domain::user::{Email, Name, Role, User};
use crate::flows::admin::clients::{self, FirstSecret};
use crate::flows::admin::{Declined, users};
use crate::settings::{Settings, Sources};
use crate::{server, telemetry};

/// Where the demo runs.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// A loopback address.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// Cardea's port; the sample app has the next one, the sample API the one after.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The folder of the demo's database and key.
    #[arg(long, default_value = "data/demo")]
    data: PathBuf,
}

const CLIENT: &str = "the-daily-hinge";

/// Runs the demo until the process is told to end.
pub(super) fn demo(options: Options) -> Result<(), Trouble> {
    let options = DemoOptions { host: options.host, port: options.port, data: options.data };
    actix_web::rt::System::new()
        .block_on(demo::run(options, |plan: Plan| async move { start(plan).await.map_err(Into::into) }))
        .map_err(|error| Trouble::new(error.to_string()))
}

async fn start(plan: Plan) -> Result<Setting, Trouble> {
    let settings = settings(&plan)?;
    telemetry::init(&settings.log).map_err(|error| Trouble::new(format!("log: {error}")))?;
    let listener = plan.listener.try_clone().map_err(|error| Trouble::new(format!("listening: {error}")))?;
    let (laid, prepared) = (settings.clone(), settings);
    let set = actix_web::rt::task::spawn_blocking(move || set_up(&plan, laid));
    let (client_secret, people) = set.await.map_err(|error| Trouble::new(error.to_string()))??;
    let running = server::start(prepared, listener).await?;
    Ok(Setting {
        client_id: CLIENT.to_owned(),
        client_secret,
        people,
        stop: Box::new(move || Box::pin(running.stop())),
    })
}

/// The embedded defaults, with what this demo needs.
fn settings(plan: &Plan) -> Result<Settings, Trouble> {
    let data = |file: &str| plan.data.join(file).display().to_string();
    let listen = plan.listener.local_addr().map_err(|error| Trouble::new(format!("listening: {error}")))?;
    let set = [
        ("CARDEA_HTTP__LISTEN", listen.to_string()),
        ("CARDEA_HTTP__ISSUER", plan.issuer.clone()),
        ("CARDEA_DATABASE__URL", format!("sqlite:{}", data("cardea.db"))),
        ("CARDEA_SECRETS__MASTER_KEY_FILE", data("master.key")),
        ("CARDEA_TOKENS__AUDIENCE", plan.audience.clone()),
        ("CARDEA_LOGIN__REGISTRATION", "open".to_owned()),
        ("CARDEA_LOG__LEVEL", "warn".to_owned()),
    ];
    let environment = set.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let mut settings = Settings::load(&Sources { file: None, environment })?;
    settings.scopes = API_SCOPES.map(|(scope, words)| (scope.to_owned(), words.to_owned())).into();
    Ok(settings)
}

/// The app's client and the three people, made anew at each start: their secrets are shown and not kept.
fn set_up(plan: &Plan, settings: Settings) -> Result<(String, Vec<Person>), Trouble> {
    let house = Foundation::lay(settings, Clock::system())?;
    let bcrypt = house.bcrypt()?;
    let mut people = Vec::new();
    for role in plan.people {
        let password = house.made_password()?;
        let context = PasswordContext { email: role.email(), name: role.person_name(), site_name: "" };
        let hash = bcrypt.hash(&Password::parse(&password, &context).map_err(Trouble::new)?)?;
        let email = Email::parse(role.email()).map_err(Trouble::new)?;
        let name = Name::parse(role.person_name()).map_err(Trouble::new)?;
        house.write(|tx| {
            if let Ok(held) = users::find(tx, email.as_str()) {
                return users::set_password(tx, &held, &hash);
            }
            let user = User {
                id: tx.id()?,
                email: email.clone(),
                email_verified: true,
                name: name.clone(),
                roles: vec![Role::stored(role.name().to_owned())],
                disabled_at: None,
                created_at: tx.now,
                updated_at: tx.now,
            };
            users::add(tx, &user, &hash)
        })?;
        people.push(Person { role, password });
    }
    let secret = house.write(|tx| {
        let client = client(plan, tx.now)?;
        if clients::find(tx, &client.id).is_ok() {
            clients::update(tx, &client)?;
            return clients::rotate_secret(tx, &client.id, std::time::Duration::ZERO);
        }
        let made = clients::add(tx, &client, FirstSecret::Made)?;
        made.ok_or_else(|| Failure::Refused(Declined::because("the demo's client has no secret")))
    })?;
    house.store.close_blocking();
    Ok((secret.expose(), people))
}

fn client(plan: &Plan, now: crate::domain::instant::Instant) -> Result<Client, Declined> {
    let uri = |text: &str| RedirectUri::register(text, ApplicationType::Web).map_err(Declined::because);
    Ok(Client {
        id: ClientId::parse(CLIENT).map_err(Declined::because)?,
        name: plan.client_name.to_owned(),
        application_type: ApplicationType::Web,
        auth_method: AuthMethod::ClientSecretBasic,
        redirect_uris: vec![uri(&plan.redirect_uri)?],
        post_logout_redirect_uris: vec![uri(&plan.post_logout_redirect_uri)?],
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        scope: Scope::stored(plan.scope).joined(&Scope::stored(OFFLINE_ACCESS)),
        require_pkce: true,
        first_party: false,
        may_introspect: false,
        lifetimes: Lifetimes::default(),
        access_token_alg: None,
        id_token_alg: SigningAlgorithm::RS256,
        userinfo_alg: None,
        links: Links::default(),
        disabled_at: None,
        created_at: now,
        updated_at: now,
    })
}
