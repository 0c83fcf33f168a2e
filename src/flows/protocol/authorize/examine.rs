//! Reading an authorization request: everything that can be judged without knowing who is there.

use std::collections::BTreeSet;

use oxide_auth::code_grant::authorization::{Authorization, Input, Output};
use oxide_auth::primitives::grant::Extensions;

use crate::domain::claims::{ClaimsRequest, OFFLINE_ACCESS, OPENID};
use crate::domain::client::{Client, GrantType};
use crate::domain::error::{ErrorCode, Failure, Refusal};
use crate::domain::params::{Params, Unreadable};
use crate::domain::scope::Scope;
use crate::flows::protocol::callback::Callback;
use crate::flows::protocol::{oxide, pkce};

/// What the app wants to happen in front of the person (Core 3.1.2.1 `prompt`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Prompt {
    /// No page at all.
    None,
    /// Sign in again.
    Login,
    /// Ask for consent again.
    Consent,
    /// Let the person choose an account.
    SelectAccount,
}

/// A request that can be granted, if the person wants it.
#[derive(Debug, Clone)]
pub struct Request {
    /// What is asked for, as far as the client may have it.
    pub scope: Scope,
    /// For the ID token.
    pub nonce: Option<String>,
    /// PKCE, S256.
    pub code_challenge: Option<String>,
    /// The pages that are wanted or forbidden.
    pub prompts: BTreeSet<Prompt>,
    /// How old the sign-in may be, in seconds.
    pub max_age: Option<i64>,
    /// A token that says for whom the app asks; verified where the keys are known.
    pub id_token_hint: Option<String>,
    /// Claims beyond the scopes.
    pub claims: ClaimsRequest,
}

impl Request {
    /// What the person is asked about: the scope, and what the `claims` parameter adds to it.
    #[must_use]
    pub fn consent(&self) -> Scope {
        self.scope.joined(&self.claims.scope())
    }
}

/// What came of the examination: where answers go, and either a request or a refusal to send there.
#[derive(Debug, Clone)]
pub struct Examined {
    /// Where answers go.
    pub callback: Callback,
    /// Whether the app forbade pages; then a refusal is sent at once.
    pub silent: bool,
    /// Whether a parameter came more than once: this stays a fault while a person is asked.
    pub repeated: bool,
    /// The request, or what is wrong with it.
    pub request: Result<Request, Refusal>,
}

/// Examines an authorization request, in the order of RFC 6749 4.1.2.1: client and redirect URI first (their faults are
/// shown to the person), then the rest (its faults are sent to the app).
///
/// # Errors
/// A refusal for a page, when there is nowhere safe to send it.
pub fn examine(
    client: &Client,
    params: &Params,
    unreadable: Option<&Unreadable>,
    issuer: &str,
) -> Result<Examined, Failure<Refusal>> {
    if let Some(Unreadable::Malformed) = unreadable {
        return Err(invalid("the request has too many parameters").into());
    }
    let repeated = match unreadable {
        Some(Unreadable::Repeated(names)) => names.as_slice(),
        _ => &[],
    };
    if repeated.iter().any(|name| name == "client_id" || name == "redirect_uri") {
        return Err(invalid("client_id or redirect_uri came more than once").into());
    }
    let callback = Callback::check(client, params, issuer)?;
    let silent = params.get("prompt").is_some_and(|prompt| prompt.split(' ').any(|word| word == "none"));
    let repeated = params.were_repeated() || !repeated.is_empty();
    let request = if repeated {
        Err(invalid("a parameter came more than once"))
    } else {
        match drive(client, params, &callback) {
            Ok(request) => Ok(request),
            Err(Failure::Refused(refusal)) => Err(refusal),
            Err(Failure::Fault(fault)) => return Err(Failure::Fault(fault)),
        }
    };
    Ok(Examined { callback, silent, repeated, request })
}

/// oxide-auth's machine asks its questions in the protocol's order; we answer from the registration and the request.
fn drive(client: &Client, params: &Params, callback: &Callback) -> Result<Request, Failure<Refusal>> {
    unsupported(params)?;
    if !client.may_use(GrantType::AuthorizationCode) {
        return Err(Refusal::new(
            ErrorCode::UnauthorizedClient,
            "this client is not registered for authorization_code",
        )
        .into());
    }
    let request = oxide::Request { client, params, redirect_uri: Some(callback.redirect_uri()) };
    let mut machine = Authorization::new(&request);
    let mut input = Input::None;
    let mut code_challenge = None;
    let mut granted = Scope::default();
    loop {
        input = match machine.advance(input) {
            Output::Bind { .. } => {
                Input::Bound { request: &request, bound_client: oxide::bound(client, callback.redirect_uri())? }
            }
            Output::Extend => {
                code_challenge = pkce::challenge(client, params)?;
                Input::Extended(Extensions::new())
            }
            Output::Negotiate { .. } => {
                granted = negotiate(client, params)?;
                let pre_grant = oxide::pre_grant(client, callback.redirect_uri(), &granted)?;
                Input::Negotiated { pre_grant, state: params.get("state").map(str::to_owned) }
            }
            Output::Ok { .. } => return finish(client, params, granted, code_challenge),
            Output::Err(_) => return Err(oxide::authorization_refusal(params).into()),
        };
    }
}

fn finish(
    client: &Client,
    params: &Params,
    scope: Scope,
    code_challenge: Option<String>,
) -> Result<Request, Failure<Refusal>> {
    let bounded = |name: &str, limit: usize| params.get(name).is_none_or(|value| value.len() <= limit);
    if !bounded("nonce", 1024) || !bounded("state", 4096) || !bounded("login_hint", 512) {
        return Err(invalid("nonce, state or login_hint is too long").into());
    }
    let claims = params.get("claims").map(ClaimsRequest::parse).transpose().map_err(invalid)?.unwrap_or_default();
    Ok(Request {
        scope,
        nonce: params.get("nonce").map(str::to_owned),
        code_challenge,
        prompts: prompts(params)?,
        max_age: max_age(params)?,
        id_token_hint: params.get("id_token_hint").map(str::to_owned),
        claims: claims.within(&client.scope),
    })
}

/// Features that must be refused, never ignored (Core 3.1.2.6).
fn unsupported(params: &Params) -> Result<(), Refusal> {
    let named = |name: &str| params.get(name).is_some();
    if named("request") {
        return Err(Refusal::new(
            ErrorCode::RequestNotSupported,
            "request objects are not supported; send plain parameters",
        ));
    }
    if named("request_uri") {
        return Err(Refusal::new(
            ErrorCode::RequestUriNotSupported,
            "request_uri is not supported; send plain parameters",
        ));
    }
    if named("registration") {
        return Err(Refusal::new(ErrorCode::RegistrationNotSupported, "the registration parameter is not supported"));
    }
    match params.get("response_mode") {
        None | Some("query" | "form_post") => Ok(()),
        Some(_) => Err(invalid("response_mode must be query or form_post")),
    }
}

/// What the client may have of what it asks for. Unknown scopes are ignored (Core 3.1.2.1); the token response says what
/// was granted (RFC 6749 3.3).
fn negotiate(client: &Client, params: &Params) -> Result<Scope, Refusal> {
    let asked = match params.get("scope") {
        Some(text) => Scope::parse(text).map_err(|why| Refusal::new(ErrorCode::InvalidScope, why))?,
        None => client.scope.without(OFFLINE_ACCESS),
    };
    let granted = asked.common(&client.scope);
    if granted.is_empty() {
        return Err(Refusal::new(
            ErrorCode::InvalidScope,
            "none of the requested scopes is registered for this client",
        ));
    }
    // Core 11: offline_access without a refresh token means nothing, and belongs to OpenID requests.
    if client.may_use(GrantType::RefreshToken) && granted.has(OPENID) {
        Ok(granted)
    } else {
        Ok(granted.without(OFFLINE_ACCESS))
    }
}

fn prompts(params: &Params) -> Result<BTreeSet<Prompt>, Refusal> {
    let words: Vec<&str> =
        params.get("prompt").map_or_else(Vec::new, |text| text.split(' ').filter(|word| !word.is_empty()).collect());
    let known = words.iter().filter_map(|word| match *word {
        "none" => Some(Prompt::None),
        "login" => Some(Prompt::Login),
        "consent" => Some(Prompt::Consent),
        "select_account" => Some(Prompt::SelectAccount),
        _ => None,
    });
    // Core 3.1.2.1: none with any other value is an error.
    if words.contains(&"none") && words.len() > 1 {
        return Err(invalid("prompt=none cannot be combined with another value"));
    }
    Ok(known.collect())
}

fn max_age(params: &Params) -> Result<Option<i64>, Refusal> {
    let Some(text) = params.get("max_age") else { return Ok(None) };
    match text.parse::<u32>() {
        Ok(seconds) => Ok(Some(i64::from(seconds))),
        Err(_) => Err(invalid("max_age must be a number of seconds")),
    }
}

const fn invalid(why: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, why)
}
