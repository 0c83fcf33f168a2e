//! `GET /healthz` (the process is alive) and `GET /readyz` (the database answers, the keys are loaded).

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use crate::app::App;
use crate::http::error;

/// Alive.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "alive" }))
}

/// Ready to serve, or 503 with what is missing.
pub async fn ready(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let keys = app.can_sign();
    match app.ping().await {
        Ok(()) if keys => HttpResponse::Ok().json(json!({ "status": "ready" })),
        Ok(()) => HttpResponse::ServiceUnavailable().json(json!({ "status": "not ready", "missing": "signing keys" })),
        Err(fault) => {
            let request_id = error::log(&request, &fault);
            HttpResponse::ServiceUnavailable()
                .json(json!({ "status": "not ready", "missing": "database", "request_id": request_id }))
        }
    }
}
