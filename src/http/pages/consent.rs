//! May this app have that?

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::domain::claims::{EMAIL, OFFLINE_ACCESS, OPENID, PROFILE, ROLES};
use crate::domain::client::{Client, Registration};
use crate::domain::error::{Failure, Fault};
use crate::domain::interaction::Interaction;
use crate::domain::params::Params;
use crate::domain::scope::Scope;
use crate::flows::identity::answer::{self, Answer};
use crate::flows::identity::sessions::Present;
use crate::flows::protocol::authorize;
use crate::http::browser::{self, Browser};
use crate::http::error;
use crate::http::reply;
use crate::http::visit::Visit;

use super::pending::{Place, fault_of};
use super::view::{ConsentPage, ScopeLine};
use super::{frame, unposted};

/// What is asked: by whom, for what, and who answers.
struct Question {
    interaction: Interaction,
    registration: Arc<Registration>,
    scope: Scope,
    redirect_uri: String,
    present: Present,
}

/// The question.
pub async fn show(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let place = match Place::of(&request, &app).await {
        Ok(place) => place,
        Err(response) => return response,
    };
    ask(&request, &app, &place).await.unwrap_or_else(|fault| error::fault_page(&request, &fault))
}

async fn ask(request: &HttpRequest, app: &App, place: &Place) -> Result<HttpResponse, Fault> {
    let browser = Browser::of(request, app)?;
    let Some(question) = question(request, app, place, &browser).await? else {
        return Ok(reply::see_other(&place.onward()));
    };
    let (client, scope) = (Arc::clone(&question.registration), question.scope.clone());
    let lifetime = app
        .read(Visit::origin(request), move |tx| Ok::<_, Failure<Fault>>(answer::lifetime(tx, &client.client, &scope)));
    let page = render(app, place, &question, &browser, lifetime.await.map_err(fault_of)?);
    Ok(browser.mark(reply::page(&page, &place.targets)))
}

fn render(app: &App, place: &Place, question: &Question, browser: &Browser, lifetime: String) -> ConsentPage {
    let client = &question.registration.client;
    let user = &question.present.user;
    ConsentPage {
        frame: frame(app, None),
        action: place.url("/consent"),
        csrf: browser.form_token(app),
        client_name: client.name.clone(),
        client_host: host(&question.redirect_uri),
        logo_uri: logo(client),
        client_uri: client.links.client_uri.clone(),
        policy_uri: client.links.policy_uri.clone(),
        tos_uri: client.links.tos_uri.clone(),
        person_name: user.name.as_str().to_owned(),
        person_email: user.email.as_str().to_owned(),
        scopes: question.scope.iter().map(|name| line(name, &app.settings().scopes)).collect(),
        lifetime,
        switch_url: Some(place.url("/login")),
    }
}

/// A logo is shown only if it comes along in the registration: a page that people trust loads nothing from elsewhere.
fn logo(client: &Client) -> Option<String> {
    client.links.logo_uri.clone().filter(|uri| uri.starts_with("data:image/"))
}

fn host(redirect_uri: &str) -> String {
    let parsed = url::Url::parse(redirect_uri).ok();
    let named = parsed.as_ref().and_then(|url| {
        let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
        Some(format!("{}{port}", url.host_str().filter(|host| !host.is_empty())?))
    });
    named.unwrap_or_else(|| redirect_uri.split(':').next().unwrap_or("").to_owned())
}

/// A scope in words that follow "will be able to": the operator's, or ours.
fn line(name: &str, words: &BTreeMap<String, String>) -> ScopeLine {
    let description = match name {
        OPENID => "know which account is yours",
        PROFILE => "see your name",
        EMAIL => "see your email address",
        OFFLINE_ACCESS => "stay connected while you are away",
        ROLES => "see your roles here",
        _ => "",
    };
    let description = words.get(name).map_or(description, String::as_str);
    ScopeLine { name: name.to_owned(), description: description.to_owned() }
}

/// The answer.
pub async fn submit(request: HttpRequest, app: Data<App>, body: Result<Bytes, actix_web::Error>) -> HttpResponse {
    let place = match Place::of(&request, &app).await {
        Ok(place) => place,
        Err(response) => return response,
    };
    take(&request, &app, &place, body).await.unwrap_or_else(|fault| error::fault_page(&request, &fault))
}

async fn take(
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
    let Some(question) = question(request, app, place, &browser).await? else {
        return Ok(reply::see_other(&place.onward()));
    };
    let answered = match params.get("decision") {
        Some("allow") => Answer::Allow,
        Some("deny") => Answer::Deny,
        _ => return Ok(unposted(request, browser::Unposted::Unreadable)),
    };
    let write = move |tx: &mut crate::flows::Tx<'_>| {
        Ok::<_, Failure<Fault>>(answer::answer(
            tx,
            &question.interaction,
            &question.scope,
            &question.present,
            answered,
        )?)
    };
    app.write(Visit::origin(request), write).await.map_err(fault_of)?;
    Ok(reply::see_other(&place.onward()))
}

/// What is asked of whom; nothing if there is no pending request, nobody is signed in, or the request itself is refused
/// by now: then the request is asked again what comes next.
async fn question(
    request: &HttpRequest,
    app: &App,
    place: &Place,
    browser: &Browser,
) -> Result<Option<Question>, Fault> {
    let Some(interaction) = place.interaction.clone() else { return Ok(None) };
    let Some(present) = browser.present(request, app).await? else { return Ok(None) };
    let Some(registration) = app.registration(interaction.client.as_str()).await? else { return Ok(None) };
    let params = Params::stored(interaction.parameters.clone());
    let examined = match authorize::examine(&registration.client, &params, None, app.settings().http.issuer.as_str()) {
        Ok(examined) => examined,
        Err(Failure::Refused(_)) => return Ok(None),
        Err(Failure::Fault(fault)) => return Err(fault),
    };
    let redirect_uri = examined.callback.redirect_uri().to_owned();
    let Ok(asked) = examined.request else { return Ok(None) };
    Ok(Some(Question { interaction, registration, scope: asked.consent(), redirect_uri, present }))
}
