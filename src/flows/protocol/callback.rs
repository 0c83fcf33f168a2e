//! The way back to an app. A [`Callback`] exists only after client and redirect URI were both checked, so that an open
//! redirect cannot be written down.

use crate::domain::claims::OPENID;
use crate::domain::client::Client;
use crate::domain::error::{ErrorCode, Refusal};
use crate::domain::params::Params;

/// How the authorization response travels (OAuth 2.0 Multiple Response Types 2.1, Form Post Response Mode).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    Query,
    /// As a form that the browser posts.
    FormPost,
}

/// A checked address of a known client, with what every response to it carries.
#[derive(Debug, Clone)]
pub struct Callback {
    redirect_uri: String,
    given: bool,
    mode: ResponseMode,
    state: Option<String>,
    issuer: String,
}

impl Callback {
    /// Finds where answers to this request may go. Anything wrong here is told to the person, never sent anywhere.
    ///
    /// # Errors
    /// A refusal for a page (RFC 6749 4.1.2.1: MUST NOT automatically redirect).
    pub fn check(client: &Client, params: &Params, issuer: &str) -> Result<Self, Refusal> {
        let (redirect_uri, given) = match (params.get("redirect_uri"), client.redirect_uris.as_slice()) {
            // RFC 9700 2.1: exact string matching, loopback ports of native clients excepted.
            (Some(presented), _) if client.redirect_uri(presented).is_some() => (presented.to_owned(), true),
            (Some(_), _) => return Err(page("The redirect_uri is not one that is registered for this client.")),
            // OpenID Connect Core 3.1.2.1: redirect_uri is REQUIRED.
            (None, _) if params.get("scope").is_some_and(|scope| scope.split(' ').any(|token| token == OPENID)) => {
                return Err(page("The request names no redirect_uri, which OpenID Connect requires."));
            }
            (None, [only]) => (only.as_str().to_owned(), false),
            (None, _) => {
                return Err(page("The request names no redirect_uri, and this client has not registered exactly one."));
            }
        };
        let mode = match params.get("response_mode") {
            Some("form_post") => ResponseMode::FormPost,
            _ => ResponseMode::Query,
        };
        Ok(Self { redirect_uri, given, mode, state: params.get("state").map(str::to_owned), issuer: issuer.to_owned() })
    }

    /// The redirect URI as the app wrote it.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Whether the request named it.
    #[must_use]
    pub const fn was_given(&self) -> bool {
        self.given
    }

    /// A response that carries a code.
    #[must_use]
    pub fn with_code(self, code: String) -> Reply {
        self.reply(vec![("code", code)])
    }

    /// A response that carries an error.
    #[must_use]
    pub fn with_error(self, refusal: Refusal) -> Reply {
        self.reply(vec![("error", refusal.code.as_str().to_owned()), ("error_description", refusal.why.to_owned())])
    }

    fn reply(self, mut fields: Vec<(&'static str, String)>) -> Reply {
        if let Some(state) = self.state {
            fields.push(("state", state));
        }
        // RFC 9207 2: on success and on error alike.
        fields.push(("iss", self.issuer));
        Reply { redirect_uri: self.redirect_uri, mode: self.mode, fields }
    }
}

/// An authorization response, ready to be sent.
#[derive(Debug, Clone)]
pub struct Reply {
    redirect_uri: String,
    mode: ResponseMode,
    fields: Vec<(&'static str, String)>,
}

impl Reply {
    /// How it travels.
    #[must_use]
    pub const fn mode(&self) -> ResponseMode {
        self.mode
    }

    /// The target of a form post.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.redirect_uri
    }

    /// The members of a form post.
    #[must_use]
    pub fn fields(&self) -> &[(&'static str, String)] {
        &self.fields
    }

    /// The whole URL of a query response. The registered string stays as it is, its own query included; it is never
    /// normalised (RFC 6749 3.1.2).
    #[must_use]
    pub fn location(&self) -> String {
        let joint = match self.redirect_uri.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.fields).finish();
        format!("{}{joint}{query}", self.redirect_uri)
    }
}

const fn page(why: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, why)
}
