//! Two words for "no": a refusal is the protocol's (it commits), a fault is ours (it rolls back).

use std::borrow::Cow;
use std::fmt;

/// We failed: the cause is logged once, at the edge; outside, only `server_error` and a request id are seen.
#[derive(Debug)]
pub struct Fault {
    kind: FaultKind,
    what: Cow<'static, str>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Whether waiting may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Something we depend on is away or too busy: 503 and `temporarily_unavailable`.
    Unavailable,
    /// Something is broken: 500 and `server_error`.
    Internal,
}

impl Fault {
    /// Something is broken.
    pub fn internal(what: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: FaultKind::Internal, what: what.into(), cause: None }
    }

    /// Something is away or too busy.
    pub fn unavailable(what: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: FaultKind::Unavailable, what: what.into(), cause: None }
    }

    /// Adds what brought it about.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Whether waiting may help.
    #[must_use]
    pub const fn kind(&self) -> FaultKind {
        self.kind
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match &self.cause {
            Some(cause) => write!(f, ": {cause}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// How a flow ends when it does not reply: refused (commit what was done, such as a revocation) or faulty (roll back).
#[derive(Debug)]
pub enum Failure<R> {
    /// The protocol or the house says no.
    Refused(R),
    /// We failed.
    Fault(Fault),
}

impl<R> From<Fault> for Failure<R> {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The error codes of the protocol endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is defined by the RFC named in the comment above it")]
pub enum ErrorCode {
    // RFC 6749 4.1.2.1 and 5.2
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
    InvalidScope,
    AccessDenied,
    TemporarilyUnavailable,
    ServerError,
    // OpenID Connect Core 3.1.2.6
    LoginRequired,
    ConsentRequired,
    InteractionRequired,
    AccountSelectionRequired,
    RequestNotSupported,
    RequestUriNotSupported,
    RegistrationNotSupported,
    // OpenID Connect Core Error Code unmet_authentication_requirements 1.0
    UnmetAuthenticationRequirements,
    // RFC 7009 2.2.1
    UnsupportedTokenType,
    // RFC 6750 3.1
    InvalidToken,
    InsufficientScope,
}

impl ErrorCode {
    /// The code as it is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
        }
    }
}

/// The protocol says no: a public code, and one plain sentence that never quotes the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The `error` member or parameter.
    pub code: ErrorCode,
    /// The `error_description`: ASCII without quote, backslash or line break (RFC 6749 5.2).
    pub why: &'static str,
}

impl Refusal {
    /// A refusal with its reason.
    #[must_use]
    pub const fn new(code: ErrorCode, why: &'static str) -> Self {
        Self { code, why }
    }
}

impl From<Refusal> for Failure<Refusal> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
