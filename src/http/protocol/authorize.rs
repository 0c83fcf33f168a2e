//! `GET|POST /authorize` and `GET /authorize/{interaction}`, where a request goes on after a person has answered.

use std::sync::Arc;

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::domain::client::Registration;
use crate::domain::error::{ErrorCode, Failure, Fault, FaultKind, Refusal};
use crate::domain::id::InteractionId;
use crate::domain::interaction::Interaction;
use crate::domain::params::{Params, Unreadable};
use crate::flows::identity::sessions;
use crate::flows::protocol::authorize::{self, Asked, Examined, Step};
use crate::http::browser::Browser;
use crate::http::pages::pending;
use crate::http::visit::Visit;
use crate::http::{credentials, error, reply};

/// A request as it came, or as it waited.
struct Wanted {
    params: Params,
    unreadable: Option<Unreadable>,
    interaction: Option<Interaction>,
}

/// A request arrives.
pub async fn begin(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let (params, unreadable) = Params::parse(request.query_string().as_bytes());
    go_on(&request, &app, Wanted { params, unreadable, interaction: None }).await
}

/// A request arrives as a form, from the app's own site: our cookies do not come with it. The same request as a navigation
/// brings them.
pub async fn repost(request: HttpRequest, body: Result<Bytes, actix_web::Error>) -> HttpResponse {
    match credentials::pairs(&request, body) {
        // Repeats come along: the navigation answers them as the app is to be answered.
        Ok(pairs) => {
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            reply::see_other(&format!("/authorize?{query}"))
        }
        Err(refusal) => error::for_person(&request, &Failure::Refused(refusal)),
    }
}

/// A request goes on after a person has answered.
pub async fn resume(request: HttpRequest, app: Data<App>, path: Path<String>) -> HttpResponse {
    match pending::find(&request, &app, &path).await {
        Ok(interaction) => {
            let params = Params::stored(interaction.parameters.clone());
            go_on(&request, &app, Wanted { params, unreadable: None, interaction: Some(interaction) }).await
        }
        Err(response) => response,
    }
}

async fn go_on(request: &HttpRequest, app: &App, wanted: Wanted) -> HttpResponse {
    match step(request, app, wanted).await {
        Ok((browser, step)) => {
            let response = match step {
                Step::SignIn(id) => reply::see_other(&page("/login", &id)),
                Step::Choose(id) => reply::see_other(&format!("{}&choose=1", page("/login", &id))),
                Step::Ask(id) => reply::see_other(&page("/consent", &id)),
                Step::Send(answer) => reply::authorization(&answer, &app.settings().login.site_name),
            };
            browser.mark(response)
        }
        Err(failure) => error::for_person(request, &failure),
    }
}

fn page(path: &str, id: &InteractionId) -> String {
    format!("{path}?interaction={id}")
}

async fn step(request: &HttpRequest, app: &App, wanted: Wanted) -> Result<(Browser, Step), Failure<Refusal>> {
    let registration = client(app, &wanted).await?;
    let issuer = app.settings().http.issuer.as_str();
    let examined = authorize::examine(&registration.client, &wanted.params, wanted.unreadable.as_ref(), issuer)?;
    let browser = Browser::of(request, app)?;
    let hinted = hinted(app, &registration, &examined);
    let silent = examined.silent.then(|| examined.callback.clone());
    let (cookie, digest) = (browser.session().map(str::to_owned), browser.digest(app));
    let Wanted { params, interaction, .. } = wanted;
    let decide = move |tx: &mut crate::flows::Tx<'_>| {
        let present = sessions::present(tx, cookie.as_deref())?;
        if let Some(present) = &present {
            sessions::touch(tx, &present.session)?;
        }
        authorize::decide(
            tx,
            Asked {
                client: &registration.client,
                examined,
                params: &params,
                browser: digest,
                present,
                hinted,
                interaction,
            },
        )
    };
    match app.write(Visit::origin(request), decide).await {
        Ok(step) => Ok((browser, step)),
        // No page can be shown in a silent request: the app is told that it may ask again.
        Err(Failure::Fault(fault)) if silent.is_some() => {
            error::log(request, &fault);
            let answer = silent.map(|callback| callback.with_error(faulty(&fault)));
            answer.map(|answer| (browser, Step::Send(answer))).ok_or(Failure::Fault(fault))
        }
        Err(failure) => Err(failure),
    }
}

async fn client(app: &App, wanted: &Wanted) -> Result<Arc<Registration>, Failure<Refusal>> {
    let repeated =
        matches!(&wanted.unreadable, Some(Unreadable::Repeated(names)) if names.iter().any(|name| name == "client_id"));
    if repeated {
        return Err(Refusal::new(ErrorCode::InvalidRequest, "client_id came more than once").into());
    }
    let Some(client_id) = wanted.params.get("client_id") else {
        return Err(Refusal::new(ErrorCode::InvalidRequest, "client_id is missing").into());
    };
    match app.registration(client_id).await? {
        Some(registration) if registration.client.disabled_at.is_none() => Ok(registration),
        _ => {
            Err(Refusal::new(ErrorCode::InvalidClient, "This client is not registered here, or is switched off.")
                .into())
        }
    }
}

fn faulty(fault: &Fault) -> Refusal {
    match fault.kind() {
        FaultKind::Unavailable => Refusal::new(ErrorCode::TemporarilyUnavailable, "try again in a moment"),
        FaultKind::Internal => Refusal::new(ErrorCode::ServerError, "the request could not be served"),
    }
}

/// Whom an `id_token_hint` means; `Err` if it is not an ID token of ours for this client.
fn hinted(app: &App, registration: &Registration, examined: &Examined) -> Option<Result<String, ()>> {
    let token = examined.request.as_ref().ok()?.id_token_hint.as_deref()?;
    let hint = crate::flows::protocol::logout::hint(&app.keyring(), app.settings(), app.now(), token);
    Some(hint.filter(|hint| hint.aud == registration.client.id.as_str()).map(|hint| hint.sub).ok_or(()))
}
