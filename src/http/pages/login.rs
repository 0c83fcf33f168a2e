//! Sign in.

use actix_web::http::header::RETRY_AFTER;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use crate::app::{App, Entrance, Entry};
use crate::domain::error::{Failure, Fault};
use crate::domain::params::Params;
use crate::domain::scope::Scope;
use crate::domain::user::Email;
use crate::flows::identity::answer::{self, Answer};
use crate::flows::identity::sessions::Present;
use crate::http::browser::{self, Browser};
use crate::http::error;
use crate::http::reply;
use crate::http::visit::Visit;
use crate::settings::login::Registration;

use super::pending::{Place, fault_of};
use super::view::{Field, LoginPage};
use super::{frame, unposted};

/// The form.
pub async fn show(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let place = match Place::of(&request, &app).await {
        Ok(place) => place,
        Err(response) => return response,
    };
    match form(&request, &app, &place).await {
        Ok(response) => response,
        Err(fault) => error::fault_page(&request, &fault),
    }
}

async fn form(request: &HttpRequest, app: &App, place: &Place) -> Result<HttpResponse, Fault> {
    let browser = Browser::of(request, app)?;
    let present = browser.present(request, app).await?;
    if place.interaction.is_none() && present.is_some() {
        return Ok(reply::see_other("/account"));
    }
    let hint = place.interaction.as_ref().and_then(|interaction| interaction.parameters.get("login_hint"));
    let mut page = blank(app, place, &browser);
    page.email = Field::filled(hint.cloned().unwrap_or_default());
    page.choose =
        present.as_ref().filter(|_| may_continue(request)).map(|present| present.user.email.as_str().to_owned());
    page.frame = frame(app, present.as_ref());
    Ok(browser.mark(reply::page(&page, &place.targets)))
}

/// Going on as the account that is signed in is offered where that is what the request waits for, and not for a fresh
/// sign-in.
fn may_continue(request: &HttpRequest) -> bool {
    let (params, _) = Params::parse(request.query_string().as_bytes());
    params.get("choose").is_some()
}

fn blank(app: &App, place: &Place, browser: &Browser) -> LoginPage {
    let open = app.settings().login.registration == Registration::Open;
    LoginPage {
        frame: frame(app, None),
        action: place.url("/login"),
        csrf: browser.form_token(app),
        email: Field::default(),
        password_error: None,
        alert: None,
        client_name: place.client_name.clone(),
        signup_url: open.then(|| place.url("/signup")),
        choose: None,
    }
}

/// The form was posted.
pub async fn submit(request: HttpRequest, app: Data<App>, body: Result<Bytes, actix_web::Error>) -> HttpResponse {
    let place = match Place::of(&request, &app).await {
        Ok(place) => place,
        Err(response) => return response,
    };
    match enter(&request, &app, &place, body).await {
        Ok(response) => response,
        Err(fault) => error::fault_page(&request, &fault),
    }
}

async fn enter(
    request: &HttpRequest,
    app: &App,
    place: &Place,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, Fault> {
    let browser = Browser::of(request, app)?;
    let params = match browser::posted(request, app, &browser, body) {
        Ok(params) => params,
        Err(why) => return Ok(unposted(request, why)),
    };
    let present = browser.present(request, app).await?;
    if params.get("continue").is_some()
        && let Some(present) = present
    {
        return carry_on(request, app, place, present).await;
    }
    let (email, password) = (params.get("email").unwrap_or(""), params.get("password").unwrap_or(""));
    if email.is_empty() || password.is_empty() {
        return Ok(again(app, place, &browser, &params, None));
    }
    let entrance = Entrance { origin: Visit::origin(request), present };
    // An address that cannot be one costs the same hash as one that has no account.
    match app.sign_in(entrance, Email::parse(email).ok(), password.to_owned()).await? {
        Entry::Opened(session) => Ok(browser.enter(reply::see_other(&place.onward()), &session)),
        Entry::Refused | Entry::Taken => {
            Ok(again(app, place, &browser, &params, Some("The email address or the password is not right.")))
        }
        Entry::Busy(wait) => Ok(busy(app, place, &browser, &params, wait)),
    }
}

async fn carry_on(request: &HttpRequest, app: &App, place: &Place, present: Present) -> Result<HttpResponse, Fault> {
    let onward = place.onward();
    if let Some(interaction) = place.interaction.clone() {
        let choose = move |tx: &mut crate::flows::Tx<'_>| {
            Ok::<_, Failure<Fault>>(answer::answer(tx, &interaction, &Scope::default(), &present, Answer::Continue)?)
        };
        app.write(Visit::origin(request), choose).await.map_err(fault_of)?;
    }
    Ok(reply::see_other(&onward))
}

/// The form again, with what was entered (never the password) and what is wrong.
fn again(app: &App, place: &Place, browser: &Browser, params: &Params, alert: Option<&str>) -> HttpResponse {
    let email = params.get("email").unwrap_or("");
    let mut page = blank(app, place, browser);
    page.email = if email.is_empty() { Field::refused("", "Enter your email address.") } else { Field::filled(email) };
    page.password_error = params.get("password").is_none().then(|| "Enter your password.".to_owned());
    page.alert = alert.map(str::to_owned);
    browser.mark(reply::page(&page, &place.targets))
}

fn busy(app: &App, place: &Place, browser: &Browser, params: &Params, wait: std::time::Duration) -> HttpResponse {
    let email = params.get("email").unwrap_or("");
    let mut page = blank(app, place, browser);
    page.email = Field::filled(email);
    page.alert = Some("Very many people are signing in at the moment. Please try again in a few seconds.".to_owned());
    let mut response = HttpResponse::ServiceUnavailable();
    response.insert_header((RETRY_AFTER, wait.as_secs().max(1)));
    browser.mark(reply::page_with(response, &page, &place.targets))
}
