//! The browser: its own cookie (which binds forms and pending requests to it), the session cookie, and what a posted form
//! must show before it counts.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header::{HeaderMap, ORIGIN};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::domain::error::{Failure, Fault};
use crate::domain::params::Params;
use crate::domain::secret::{Digest, OpaqueToken};
use crate::flows::identity::sessions::{self, Present};

use super::credentials;
use super::visit::Visit;

/// A browser as its cookies show it.
#[derive(Debug, Clone)]
pub struct Browser {
    id: String,
    new: bool,
    session: Option<String>,
    secure: bool,
}

impl Browser {
    /// Reads the cookies; a browser that has none is given an id, to be set by [`Browser::mark`].
    pub fn of(request: &HttpRequest, app: &App) -> Result<Self, Fault> {
        let secure = app.settings().http.issuer.is_https();
        let held = request.cookie(&name("browser", secure)).map(|cookie| cookie.value().to_owned());
        // Base64url of 256 bits; anything else was not set by us.
        let held =
            held.filter(|id| id.len() == 43 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        let session = request.cookie(&name("session", secure)).map(|cookie| cookie.value().to_owned());
        let (id, new) = match held {
            Some(id) => (id, false),
            None => (app.new_browser()?, true),
        };
        Ok(Self { id, new, session, secure })
    }

    /// What a pending request keeps of this browser.
    pub fn digest(&self, app: &App) -> Digest {
        app.browser_digest(&self.id)
    }

    /// The session cookie as presented.
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// Who is signed in here. Whatever page they look at, they are there: a session idles only while nobody looks.
    pub async fn present(&self, request: &HttpRequest, app: &App) -> Result<Option<Present>, Fault> {
        let Some(cookie) = self.session.clone() else { return Ok(None) };
        let read =
            app.read(Visit::origin(request), move |tx| Ok::<_, Failure<Fault>>(sessions::present(tx, Some(&cookie))?));
        let only_fault = |failure| match failure {
            Failure::Refused(fault) | Failure::Fault(fault) => fault,
        };
        let present = read.await.map_err(only_fault)?;
        if let Some(session) = present.as_ref().map(|present| present.session.clone())
            && sessions::is_touch_due(&session, app.now())
        {
            let touch = move |tx: &mut crate::flows::Tx<'_>| Ok::<_, Failure<Fault>>(sessions::touch(tx, &session)?);
            app.write(Visit::origin(request), touch).await.map_err(only_fault)?;
        }
        Ok(present)
    }

    /// The token for the forms of a page.
    pub fn form_token(&self, app: &App) -> String {
        app.form_token(&self.id, self.session())
    }

    /// Sets the browser's own cookie, if it has none yet.
    pub fn mark(&self, mut response: HttpResponse) -> HttpResponse {
        if self.new {
            let cookie = self.cookie("browser", self.id.clone()).finish();
            set(&mut response, &cookie);
        }
        response
    }

    /// Sets the cookie of a session that began.
    pub fn enter(&self, mut response: HttpResponse, session: &OpaqueToken) -> HttpResponse {
        let cookie = self.cookie("session", session.expose()).finish();
        set(&mut response, &cookie);
        self.mark(response)
    }

    /// Takes the session cookie back.
    pub fn leave(&self, mut response: HttpResponse) -> HttpResponse {
        let cookie = self.cookie("session", String::new()).max_age(Duration::ZERO).finish();
        set(&mut response, &cookie);
        response
    }

    fn cookie(&self, what: &str, value: String) -> actix_web::cookie::CookieBuilder<'static> {
        // SameSite=Lax: the way back from an app is a top-level navigation, and must find the session.
        Cookie::build(name(what, self.secure), value)
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
    }
}

fn set(response: &mut HttpResponse, cookie: &Cookie<'_>) {
    if let Err(error) = response.add_cookie(cookie) {
        tracing::error!(%error, "a cookie could not be set");
    }
}

/// `__Host-` binds a cookie to this very host, https and path / (RFC 6265bis 4.1.3.2).
fn name(what: &str, secure: bool) -> String {
    if secure { format!("__Host-cardea_{what}") } else { format!("cardea_{what}") }
}

/// Why a posted form does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unposted {
    /// It came from another site's page.
    Foreign,
    /// Its token is missing, or of another browser or sign-in: the page was open for too long, or cookies are off.
    Stale,
    /// It cannot be read.
    Unreadable,
}

/// Reads a form that one of our own pages posted, in this very browser.
pub fn posted(
    request: &HttpRequest,
    app: &App,
    browser: &Browser,
    body: Result<Bytes, actix_web::Error>,
) -> Result<Params, Unposted> {
    if !same_site(request.headers(), app.settings().http.issuer.as_str()) {
        return Err(Unposted::Foreign);
    }
    let params = credentials::form(request, body).map_err(|_| Unposted::Unreadable)?;
    if is_own(request, app, browser, &params) { Ok(params) } else { Err(Unposted::Stale) }
}

/// Whether a form that was read already came from one of our own pages, in this very browser.
pub fn is_own(request: &HttpRequest, app: &App, browser: &Browser, params: &Params) -> bool {
    let genuine = params.get("csrf").is_some_and(|token| app.is_form_token(token, &browser.id, browser.session()));
    genuine && !browser.new && same_site(request.headers(), app.settings().http.issuer.as_str())
}

/// Whether the headers that scripts cannot set say that the form came from our own page. `Origin: null` is what browsers
/// send for a page with `Referrer-Policy: no-referrer`; then `Sec-Fetch-Site` and the form's token decide.
fn same_site(headers: &HeaderMap, issuer: &str) -> bool {
    let read = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    let origin = read(ORIGIN.as_str());
    let own_origin = origin.is_none_or(|origin| {
        origin == "null" || url::Url::parse(issuer).is_ok_and(|url| url.origin().ascii_serialization() == origin)
    });
    let own_fetch = read("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none");
    own_origin && own_fetch
}
