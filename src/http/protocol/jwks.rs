//! `GET /jwks` (RFC 7517 5), cacheable, with an `ETag`.

use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;

/// How long resource servers may keep the keys, in seconds. Keys are announced much longer ahead of their use.
const MAX_AGE: &str = "public, max-age=300";

/// The public keys: announced, active, and retired ones that may still have live tokens.
pub async fn jwks(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let keyring = app.keyring();
    let known = is_known(&request, &keyring.etag());
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((CACHE_CONTROL, MAX_AGE)).insert_header((ETAG, &*keyring.etag()));
    if known {
        response.finish()
    } else {
        response.content_type("application/jwk-set+json").body(keyring.jwks().to_string())
    }
}

/// Whether the asker has this very set. RFC 9110 13.1.2: a list of tags or `*`, compared weakly.
fn is_known(request: &HttpRequest, etag: &str) -> bool {
    let lines = request.headers().get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    lines
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}
