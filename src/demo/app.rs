//! "The Daily Hinge": the sample third-party app. It knows Cardea only as any app would, by its issuer URL and its client credentials.
//! Owns the routes; `provider` talks to Cardea, `articles` to the API, `sessions` remembers browsers, `pages` is what they see.

mod articles;
mod handlers;
mod http;
mod pages;
mod provider;
mod sessions;

use std::{io, net::TcpListener};

use actix_web::{App, HttpResponse, HttpServer, dev::Server, http::header, middleware::DefaultHeaders, web};
use url::Url;

use articles::ArticlesApi;
use pages::Problem;
use provider::Provider;
use sessions::Sessions;

/// What somebody who runs this app has to know: where it is, where Cardea and the API are, and who it is to Cardea.
#[derive(Debug, Clone)]
pub struct AppSettings {
    /// The issuer, as it spells itself.
    pub issuer: String,
    /// The client's id at the issuer.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: String,
    /// `<own_url>/callback`, as registered.
    pub redirect_uri: String,
    /// `<own_url>/signed-out`, as registered.
    pub post_logout_redirect_uri: String,
    /// Where the articles API is.
    pub api_url: String,
    /// Where browsers find this app.
    pub own_url: String,
}

/// What all handlers share.
struct Newspaper {
    issuer: String,
    secure: bool,
    provider: Provider,
    api: ArticlesApi,
    sessions: Sessions,
}

/// Serves the app on a bound listener until the returned server is stopped; it must be awaited to run.
/// The issuer need not be there yet: its metadata is read when the first person logs in.
///
/// # Errors
/// When a setting is no URL or the listener cannot be used.
pub fn start(listener: TcpListener, settings: AppSettings) -> io::Result<Server> {
    let issuer = Url::parse(&settings.issuer).map_err(io::Error::other)?;

    let newspaper = web::Data::new(Newspaper {
        issuer: settings.issuer.clone(),
        secure: settings.own_url.starts_with("https:"),
        api: ArticlesApi::new(&settings.api_url)?,
        provider: Provider::new(settings)?,
        sessions: Sessions::default(),
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(newspaper.clone())
            .app_data(web::FormConfig::default().limit(64 * 1024).error_handler(|_, _| Problem::unreadable().into()))
            .app_data(web::QueryConfig::default().error_handler(|_, _| Problem::unreadable().into()))
            .app_data(web::PathConfig::default().error_handler(|_, _| Problem::no_such_page().into()))
            .wrap(headers(&issuer))
            .route("/", web::get().to(handlers::front))
            .route("/login", web::get().to(handlers::log_in))
            .route("/callback", web::get().to(handlers::callback))
            .route("/refresh", web::post().to(handlers::refresh))
            .route("/articles", web::post().to(handlers::create))
            .route("/articles/{id}", web::post().to(handlers::change))
            .route("/articles/{id}/delete", web::post().to(handlers::delete))
            .route("/logout", web::post().to(handlers::log_out))
            .route("/signed-out", web::get().to(handlers::signed_out))
            .route("/demo.css", web::get().to(style))
            .route("/favicon.ico", web::get().to(HttpResponse::NoContent))
            .default_service(web::to(async || Err::<HttpResponse, _>(Problem::no_such_page())))
    });
    Ok(server.workers(1).disable_signals().listen(listener)?.run())
}

/// The form that logs out is redirected to the issuer, which browsers hold against `form-action` too.
fn headers(issuer: &Url) -> DefaultHeaders {
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self' {}; base-uri 'none'; frame-ancestors 'none'",
        issuer.origin().ascii_serialization()
    );
    DefaultHeaders::new()
        .add((header::CONTENT_SECURITY_POLICY, policy))
        .add((header::CACHE_CONTROL, "no-store"))
        .add((header::REFERRER_POLICY, "no-referrer"))
        .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
}

async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(include_str!("../../static/demo.css"))
}
