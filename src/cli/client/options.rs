//! The options of `client add` and `client update`: what is left out keeps its default, or what was registered.

use std::time::Duration;

use clap::Args;

use crate::domain::client::{ApplicationType, AuthMethod, Client, GrantType, Lifetimes, Links};
use crate::domain::id::ClientId;
use crate::domain::instant::Instant;
use crate::domain::key::SigningAlgorithm;
use crate::domain::redirect_uri::{self, RedirectUri};
use crate::domain::scope::Scope;
use crate::flows::admin::Declined;

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct Options {
    /// What people read on the consent page.
    #[arg(long)]
    name: Option<String>,
    /// Where codes may be sent; compared as a string. May be repeated.
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Where people may be sent after signing out. May be repeated.
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// The app cannot keep a secret (it runs in a browser or on a device): no secret, PKCE always.
    #[arg(long)]
    public: bool,
    /// The app runs on a device: loopback redirects may vary their port, private-use schemes are allowed.
    #[arg(long)]
    native: bool,
    /// `authorization_code`, `refresh_token` or `client_credentials`. May be repeated.
    #[arg(long = "grant", value_name = "GRANT")]
    grants: Vec<GrantType>,
    /// What the app may ask for, separated by spaces.
    #[arg(long)]
    scope: Option<String>,
    /// `client_secret_basic`, `client_secret_post` or `none`.
    #[arg(long)]
    auth_method: Option<AuthMethod>,
    /// The app is too old for PKCE (confidential apps only).
    #[arg(long)]
    pub(super) no_pkce: bool,
    /// The app belongs to the house: no consent page.
    #[arg(long)]
    pub(super) first_party: bool,
    /// The app is a resource server: it may ask about other apps' tokens.
    #[arg(long)]
    pub(super) may_introspect: bool,
    /// How long its access tokens live, e.g. 10m.
    #[arg(long, value_parser = humantime::parse_duration)]
    access_ttl: Option<Duration>,
    /// How long its codes live, e.g. 60s.
    #[arg(long, value_parser = humantime::parse_duration)]
    code_ttl: Option<Duration>,
    /// How long a refresh token lives unused, e.g. 30d.
    #[arg(long, value_parser = humantime::parse_duration)]
    refresh_idle_ttl: Option<Duration>,
    /// How long a family of refresh tokens lives, e.g. 180d.
    #[arg(long, value_parser = humantime::parse_duration)]
    refresh_absolute_ttl: Option<Duration>,
    /// The algorithm of its access tokens: RS256, ES256 or `EdDSA`.
    #[arg(long)]
    access_token_alg: Option<SigningAlgorithm>,
    /// The algorithm of its ID tokens.
    #[arg(long)]
    id_token_alg: Option<SigningAlgorithm>,
    /// Sign its userinfo answers with this algorithm.
    #[arg(long)]
    userinfo_alg: Option<SigningAlgorithm>,
    /// Its home page.
    #[arg(long, value_name = "URI")]
    client_uri: Option<String>,
    /// Its logo. Shown if it is a data: URI (PNG, JPEG or WebP, up to 32 KiB); pages load nothing from elsewhere.
    #[arg(long, value_name = "URI")]
    logo_uri: Option<String>,
    /// Its privacy policy.
    #[arg(long, value_name = "URI")]
    policy_uri: Option<String>,
    /// Its terms of service.
    #[arg(long, value_name = "URI")]
    tos_uri: Option<String>,
}

impl Options {
    /// A new registration.
    pub(super) fn registration(&self, id: ClientId, now: Instant) -> Result<Client, Declined> {
        let blank = Client {
            name: id.as_str().to_owned(),
            id,
            application_type: ApplicationType::Web,
            auth_method: AuthMethod::ClientSecretBasic,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            grant_types: self.usual_grants(),
            scope: self.usual_scope(),
            require_pkce: true,
            first_party: false,
            may_introspect: false,
            lifetimes: Lifetimes::default(),
            access_token_alg: None,
            // OpenID Connect Registration 2: RS256 unless the client asks for another.
            id_token_alg: SigningAlgorithm::RS256,
            userinfo_alg: None,
            links: Links::default(),
            disabled_at: None,
            created_at: now,
            updated_at: now,
        };
        self.change(blank)
    }

    /// A registration with what was given in place of what it had.
    pub(super) fn change(&self, mut client: Client) -> Result<Client, Declined> {
        if let Some(name) = &self.name {
            name.trim().clone_into(&mut client.name);
        }
        if self.native {
            client.application_type = ApplicationType::Native;
        }
        client.auth_method = self.method(client.auth_method)?;
        let uris = |option: &str, given: &[String], held: Vec<RedirectUri>| {
            if given.is_empty() { Ok(held) } else { registered(option, given, client.application_type) }
        };
        client.redirect_uris = uris("--redirect-uri", &self.redirect_uris, client.redirect_uris)?;
        client.post_logout_redirect_uris =
            uris("--post-logout-redirect-uri", &self.post_logout_redirect_uris, client.post_logout_redirect_uris)?;
        if !self.grants.is_empty() {
            client.grant_types.clone_from(&self.grants);
            client.grant_types.sort();
            client.grant_types.dedup();
        }
        if let Some(scope) = &self.scope {
            client.scope = Scope::parse(scope).map_err(|why| Declined::because(format!("--scope: {why}")))?;
        }
        client.require_pkce &= !self.no_pkce;
        client.first_party |= self.first_party;
        client.may_introspect |= self.may_introspect;
        self.token_settings(&mut client)?;
        self.link(&mut client.links)?;
        Ok(client)
    }

    fn method(&self, held: AuthMethod) -> Result<AuthMethod, Declined> {
        match (self.public, self.auth_method) {
            (true, None | Some(AuthMethod::None)) => Ok(AuthMethod::None),
            (true, Some(_)) => Err(Declined::because("--public means --auth-method none; leave one of them out")),
            (false, given) => Ok(given.unwrap_or(held)),
        }
    }

    fn usual_grants(&self) -> Vec<GrantType> {
        if self.redirect_uris.is_empty() && !self.public {
            vec![GrantType::ClientCredentials]
        } else {
            vec![GrantType::AuthorizationCode, GrantType::RefreshToken]
        }
    }

    fn usual_scope(&self) -> Scope {
        let people = self.grants.contains(&GrantType::AuthorizationCode) || !self.redirect_uris.is_empty();
        Scope::stored(if people { "openid profile email offline_access" } else { "" })
    }

    fn token_settings(&self, client: &mut Client) -> Result<(), Declined> {
        let longest = |option: &str, given: Option<Duration>, limit: Duration| match given {
            Some(span) if span.is_zero() || span > limit => Err(Declined::because(format!(
                "{option} must be more than 0 and at most {}",
                humantime::format_duration(limit)
            ))),
            other => Ok(other),
        };
        let day = Duration::from_hours(24);
        let lifetimes = &mut client.lifetimes;
        lifetimes.access = longest("--access-ttl", self.access_ttl, day)?.or(lifetimes.access);
        lifetimes.code = longest("--code-ttl", self.code_ttl, Duration::from_mins(10))?.or(lifetimes.code);
        lifetimes.refresh_idle =
            longest("--refresh-idle-ttl", self.refresh_idle_ttl, day * 3650)?.or(lifetimes.refresh_idle);
        lifetimes.refresh_absolute =
            longest("--refresh-absolute-ttl", self.refresh_absolute_ttl, day * 3650)?.or(lifetimes.refresh_absolute);
        client.access_token_alg = self.access_token_alg.or(client.access_token_alg);
        client.id_token_alg = self.id_token_alg.unwrap_or(client.id_token_alg);
        client.userinfo_alg = self.userinfo_alg.or(client.userinfo_alg);
        Ok(())
    }

    fn link(&self, links: &mut Links) -> Result<(), Declined> {
        let checked = |option: &str, given: &Option<String>, held: Option<String>| match given {
            None => Ok(held),
            Some(text) if text.is_empty() => Ok(None),
            Some(text) => {
                redirect_uri::link(text).map(Some).map_err(|why| Declined::because(format!("{option} {why}")))
            }
        };
        links.client_uri = checked("--client-uri", &self.client_uri, links.client_uri.take())?;
        links.policy_uri = checked("--policy-uri", &self.policy_uri, links.policy_uri.take())?;
        links.tos_uri = checked("--tos-uri", &self.tos_uri, links.tos_uri.take())?;
        links.logo_uri = match &self.logo_uri {
            Some(text) if redirect_uri::is_embedded_image(text) => Some(text.clone()),
            given => checked("--logo-uri", given, links.logo_uri.take())?,
        };
        Ok(())
    }
}

fn registered(option: &str, given: &[String], application: ApplicationType) -> Result<Vec<RedirectUri>, Declined> {
    let register = |text: &String| {
        RedirectUri::register(text, application).map_err(|why| Declined::because(format!("{option} {text}: {why}")))
    };
    let mut uris: Vec<RedirectUri> = Vec::new();
    for uri in given.iter().map(register) {
        let uri = uri?;
        if !uris.contains(&uri) {
            uris.push(uri);
        }
    }
    Ok(uris)
}
