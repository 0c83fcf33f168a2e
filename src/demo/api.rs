//! The sample articles API: readers read, authors write and change their own, admins may do everything.
//! Owns its routes; `articles` holds the articles. What it knows of Cardea, it knows through [`crate::guard`].

mod articles;

use std::{io, net::TcpListener, sync::Mutex};

use actix_web::{
    App, FromRequest, HttpRequest, HttpResponse, HttpServer, ResponseError,
    dev::Server,
    error::JsonPayloadError,
    http::{StatusCode, header},
    middleware::DefaultHeaders,
    web,
};
use serde_json::json;

use crate::guard::{Guard, GuardSettings, HasRole, RequiredRole, RequiredScope, Scoped};
use articles::{Articles, Checked, Draft, Full};

/// An article of the largest size, every character of it escaped.
const MAX_BODY_BYTES: usize = 32 * 1024;

/// Whose tokens the API trusts, and what it is called.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// The issuer of the tokens, as it spells itself.
    pub issuer: String,
    /// The `aud` that a token for this API must carry.
    pub audience: String,
}

/// Serves the articles on a bound listener until the returned server is stopped; it must be awaited to run.
/// The issuer need not be there yet: its keys are read when the first token comes.
///
/// # Errors
/// When the settings cannot work or the listener cannot be used.
pub fn start(listener: TcpListener, settings: ApiSettings) -> io::Result<Server> {
    let guard = Guard::new(GuardSettings::new(settings.issuer, settings.audience)).map_err(io::Error::other)?;
    let guard = web::Data::new(guard);
    let shelf = web::Data::new(Mutex::new(Articles::with_a_first_page()));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(guard.clone())
            .app_data(shelf.clone())
            .app_data(web::JsonConfig::default().limit(MAX_BODY_BYTES).error_handler(unreadable))
            .wrap(
                DefaultHeaders::new()
                    .add((header::CACHE_CONTROL, "no-store"))
                    .add(("x-content-type-options", "nosniff")),
            )
            .service(web::resource("/articles").get(list).post(create).default_service(web::to(no_such_method)))
            .service(
                web::resource("/articles/{id}").put(change).delete(delete).default_service(web::to(no_such_method)),
            )
            .default_service(web::to(async || Problem::NoSuchPlace.error_response()))
    });
    Ok(server.workers(1).disable_signals().listen(listener)?.run())
}

struct Read;
impl RequiredScope for Read {
    const SCOPE: &'static str = "articles:read";
}

struct Write;
impl RequiredScope for Write {
    const SCOPE: &'static str = "articles:write";
}

struct Reader;
impl RequiredRole for Reader {
    const ROLES: &'static [&'static str] = &["reader", "author", "admin"];
}

struct Author;
impl RequiredRole for Author {
    const ROLES: &'static [&'static str] = &["author", ADMIN];
}

struct Admin;
impl RequiredRole for Admin {
    const ROLES: &'static [&'static str] = &[ADMIN];
}

const ADMIN: &str = "admin";

type Shelf = web::Data<Mutex<Articles>>;

async fn list(_token: Scoped<Read>, _role: HasRole<Reader>, shelf: Shelf) -> Result<HttpResponse, Problem> {
    let articles = shelf.lock().map_err(|_| Problem::Broken)?;
    Ok(HttpResponse::Ok().json(json!({ "articles": articles.all() })))
}

async fn create(
    token: Scoped<Write>,
    _role: HasRole<Author>,
    request: HttpRequest,
    body: web::Payload,
    shelf: Shelf,
) -> Result<HttpResponse, actix_web::Error> {
    let draft = read(&request, body).await?;
    let article = shelf.lock().map_err(|_| Problem::Broken)?.add(draft, &token.sub).map_err(|Full| Problem::Full)?;
    let location = format!("/articles/{}", article.id);
    Ok(HttpResponse::Created().insert_header((header::LOCATION, location)).json(article))
}

#[expect(clippy::too_many_arguments, reason = "each is one of actix's extractors")]
async fn change(
    token: Scoped<Write>,
    _role: HasRole<Author>,
    request: HttpRequest,
    body: web::Payload,
    shelf: Shelf,
    guard: web::Data<Guard>,
) -> Result<HttpResponse, actix_web::Error> {
    let draft = read(&request, body).await?;
    let mut articles = shelf.lock().map_err(|_| Problem::Broken)?;
    let article = articles.get_mut(article_id(&request)?).ok_or(Problem::NoSuchArticle)?;
    if article.author != token.sub && !token.has_any_role(&[ADMIN]) {
        let why = "an author may change only their own articles; the role admin may change any";
        return Err(guard.forbidden(why).into());
    }
    article.replace(draft);
    Ok(HttpResponse::Ok().json(&*article))
}

async fn delete(
    _token: Scoped<Write>,
    _role: HasRole<Admin>,
    request: HttpRequest,
    shelf: Shelf,
) -> Result<HttpResponse, Problem> {
    let removed = shelf.lock().map_err(|_| Problem::Broken)?.remove(article_id(&request)?);
    removed.map(|_| HttpResponse::NoContent().finish()).ok_or(Problem::NoSuchArticle)
}

/// actix runs a handler's extractors side by side, so that a `web::Json` or `web::Path` among them may fail before the token was
/// verified. Whoever may not write learns that first, hence body and path are read in the handler.
async fn read(request: &HttpRequest, body: web::Payload) -> Result<Checked, actix_web::Error> {
    let draft = web::Json::<Draft>::from_request(request, &mut body.into_inner()).await?;
    Ok(draft.into_inner().checked().map_err(Problem::BadArticle)?)
}

fn article_id(request: &HttpRequest) -> Result<u64, Problem> {
    request.match_info().get("id").and_then(|id| id.parse().ok()).ok_or(Problem::NoSuchArticle)
}

async fn no_such_method(request: HttpRequest) -> HttpResponse {
    let allowed = if request.match_info().get("id").is_some() { "PUT, DELETE" } else { "GET, POST" };
    let mut response = Problem::NoSuchMethod.error_response();
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(allowed));
    response
}

fn unreadable(error: JsonPayloadError, _: &HttpRequest) -> actix_web::Error {
    match error {
        JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => Problem::TooLarge.into(),
        JsonPayloadError::ContentType => Problem::NotJson.into(),
        JsonPayloadError::Deserialize(error) => Problem::BadJson(error.to_string()).into(),
        _ => Problem::BadJson("the body could not be read".to_owned()).into(),
    }
}

/// Everything the API may have to answer instead of an article.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("the body is not the JSON of an article: {0}")]
    BadJson(String),
    #[error("the body must be sent as application/json")]
    NotJson,
    #[error("the body is larger than {MAX_BODY_BYTES} bytes")]
    TooLarge,
    #[error("{0}")]
    BadArticle(&'static str),
    #[error("there is no such article")]
    NoSuchArticle,
    #[error("there is nothing here; the articles are at /articles")]
    NoSuchPlace,
    #[error("this cannot be done here")]
    NoSuchMethod,
    #[error("the newspaper is full; an admin has to delete an article first")]
    Full,
    #[error("the articles are in disorder")]
    Broken,
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::BadJson(_) | Self::BadArticle(_) => StatusCode::BAD_REQUEST,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoSuchArticle | Self::NoSuchPlace => StatusCode::NOT_FOUND,
            Self::NoSuchMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Full => StatusCode::CONFLICT,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let code = match self {
            Self::BadJson(_) | Self::NotJson | Self::TooLarge | Self::BadArticle(_) => "invalid_request",
            Self::NoSuchArticle | Self::NoSuchPlace => "not_found",
            Self::NoSuchMethod => "method_not_allowed",
            Self::Full => "full",
            Self::Broken => "server_error",
        };
        let body = json!({ "error": code, "error_description": self.to_string() });
        HttpResponse::build(self.status_code()).json(body)
    }
}
