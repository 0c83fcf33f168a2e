//! What the app's visitors see: three pages and the one for everything that went wrong.

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header::ContentType},
};
use askama::Template;

use super::{
    articles::{ApiAnswer, Article},
    provider::{ProviderError, Row},
};

/// The front page for somebody who has not logged in.
#[derive(Template)]
#[template(path = "demo/welcome.html")]
pub(super) struct Welcome<'a> {
    pub(super) issuer: &'a str,
}

/// The front page for somebody who has.
#[derive(Template)]
#[template(path = "demo/front.html")]
pub(super) struct Front<'a> {
    pub(super) issuer: &'a str,
    pub(super) csrf: &'a str,
    pub(super) name: &'a str,
    pub(super) subject: &'a str,
    pub(super) scope: &'a str,
    pub(super) expires: String,
    pub(super) may_refresh: bool,
    pub(super) claims: &'a [Row],
    pub(super) userinfo: Result<Vec<Row>, String>,
    pub(super) articles: Result<Vec<Article>, ApiAnswer>,
    pub(super) notice: Option<ApiAnswer>,
}

/// After the log-out.
#[derive(Template)]
#[template(path = "demo/signed_out.html")]
pub(super) struct SignedOut<'a> {
    pub(super) issuer: &'a str,
    pub(super) confirmed: bool,
}

/// Something went wrong; the page says what, and offers the way back.
#[derive(Debug, Template)]
#[template(path = "demo/problem.html")]
pub(super) struct Problem {
    status: StatusCode,
    title: &'static str,
    detail: String,
    /// What is offered next: address and label.
    next: (&'static str, &'static str),
}

const LOG_IN_AGAIN: (&str, &str) = ("/login", "Try to log in again");
const FRONT_PAGE: (&str, &str) = ("/", "Back to the front page");

impl Problem {
    fn new(
        status: StatusCode,
        title: &'static str,
        detail: impl Into<String>,
        next: (&'static str, &'static str),
    ) -> Self {
        Self { status, title, detail: detail.into(), next }
    }

    /// Cardea could not be reached or said something that does not hold.
    pub(super) fn provider(ProviderError(detail): ProviderError) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "That did not work", detail, LOG_IN_AGAIN)
    }

    /// Cardea sent the browser back with an error instead of a code (RFC 6749 section 4.1.2.1).
    pub(super) fn refused(error: &str, description: Option<&str>) -> Self {
        let title = if error == "access_denied" { "You did not let us in" } else { "Cardea said no" };
        let detail = description.map_or_else(|| error.to_owned(), |description| format!("{error}: {description}"));
        Self::new(StatusCode::BAD_REQUEST, title, detail, LOG_IN_AGAIN)
    }

    /// The answer belongs to no log-in that this browser began.
    pub(super) fn stranger() -> Self {
        let detail = "This answer belongs to no log-in that was begun in this browser, or it was used before. \
                      It was not looked at any further.";
        Self::new(StatusCode::BAD_REQUEST, "We were not expecting you", detail, LOG_IN_AGAIN)
    }

    /// Nobody is signed in, or no longer.
    pub(super) fn signed_out() -> Self {
        let detail = "Your session with The Daily Hinge has ended.";
        Self::new(StatusCode::FORBIDDEN, "Please log in", detail, LOG_IN_AGAIN)
    }

    /// The form was not one of ours.
    pub(super) fn forged() -> Self {
        let detail = "This form is too old or was not made by The Daily Hinge, so nothing was done.";
        Self::new(StatusCode::FORBIDDEN, "That form does not count", detail, FRONT_PAGE)
    }

    /// Query or form could not be read.
    pub(super) fn unreadable() -> Self {
        let detail = "Something in it is missing, too long or there twice.";
        Self::new(StatusCode::BAD_REQUEST, "We could not read that request", detail, FRONT_PAGE)
    }

    /// There is no such page.
    pub(super) fn no_such_page() -> Self {
        Self::new(StatusCode::NOT_FOUND, "No such page", "We never printed that.", FRONT_PAGE)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        page(self.status, self)
    }
}

/// Renders a page.
pub(super) fn page(status: StatusCode, template: &impl Template) -> HttpResponse {
    match template.render() {
        Ok(html) => HttpResponse::build(status).content_type(ContentType::html()).body(html),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            HttpResponse::InternalServerError().finish()
        }
    }
}
