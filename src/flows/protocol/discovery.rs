//! The server's metadata (RFC 8414, OpenID Connect Discovery 1.0). It lists only what works.

use serde_json::{Value, json};

use crate::domain::claims::{EMAIL, OFFLINE_ACCESS, OPENID, PROFILE, ROLES};
use crate::domain::key::SigningAlgorithm;
use crate::domain::session::ACR_ONE_FACTOR;
use crate::settings::Settings;

use super::claims;

/// The metadata document. Every address starts with the configured issuer; nothing comes from a request.
#[must_use]
pub fn metadata(settings: &Settings) -> Value {
    let issuer = &settings.http.issuer;
    let algorithms = SigningAlgorithm::ALL.map(SigningAlgorithm::as_str);
    let authentication = ["client_secret_basic", "client_secret_post"];
    let own = [OPENID, PROFILE, EMAIL, OFFLINE_ACCESS, ROLES];
    let scopes: Vec<&str> = own.into_iter().chain(settings.scopes.keys().map(String::as_str)).collect();
    json!({
        "issuer": issuer.as_str(),
        "authorization_endpoint": issuer.join("/authorize"),
        "token_endpoint": issuer.join("/token"),
        "jwks_uri": issuer.join("/jwks"),
        "userinfo_endpoint": issuer.join("/userinfo"),
        "introspection_endpoint": issuer.join("/introspect"),
        "revocation_endpoint": issuer.join("/revoke"),
        "end_session_endpoint": issuer.join("/logout"),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
        "userinfo_signing_alg_values_supported": algorithms,
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "introspection_endpoint_auth_methods_supported": authentication,
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "acr_values_supported": [ACR_ONE_FACTOR],
        "claims_supported": claims::SUPPORTED,
        "claims_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
    })
}
