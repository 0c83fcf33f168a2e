//! The start page: what this is, and the ways in.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::domain::error::Fault;
use crate::http::browser::Browser;
use crate::http::error;
use crate::http::reply::{self, FormTargets};
use crate::settings::login::Registration;

use super::frame;
use super::view::WelcomePage;

/// `/`, or the account of who is signed in.
pub async fn show(request: HttpRequest, app: Data<App>) -> HttpResponse {
    welcome(&request, &app).await.unwrap_or_else(|fault| error::fault_page(&request, &fault))
}

async fn welcome(request: &HttpRequest, app: &App) -> Result<HttpResponse, Fault> {
    let browser = Browser::of(request, app)?;
    if browser.present(request, app).await?.is_some() {
        return Ok(reply::see_other("/account"));
    }
    let open = app.settings().login.registration == Registration::Open;
    let page = WelcomePage {
        frame: frame(app, None),
        signup_url: open.then(|| "/signup".to_owned()),
        login_url: "/login".to_owned(),
    };
    Ok(reply::page(&page, &FormTargets::HERE))
}
