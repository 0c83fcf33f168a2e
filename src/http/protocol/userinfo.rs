//! `GET|POST /userinfo` (OpenID Connect Core 5.3), with a bearer token in the header or the form (RFC 6750 2).

use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use crate::app::App;
use crate::domain::error::{ErrorCode, Failure, Refusal};
use crate::flows::protocol::introspect::Candidate;
use crate::flows::protocol::userinfo::{self, Body};
use crate::http::visit::Visit;
use crate::http::{credentials, error, reply};

/// Answers a userinfo request.
pub async fn userinfo(request: HttpRequest, app: Data<App>, body: Result<Bytes, actix_web::Error>) -> HttpResponse {
    match tell(&request, &app, body).await {
        Ok(response) => response,
        Err(Failure::Refused(None)) => {
            // RFC 6750 3.1: without a token, no error code.
            HttpResponse::Unauthorized().insert_header((WWW_AUTHENTICATE, "Bearer realm=\"cardea\"")).finish()
        }
        Err(Failure::Refused(Some(refusal))) => refused(refusal),
        Err(Failure::Fault(fault)) => error::for_app(&request, &Failure::Fault(fault)),
    }
}

async fn tell(
    request: &HttpRequest,
    app: &App,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, Failure<Option<Refusal>>> {
    let token =
        bearer(request, body).map_err(|refusal| Failure::Refused(Some(refusal)))?.ok_or(Failure::Refused(None))?;
    let keyring = app.keyring();
    let Candidate::Access(claims) = app.recognise(&token) else {
        let why = "the access token is not valid (any more)";
        return Err(Failure::Refused(Some(Refusal::new(ErrorCode::InvalidToken, why))));
    };
    let told = app.read(Visit::origin(request), move |tx| userinfo::userinfo(tx, &claims)).await;
    let told = told.map_err(|failure| match failure {
        Failure::Refused(refusal) => Failure::Refused(Some(refusal)),
        Failure::Fault(fault) => Failure::Fault(fault),
    })?;
    Ok(match told.into_body(&keyring)? {
        Body::Json(members) => reply::json(&members),
        Body::Jwt(token) => HttpResponse::Ok().content_type("application/jwt").body(token),
    })
}

/// The token, from exactly one place (RFC 6750 2).
fn bearer(request: &HttpRequest, body: Result<Bytes, actix_web::Error>) -> Result<Option<String>, Refusal> {
    let headers: Vec<_> = request.headers().get_all(AUTHORIZATION).collect();
    let many = Refusal::new(ErrorCode::InvalidRequest, "the access token must come once");
    let from_header = match headers.as_slice() {
        [] => None,
        [one] => {
            let text = one.to_str().unwrap_or("");
            let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned()).filter(|token| !token.is_empty())
        }
        _ => return Err(many),
    };
    let form = request.method() == Method::POST && request.headers().contains_key("content-type");
    let from_form = if form { credentials::form(request, body)?.take("access_token") } else { None };
    match (from_header, from_form) {
        (Some(_), Some(_)) => Err(many),
        (header, form) => Ok(header.or(form)),
    }
}

fn refused(refusal: Refusal) -> HttpResponse {
    let (code, why) = (refusal.code.as_str(), refusal.why);
    let scope = if refusal.code == ErrorCode::InsufficientScope { ", scope=\"openid\"" } else { "" };
    let challenge = format!("Bearer realm=\"cardea\", error=\"{code}\", error_description=\"{why}\"{scope}");
    let mut response = match refusal.code {
        ErrorCode::InvalidToken => HttpResponse::Unauthorized(),
        ErrorCode::InsufficientScope => HttpResponse::Forbidden(),
        _ => HttpResponse::BadRequest(),
    };
    response.insert_header((WWW_AUTHENTICATE, challenge)).json(json!({ "error": code, "error_description": why }))
}
