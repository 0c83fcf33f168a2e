//! Deciding what comes next: sign in, choose an account, ask for consent, or send the answer.

use crate::domain::client::Client;
use crate::domain::error::{ErrorCode, Failure, Fault, Refusal};
use crate::domain::id::InteractionId;
use crate::domain::instant::after;
use crate::domain::interaction::{Decision, Interaction};
use crate::domain::params::Params;
use crate::domain::secret::Digest;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::flows::Tx;
use crate::flows::identity::sessions::Present;
use crate::flows::protocol::callback::Reply;
use crate::store::{consents, interactions};

use super::examine::{Examined, Prompt, Request};
use super::issue;

/// What comes next.
#[derive(Debug)]
pub enum Step {
    /// Somebody has to sign in.
    SignIn(InteractionId),
    /// The person signed in has to say whether it is them whom the app means.
    Choose(InteractionId),
    /// The person has to be asked for consent.
    Ask(InteractionId),
    /// The answer goes to the app.
    Send(Reply),
}

/// A request at the door: what was examined, who is in the browser, and what was answered so far.
pub struct Asked<'a> {
    /// Which client asks.
    pub client: &'a Client,
    /// Its request.
    pub examined: Examined,
    /// The request as it came, to be kept while a person is asked.
    pub params: &'a Params,
    /// The browser that it came from.
    pub browser: Digest,
    /// Who is signed in there.
    pub present: Option<Present>,
    /// Whom the app means, from a verified `id_token_hint`; `Err` if the hint is not one of our ID tokens for this client.
    pub hinted: Option<Result<String, ()>>,
    /// What was answered so far, if this request already waited.
    pub interaction: Option<Interaction>,
}

/// Decides, and issues the code when nothing is left to ask.
///
/// # Errors
/// A refusal for a page when the pending request was answered in another tab at the same moment; a fault.
pub fn decide(tx: &mut Tx<'_>, asked: Asked<'_>) -> Result<Step, Failure<Refusal>> {
    let examined = match asked.hinted {
        Some(Err(())) => asked.examined.request.clone().and(Err(not_a_hint())),
        _ => asked.examined.request.clone(),
    };
    let request = match examined {
        Ok(request) => request,
        // RFC 9700 4.11.2: before an error sends the browser on, somebody must be there; silent requests and apps of the
        // house excepted.
        Err(_) if asked.present.is_none() && !asked.examined.silent && !asked.client.first_party => {
            return Ok(Step::SignIn(wait(tx, &asked)?));
        }
        Err(refusal) => return send_error(tx, asked, refusal),
    };
    let silent = asked.examined.silent;
    let Some(Present { session, user }) = asked.present.clone() else {
        return page_or(tx, asked, silent, Step::SignIn, login_required());
    };
    if let Some(interaction) = &asked.interaction
        && let Decision::Denied(by) = &interaction.decision
        && *by == session.id
    {
        return send_error(tx, asked, Refusal::new(ErrorCode::AccessDenied, "the person said no"));
    }
    match freshness(tx, &request, &asked, &session, &user) {
        Freshness::Enough => {}
        Freshness::SignInAgain => return page_or(tx, asked, silent, Step::SignIn, login_required()),
        Freshness::WrongPerson => return send_error(tx, asked, login_required()),
        Freshness::Choose => return page_or(tx, asked, silent, Step::Choose, account_selection_required()),
    }
    if !request.claims.is_met_by(&session.authentication.acr) {
        return send_error(tx, asked, unmet());
    }
    if must_ask(tx, &request, &asked, &session, &user)? {
        return page_or(tx, asked, silent, Step::Ask, consent_required());
    }
    finish(tx, &asked)?;
    let code = issue::code(
        tx,
        issue::Approved { client: asked.client, request, callback: &asked.examined.callback, session, user },
    )?;
    Ok(Step::Send(asked.examined.callback.with_code(code)))
}

enum Freshness {
    Enough,
    SignInAgain,
    WrongPerson,
    Choose,
}

fn freshness(tx: &Tx<'_>, request: &Request, asked: &Asked<'_>, session: &Session, user: &User) -> Freshness {
    let begun = asked.interaction.as_ref().map(|interaction| interaction.created_at);
    let signed_in_for_this = begun.is_some_and(|begun| session.authentication.at >= begun);
    let hinted = asked.hinted.as_ref().and_then(|hint| hint.as_deref().ok());
    let wanted = hinted.or_else(|| request.claims.wanted_subject());
    if wanted.is_some_and(|subject| subject != user.id.as_str()) {
        // Core 3.1.2.1: if somebody else signed in, an error, not the wrong person's tokens.
        return if signed_in_for_this { Freshness::WrongPerson } else { Freshness::SignInAgain };
    }
    if signed_in_for_this {
        return Freshness::Enough;
    }
    let age = (tx.now - session.authentication.at).num_seconds();
    if request.prompts.contains(&Prompt::Login) || request.max_age.is_some_and(|limit| age > limit || limit == 0) {
        return Freshness::SignInAgain;
    }
    let chosen = asked.interaction.as_ref().is_some_and(|interaction| match &interaction.decision {
        Decision::Chosen(by) | Decision::Allowed(by) | Decision::Denied(by) => *by == session.id,
        Decision::Open => false,
    });
    if request.prompts.contains(&Prompt::SelectAccount) && !chosen { Freshness::Choose } else { Freshness::Enough }
}

fn must_ask(
    tx: &mut Tx<'_>,
    request: &Request,
    asked: &Asked<'_>,
    session: &Session,
    user: &User,
) -> Result<bool, Fault> {
    if let Some(interaction) = &asked.interaction
        && let Decision::Allowed(by) = &interaction.decision
        && *by == session.id
    {
        return Ok(false);
    }
    if request.prompts.contains(&Prompt::Consent) {
        return Ok(true);
    }
    if asked.client.first_party {
        return Ok(false);
    }
    // RFC 8252 8.6: an app on a device cannot prove who it is, so a remembered consent may be another app's.
    if asked.client.is_public() && !asked.examined.callback.redirect_uri().starts_with("https://") {
        return Ok(true);
    }
    let remembered = consents::find(tx.conn, &user.id, &asked.client.id)?;
    Ok(!remembered.is_some_and(|consent| request.consent().is_within(&consent.scope)))
}

/// A page if pages are allowed, else the error that says which page would have been needed.
fn page_or(
    tx: &mut Tx<'_>,
    asked: Asked<'_>,
    silent: bool,
    page: fn(InteractionId) -> Step,
    refusal: Refusal,
) -> Result<Step, Failure<Refusal>> {
    if silent { send_error(tx, asked, refusal) } else { Ok(page(wait(tx, &asked)?)) }
}

fn send_error(tx: &mut Tx<'_>, asked: Asked<'_>, refusal: Refusal) -> Result<Step, Failure<Refusal>> {
    finish(tx, &asked)?;
    Ok(Step::Send(asked.examined.callback.with_error(refusal)))
}

/// Ends the pending request. Two tabs that continue the same one at once get one answer.
fn finish(tx: &mut Tx<'_>, asked: &Asked<'_>) -> Result<(), Failure<Refusal>> {
    match &asked.interaction {
        Some(interaction) if !interactions::finish(tx.conn, &interaction.id, tx.now)? => {
            Err(Refusal::new(ErrorCode::InvalidRequest, "This request has been answered already, in another tab.")
                .into())
        }
        _ => Ok(()),
    }
}

/// Keeps the request while a person is asked.
fn wait(tx: &mut Tx<'_>, asked: &Asked<'_>) -> Result<InteractionId, Fault> {
    if let Some(interaction) = &asked.interaction {
        return Ok(interaction.id.clone());
    }
    let interaction = Interaction {
        id: tx.id()?,
        client: asked.client.id.clone(),
        parameters: asked.params.kept(asked.examined.repeated),
        browser: asked.browser,
        decision: Decision::Open,
        created_at: tx.now,
        expires_at: after(tx.now, tx.settings.login.interaction_ttl),
        finished_at: None,
    };
    interactions::insert(tx.conn, &interaction)?;
    Ok(interaction.id)
}

const fn unmet() -> Refusal {
    Refusal::new(
        ErrorCode::UnmetAuthenticationRequirements,
        "no way to sign in here amounts to the acr that is essential",
    )
}

const fn login_required() -> Refusal {
    Refusal::new(ErrorCode::LoginRequired, "the person has to sign in")
}

const fn not_a_hint() -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, "id_token_hint is not an ID token for this client")
}

const fn consent_required() -> Refusal {
    Refusal::new(ErrorCode::ConsentRequired, "the person has to give consent")
}

const fn account_selection_required() -> Refusal {
    Refusal::new(ErrorCode::AccountSelectionRequired, "the person has to choose an account")
}
