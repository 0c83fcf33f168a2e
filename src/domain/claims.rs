//! Claims: what an app asked to know, and what the tokens say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::scope::Scope;

/// The `claims` request parameter (OpenID Connect Core 5.5): which claims are wanted where, beyond the scopes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// Wanted from the userinfo endpoint.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub userinfo: BTreeMap<String, Value>,
    /// Wanted in the ID token.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub id_token: BTreeMap<String, Value>,
}

impl ClaimsRequest {
    /// Reads the parameter: a JSON object; members that are not known are ignored (Core 5.5).
    ///
    /// # Errors
    /// A sentence for the app's developer.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.len() > 8192 {
            return Err("claims is longer than 8192 bytes");
        }
        // Read as an object first: serde would take an array for one, member by member.
        let object: serde_json::Map<String, Value> = serde_json::from_str(text)
            .map_err(|_| "claims is not the JSON object that OpenID Connect Core 5.5 describes")?;
        serde_json::from_value(Value::Object(object))
            .map_err(|_| "claims is not the JSON object that OpenID Connect Core 5.5 describes")
    }

    /// Whether nothing was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }

    /// The scope that would tell the same: what a person is asked about, whichever way an app asks (Core 5.4, 5.5).
    #[must_use]
    pub fn scope(&self) -> Scope {
        let names = self.userinfo.keys().chain(self.id_token.keys());
        names.filter_map(|name| scope_of(name)).fold(Scope::default(), |all, one| all.joined(&Scope::stored(one)))
    }

    /// Without the claims of scopes that the client may not ask for: the parameter is no way around its registration.
    #[must_use]
    pub fn within(mut self, registered: &Scope) -> Self {
        let may = |name: &String, _: &mut Value| scope_of(name).is_none_or(|scope| registered.has(scope));
        self.userinfo.retain(may);
        self.id_token.retain(may);
        self
    }

    /// Whether a sign-in of this `acr` is enough: an essential `acr` with values must be one of them (Core 5.5.1.1).
    #[must_use]
    pub fn is_met_by(&self, acr: &str) -> bool {
        let Some(wanted) = self.id_token.get("acr") else { return true };
        let essential = wanted.get("essential").and_then(Value::as_bool).unwrap_or(false);
        let one = wanted.get("value").and_then(Value::as_str).into_iter();
        let many = wanted.get("values").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let values: Vec<&str> = one.chain(many).collect();
        !essential || values.is_empty() || values.contains(&acr)
    }

    /// The `sub` value that one of the members insists on (Core 5.5.1).
    #[must_use]
    pub fn wanted_subject(&self) -> Option<&str> {
        let wanted =
            |members: &'_ BTreeMap<String, Value>| members.get("sub").and_then(|sub| sub.get("value")).is_some();
        let members = if wanted(&self.id_token) { &self.id_token } else { &self.userinfo };
        members.get("sub")?.get("value")?.as_str()
    }
}

/// The scopes that OpenID Connect gives a meaning to, and ours.
pub const OPENID: &str = "openid";
/// Name and profile data.
pub const PROFILE: &str = "profile";
/// The address and whether it was proved.
pub const EMAIL: &str = "email";
/// Access that outlives the session (Core 11).
pub const OFFLINE_ACCESS: &str = "offline_access";
/// The person's roles, in ID token and userinfo on request.
pub const ROLES: &str = "roles";

/// The scope that a claim of ours comes with.
fn scope_of(claim: &str) -> Option<&'static str> {
    match claim {
        "name" | "updated_at" => Some(PROFILE),
        "email" | "email_verified" => Some(EMAIL),
        _ => None,
    }
}

/// An access token's claims (RFC 9068 2.2).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// Issuer.
    pub iss: String,
    /// Expiry, seconds since 1970.
    pub exp: i64,
    /// Issued at.
    pub iat: i64,
    /// Not before.
    pub nbf: i64,
    /// For which resource server.
    pub aud: String,
    /// Who: a person's id, or `client:` and the client's id where no person is behind it.
    pub sub: String,
    /// Which client.
    pub client_id: String,
    /// This token's id.
    pub jti: String,
    /// What it allows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// When the person signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// What that sign-in amounted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// By which methods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The person's roles (RFC 9068 2.2.3.1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The grant it hangs off, where a person is behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<String>,
}

impl AccessTokenClaims {
    /// The scope as a set.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::stored(&self.scope)
    }
}
