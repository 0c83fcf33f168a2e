//! `GET|POST /logout`, the `end_session_endpoint` (OpenID Connect RP-Initiated Logout 1.0).

use std::sync::Arc;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::domain::client::Registration;
use crate::domain::error::{Failure, Fault};
use crate::domain::params::Params;
use crate::flows::identity::sessions::{self, Present};
use crate::flows::protocol::logout::{self, Afterwards, Hint, Proof};
use crate::http::browser::{self, Browser};
use crate::http::pages::view::{Frame, LogoutPage};
use crate::http::reply::{self, FormTargets};
use crate::http::visit::Visit;
use crate::http::{credentials, error};

/// The parameters that the page carries through its form.
const CARRIED: [&str; 4] = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state"];

/// An app asks by a link.
pub async fn begin(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let (params, _) = Params::parse(request.query_string().as_bytes());
    asked(&request, &app, params).await
}

/// An app asks by a form, or the person answers our page.
pub async fn post(request: HttpRequest, app: Data<App>, body: Result<Bytes, actix_web::Error>) -> HttpResponse {
    let params = match credentials::form(&request, body) {
        Ok(params) => params,
        Err(refusal) => return error::for_person(&request, &Failure::Refused(refusal)),
    };
    if params.get("csrf").is_none() {
        return asked(&request, &app, params).await;
    }
    answered(&request, &app, params).await.unwrap_or_else(|fault| error::fault_page(&request, &fault))
}

async fn asked(request: &HttpRequest, app: &App, params: Params) -> HttpResponse {
    judge(request, app, params).await.unwrap_or_else(|fault| error::fault_page(request, &fault))
}

async fn judge(request: &HttpRequest, app: &App, params: Params) -> Result<HttpResponse, Fault> {
    let browser = Browser::of(request, app)?;
    let present = browser.present(request, app).await?;
    let (hint, registration) = named(app, &params).await?;
    let session = present.as_ref().map(|present| present.session.id.as_str());
    let client = registration.as_deref().map(|registration| &registration.client);
    let (proof, afterwards) = logout::judge(client, hint.as_ref(), session, &params);
    match (proof, present) {
        (Proof::Hinted, present) => leave(request, app, &browser, present, &afterwards).await,
        (Proof::Ask, None) => Ok(browser.leave(reply::see_other("/signed-out"))),
        (Proof::Ask, Some(present)) => {
            let hidden =
                CARRIED.iter().filter_map(|name| Some(((*name).to_owned(), params.get(name)?.to_owned()))).collect();
            let page = LogoutPage {
                frame: Frame {
                    site_name: app.settings().login.site_name.clone(),
                    signed_in_as: Some(present.user.email.as_str().to_owned()),
                },
                action: "/logout".to_owned(),
                csrf: browser.form_token(app),
                client_name: client.map(|client| client.name.clone()),
                hidden,
            };
            let targets = match &afterwards {
                Afterwards::There(uri) => FormTargets::and(uri),
                Afterwards::Here => FormTargets::HERE,
            };
            Ok(browser.mark(reply::page(&page, &targets)))
        }
    }
}

async fn answered(request: &HttpRequest, app: &App, params: Params) -> Result<HttpResponse, Fault> {
    let browser = Browser::of(request, app)?;
    let present = browser.present(request, app).await?;
    if !browser::is_own(request, app, &browser, &params) {
        return Ok(crate::http::pages::unposted(request, browser::Unposted::Stale));
    }
    if params.get("decision") == Some("stay") {
        return Ok(reply::see_other("/account"));
    }
    let (hint, registration) = named(app, &params).await?;
    let session = present.as_ref().map(|present| present.session.id.as_str());
    let client = registration.as_deref().map(|registration| &registration.client);
    let (_, afterwards) = logout::judge(client, hint.as_ref(), session, &params);
    leave(request, app, &browser, present, &afterwards).await
}

/// The client that the hint, or else `client_id`, names.
async fn named(app: &App, params: &Params) -> Result<(Option<Hint>, Option<Arc<Registration>>), Fault> {
    let hint =
        params.get("id_token_hint").and_then(|token| logout::hint(&app.keyring(), app.settings(), app.now(), token));
    let client_id = hint.as_ref().map(|hint| hint.aud.as_str()).or_else(|| params.get("client_id"));
    let registration = match client_id {
        Some(client_id) => app.registration(client_id).await?,
        None => None,
    };
    Ok((hint, registration))
}

async fn leave(
    request: &HttpRequest,
    app: &App,
    browser: &Browser,
    present: Option<Present>,
    afterwards: &Afterwards,
) -> Result<HttpResponse, Fault> {
    if let Some(present) = present {
        let end = app.write(Visit::origin(request), move |tx| Ok::<_, Failure<Fault>>(sessions::end(tx, &present)?));
        end.await.map_err(|failure| match failure {
            Failure::Refused(fault) | Failure::Fault(fault) => fault,
        })?;
    }
    let response = match afterwards {
        Afterwards::There(uri) => reply::see_other(uri),
        Afterwards::Here => reply::see_other("/signed-out"),
    };
    Ok(browser.leave(response))
}
