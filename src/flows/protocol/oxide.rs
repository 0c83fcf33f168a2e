//! The one place that speaks to oxide-auth: our requests as its machines read them, its values as ours.
//!
//! The machines decide the order of the protocol; `authorize`, `token/*` answer their questions. Credentials never reach
//! them: the client is authenticated before, and is presented as the sole credential.

use std::borrow::Cow;

use oxide_auth::code_grant::{accesstoken, authorization, client_credentials, refresh};
use oxide_auth::primitives::grant::{Extensions, Grant as OxideGrant};
use oxide_auth::primitives::registrar::{BoundClient, ExactUrl, PreGrant, RegisteredUrl};
use oxide_auth::primitives::scope::Scope as OxideScope;

use crate::domain::client::Client;
use crate::domain::error::{ErrorCode, Fault, Refusal};
use crate::domain::params::Params;
use crate::domain::scope::Scope;

/// A parsed request on its way into a machine.
pub(super) struct Request<'a> {
    /// The client, authenticated (or, at the authorization endpoint, found).
    pub client: &'a Client,
    /// What was asked, credentials taken out.
    pub params: &'a Params,
    /// The redirect URI that the machine is to compare.
    pub redirect_uri: Option<&'a str>,
}

impl Request<'_> {
    fn param(&self, name: &str) -> Option<Cow<'_, str>> {
        self.params.get(name).map(Cow::Borrowed)
    }

    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.client.id.as_str())
    }
}

impl authorization::Request for Request<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn client_id(&self) -> Option<Cow<'_, str>> {
        Some(self.id())
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.param("scope")
    }

    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        self.redirect_uri.map(Cow::Borrowed)
    }

    fn state(&self) -> Option<Cow<'_, str>> {
        self.param("state")
    }

    fn response_type(&self) -> Option<Cow<'_, str>> {
        self.param("response_type")
    }

    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.param(key)
    }
}

impl accesstoken::Request for Request<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.param("code")
    }

    fn authorization(&self) -> accesstoken::Authorization<'_> {
        accesstoken::Authorization::Username(self.id())
    }

    fn client_id(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        self.redirect_uri.map(Cow::Borrowed)
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.param("grant_type")
    }

    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.param(key)
    }
}

impl refresh::Request for Request<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn refresh_token(&self) -> Option<Cow<'_, str>> {
        self.param("refresh_token")
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.param("scope")
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.param("grant_type")
    }

    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((self.id(), Cow::Borrowed(b"")))
    }

    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.param(key)
    }
}

impl client_credentials::Request for Request<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((self.id(), Cow::Borrowed(b"")))
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.param("scope")
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.param("grant_type")
    }

    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.param(key)
    }
}

/// The client as a machine wants it bound.
pub(super) fn bound(client: &Client, redirect_uri: &str) -> Result<BoundClient<'static>, Fault> {
    Ok(BoundClient {
        client_id: Cow::Owned(client.id.as_str().to_owned()),
        redirect_uri: Cow::Owned(RegisteredUrl::Exact(exact(redirect_uri)?)),
    })
}

/// What was negotiated, as a machine wants it.
pub(super) fn pre_grant(client: &Client, redirect_uri: &str, scope: &Scope) -> Result<PreGrant, Fault> {
    Ok(PreGrant {
        client_id: client.id.as_str().to_owned(),
        redirect_uri: RegisteredUrl::Exact(exact(redirect_uri)?),
        scope: oxide_scope(scope)?,
    })
}

/// A held grant, as a machine wants it recovered. The machines ask the system's clock whether it has expired; ours was
/// asked before, with the one instant of the request, so theirs is given a date that never comes.
pub(super) fn recovered(held: &Held<'_>) -> Result<Box<OxideGrant>, Fault> {
    let redirect_uri =
        held.redirect_uri.parse().map_err(|error| Fault::internal("stored redirect_uri").caused_by(error))?;
    Ok(Box::new(OxideGrant {
        owner_id: held.owner.to_owned(),
        client_id: held.client.to_owned(),
        scope: oxide_scope(held.scope)?,
        redirect_uri,
        until: chrono::DateTime::<chrono::Utc>::MAX_UTC,
        extensions: Extensions::new(),
    }))
}

/// The facts of a held grant.
pub(super) struct Held<'a> {
    /// Who allowed it.
    pub owner: &'a str,
    /// Whose it is.
    pub client: &'a str,
    /// What was allowed.
    pub scope: &'a Scope,
    /// Where the code went; nowhere for a refresh token.
    pub redirect_uri: &'a str,
}

/// What stands for a redirect URI where there is none.
pub(super) const NOWHERE: &str = "about:blank";

/// A machine's scope as ours.
pub(super) fn scope(theirs: &OxideScope) -> Scope {
    Scope::stored(&theirs.to_string())
}

fn oxide_scope(ours: &Scope) -> Result<OxideScope, Fault> {
    ours.to_string().parse().map_err(|_| Fault::internal("a scope that oxide-auth cannot read"))
}

fn exact(uri: &str) -> Result<ExactUrl, Fault> {
    ExactUrl::new(uri.to_owned()).map_err(|error| Fault::internal("registered redirect_uri").caused_by(error))
}

/// The machine reached a state that its published order rules out.
pub(super) fn out_of_step() -> Fault {
    Fault::internal("the grant machine asked for something out of its order")
}

/// The refusal for an authorization error that a machine found by itself.
pub(super) fn authorization_refusal(params: &Params) -> Refusal {
    match params.get("response_type") {
        Some("code") => Refusal::new(ErrorCode::InvalidScope, "scope holds a character that is not allowed"),
        Some(_) => Refusal::new(ErrorCode::UnsupportedResponseType, "response_type must be code"),
        None => Refusal::new(ErrorCode::InvalidRequest, "response_type is missing; it must be code"),
    }
}
