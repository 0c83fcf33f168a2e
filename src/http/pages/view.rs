//! What every page shows: one plain struct a page, rendered from `templates/`. Nothing here knows a flow or a type of the
//! domain; the handlers in `http/pages` fill the structs and send what `render` returns.

use askama::Template;

/// What stands around every page.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// The name of this installation, shown in the header and at the end of every title.
    pub site_name: String,
    /// The account shown in the header, usually its email address; `None` when nobody is signed in.
    pub signed_in_as: Option<String>,
}

/// A text field as it was entered, and why it was refused. Never used for passwords: those are not echoed.
#[derive(Debug, Clone, Default)]
pub struct Field {
    /// The entered value, shown again.
    pub value: String,
    /// A full sentence shown beside the field and in the summary at the top.
    pub error: Option<String>,
}

impl Field {
    /// A field with a value and nothing to complain about.
    pub fn filled(value: impl Into<String>) -> Self {
        Self { value: value.into(), error: None }
    }

    /// A field whose value was refused, with the sentence that says why.
    pub fn refused(value: impl Into<String>, error: impl Into<String>) -> Self {
        Self { value: value.into(), error: Some(error.into()) }
    }
}

/// A link with its label.
#[derive(Debug, Clone)]
pub struct Link {
    /// Where it leads. Only web addresses, paths of this server and private-use schemes (RFC 8252 7.1) are rendered.
    pub url: String,
    /// What it says.
    pub label: String,
}

/// One scope as the person is asked about it.
#[derive(Debug, Clone)]
pub struct ScopeLine {
    /// The scope token, e.g. `profile`.
    pub name: String,
    /// What it allows, completing the sentence "The app will be able to …"; when empty, the token is shown instead.
    pub description: String,
}

/// `/`: what this is, and the two ways in.
#[derive(Debug, Clone, Template)]
#[template(path = "welcome.html")]
pub struct WelcomePage {
    pub frame: Frame,
    /// `None` where people cannot create accounts themselves.
    pub signup_url: Option<String>,
    pub login_url: String,
}

/// Sign in. Posts `csrf`, `email`, `password`; or `csrf` and `continue=1` to go on as `choose`.
#[derive(Debug, Clone, Template)]
#[template(path = "login.html")]
pub struct LoginPage {
    pub frame: Frame,
    /// POST target, with its query.
    pub action: String,
    pub csrf: String,
    pub email: Field,
    pub password_error: Option<String>,
    /// What went wrong with the attempt as a whole.
    pub alert: Option<String>,
    /// The app that asked, for "to continue to …".
    pub client_name: Option<String>,
    pub signup_url: Option<String>,
    /// The account already signed in, offered as "Continue as …" (OIDC Core 3.1.2.1, `prompt=select_account`).
    pub choose: Option<String>,
}

/// Create an account. Posts `csrf`, `name`, `email`, `password`.
#[derive(Debug, Clone, Template)]
#[template(path = "signup.html")]
pub struct SignupPage {
    pub frame: Frame,
    /// POST target, with its query.
    pub action: String,
    pub csrf: String,
    pub name: Field,
    pub email: Field,
    pub password_error: Option<String>,
    /// What went wrong with the attempt as a whole.
    pub alert: Option<String>,
    /// The app that asked, for "to continue to …".
    pub client_name: Option<String>,
    pub login_url: String,
}

/// May this app have that? Posts `csrf` and `decision=allow` or `decision=deny`.
#[derive(Debug, Clone, Template)]
#[template(path = "consent.html")]
pub struct ConsentPage {
    pub frame: Frame,
    /// POST target, with its query.
    pub action: String,
    pub csrf: String,
    pub client_name: String,
    /// The host of the redirect URI: where the person will be sent, whatever they decide.
    pub client_host: String,
    /// Shown only when it is a web address or a path of this server. The browser fetches it, so hand over a copy served by
    /// this house where nothing may be loaded from elsewhere.
    pub logo_uri: Option<String>,
    pub client_uri: Option<String>,
    pub policy_uri: Option<String>,
    pub tos_uri: Option<String>,
    pub person_name: String,
    pub person_email: String,
    pub scopes: Vec<ScopeLine>,
    /// How long access lasts, completing the sentence "Access lasts …", e.g. "until you sign out".
    pub lifetime: String,
    /// Where to use another account.
    pub switch_url: Option<String>,
}

/// Who is signed in. Posts `csrf` to sign out.
#[derive(Debug, Clone, Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    pub frame: Frame,
    pub csrf: String,
    pub name: String,
    pub email: String,
    pub email_verified: bool,
    pub roles: Vec<String>,
    /// A moment in plain words, e.g. "4 March 2026, 14:05 UTC".
    pub signed_in_since: String,
    /// POST target of "Sign out".
    pub logout_action: String,
}

/// Sign out? Posts `csrf`, `hidden`, and `decision=logout` or `decision=stay` (OIDC RP-Initiated Logout 1.0, 2).
#[derive(Debug, Clone, Template)]
#[template(path = "logout.html")]
pub struct LogoutPage {
    pub frame: Frame,
    pub action: String,
    pub csrf: String,
    /// The app that asked.
    pub client_name: Option<String>,
    /// Names and values carried through the form.
    pub hidden: Vec<(String, String)>,
}

/// Signed out.
#[derive(Debug, Clone, Template)]
#[template(path = "signed_out.html")]
pub struct SignedOutPage {
    pub frame: Frame,
    pub login_url: String,
}

/// Something is in the way. Never holds a token, a code or the text of a fault.
#[derive(Debug, Clone, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    pub frame: Frame,
    pub title: String,
    pub message: String,
    /// What the person can do now.
    pub advice: Option<String>,
    /// The way back to the app.
    pub back: Option<Link>,
    /// The public error code, e.g. `invalid_request`.
    pub code: Option<String>,
    pub request_id: String,
}

/// The authorization response as a self-submitting form (OAuth 2.0 Form Post Response Mode).
#[derive(Debug, Clone, Template)]
#[template(path = "form_post.html")]
pub struct FormPostPage {
    pub frame: Frame,
    /// The redirect URI, already checked against the client's registration.
    pub action: String,
    /// Response parameters, names and values.
    pub fields: Vec<(String, String)>,
}

/// An error as the summary lists it: the id of the field and the sentence.
type FieldError<'a> = (&'static str, &'a str);

impl LoginPage {
    fn field_errors(&self) -> Vec<FieldError<'_>> {
        present([("email", &self.email.error), ("password", &self.password_error)])
    }
}

impl SignupPage {
    fn field_errors(&self) -> Vec<FieldError<'_>> {
        present([("name", &self.name.error), ("email", &self.email.error), ("password", &self.password_error)])
    }
}

impl ConsentPage {
    fn logo(&self) -> Option<&str> {
        self.logo_uri.as_deref().filter(|uri| is_web_address(uri) || is_own_path(uri))
    }

    /// What the app says about itself, as label and address.
    fn about(&self) -> Vec<(&'static str, &str)> {
        let links =
            [("Website", &self.client_uri), ("Privacy policy", &self.policy_uri), ("Terms of service", &self.tos_uri)];
        present(links).into_iter().filter(|(_, uri)| is_web_address(uri)).collect()
    }
}

impl ErrorPage {
    fn way_back(&self) -> Option<&Link> {
        let followable = |link: &&Link| is_web_address(&link.url) || is_own_path(&link.url) || is_app_link(&link.url);
        self.back.as_ref().filter(followable)
    }
}

fn present<'a, const N: usize>(pairs: [(&'static str, &'a Option<String>); N]) -> Vec<(&'static str, &'a str)> {
    pairs.into_iter().filter_map(|(name, value)| value.as_deref().map(|value| (name, value))).collect()
}

// Registration refuses script addresses already; a link is the one place where escaping alone does not stop them, so they
// are named by what may pass and not by what may not: `java\nscript:` has many spellings.

fn is_web_address(uri: &str) -> bool {
    ["https://", "http://"]
        .iter()
        .any(|scheme| uri.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

fn is_own_path(uri: &str) -> bool {
    uri.starts_with('/') && !uri.starts_with("//") && !uri.contains(['\\', '\t', '\n', '\r'])
}

/// RFC 8252 7.1: a private-use scheme is a reversed domain name, so it has a dot; no scheme that runs script does.
fn is_app_link(uri: &str) -> bool {
    uri.split_once(':').is_some_and(|(scheme, _)| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.contains('.')
            && scheme.bytes().all(plain)
    })
}

#[cfg(test)]
mod tests;
