//! The token endpoint (RFC 6749 3.2): which grant is asked for, and whether this client may use it.

pub mod client_credentials;
mod code;
mod refresh;

pub use refresh::purpose as successor_purpose;

use crate::domain::client::{Client, GrantType};
use crate::domain::error::{ErrorCode, Failure, Refusal};
use crate::domain::params::Params;
use crate::flows::Tx;
use crate::flows::protocol::mint::Minted;

/// The grant that a token request asks for, if this client may use it.
///
/// # Errors
/// `invalid_request` without a grant type, `unsupported_grant_type`, `unauthorized_client`.
pub fn grant_type(client: &Client, params: &Params) -> Result<GrantType, Refusal> {
    let Some(text) = params.get("grant_type") else {
        return Err(Refusal::new(ErrorCode::InvalidRequest, "grant_type is missing"));
    };
    let Ok(grant_type) = text.parse::<GrantType>() else {
        return Err(Refusal::new(
            ErrorCode::UnsupportedGrantType,
            "grant_type must be authorization_code, refresh_token or client_credentials",
        ));
    };
    // oxide-auth never asks whether this client may use this grant.
    if client.may_use(grant_type) {
        Ok(grant_type)
    } else {
        Err(Refusal::new(ErrorCode::UnauthorizedClient, "this client is not registered for this grant_type"))
    }
}

/// Exchanges a code or a refresh token, in one transaction.
///
/// # Errors
/// The refusals of RFC 6749 5.2; a fault.
pub fn redeem(
    tx: &mut Tx<'_>,
    client: &Client,
    grant_type: GrantType,
    params: &Params,
) -> Result<Minted, Failure<Refusal>> {
    match grant_type {
        GrantType::AuthorizationCode => code::exchange(tx, client, params),
        GrantType::RefreshToken => refresh::rotate(tx, client, params),
        GrantType::ClientCredentials => {
            let id = tx.id()?;
            client_credentials::grant(client, params, &client_credentials::Moment { id, now: tx.now }, tx.settings)
        }
    }
}

const fn invalid_grant(why: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidGrant, why)
}
