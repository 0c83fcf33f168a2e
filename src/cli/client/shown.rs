//! A registration as it is shown: under the member names of RFC 7591 and OpenID Connect Registration, and a few of ours.

use serde_json::{Map, Value, json};

use crate::domain::client::{Client, GrantType};

/// As JSON. Members without a value are left out.
pub(super) fn as_value(client: &Client) -> Value {
    let seconds = |span: Option<std::time::Duration>| span.map(|span| span.as_secs());
    let code = client.grant_types.contains(&GrantType::AuthorizationCode);
    let all = json!({
        "client_id": client.id.as_str(),
        "client_id_issued_at": client.created_at.timestamp(),
        "client_name": client.name,
        "application_type": client.application_type,
        "redirect_uris": client.redirect_uris,
        "post_logout_redirect_uris": client.post_logout_redirect_uris,
        "grant_types": client.grant_types,
        "response_types": if code { vec!["code"] } else { Vec::new() },
        "scope": client.scope.to_string(),
        "token_endpoint_auth_method": client.auth_method,
        "id_token_signed_response_alg": client.id_token_alg,
        "userinfo_signed_response_alg": client.userinfo_alg,
        "client_uri": client.links.client_uri,
        "logo_uri": client.links.logo_uri,
        "policy_uri": client.links.policy_uri,
        "tos_uri": client.links.tos_uri,
        "require_pkce": client.require_pkce,
        "first_party": client.first_party,
        "may_introspect": client.may_introspect,
        "access_token_alg": client.access_token_alg,
        "access_token_ttl": seconds(client.lifetimes.access),
        "code_ttl": seconds(client.lifetimes.code),
        "refresh_idle_ttl": seconds(client.lifetimes.refresh_idle),
        "refresh_absolute_ttl": seconds(client.lifetimes.refresh_absolute),
        "disabled": client.disabled_at.is_some(),
    });
    let members = all.as_object().cloned().unwrap_or_default();
    Value::Object(members.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>())
}

/// As text: one member a line.
pub(super) fn as_text(client: &Client) -> String {
    let members = as_value(client).as_object().cloned().unwrap_or_default();
    let line = |(name, value): (&String, &Value)| {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                items.iter().map(|item| item.as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>().join(" ")
            }
            other => other.to_string(),
        };
        format!("{name:<32} {text}").trim_end().to_owned()
    };
    members.iter().map(line).collect::<Vec<_>>().join("\n")
}
