//! Signing out (OpenID Connect RP-Initiated Logout 1.0): at once when the app proves for whom it asks, else after a page.

use serde::Deserialize;

use crate::crypto::jws;
use crate::crypto::keyring::Keyring;
use crate::domain::client::Client;
use crate::domain::instant::Instant;
use crate::domain::params::Params;
use crate::settings::Settings;

use super::mint::ID_TOKEN_TYPE;

/// An ID token of ours that was handed back as a hint. It may have expired (RP-Initiated Logout 4).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Hint {
    /// Whom it is about.
    pub sub: String,
    /// To which client it was issued.
    pub aud: String,
    /// In which session. Every ID token of ours says it; a signed userinfo response, which is of the same type, does not.
    pub sid: String,
}

/// Verifies an ID token hint: signature, issuer and type. `alg: none`, foreign and access tokens are no hints.
#[must_use]
pub fn hint(keyring: &Keyring, settings: &Settings, now: Instant, token: &str) -> Option<Hint> {
    let expected = jws::Expected {
        typ: &[ID_TOKEN_TYPE],
        issuer: settings.http.issuer.as_str(),
        now,
        leeway: std::time::Duration::ZERO,
        check_expiry: false,
    };
    jws::verify::<Hint>(keyring, token, &expected).ok()
}

/// Where a person is sent after signing out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Afterwards {
    /// To our own page.
    Here,
    /// To a registered address of the client, the state with it.
    There(String),
}

/// Whether to sign out at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// The app showed an ID token of the session that is signed in here.
    Hinted,
    /// Ask the person (RP-Initiated Logout 2: without a valid hint, the OP MUST ask).
    Ask,
}

/// Judges a logout request. `client` is the one that the hint or `client_id` names, if it is known.
#[must_use]
pub fn judge(
    client: Option<&Client>,
    hint: Option<&Hint>,
    session: Option<&str>,
    params: &Params,
) -> (Proof, Afterwards) {
    // A client_id that contradicts the hint makes the hint worthless (RP-Initiated Logout 2).
    let agrees = |hint: &Hint| params.get("client_id").is_none_or(|id| id == hint.aud);
    let hint = hint.filter(|hint| agrees(hint));
    let same_session = hint.is_some_and(|hint| Some(hint.sid.as_str()) == session);
    let nobody = session.is_none() && hint.is_some();
    let afterwards = afterwards(client, hint.is_some(), params);
    // An address that is not registered makes the whole request doubtful.
    let astray = params.get("post_logout_redirect_uri").is_some() && afterwards == Afterwards::Here;
    let proof = if (same_session || nobody) && !astray { Proof::Hinted } else { Proof::Ask };
    (proof, afterwards)
}

/// An address is followed only if the client registered that very string, and only with a valid hint of that client: then
/// nobody can be sent anywhere by a link alone.
fn afterwards(client: Option<&Client>, hinted: bool, params: &Params) -> Afterwards {
    let (Some(client), Some(uri), true) = (client, params.get("post_logout_redirect_uri"), hinted) else {
        return Afterwards::Here;
    };
    if !client.post_logout_redirect_uris.iter().any(|registered| registered.as_str() == uri) {
        return Afterwards::Here;
    }
    let Some(state) = params.get("state") else { return Afterwards::There(uri.to_owned()) };
    let state = url::form_urlencoded::Serializer::new(String::new()).append_pair("state", state).finish();
    let joint = if uri.contains('?') { "&" } else { "?" };
    Afterwards::There(format!("{uri}{joint}{state}"))
}
