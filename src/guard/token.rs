//! One access token: what its header may say (RFC 9068 section 2.1), how it is verified (section 4) and what it tells (section 2.2).

use std::collections::BTreeSet;

use jsonwebtoken::{Algorithm, Validation, decode, decode_header, errors::ErrorKind};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Number, Value};

use super::{GuardSettings, keys::Key};

/// What a verified access token says.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The issuer that signed it.
    pub iss: String,
    /// The person, or the client itself where no person is involved.
    pub sub: String,
    /// The app that the token was issued to.
    pub client_id: String,
    /// The granted scopes.
    pub scope: BTreeSet<String>,
    /// The person's roles (RFC 9068 section 2.2.3.1).
    pub roles: Vec<String>,
    /// The token's own id.
    pub jti: String,
    /// When it was issued, in seconds since 1970.
    pub iat: u64,
    /// When it expires, in seconds since 1970.
    pub exp: u64,
    /// All other claims, as they came.
    pub other: Map<String, Value>,
}

impl AccessToken {
    /// Whether every one of the space-separated scopes was granted.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        scope.split(' ').all(|one| self.scope.contains(one))
    }

    /// Whether the person has at least one of the roles.
    #[must_use]
    pub fn has_any_role(&self, roles: &[&str]) -> bool {
        self.roles.iter().any(|role| roles.contains(&role.as_str()))
    }
}

/// The two things that a token's header may decide: which key, and that it is used the way the key is meant to.
/// `jku`, `jwk`, `x5u` and `x5c` are never followed: keys come from the issuer's metadata alone.
pub(super) struct Header {
    pub(super) kid: Option<String>,
    pub(super) algorithm: Algorithm,
}

impl Header {
    pub(super) fn read(token: &str) -> Result<Self, &'static str> {
        // An algorithm that jsonwebtoken has no name for, such as "none", is an error here already.
        let header = decode_header(token).map_err(|_| "the token is malformed")?;
        // RFC 9068 section 4: any other type MUST be rejected, so that an ID token is not taken for an access token.
        let is_access_token = header
            .typ
            .as_deref()
            .is_some_and(|typ| typ.eq_ignore_ascii_case("at+jwt") || typ.eq_ignore_ascii_case("application/at+jwt"));
        if !is_access_token {
            return Err("the token is not an access token (its type is not at+jwt)");
        }
        if !matches!(header.alg, Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA) {
            return Err("the token is signed by an algorithm that is not accepted");
        }
        // RFC 7515 section 4.1.11: extensions named in `crit` must be understood, and none is.
        if header.crit.is_some() {
            return Err("the token demands an extension that is not supported");
        }
        Ok(Self { kid: header.kid, algorithm: header.alg })
    }
}

/// Signature first, then the claims; the reason of a refusal is fit to be shown.
pub(super) fn check(token: &str, key: &Key, settings: &GuardSettings) -> Result<AccessToken, &'static str> {
    let mut validation = Validation::new(key.algorithm);
    validation.leeway = settings.leeway.as_secs();
    validation.validate_nbf = true;
    validation.set_issuer(&[&settings.issuer]);
    validation.set_audience(&[&settings.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let claims: Claims = decode(token, &key.decoding, &validation).map_err(|error| explain(error.kind()))?.claims;
    // jsonwebtoken also lets a list of issuers pass, of which one is ours; RFC 7519 section 4.1.1 knows one string.
    if claims.iss != settings.issuer {
        return Err("the token is from another issuer");
    }
    if claims.sub.is_empty() || claims.client_id.is_empty() || claims.jti.is_empty() {
        return Err("the token lacks a claim that RFC 9068 requires");
    }
    Ok(AccessToken {
        iss: claims.iss,
        sub: claims.sub,
        client_id: claims.client_id,
        scope: claims.scope.split(' ').filter(|one| !one.is_empty()).map(str::to_owned).collect(),
        roles: claims.roles,
        jti: claims.jti,
        iat: claims.iat,
        exp: claims.exp,
        other: claims.other,
    })
}

fn explain(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ExpiredSignature => "the token has expired",
        ErrorKind::ImmatureSignature => "the token is not valid yet",
        ErrorKind::InvalidAudience => "the token is meant for another audience",
        ErrorKind::InvalidIssuer => "the token is from another issuer",
        ErrorKind::InvalidSignature => "the signature of the token is wrong",
        ErrorKind::MissingRequiredClaim(_) => "the token lacks a claim that RFC 9068 requires",
        _ => "the token is malformed",
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    client_id: String,
    jti: String,
    #[serde(deserialize_with = "numeric_date")]
    iat: u64,
    #[serde(deserialize_with = "numeric_date")]
    exp: u64,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// RFC 7519 section 2: a `NumericDate` may have a fraction; here the second is enough.
fn numeric_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = Number::deserialize(deserializer)?;
    if let Some(seconds) = number.as_u64() {
        return Ok(seconds);
    }
    let text = number.as_f64().map(|seconds| format!("{seconds:.0}")).unwrap_or_default();
    text.parse().map_err(|_| de::Error::custom("not a time"))
}
