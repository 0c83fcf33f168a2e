//! Minting: from what was granted to tokens. Claims are gathered inside the transaction, signatures made after it.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::crypto::digest;
use crate::crypto::keyring::Keyring;
use crate::domain::claims::{AccessTokenClaims, OPENID, ROLES};
use crate::domain::client::Client;
use crate::domain::error::Fault;
use crate::domain::grant::Grant;
use crate::domain::id::TokenId;
use crate::domain::instant::{Instant, after};
use crate::domain::key::SigningAlgorithm;
use crate::domain::scope::Scope;
use crate::domain::user::User;
use crate::flows::Tx;
use crate::flows::protocol::claims;
use crate::settings::Settings;

use super::token::client_credentials::Moment;

/// The `typ` of an access token (RFC 9068 2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";
/// The `typ` of an ID token.
pub const ID_TOKEN_TYPE: &str = "JWT";

/// Tokens on their way to be signed.
#[derive(Debug)]
pub struct Minted {
    access: AccessTokenClaims,
    access_alg: SigningAlgorithm,
    expires_in: u64,
    id_token: Option<(Map<String, Value>, SigningAlgorithm)>,
    now: Instant,
    /// Set by the grants that give one.
    pub refresh_token: Option<String>,
}

/// A token response (RFC 6749 5.1, OpenID Connect Core 3.1.3.3).
#[derive(Serialize)]
pub struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

/// The person behind a grant.
pub struct Person<'a> {
    /// Who.
    pub user: &'a User,
    /// What they allowed.
    pub grant: &'a Grant,
    /// The `nonce` of the authorization request; a refreshed ID token should have none (Core 12.2).
    pub nonce: Option<&'a str>,
}

/// Tokens with a person behind them; `scope` may be narrower than the grant's.
///
/// # Errors
/// A fault of the random source.
pub fn for_person(tx: &Tx<'_>, client: &Client, person: &Person<'_>, scope: &Scope) -> Result<Minted, Fault> {
    let Person { user, grant, .. } = person;
    let id: TokenId = tx.id()?;
    let mut minted = access(client, scope, &Moment { id, now: tx.now }, tx.settings);
    let claims = &mut minted.access;
    user.id.as_str().clone_into(&mut claims.sub);
    claims.auth_time = Some(grant.authentication.at.timestamp());
    claims.acr = Some(grant.authentication.acr.clone());
    claims.amr.clone_from(&grant.authentication.amr);
    claims.roles = user.roles.iter().map(|role| role.as_str().to_owned()).collect();
    claims.grant_id = Some(grant.id.as_str().to_owned());
    if scope.has(OPENID) {
        minted.id_token = Some((id_token(tx, client, person), client.id_token_alg));
    }
    Ok(minted)
}

/// An access token for the client itself.
#[must_use]
pub fn for_client(client: &Client, scope: &Scope, moment: &Moment, settings: &Settings) -> Minted {
    access(client, scope, moment, settings)
}

/// RFC 9068 2.2, with the subject of a client: `client:` keeps it apart from every person's (RFC 9700 4.15.1).
fn access(client: &Client, scope: &Scope, moment: &Moment, settings: &Settings) -> Minted {
    let Moment { id, now } = moment;
    let lifetime = client.lifetimes.access.unwrap_or(settings.tokens.access_token_ttl);
    let issuer = settings.http.issuer.as_str();
    let claims = AccessTokenClaims {
        iss: issuer.to_owned(),
        exp: after(*now, lifetime).timestamp(),
        iat: now.timestamp(),
        nbf: now.timestamp(),
        aud: settings.tokens.audience.clone().unwrap_or_else(|| issuer.to_owned()),
        sub: format!("client:{}", client.id),
        client_id: client.id.as_str().to_owned(),
        jti: id.as_str().to_owned(),
        scope: scope.to_string(),
        auth_time: None,
        acr: None,
        amr: Vec::new(),
        roles: Vec::new(),
        grant_id: None,
    };
    Minted {
        access: claims,
        access_alg: client.access_token_alg.unwrap_or(settings.tokens.access_token_alg),
        expires_in: lifetime.as_secs(),
        id_token: None,
        now: *now,
        refresh_token: None,
    }
}

/// OpenID Connect Core 2. Profile claims come from userinfo, unless the `claims` parameter wants them here (Core 5.4).
fn id_token(tx: &Tx<'_>, client: &Client, person: &Person<'_>) -> Map<String, Value> {
    let Person { user, grant, nonce } = person;
    let mut members = claims::wanted(user, &grant.claims.id_token);
    if grant.scope.has(ROLES) {
        members.insert(ROLES.to_owned(), claims::roles(user));
    }
    let fixed = [
        ("iss", json!(tx.settings.http.issuer.as_str())),
        ("sub", json!(user.id.as_str())),
        ("aud", json!(client.id.as_str())),
        ("azp", json!(client.id.as_str())),
        ("exp", json!(after(tx.now, tx.settings.tokens.id_token_ttl).timestamp())),
        ("iat", json!(tx.now.timestamp())),
        ("auth_time", json!(grant.authentication.at.timestamp())),
        ("acr", json!(grant.authentication.acr)),
        ("amr", json!(grant.authentication.amr)),
        ("sid", json!(grant.session.as_str())),
    ];
    members.extend(fixed.map(|(name, value)| (name.to_owned(), value)));
    if let Some(nonce) = nonce {
        members.insert("nonce".to_owned(), json!(nonce));
    }
    members
}

impl Minted {
    /// Signs what was minted. Needs no connection: the transaction is over.
    ///
    /// # Errors
    /// A fault when there is no key for the algorithm.
    pub fn sign(self, keyring: &Keyring) -> Result<TokenResponse, Fault> {
        let signer = |algorithm| {
            keyring
                .signer(algorithm, self.now)
                .ok_or_else(|| Fault::internal(format!("no active {algorithm} signing key")))
        };
        let access_token = signer(self.access_alg)?.sign(ACCESS_TOKEN_TYPE, &self.access)?;
        let id_token = match self.id_token {
            None => None,
            Some((mut members, algorithm)) => {
                // Core 3.1.3.6: at_hash binds the access token that came with it.
                members.insert("at_hash".to_owned(), json!(digest::half_hash(algorithm, &access_token)));
                Some(signer(algorithm)?.sign(ID_TOKEN_TYPE, &members)?)
            }
        };
        Ok(TokenResponse {
            access_token,
            token_type: "Bearer",
            expires_in: self.expires_in,
            refresh_token: self.refresh_token,
            scope: self.access.scope,
            id_token,
        })
    }
}
