//! The static files, embedded: one stylesheet, one mark, one small script.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use crate::http::error;

/// Serves an embedded file.
pub async fn serve(request: HttpRequest, name: Path<String>) -> HttpResponse {
    let (content_type, body): (_, &'static str) = match name.as_str() {
        "cardea.css" => ("text/css; charset=utf-8", include_str!("../../../static/cardea.css")),
        "cardea.svg" => ("image/svg+xml", include_str!("../../../static/cardea.svg")),
        "form_post.js" => ("text/javascript; charset=utf-8", include_str!("../../../static/form_post.js")),
        _ => return error::not_found(request).await,
    };
    HttpResponse::Ok().content_type(content_type).insert_header((CACHE_CONTROL, "public, max-age=3600")).body(body)
}
