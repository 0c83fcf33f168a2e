//! The outermost layer: gives every request its id and address, and every answer the headers that no page may forget.

use std::time::Instant as Stopwatch;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _};

use crate::app::App;

use super::visit::{Visit, client_address};

/// What a response allows when it says nothing itself: nothing.
const NOTHING: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps the whole application.
///
/// # Errors
/// What actix gives up on itself.
pub async fn edge(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let Some(app) = request.app_data::<Data<App>>().cloned() else { return next.call(request).await };
    let http = &app.settings().http;
    let address = client_address(&request, &http.trusted_proxies);
    let request_id = app.request_id();
    let stamp = HeaderValue::from_str(&request_id);
    request.extensions_mut().insert(Visit { request_id, address });
    let began = tracing::enabled!(tracing::Level::DEBUG).then(Stopwatch::now);
    let mut response = next.call(request).await?;
    if let Some(began) = began {
        let visit = Visit::of(response.request());
        tracing::debug!(
            request_id = visit.request_id,
            method = %response.request().method(),
            path = response.request().path(),
            status = response.status().as_u16(),
            micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
            "request"
        );
    }
    if let Ok(stamp) = stamp {
        response.headers_mut().insert(REQUEST_ID, stamp);
    }
    guard(response.headers_mut(), http.issuer.is_https());
    Ok(response)
}

fn guard(headers: &mut HeaderMap, https: bool) {
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, NOTHING);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if https {
        headers
            .insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains"));
    }
}
