//! `POST /introspect` (RFC 7662).

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::domain::error::{ErrorCode, Failure, Refusal};
use crate::flows::protocol::introspect;
use crate::http::reply;
use crate::http::visit::Visit;

/// Answers an introspection request.
pub async fn introspect(request: HttpRequest, app: Data<App>, body: Result<Bytes, actix_web::Error>) -> HttpResponse {
    let outcome = look(&request, &app, body).await;
    super::answer(&request, outcome)
}

async fn look(
    request: &HttpRequest,
    app: &App,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, Failure<Refusal>> {
    let (params, registration) = super::authenticated(request, app, body).await?;
    // RFC 7662 2.1: the caller MUST authenticate; a public client cannot.
    if registration.client.is_public() {
        return Err(Refusal::new(ErrorCode::InvalidClient, "a public client cannot introspect").into());
    }
    let Some(token) = params.get("token") else {
        return Err(Refusal::new(ErrorCode::InvalidRequest, "token is missing").into());
    };
    let candidate = app.recognise(token);
    let looked = app.read(Visit::origin(request), move |tx| {
        Ok::<_, Failure<Refusal>>(introspect::introspect(tx, &registration.client, candidate)?)
    });
    Ok(reply::json(&looked.await?))
}
