//! Client credentials as presented, not yet believed: HTTP Basic or the form (RFC 6749 2.3.1), exactly one of them.

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use crate::domain::error::{ErrorCode, Refusal};
use crate::domain::params::{MAX_COUNT, Params, Unreadable};
use crate::flows::protocol::client_auth::Presented;

/// Reads a form and takes the credentials out of it, so that nobody further in sees them.
pub fn read(
    request: &HttpRequest,
    body: Result<actix_web::web::Bytes, actix_web::Error>,
) -> Result<(Params, Presented), Refusal> {
    let mut params = form(request, body)?;
    let presented = present(request, &mut params)?;
    Ok((params, presented))
}

/// Reads an urlencoded form as it came, repeats and empties included.
pub fn pairs(
    request: &HttpRequest,
    body: Result<actix_web::web::Bytes, actix_web::Error>,
) -> Result<Vec<(String, String)>, Refusal> {
    let body = urlencoded(request, body)?;
    let pairs: Vec<_> = url::form_urlencoded::parse(&body).into_owned().take(MAX_COUNT + 1).collect();
    if pairs.len() > MAX_COUNT { Err(invalid("the request has too many parameters")) } else { Ok(pairs) }
}

/// Reads an urlencoded form without repeats.
pub fn form(request: &HttpRequest, body: Result<actix_web::web::Bytes, actix_web::Error>) -> Result<Params, Refusal> {
    match Params::parse(&urlencoded(request, body)?) {
        (params, None) => Ok(params),
        (_, Some(Unreadable::Repeated(_))) => Err(invalid("a parameter came more than once")),
        (_, Some(Unreadable::Malformed)) => Err(invalid("the request has too many parameters")),
    }
}

fn urlencoded(
    request: &HttpRequest,
    body: Result<actix_web::web::Bytes, actix_web::Error>,
) -> Result<actix_web::web::Bytes, Refusal> {
    let body = body.map_err(|_| invalid("the request body is too large or broke off"))?;
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = content_type.split(';').next().unwrap_or("").trim();
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Ok(body)
    } else {
        Err(invalid("the Content-Type must be application/x-www-form-urlencoded"))
    }
}

fn present(request: &HttpRequest, params: &mut Params) -> Result<Presented, Refusal> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let header = headers.next();
    if headers.next().is_some() {
        return Err(invalid("the Authorization header came more than once"));
    }
    let client_id = params.take("client_id");
    let client_secret = params.take("client_secret");
    if params.take("client_assertion").is_some() || params.take("client_assertion_type").is_some() {
        return Err(Refusal::new(ErrorCode::InvalidClient, "client assertions are not supported; use a client secret"));
    }
    let Some(header) = header else {
        return Ok(match (client_id, client_secret) {
            (Some(client_id), Some(secret)) => Presented::secret(client_id, &[&secret]),
            (Some(client_id), None) => Presented::Bare { client_id },
            (None, Some(_)) => return Err(invalid("client_secret came without client_id")),
            (None, None) => Presented::Nothing,
        });
    };
    // RFC 6749 2.3: MUST NOT use more than one method. A client_id beside Basic is common, and harmless if it is the same.
    if client_secret.is_some() {
        return Err(invalid("client credentials came both in the Authorization header and in the form"));
    }
    let text = header.to_str().map_err(|_| unreadable())?;
    let (id, readings) = basic(text).ok_or_else(unreadable)?;
    if client_id.is_some_and(|beside| beside != id) {
        return Err(invalid("client_id in the form is not that of the Authorization header"));
    }
    Ok(Presented::secret(id, &readings.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// RFC 6749 2.3.1 has id and secret form-encoded inside Basic; many clients leave that out, so both readings count.
fn basic(header: &str) -> Option<(String, Vec<String>)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    // A secret that decodes to no text was not encoded.
    let mut readings: Vec<String> = form_decoded(secret).into_iter().collect();
    if readings.iter().all(|reading| reading != secret) {
        readings.push(secret.to_owned());
    }
    Some((form_decoded(id)?, readings))
}

fn form_decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

const fn unreadable() -> Refusal {
    Refusal::new(ErrorCode::InvalidClient, "the Authorization header is not HTTP Basic")
}

const fn invalid(why: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, why)
}
