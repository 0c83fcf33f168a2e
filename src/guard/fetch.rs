//! Reads the issuer's metadata and its JWKS over HTTP: with deadlines, a size bound and no redirects.
//! What a key is, `keys` decides.

use std::error::Error as _;

use reqwest::{Client, StatusCode, header, redirect};
use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use super::{GuardError, GuardSettings, is_loopback, keys::KeySet};

/// Metadata and key sets are a few kilobytes; whatever is larger is neither.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// Where the keys come from.
pub(super) struct Source {
    client: Client,
    issuer: String,
    secure: bool,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: Url,
}

impl Source {
    pub(super) fn new(settings: &GuardSettings, issuer: &Url) -> Result<Self, GuardError> {
        let mut builder = Client::builder()
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.request_timeout)
            .redirect(redirect::Policy::none())
            // The keys are read once in minutes, from whichever worker thread asks: a kept connection would belong to one of them.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("cardea-guard/", env!("CARGO_PKG_VERSION")));
        if is_loopback(issuer) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| unreachable_at(&settings.issuer, &error))?;
        Ok(Self { client, issuer: settings.issuer.clone(), secure: issuer.scheme() == "https" })
    }

    /// Metadata first, then the keys it points at.
    pub(super) async fn keys(&self) -> Result<KeySet, GuardError> {
        // OpenID Connect Discovery 1.0 section 4.1: a terminating slash is removed before the well-known path is appended.
        let metadata_url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let metadata: Metadata = self.json(&metadata_url).await?;
        if metadata.issuer != self.issuer {
            return Err(GuardError::OtherIssuer { asked: self.issuer.clone(), found: metadata.issuer });
        }
        let jwks_uri = metadata.jwks_uri;
        if jwks_uri.scheme() != "https" && (self.secure || !is_loopback(&jwks_uri)) {
            return Err(GuardError::Answer { url: metadata_url, what: format!("an insecure jwks_uri, {jwks_uri}") });
        }
        let keys = KeySet::from_json(&self.json(jwks_uri.as_str()).await?);
        if keys.is_empty() {
            return Err(GuardError::NoKeys(jwks_uri.into()));
        }
        Ok(keys)
    }

    async fn json<T: DeserializeOwned>(&self, url: &str) -> Result<T, GuardError> {
        let answer = |what: String| GuardError::Answer { url: url.to_owned(), what };
        let request = self.client.get(url).header(header::ACCEPT, "application/json");
        let mut response = request.send().await.map_err(|error| unreachable_at(url, &error))?;
        if response.status() != StatusCode::OK {
            return Err(answer(format!("status {}", response.status())));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable_at(url, &error))? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(answer(format!("more than {MAX_ANSWER_BYTES} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).map_err(|error| answer(format!("something unexpected: {error}")))
    }
}

/// reqwest's own message stops at "error sending request"; what happened is in the causes.
fn unreachable_at(url: &str, error: &reqwest::Error) -> GuardError {
    let mut cause = error.to_string();
    let mut next = error.source();
    while let Some(inner) = next {
        cause = format!("{cause}: {inner}");
        next = inner.source();
    }
    GuardError::Unreachable { url: url.to_owned(), cause }
}
