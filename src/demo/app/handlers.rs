//! The app's handlers: extract, ask Cardea or the API, render. Every form is answered with 303, so that reloading repeats nothing.

use std::time::Instant;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use futures_util::future::join;
use serde::Deserialize;

use super::{
    Newspaper,
    articles::{ApiAnswer, Draft},
    pages::{Front, Problem, SignedOut, Welcome, page},
    provider::SignedIn,
    sessions::cookie,
};

type App = web::Data<Newspaper>;

/// What the provider sends the browser back with.
#[derive(Deserialize)]
pub(super) struct Callback {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct LoggedOut {
    state: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Button {
    csrf: String,
}

#[derive(Deserialize)]
pub(super) struct ArticleForm {
    csrf: String,
    title: String,
    body: String,
}

pub(super) async fn front(app: App, request: HttpRequest) -> HttpResponse {
    let session = app.sessions.id(&request).and_then(|id| {
        app.sessions.with(&id, |session| {
            let person = session.signed_in.clone()?;
            Some((person, session.csrf.clone(), session.notice.take()))
        })?
    });
    let Some((person, csrf, notice)) = session else {
        return page(StatusCode::OK, &Welcome { issuer: &app.issuer });
    };
    let (userinfo, articles) = join(app.provider.userinfo(&person), app.api.list(&person.access_token)).await;
    let front = Front {
        issuer: &app.issuer,
        csrf: &csrf,
        name: name(&person),
        subject: person.subject.as_str(),
        scope: &person.scope,
        expires: expires(&person),
        may_refresh: person.refresh_token.is_some(),
        claims: &person.claims,
        userinfo: userinfo.map_err(|error| error.0),
        articles,
        notice,
    };
    page(StatusCode::OK, &front)
}

fn name(person: &SignedIn) -> &str {
    let claim = |name| person.claims.iter().find(|row| row.name == name).map(|row| row.value.as_str());
    claim("name").or_else(|| claim("email")).unwrap_or(person.subject.as_str())
}

fn expires(person: &SignedIn) -> String {
    match person.expires.map(|expires| expires.saturating_duration_since(Instant::now()).as_secs()) {
        None => "Cardea did not say".to_owned(),
        Some(0) => "has expired; refresh it".to_owned(),
        Some(seconds) => format!("for another {} min {} s", seconds / 60, seconds % 60),
    }
}

pub(super) async fn log_in(app: App, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let (url, pending) = app.provider.log_in().await.map_err(Problem::provider)?;
    let id = app.sessions.id(&request).unwrap_or_else(|| app.sessions.begin());
    app.sessions.with(&id, |session| session.remember(pending));
    let mut response = see_other(url.as_str());
    response.add_cookie(&cookie(id, app.secure)).map_err(|_| Problem::unreadable())?;
    Ok(response)
}

pub(super) async fn callback(
    app: App,
    request: HttpRequest,
    answer: web::Query<Callback>,
) -> Result<HttpResponse, Problem> {
    let answer = answer.into_inner();
    let state = answer.state.ok_or_else(Problem::stranger)?;
    let id = app.sessions.id(&request).ok_or_else(Problem::stranger)?;
    let pending = app.sessions.with(&id, |session| session.take_pending(&state)).flatten();
    let pending = pending.ok_or_else(Problem::stranger)?;
    app.provider.check_issuer(answer.iss.as_deref()).await.map_err(Problem::provider)?;
    if let Some(error) = answer.error {
        return Err(Problem::refused(&error, answer.error_description.as_deref()));
    }
    let code = answer.code.ok_or_else(Problem::unreadable)?;
    let person = app.provider.finish(pending, code).await.map_err(Problem::provider)?;
    let id = app.sessions.renew(&id);
    app.sessions.with(&id, |session| session.signed_in = Some(person));
    let mut response = see_other("/");
    response.add_cookie(&cookie(id, app.secure)).map_err(|_| Problem::unreadable())?;
    Ok(response)
}

pub(super) async fn refresh(app: App, request: HttpRequest, form: web::Form<Button>) -> Result<HttpResponse, Problem> {
    let (id, person) = visitor(&app, &request, &form.csrf)?;
    let person = app.provider.refresh(&person).await.map_err(Problem::provider)?;
    app.sessions.with(&id, |session| session.signed_in = Some(person));
    Ok(see_other("/"))
}

pub(super) async fn create(
    app: App,
    request: HttpRequest,
    form: web::Form<ArticleForm>,
) -> Result<HttpResponse, Problem> {
    let (id, person) = visitor(&app, &request, &form.csrf)?;
    let draft = Draft { title: &form.title, body: &form.body };
    Ok(show(&app, &id, app.api.create(&person.access_token, &draft).await))
}

pub(super) async fn change(
    app: App,
    request: HttpRequest,
    article: web::Path<u64>,
    form: web::Form<ArticleForm>,
) -> Result<HttpResponse, Problem> {
    let (id, person) = visitor(&app, &request, &form.csrf)?;
    let draft = Draft { title: &form.title, body: &form.body };
    Ok(show(&app, &id, app.api.change(&person.access_token, *article, &draft).await))
}

pub(super) async fn delete(
    app: App,
    request: HttpRequest,
    article: web::Path<u64>,
    form: web::Form<Button>,
) -> Result<HttpResponse, Problem> {
    let (id, person) = visitor(&app, &request, &form.csrf)?;
    Ok(show(&app, &id, app.api.delete(&person.access_token, *article).await))
}

/// RP-Initiated Logout 1.0 section 2: first out here, then out there.
pub(super) async fn log_out(app: App, request: HttpRequest, form: web::Form<Button>) -> Result<HttpResponse, Problem> {
    let (id, person) = visitor(&app, &request, &form.csrf)?;
    app.sessions.end(&id);
    let Some((url, state)) = app.provider.log_out(&person).await.map_err(Problem::provider)? else {
        return Ok(see_other("/signed-out"));
    };
    let id = app.sessions.begin();
    app.sessions.with(&id, |session| session.logout_state = Some(state));
    let mut response = see_other(url.as_str());
    response.add_cookie(&cookie(id, app.secure)).map_err(|_| Problem::unreadable())?;
    Ok(response)
}

pub(super) async fn signed_out(app: App, request: HttpRequest, answer: web::Query<LoggedOut>) -> HttpResponse {
    let expected =
        app.sessions.id(&request).and_then(|id| app.sessions.with(&id, |session| session.logout_state.take())?);
    let confirmed = expected.is_some_and(|state| answer.state.as_deref() == Some(state.secret()));
    page(StatusCode::OK, &SignedOut { issuer: &app.issuer, confirmed })
}

/// The session that a form came from, and who is signed in to it.
fn visitor(app: &Newspaper, request: &HttpRequest, csrf: &str) -> Result<(String, SignedIn), Problem> {
    let id = app.sessions.id(request).ok_or_else(Problem::signed_out)?;
    let session = app.sessions.with(&id, |session| (session.accepts(csrf), session.signed_in.clone()));
    match session {
        None | Some((_, None)) => Err(Problem::signed_out()),
        Some((false, Some(_))) => Err(Problem::forged()),
        Some((true, Some(person))) => Ok((id, person)),
    }
}

fn show(app: &Newspaper, id: &str, answer: ApiAnswer) -> HttpResponse {
    app.sessions.with(id, |session| session.notice = Some(answer));
    see_other("/")
}

fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish()
}
