//! How a resource server says no: RFC 6750 section 3, as a `WWW-Authenticate` challenge and the same in JSON.

use std::{fmt, time::Duration};

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde_json::json;

/// A request that is not let in. As an actix error it answers with status, challenge and JSON by itself.
#[derive(Debug, Clone)]
pub struct Refusal {
    realm: String,
    why: Why,
}

#[derive(Debug, Clone)]
pub(super) enum Why {
    NoToken,
    BadRequest(&'static str),
    BadToken(&'static str),
    Scope(&'static str),
    Role(&'static [&'static str]),
    Forbidden(String),
    NoKeys { retry_after: Duration },
    NoGuard,
}

impl Refusal {
    pub(super) fn new(realm: &str, why: Why) -> Self {
        Self { realm: realm.to_owned(), why }
    }

    /// The error code of the JSON body: RFC 6750 section 3.1's where there is one.
    #[must_use]
    pub fn error(&self) -> &'static str {
        match self.why {
            Why::NoToken => "unauthorized",
            Why::BadRequest(_) => "invalid_request",
            Why::BadToken(_) => "invalid_token",
            Why::Scope(_) | Why::Role(_) | Why::Forbidden(_) => "insufficient_scope",
            Why::NoKeys { .. } => "temporarily_unavailable",
            Why::NoGuard => "server_error",
        }
    }

    /// The reason in plain words.
    #[must_use]
    pub fn description(&self) -> String {
        match &self.why {
            Why::NoToken => "an access token is needed (Authorization: Bearer)".to_owned(),
            Why::BadRequest(why) | Why::BadToken(why) => (*why).to_owned(),
            Why::Scope(scope) => format!("the scope {scope} is needed"),
            Why::Role([role]) => format!("the role {role} is needed"),
            Why::Role(roles) => format!("one of the roles {} is needed", roles.join(", ")),
            Why::Forbidden(why) => why.clone(),
            Why::NoKeys { .. } => "the issuer of the token cannot be reached at the moment".to_owned(),
            Why::NoGuard => "this server is not set up to verify tokens".to_owned(),
        }
    }

    /// RFC 6750 section 3: the scheme MUST be followed by a parameter, hence the realm even where nothing else is to say.
    fn challenge(&self) -> Option<String> {
        let realm = &self.realm;
        let with_error = || {
            format!(
                r#"Bearer realm="{realm}", error="{}", error_description="{}""#,
                self.error(),
                quotable_text(&self.description())
            )
        };
        match &self.why {
            // RFC 6750 section 3.1: no error code for a request that brought no token at all.
            Why::NoToken => Some(format!(r#"Bearer realm="{realm}""#)),
            Why::BadRequest(_) | Why::BadToken(_) | Why::Role(_) | Why::Forbidden(_) => Some(with_error()),
            Why::Scope(scope) => Some(format!(r#"{}, scope="{}""#, with_error(), quotable_text(scope))),
            Why::NoKeys { .. } | Why::NoGuard => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.error(), self.description())
    }
}

impl std::error::Error for Refusal {}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self.why {
            Why::NoToken | Why::BadToken(_) => StatusCode::UNAUTHORIZED,
            Why::BadRequest(_) => StatusCode::BAD_REQUEST,
            Why::Scope(_) | Why::Role(_) | Why::Forbidden(_) => StatusCode::FORBIDDEN,
            Why::NoKeys { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Why::NoGuard => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(challenge) = self.challenge() {
            response.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        if let Why::NoKeys { retry_after } = self.why {
            response.insert_header((header::RETRY_AFTER, retry_after.as_secs().saturating_add(1).to_string()));
        }
        response.json(json!({ "error": self.error(), "error_description": self.description() }))
    }
}

/// RFC 6750 section 3: `error_description` and `scope` hold printable ASCII without `"` and `\`.
pub(super) fn quotable(character: char) -> bool {
    matches!(character, '\x20'..='\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')
}

pub(super) fn quotable_text(text: &str) -> String {
    text.chars().map(|character| if quotable(character) { character } else { '\'' }).collect()
}
