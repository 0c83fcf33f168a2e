//! `POST /token` (RFC 6749 3.2).

use actix_web::http::header::ALLOW;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use crate::app::App;
use crate::domain::client::GrantType;
use crate::domain::error::{Failure, Refusal};
use crate::flows::protocol::token::{self, client_credentials};
use crate::http::reply;
use crate::http::visit::Visit;

/// Answers a token request.
pub async fn token(request: HttpRequest, app: Data<App>, body: Result<Bytes, actix_web::Error>) -> HttpResponse {
    let outcome = issue(&request, &app, body).await;
    super::answer(&request, outcome)
}

/// Another method than POST.
pub async fn not_post() -> HttpResponse {
    HttpResponse::MethodNotAllowed()
        .insert_header((ALLOW, "POST"))
        .json(json!({ "error": "invalid_request", "error_description": "this endpoint takes POST only" }))
}

async fn issue(
    request: &HttpRequest,
    app: &App,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, Failure<Refusal>> {
    let (params, registration) = super::authenticated(request, app, body).await?;
    let grant_type = token::grant_type(&registration.client, &params)?;
    let minted = match grant_type {
        // Needs no row and no connection: the token is its own record.
        GrantType::ClientCredentials => {
            let moment = client_credentials::Moment { id: app.id()?, now: app.now() };
            client_credentials::grant(&registration.client, &params, &moment, app.settings())?
        }
        GrantType::AuthorizationCode | GrantType::RefreshToken => {
            let redeem =
                move |tx: &mut crate::flows::Tx<'_>| token::redeem(tx, &registration.client, grant_type, &params);
            app.write(Visit::origin(request), redeem).await?
        }
    };
    // The signature is made after the commit, outside the transaction.
    let response = minted.sign(&app.keyring())?;
    Ok(reply::json(&response))
}
