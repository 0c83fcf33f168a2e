//! `GET /.well-known/openid-configuration` and `/.well-known/oauth-authorization-server` (RFC 8414).

use std::sync::OnceLock;

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Bytes, Data};

use crate::app::App;

/// The metadata. It never changes while the server runs, so it is written once.
pub async fn metadata(document: Data<Document>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .body(document.bytes())
}

/// The metadata document of this server.
pub struct Document {
    app: App,
    written: OnceLock<Bytes>,
}

impl Document {
    /// The document of this house.
    #[must_use]
    pub fn new(app: &App) -> Self {
        Self { app: app.clone(), written: OnceLock::new() }
    }

    fn bytes(&self) -> Bytes {
        self.written
            .get_or_init(|| Bytes::from(crate::flows::protocol::discovery::metadata(self.app.settings()).to_string()))
            .clone()
    }
}
