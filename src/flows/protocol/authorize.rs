//! The authorization endpoint (RFC 6749 4.1, OpenID Connect Core 3.1.2): examine the request, then decide what comes next.
//!
//! Sign-in, account choice and consent persist what they did and return here; none of them knows what comes next.

mod decide;
mod examine;
mod issue;

pub use decide::{Asked, Step, decide};
pub use examine::{Examined, Prompt, Request, examine};

use crate::domain::error::{ErrorCode, Failure, Refusal};
use crate::domain::id::InteractionId;
use crate::domain::interaction::Interaction;
use crate::domain::secret::Digest;
use crate::flows::Tx;
use crate::store::interactions;

/// Finds a pending request by the id in the URL. It must be this browser's own, unfinished and in time.
///
/// # Errors
/// [`Lost`] for the page that explains it.
pub fn pending(tx: &mut Tx<'_>, id: &InteractionId, browser: &Digest) -> Result<Interaction, Failure<Lost>> {
    let Some(interaction) = interactions::find(tx.conn, id)? else {
        return Err(Failure::Refused(Lost::Unknown));
    };
    if !crate::crypto::digest::same(&interaction.browser, browser) {
        return Err(Failure::Refused(Lost::Unknown));
    }
    if interaction.finished_at.is_some() {
        return Err(Failure::Refused(Lost::Finished(Box::new(interaction))));
    }
    if interaction.expires_at <= tx.now {
        return Err(Failure::Refused(Lost::Expired(Box::new(interaction))));
    }
    Ok(interaction)
}

/// Why a pending request cannot go on.
#[derive(Debug)]
pub enum Lost {
    /// Never seen, swept, or begun in another browser.
    Unknown,
    /// It has been answered already.
    Finished(Box<Interaction>),
    /// The person took too long.
    Expired(Box<Interaction>),
}

impl Lost {
    /// What to tell the app, if the person chooses to go back to it.
    #[must_use]
    pub const fn refusal(&self) -> Refusal {
        Refusal::new(ErrorCode::AccessDenied, "the sign-in was not finished in time")
    }
}
