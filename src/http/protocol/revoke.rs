//! `POST /revoke` (RFC 7009).

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::domain::error::{ErrorCode, Failure, Refusal};
use crate::flows::protocol::revoke;
use crate::http::visit::Visit;

/// Answers a revocation request.
pub async fn revoke(request: HttpRequest, app: Data<App>, body: Result<Bytes, actix_web::Error>) -> HttpResponse {
    let outcome = end(&request, &app, body).await;
    super::answer(&request, outcome)
}

async fn end(
    request: &HttpRequest,
    app: &App,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, Failure<Refusal>> {
    let (params, registration) = super::authenticated(request, app, body).await?;
    let Some(token) = params.get("token") else {
        return Err(Refusal::new(ErrorCode::InvalidRequest, "token is missing").into());
    };
    let candidate = app.recognise(token);
    app.write(Visit::origin(request), move |tx| revoke::revoke(tx, &registration.client, candidate)).await?;
    Ok(HttpResponse::Ok().finish())
}
