//! The routing table: every URL of the house, one line each.
//!
//! `protocol/` answers apps and resource servers (JSON), `pages/` answers people (HTML). Both extract, call one flow, render.

mod browser;
mod credentials;
mod cross_origin;
mod edge;
mod error;
mod limits;
mod pages;
mod protocol;
mod reply;
mod visit;

pub use edge::edge;
pub use limits::Limits;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig, get, post, resource};

use crate::app::App;

/// Mounts the house on an actix application.
pub fn routes(app: &App, limits: &Limits) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let (app, limits) = (app.clone(), limits.clone());
    move |config: &mut ServiceConfig| {
        let max_body = app.settings().http.max_body;
        let document = web::Data::new(protocol::discovery::Document::new(&app));
        config.app_data(document).app_data(web::Data::new(app)).app_data(web::PayloadConfig::new(max_body));
        protocol_routes(config, &limits);
        page_routes(config, &limits);
        config.service(resource("/healthz").route(get().to(protocol::health::alive)));
        config.service(resource("/readyz").route(get().to(protocol::health::ready)));
        config.default_service(web::to(error::not_found));
    }
}

fn protocol_routes(config: &mut ServiceConfig, limits: &Limits) {
    use protocol::{authorize, discovery, introspect, jwks, logout, revoke, token, userinfo};
    let cors = || from_fn(cross_origin::allow);
    let api = |url: &str| resource(url).wrap(limits.api());
    config
        .service(api("/.well-known/openid-configuration").wrap(cors()).route(get().to(discovery::metadata)))
        .service(api("/.well-known/oauth-authorization-server").wrap(cors()).route(get().to(discovery::metadata)))
        .service(api("/jwks").wrap(cors()).route(get().to(jwks::jwks)))
        .service(
            resource("/authorize")
                .wrap(limits.authorize())
                .route(get().to(authorize::begin))
                .route(post().to(authorize::repost)),
        )
        .service(resource("/authorize/{interaction}").wrap(limits.authorize()).route(get().to(authorize::resume)))
        .service(
            resource("/token")
                .wrap(limits.token())
                .wrap(cors())
                .route(post().to(token::token))
                .default_service(web::to(token::not_post)),
        )
        .service(
            resource("/introspect")
                .wrap(limits.introspection())
                .route(post().to(introspect::introspect))
                .default_service(web::to(token::not_post)),
        )
        .service(
            resource("/revoke")
                .wrap(limits.token())
                .wrap(cors())
                .route(post().to(revoke::revoke))
                .default_service(web::to(token::not_post)),
        )
        .service(api("/userinfo").wrap(cors()).route(get().to(userinfo::userinfo)).route(post().to(userinfo::userinfo)))
        .service(
            resource("/logout").wrap(limits.other()).route(get().to(logout::begin)).route(post().to(logout::post)),
        );
}

fn page_routes(config: &mut ServiceConfig, limits: &Limits) {
    use pages::{account, assets, consent, login, signup, welcome};
    let other = |url: &str| resource(url).wrap(limits.other());
    config
        .service(other("/").route(get().to(welcome::show)))
        .service(
            resource("/login")
                .wrap(limits.login())
                .wrap(limits.other())
                .route(get().to(login::show))
                .route(post().to(login::submit)),
        )
        .service(
            resource("/signup")
                .wrap(limits.signup())
                .wrap(limits.other())
                .route(get().to(signup::show))
                .route(post().to(signup::submit)),
        )
        .service(other("/consent").route(get().to(consent::show)).route(post().to(consent::submit)))
        .service(other("/account").route(get().to(account::show)))
        .service(other("/signed-out").route(get().to(account::signed_out)))
        .service(other("/static/{name}").route(get().to(assets::serve)));
}
