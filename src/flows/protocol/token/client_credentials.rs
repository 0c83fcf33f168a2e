//! The client's own grant (RFC 6749 4.4). It writes nothing on the request's path: the token is its own record.

use oxide_auth::code_grant::client_credentials::{ClientCredentials, Input, Output};
use oxide_auth::primitives::grant::Extensions;

use crate::domain::claims::{EMAIL, OFFLINE_ACCESS, OPENID, PROFILE, ROLES};
use crate::domain::client::Client;
use crate::domain::error::{ErrorCode, Failure, Refusal};
use crate::domain::id::TokenId;
use crate::domain::instant::Instant;
use crate::domain::params::Params;
use crate::domain::scope::Scope;
use crate::flows::protocol::mint::{self, Minted};
use crate::flows::protocol::oxide;
use crate::settings::Settings;

/// The scopes that are about a person.
const PERSONAL: [&str; 5] = [OPENID, PROFILE, EMAIL, ROLES, OFFLINE_ACCESS];

/// The token's id and the instant of the request.
pub struct Moment {
    /// `jti`.
    pub id: TokenId,
    /// Now.
    pub now: Instant,
}

/// Grants a client what it is registered for.
///
/// # Errors
/// The refusals of RFC 6749 5.2; a fault.
pub fn grant(
    client: &Client,
    params: &Params,
    moment: &Moment,
    settings: &Settings,
) -> Result<Minted, Failure<Refusal>> {
    // RFC 6749 4.4: MUST only be used by confidential clients.
    if client.is_public() {
        return Err(Refusal::new(ErrorCode::UnauthorizedClient, "a public client cannot use client_credentials").into());
    }
    let scope = negotiate(client, params)?;
    let request = oxide::Request { client, params, redirect_uri: None };
    let mut machine = ClientCredentials::new(&request);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Authenticate { .. } => Input::Authenticated,
            Output::Binding { .. } => Input::Bound { bound_client: oxide::bound(client, oxide::NOWHERE)? },
            Output::Extend => Input::Extended { extensions: Extensions::new() },
            Output::Negotiate { .. } => {
                Input::Negotiated { pre_grant: oxide::pre_grant(client, oxide::NOWHERE, &scope)? }
            }
            Output::Ok { pre_grant, .. } => {
                return Ok(mint::for_client(client, &oxide::scope(&pre_grant.scope), moment, settings));
            }
            Output::Err(_) => return Err(Refusal::new(ErrorCode::InvalidRequest, "the request cannot be read").into()),
        };
    }
}

/// A client has no person behind it: the scopes that are about one are not for it.
fn negotiate(client: &Client, params: &Params) -> Result<Scope, Refusal> {
    let own = PERSONAL.iter().fold(client.scope.clone(), |scope, personal| scope.without(personal));
    let Some(text) = params.get("scope") else { return Ok(own) };
    let asked = Scope::parse(text).map_err(|why| Refusal::new(ErrorCode::InvalidScope, why))?;
    if asked.is_within(&own) {
        Ok(asked)
    } else {
        Err(Refusal::new(ErrorCode::InvalidScope, "a requested scope is not registered for this client"))
    }
}
