//! The protocol endpoints: extract, call one flow, render JSON (or, at the authorization endpoint, a redirect).

pub mod authorize;
pub mod discovery;
pub mod health;
pub mod introspect;
pub mod jwks;
pub mod logout;
pub mod revoke;
pub mod token;
pub mod userinfo;

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::domain::client::Registration;
use crate::domain::error::{Failure, Refusal};
use crate::domain::event::{Actor, EventKind};
use crate::domain::id::ClientId;
use crate::domain::params::Params;
use crate::flows::Trace;
use crate::flows::protocol::client_auth;

use super::visit::Visit;
use super::{credentials, error};

/// Reads a form and authenticates the client that sent it. A failure leaves its trace.
async fn authenticated(
    request: &HttpRequest,
    app: &App,
    body: Result<Bytes, actix_web::Error>,
) -> Result<(Params, std::sync::Arc<Registration>), Failure<Refusal>> {
    let (params, presented) = credentials::read(request, body)?;
    let registration = match presented.client_id() {
        Some(client_id) => app.registration(client_id).await?,
        None => None,
    };
    match (client_auth::authenticate(registration.as_deref(), &presented, app.now()), registration.clone()) {
        (Ok(_), Some(registration)) => Ok((params, registration)),
        (Err(refusal), _) => {
            note_refusal(
                request,
                app,
                presented.client_id().and_then(|id| ClientId::parse(id).ok()),
                registration.is_some(),
            )
            .await?;
            Err(refusal.into())
        }
        (Ok(_), None) => {
            Err(Failure::Fault(crate::domain::error::Fault::internal("authenticated without a registration")))
        }
    }
}

/// Only a known client's id is kept: anything else is whatever somebody chose to send.
async fn note_refusal(
    request: &HttpRequest,
    app: &App,
    client: Option<ClientId>,
    known: bool,
) -> Result<(), Failure<Refusal>> {
    app.write(Visit::origin(request), move |tx| {
        let trace = Trace::of(EventKind::ClientRefused, Actor::Client).failed("client authentication failed");
        let trace = match client.filter(|_| known) {
            Some(client) => trace.client(&client),
            None => trace,
        };
        Ok::<_, Failure<Refusal>>(tx.record(trace)?)
    })
    .await
}

fn answer(request: &HttpRequest, outcome: Result<HttpResponse, Failure<Refusal>>) -> HttpResponse {
    outcome.unwrap_or_else(|failure| error::for_app(request, &failure))
}
