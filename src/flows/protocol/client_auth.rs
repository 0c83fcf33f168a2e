//! Client authentication (RFC 6749 2.3): what was presented against what is registered.

use crate::crypto::digest;
use crate::domain::client::{Client, Registration};
use crate::domain::error::{ErrorCode, Refusal};
use crate::domain::instant::Instant;
use crate::domain::secret::Digest;

/// Credentials as a request presented them, not yet believed.
pub enum Presented {
    /// A client id and a secret, by HTTP Basic or in the form.
    Secret {
        /// The id.
        client_id: String,
        /// SHA-256 of the secret, and of its form before percent-decoding (many clients never encode).
        readings: Vec<Digest>,
    },
    /// A client id alone: a public client.
    Bare {
        /// The id.
        client_id: String,
    },
    /// Nothing.
    Nothing,
}

impl Presented {
    /// A secret in each of the readings that the presenter may have meant.
    #[must_use]
    pub fn secret(client_id: String, readings: &[&str]) -> Self {
        Self::Secret { client_id, readings: readings.iter().map(|text| digest::sha256(text.as_bytes())).collect() }
    }

    /// Who it claims to be.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        match self {
            Self::Secret { client_id, .. } | Self::Bare { client_id } => Some(client_id),
            Self::Nothing => None,
        }
    }
}

/// Whether the presenter is the registered client. An unknown client and a wrong secret read alike.
///
/// # Errors
/// `invalid_client` (RFC 6749 5.2).
pub fn authenticate<'a>(
    registration: Option<&'a Registration>,
    presented: &Presented,
    now: Instant,
) -> Result<&'a Client, Refusal> {
    let nobody = Digest::new([0; 32]);
    let known = match (registration, presented) {
        (_, Presented::Nothing) => return Err(refused("client authentication is missing")),
        (Some(registration), Presented::Bare { .. }) => registration.client.is_public(),
        (None, Presented::Bare { .. }) => false,
        (Some(registration), Presented::Secret { readings, .. }) => {
            let live = registration.secrets.iter().filter(|secret| secret.expires_at.is_none_or(|at| now < at));
            !registration.client.is_public() && any_same(live.map(|secret| &secret.digest), readings)
        }
        // The same comparison, so that an unknown id is not told apart by its time.
        (None, Presented::Secret { readings, .. }) => {
            any_same(std::iter::once(&nobody), readings);
            false
        }
    };
    match registration {
        Some(registration) if known && registration.client.disabled_at.is_none() => Ok(&registration.client),
        _ => Err(refused("client authentication failed")),
    }
}

fn any_same<'a>(held: impl Iterator<Item = &'a Digest>, readings: &[Digest]) -> bool {
    // No early exit: the time must not tell which of them it was.
    held.fold(false, |found, secret| {
        readings.iter().fold(found, |found, reading| digest::same(secret, reading) | found)
    })
}

const fn refused(why: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidClient, why)
}
