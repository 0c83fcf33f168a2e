//! You are signed in; you are signed out.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::domain::error::Fault;
use crate::http::browser::Browser;
use crate::http::error;
use crate::http::reply::{self, FormTargets};

use super::frame;
use super::view::{AccountPage, SignedOutPage};

/// Who is signed in.
pub async fn show(request: HttpRequest, app: Data<App>) -> HttpResponse {
    account(&request, &app).await.unwrap_or_else(|fault| error::fault_page(&request, &fault))
}

async fn account(request: &HttpRequest, app: &App) -> Result<HttpResponse, Fault> {
    let browser = Browser::of(request, app)?;
    let Some(present) = browser.present(request, app).await? else { return Ok(reply::see_other("/login")) };
    let page = AccountPage {
        frame: frame(app, Some(&present)),
        csrf: browser.form_token(app),
        name: present.user.name.as_str().to_owned(),
        email: present.user.email.as_str().to_owned(),
        email_verified: present.user.email_verified,
        roles: present.user.roles.iter().map(|role| role.as_str().to_owned()).collect(),
        signed_in_since: present.session.authentication.at.format("%-d %B %Y, %H:%M UTC").to_string(),
        logout_action: "/logout".to_owned(),
    };
    Ok(browser.mark(reply::page(&page, &FormTargets::HERE)))
}

/// Nobody is, any more.
pub async fn signed_out(app: Data<App>) -> HttpResponse {
    let page = SignedOutPage { frame: frame(&app, None), login_url: "/login".to_owned() };
    reply::page(&page, &FormTargets::HERE)
}
