//! Who is told what: apps get JSON with the RFC's code, people get a page that says what to do, the log gets the cause.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde_json::json;

use crate::app::App;
use crate::domain::error::{ErrorCode, Failure, Fault, FaultKind, Refusal};

use super::pages::view::{ErrorPage, Frame, Link};
use super::reply::{self, FormTargets};
use super::visit::Visit;

/// An error of a protocol endpoint (RFC 6749 5.2).
pub fn for_app(request: &HttpRequest, failure: &Failure<Refusal>) -> HttpResponse {
    match failure {
        Failure::Refused(refusal) => refused(*refusal),
        Failure::Fault(fault) => faulty(request, fault),
    }
}

fn refused(refusal: Refusal) -> HttpResponse {
    let mut response = HttpResponse::build(status(refusal.code));
    if refusal.code == ErrorCode::InvalidClient {
        // RFC 6749 5.2, RFC 7617 2: the scheme with its realm.
        response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"cardea\", charset=\"UTF-8\""));
    }
    response.insert_header(("pragma", "no-cache"));
    response.json(json!({ "error": refusal.code.as_str(), "error_description": refusal.why }))
}

fn faulty(request: &HttpRequest, fault: &Fault) -> HttpResponse {
    let request_id = log(request, fault);
    let (code, status) = match fault.kind() {
        FaultKind::Unavailable => (ErrorCode::TemporarilyUnavailable, StatusCode::SERVICE_UNAVAILABLE),
        FaultKind::Internal => (ErrorCode::ServerError, StatusCode::INTERNAL_SERVER_ERROR),
    };
    let mut response = HttpResponse::build(status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header((RETRY_AFTER, "2"));
    }
    response.json(json!({
        "error": code.as_str(),
        "error_description": format!("the request could not be served; its id is {request_id}"),
        "request_id": request_id,
    }))
}

const fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::InvalidClient | ErrorCode::InvalidToken => StatusCode::UNAUTHORIZED,
        ErrorCode::InsufficientScope => StatusCode::FORBIDDEN,
        ErrorCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// Writes a fault to the log, once, with its cause. Returns the request id that the answer shows.
pub fn log(request: &HttpRequest, fault: &Fault) -> String {
    let request_id = Visit::of(request).request_id;
    tracing::error!(request_id, path = request.path(), %fault, "a request could not be served");
    request_id
}

/// A page for a person: what happened, and what to do now.
pub struct Notice {
    /// The status.
    pub status: StatusCode,
    /// The heading.
    pub title: &'static str,
    /// What happened.
    pub message: String,
    /// What to do now.
    pub advice: Option<&'static str>,
    /// The way back.
    pub back: Option<Link>,
    /// The public code, for the app's developer.
    pub code: Option<ErrorCode>,
}

impl Notice {
    /// A notice with the status of a bad request.
    pub fn new(title: &'static str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, title, message: message.into(), advice: None, back: None, code: None }
    }

    /// What to do now.
    pub const fn advice(mut self, advice: &'static str) -> Self {
        self.advice = Some(advice);
        self
    }

    /// The way back.
    pub fn back(mut self, back: Option<Link>) -> Self {
        self.back = back;
        self
    }

    /// Another status.
    pub const fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Renders it.
    pub fn page(self, request: &HttpRequest) -> HttpResponse {
        let site_name =
            request.app_data::<Data<App>>().map(|app| app.settings().login.site_name.clone()).unwrap_or_default();
        let page = ErrorPage {
            frame: Frame { site_name, signed_in_as: None },
            title: self.title.to_owned(),
            message: self.message,
            advice: self.advice.map(str::to_owned),
            back: self.back,
            code: self.code.map(|code| code.as_str().to_owned()),
            request_id: Visit::of(request).request_id,
        };
        reply::page_with(HttpResponse::build(self.status), &page, &FormTargets::HERE)
    }
}

/// A refusal that has nowhere safe to be sent: it is shown to the person.
pub fn for_person(request: &HttpRequest, failure: &Failure<Refusal>) -> HttpResponse {
    match failure {
        Failure::Refused(refusal) => {
            let mut notice = Notice::new("This request cannot go on", refusal.why)
                .advice("Go back to the app and try again. If it happens again, tell the people who run the app.");
            notice.code = Some(refusal.code);
            notice.page(request)
        }
        Failure::Fault(fault) => fault_page(request, fault),
    }
}

/// We failed a person.
pub fn fault_page(request: &HttpRequest, fault: &Fault) -> HttpResponse {
    log(request, fault);
    let (status, title) = match fault.kind() {
        FaultKind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Not available at the moment"),
        FaultKind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here"),
    };
    let notice = Notice::new(title, "Your request could not be served. Nothing was changed.").status(status);
    let mut response =
        notice.advice("Try again in a moment. If it happens again, tell the operator the id below.").page(request);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response
}

/// 404, as the asker reads best.
pub async fn not_found(request: HttpRequest) -> HttpResponse {
    let html = request
        .headers()
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if html {
        return Notice::new("There is no such page", "The address may be mistyped or out of date.")
            .status(StatusCode::NOT_FOUND)
            .back(Some(Link { url: "/".to_owned(), label: "Go to the start page".to_owned() }))
            .page(&request);
    }
    HttpResponse::NotFound().json(json!({ "error": "not_found", "error_description": "there is no such endpoint; see /.well-known/openid-configuration" }))
}

/// An empty bucket, told to an app.
pub fn too_many_for_app(mut response: HttpResponseBuilder, wait: u64) -> HttpResponse {
    response.insert_header((RETRY_AFTER, wait)).json(json!({
        "error": "temporarily_unavailable",
        "error_description": format!("too many requests from this address; try again in {wait} s"),
    }))
}

/// An empty bucket, told to a person.
pub fn too_many_for_person(mut response: HttpResponseBuilder, wait: u64, site_name: &str) -> HttpResponse {
    response.insert_header((RETRY_AFTER, wait));
    let page = ErrorPage {
        frame: Frame { site_name: site_name.to_owned(), signed_in_as: None },
        title: "Too many tries".to_owned(),
        message: format!("Too many requests came from your network. Please wait {wait} seconds, then try again."),
        advice: None,
        back: None,
        code: None,
        request_id: String::new(),
    };
    reply::page_with(response, &page, &FormTargets::HERE)
}
