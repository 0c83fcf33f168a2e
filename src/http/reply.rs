//! Answers: JSON that is never cached, pages under a strict policy, redirects with 303.

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderValue};
use askama::Template;
use serde::Serialize;

use crate::flows::protocol::callback::{Reply, ResponseMode};

use super::pages::view::{FormPostPage, Frame};

/// JSON that nobody may keep (RFC 6749 5.1).
pub fn json(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"))
        .json(body)
}

/// 303, so that a form's body is never sent on (RFC 9700 4.12).
pub fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish()
}

/// Where the forms of a page may lead: here, and on to the app that the page is about. Browsers apply `form-action` to the
/// redirects that follow a form.
#[derive(Debug, Clone, Default)]
pub struct FormTargets(Option<String>);

impl FormTargets {
    /// Forms that stay in the house.
    pub const HERE: Self = Self(None);

    /// Forms whose answer ends at this checked redirect URI.
    pub fn and(redirect_uri: &str) -> Self {
        let source = url::Url::parse(redirect_uri).ok().map(|url| match url.origin() {
            origin @ url::Origin::Tuple(..) => origin.ascii_serialization(),
            url::Origin::Opaque(_) => format!("{}:", url.scheme()),
        });
        Self(source)
    }
}

/// A page with status 200.
pub fn page(page: &impl Template, targets: &FormTargets) -> HttpResponse {
    page_with(HttpResponse::Ok(), page, targets)
}

/// A page on a response that was begun elsewhere.
pub fn page_with(
    mut response: actix_web::HttpResponseBuilder,
    page: &impl Template,
    targets: &FormTargets,
) -> HttpResponse {
    let beyond = targets.0.as_deref().unwrap_or("");
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; form-action 'self' {beyond}; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    match page.render() {
        Ok(html) => response
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((
                header::CONTENT_SECURITY_POLICY,
                HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'")),
            ))
            .body(html),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// Sends an authorization response the way it was asked for.
pub fn authorization(reply: &Reply, site_name: &str) -> HttpResponse {
    match reply.mode() {
        ResponseMode::Query => see_other(&reply.location()),
        ResponseMode::FormPost => {
            let form = FormPostPage {
                frame: Frame { site_name: site_name.to_owned(), signed_in_as: None },
                action: reply.target().to_owned(),
                fields: reply.fields().iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            };
            page(&form, &FormTargets::and(reply.target()))
        }
    }
}
