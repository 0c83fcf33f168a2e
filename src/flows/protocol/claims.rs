//! What is told about a person: by scope (Core 5.4) and by the `claims` parameter (Core 5.5).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::domain::claims::{ClaimsRequest, EMAIL, PROFILE, ROLES};
use crate::domain::scope::Scope;
use crate::domain::user::User;

/// The claims that discovery lists as supported.
pub const SUPPORTED: [&str; 14] = [
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "sid",
    "name",
    "email",
    "email_verified",
    "updated_at",
];

/// The userinfo response: what the token's scope allows, and what the grant's `claims` parameter asked for.
#[must_use]
pub fn userinfo(user: &User, scope: &Scope, request: &ClaimsRequest) -> Map<String, Value> {
    let mut members = wanted(user, &request.userinfo);
    if scope.has(PROFILE) {
        members.insert("name".to_owned(), json!(user.name.as_str()));
        members.insert("updated_at".to_owned(), json!(user.updated_at.timestamp()));
    }
    if scope.has(EMAIL) {
        members.insert("email".to_owned(), json!(user.email.as_str()));
        members.insert("email_verified".to_owned(), json!(user.email_verified));
    }
    if scope.has(ROLES) {
        members.insert(ROLES.to_owned(), roles(user));
    }
    members.insert("sub".to_owned(), json!(user.id.as_str()));
    members
}

/// The claims that one member of the `claims` parameter names. One that we do not have is left out (Core 5.5.1).
#[must_use]
pub fn wanted(user: &User, members: &BTreeMap<String, Value>) -> Map<String, Value> {
    members.keys().filter_map(|name| Some((name.clone(), one(user, name)?))).collect()
}

/// The person's roles.
#[must_use]
pub fn roles(user: &User) -> Value {
    json!(user.roles)
}

fn one(user: &User, name: &str) -> Option<Value> {
    match name {
        "name" => Some(json!(user.name.as_str())),
        "updated_at" => Some(json!(user.updated_at.timestamp())),
        "email" => Some(json!(user.email.as_str())),
        "email_verified" => Some(json!(user.email_verified)),
        _ => None,
    }
}
