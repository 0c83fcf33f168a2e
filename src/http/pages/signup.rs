//! Create an account, where the operator has opened the house (`login.registration = "open"`).

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use crate::app::{App, Entrance, Entry};
use crate::domain::error::Fault;
use crate::domain::params::Params;
use crate::domain::password::{Password, PasswordContext};
use crate::domain::user::{Email, Name};
use crate::http::browser::{self, Browser};
use crate::http::error::{self, Notice};
use crate::http::reply;
use crate::http::visit::Visit;
use crate::settings::login::Registration;

use super::pending::Place;
use super::view::{Field, SignupPage};
use super::{frame, unposted};

/// The form.
pub async fn show(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let place = match Place::of(&request, &app).await {
        Ok(place) => place,
        Err(response) => return response,
    };
    if let Some(closed) = closed(&request, &app) {
        return closed;
    }
    match Browser::of(&request, &app) {
        Ok(browser) => browser.mark(reply::page(&blank(&app, &place, &browser), &place.targets)),
        Err(fault) => error::fault_page(&request, &fault),
    }
}

/// The form was posted.
pub async fn submit(request: HttpRequest, app: Data<App>, body: Result<Bytes, actix_web::Error>) -> HttpResponse {
    let place = match Place::of(&request, &app).await {
        Ok(place) => place,
        Err(response) => return response,
    };
    if let Some(closed) = closed(&request, &app) {
        return closed;
    }
    match make(&request, &app, &place, body).await {
        Ok(response) => response,
        Err(fault) => error::fault_page(&request, &fault),
    }
}

fn closed(request: &HttpRequest, app: &App) -> Option<HttpResponse> {
    (app.settings().login.registration == Registration::Closed).then(|| {
        Notice::new("Accounts are made by the operator", "You cannot create an account here yourself.")
            .advice("Ask the people who run this site for one.")
            .status(StatusCode::FORBIDDEN)
            .page(request)
    })
}

fn blank(app: &App, place: &Place, browser: &Browser) -> SignupPage {
    SignupPage {
        frame: frame(app, None),
        action: place.url("/signup"),
        csrf: browser.form_token(app),
        name: Field::default(),
        email: Field::default(),
        password_error: None,
        alert: None,
        client_name: place.client_name.clone(),
        login_url: place.url("/login"),
    }
}

async fn make(
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
    let mut page = blank(app, place, &browser);
    let Some((email, name, password)) = read(app, &params, &mut page) else {
        return Ok(browser.mark(reply::page(&page, &place.targets)));
    };
    let present = browser.present(request, app).await?;
    let entrance = Entrance { origin: Visit::origin(request), present };
    match app.sign_up(entrance, email, name, password).await? {
        Entry::Opened(session) => Ok(browser.enter(reply::see_other(&place.onward()), &session)),
        Entry::Taken | Entry::Refused => {
            page.email.error =
                Some("An account with this address exists. Sign in instead, or use another address.".to_owned());
            Ok(browser.mark(reply::page(&page, &place.targets)))
        }
        Entry::Busy(wait) => {
            page.alert =
                Some("Very many people are signing in at the moment. Please try again in a few seconds.".to_owned());
            let mut response = HttpResponse::ServiceUnavailable();
            response.insert_header((RETRY_AFTER, wait.as_secs().max(1)));
            Ok(browser.mark(reply::page_with(response, &page, &place.targets)))
        }
    }
}

/// Reads all three fields; each complaint goes beside its field, and what was entered stays.
fn read(app: &App, params: &Params, page: &mut SignupPage) -> Option<(Email, Name, Password)> {
    let entered = |name: &str| params.get(name).unwrap_or("");
    let (email, name) = (Email::parse(entered("email")), Name::parse(entered("name")));
    let context =
        PasswordContext { email: entered("email"), name: entered("name"), site_name: &app.settings().login.site_name };
    let password = Password::parse(entered("password"), &context);
    page.email = field(entered("email"), email.as_ref().err());
    page.name = field(entered("name"), name.as_ref().err());
    page.password_error = password.as_ref().err().map(|why| (*why).to_owned());
    Some((email.ok()?, name.ok()?, password.ok()?))
}

fn field(value: &str, error: Option<&&'static str>) -> Field {
    match error {
        Some(why) => Field::refused(value, *why),
        None => Field::filled(value),
    }
}
