//! The pending request that a page belongs to, found by the id in its URL; and the way back when it is lost.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::domain::error::{Failure, Fault};
use crate::domain::id::InteractionId;
use crate::domain::interaction::Interaction;
use crate::domain::params::Params;
use crate::flows::protocol::authorize::{self, Lost};
use crate::flows::protocol::callback::Callback;
use crate::http::browser::Browser;
use crate::http::error::{self, Notice};
use crate::http::pages::view::Link;
use crate::http::reply::FormTargets;
use crate::http::visit::Visit;

/// Finds a pending request, or gives the page that says why it cannot go on.
pub async fn find(request: &HttpRequest, app: &App, id: &str) -> Result<Interaction, HttpResponse> {
    let browser = Browser::of(request, app).map_err(|fault| error::fault_page(request, &fault))?;
    let Ok(id) = InteractionId::parse(id) else { return Err(lost(request, app, &Lost::Unknown).await) };
    let digest = browser.digest(app);
    match app.read(Visit::origin(request), move |tx| authorize::pending(tx, &id, &digest)).await {
        Ok(interaction) => Ok(interaction),
        Err(Failure::Refused(reason)) => Err(lost(request, app, &reason).await),
        Err(Failure::Fault(fault)) => Err(error::fault_page(request, &fault)),
    }
}

async fn lost(request: &HttpRequest, app: &App, reason: &Lost) -> HttpResponse {
    let notice = match reason {
        Lost::Unknown => {
            Notice::new("This sign-in is not known here", "It may have begun in another browser, or too long ago.")
                .advice("Go back to the app and sign in from there.")
                .status(StatusCode::NOT_FOUND)
        }
        Lost::Finished(_) => {
            Notice::new("This sign-in is finished", "It was answered already, perhaps in another tab.")
                .advice("Go back to the app. If it does not show you as signed in, sign in from there again.")
                .status(StatusCode::GONE)
        }
        Lost::Expired(_) => Notice::new(
            "This sign-in took too long",
            "For your safety it has expired. Nothing was shared with the app.",
        )
        .advice("Go back to the app and sign in from there.")
        .status(StatusCode::GONE),
    };
    let back = match reason {
        Lost::Unknown => None,
        Lost::Finished(interaction) => way_back(app, interaction, false).await,
        Lost::Expired(interaction) => way_back(app, interaction, true).await,
    };
    notice.back(back).page(request)
}

/// The app's own page, or the answer that tells the app what happened; only through a callback that is checked anew.
async fn way_back(app: &App, interaction: &Interaction, expired: bool) -> Option<Link> {
    let registration = app.registration(interaction.client.as_str()).await.ok()??;
    let client = &registration.client;
    let label = format!("Back to {}", client.name);
    if let Some(url) = &client.links.client_uri {
        return Some(Link { url: url.clone(), label });
    }
    if !expired {
        return None;
    }
    let params = Params::stored(interaction.parameters.clone());
    let callback = Callback::check(client, &params, app.settings().http.issuer.as_str()).ok()?;
    let reason = Lost::Expired(Box::new(interaction.clone())).refusal();
    Some(Link { url: callback.with_error(reason).location(), label })
}

/// A page's place: the pending request it belongs to, if it belongs to one.
pub struct Place {
    /// The pending request.
    pub interaction: Option<Interaction>,
    /// The name of the app that asks.
    pub client_name: Option<String>,
    /// Where the page's forms may lead.
    pub targets: FormTargets,
}

impl Place {
    /// The place of the page that this request asks for.
    pub async fn of(request: &HttpRequest, app: &App) -> Result<Self, HttpResponse> {
        let (params, _) = Params::parse(request.query_string().as_bytes());
        let Some(id) = params.get("interaction") else {
            return Ok(Self { interaction: None, client_name: None, targets: FormTargets::HERE });
        };
        let interaction = find(request, app, id).await?;
        let registration = app.registration(interaction.client.as_str()).await;
        let registration = registration.map_err(|fault| error::fault_page(request, &fault))?;
        let Some(registration) = registration.filter(|held| held.client.disabled_at.is_none()) else {
            return Err(lost(request, app, &Lost::Unknown).await);
        };
        let stored = Params::stored(interaction.parameters.clone());
        let callback = Callback::check(&registration.client, &stored, app.settings().http.issuer.as_str());
        let targets = callback.map_or(FormTargets::HERE, |callback| FormTargets::and(callback.redirect_uri()));
        Ok(Self { interaction: Some(interaction), client_name: Some(registration.client.name.clone()), targets })
    }

    /// A URL of the house that belongs to the same pending request.
    pub fn url(&self, path: &str) -> String {
        match &self.interaction {
            Some(interaction) => format!("{path}?interaction={}", interaction.id),
            None => path.to_owned(),
        }
    }

    /// Where to go when the page has done its part: back to the request, which knows what comes next.
    pub fn onward(&self) -> String {
        match &self.interaction {
            Some(interaction) => format!("/authorize/{}", interaction.id),
            None => "/account".to_owned(),
        }
    }
}

/// A fault, as a page.
pub fn fault_of(failure: Failure<Fault>) -> Fault {
    match failure {
        Failure::Refused(fault) | Failure::Fault(fault) => fault,
    }
}
