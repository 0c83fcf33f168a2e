//! The issuer: what apps and browsers call this server, byte for byte.

use std::fmt;

use figment::value::Value as Held;
use url::Url;

use crate::domain::redirect_uri::is_loopback;

use super::value::Value;

/// An issuer identifier (RFC 8414 2): https, or http on loopback; no query, no fragment, no path.
#[derive(Clone, PartialEq, Eq)]
pub struct Issuer {
    text: String,
    url: Url,
}

impl Issuer {
    /// The exact text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same as a URL.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// Whether it is https: then cookies are bound to it and browsers are told to stay with it.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The address of a path of the house.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Value for Issuer {
    fn read(held: Option<&Held>) -> Result<Self, String> {
        let text = held.and_then(Held::as_str).unwrap_or_default().trim().to_owned();
        let url = Url::parse(&text).map_err(|_| "must be a URL, such as https://login.example.com".to_owned())?;
        let plain = url.username().is_empty() && url.password().is_none();
        let secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        if !secure {
            return Err("must be https (http is for loopback only); write https://login.example.com".to_owned());
        }
        // The text is compared byte for byte by every app, so it must be what a URL parser makes of it.
        let origin = url.origin().ascii_serialization();
        if !plain || text != origin {
            return Err(format!(
                "must be a scheme and a host, without path, query, trailing slash, default port or capitals; write {origin}"
            ));
        }
        Ok(Self { text, url })
    }

    fn show(&self) -> Option<String> {
        Some(toml::Value::String(self.text.clone()).to_string())
    }
}
