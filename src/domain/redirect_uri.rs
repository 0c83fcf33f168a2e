//! Redirect URIs: what may be registered, and what a presented one must equal.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::client::ApplicationType;

/// A URI that a client registered, kept as the very string: comparison is by string (RFC 9700 2.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// Checks a URI that somebody wants to register.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it and what to register instead.
    pub fn register(text: &str, application: ApplicationType) -> Result<Self, &'static str> {
        if text.len() > 2048 {
            return Err("is longer than 2048 bytes");
        }
        let odd = |c: char| c.is_whitespace() || c.is_control() || !c.is_ascii() || "\\\"<>^`{|}*".contains(c);
        if text.contains(odd) {
            return Err(
                "holds a space, a wildcard, a backslash or another character that a URI cannot have; percent-encode it",
            );
        }
        let url = Url::parse(text)
            .map_err(|_| "is not an absolute URI; write it with its scheme, as in https://app.example/callback")?;
        // RFC 6749 3.1.2: the endpoint URI MUST NOT include a fragment component.
        if text.contains('#') {
            return Err("has a fragment (#...); register it without");
        }
        if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
            return Err("has a user name or password in it; register it without");
        }
        if has_dot_segment(url_path(text)) {
            return Err("has . or .. segments in its path; register the path they lead to");
        }
        match url.scheme() {
            "https" => Ok(Self(text.to_owned())),
            "http" if is_loopback(&url) => Ok(Self(text.to_owned())),
            "http" => Err("is plain http to another machine; register https, http is for loopback only"),
            // RFC 8252 7.1: private-use schemes are reverse domain names, which keeps javascript:, data: and the like out.
            scheme if application == ApplicationType::Native && scheme.contains('.') => Ok(Self(text.to_owned())),
            _ if application == ApplicationType::Native => {
                Err("has a scheme that is neither https nor a reverse domain name such as com.example.app")
            }
            _ => Err("has a scheme that a web app cannot use; register https"),
        }
    }

    /// Takes a URI back out of our own database.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// Whether a presented URI is this one: the same string, or, for a native client on a loopback address, the same but
    /// for its port (RFC 8252 7.3).
    #[must_use]
    pub fn matches(&self, presented: &str, application: ApplicationType) -> bool {
        if self.0 == presented {
            return true;
        }
        application == ApplicationType::Native && same_but_for_port(&self.0, presented)
    }

    /// The exact string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks a link that is shown to people (logo, policy, terms, home page): https, or http on loopback.
///
/// # Errors
/// A sentence that says what to write instead.
pub fn link(text: &str) -> Result<String, &'static str> {
    let url = Url::parse(text).map_err(|_| "is not an absolute URI; write it with https://")?;
    let secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if secure
        && text.len() <= 2048
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'<>\\".contains(c))
    {
        Ok(text.to_owned())
    } else {
        Err("must be an https URI of at most 2048 bytes")
    }
}

/// Whether a URL names this very machine: a loopback address or `localhost`.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn authority(text: &str) -> &str {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or("")
}

fn url_path(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or("");
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("")
}

fn has_dot_segment(path: &str) -> bool {
    path.split('/').any(|segment| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        let plain = plain.split(';').next().unwrap_or("");
        plain == "."
            || plain == ".."
            || segment.to_ascii_lowercase().contains("%2f")
            || segment.to_ascii_lowercase().contains("%5c")
    })
}

/// Splits `http://<loopback literal>[:port]rest` into the literal and the rest.
fn loopback_parts(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("http://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at_checked(end)?;
    let (host, port) = match authority.strip_prefix('[') {
        Some(inner) => {
            let close = inner.find(']')?;
            let (host, after) = inner.split_at_checked(close)?;
            (host, after.strip_prefix(']')?)
        }
        None => authority.find(':').map_or(Some((authority, "")), |at| authority.split_at_checked(at))?,
    };
    let port_fits = port.is_empty()
        || port.strip_prefix(':').is_some_and(|digits| {
            digits.parse::<u16>().is_ok_and(|n| n > 0) && digits.bytes().all(|b| b.is_ascii_digit())
        });
    let literal = host.parse::<Ipv4Addr>().is_ok_and(|a| a.is_loopback())
        || host.parse::<Ipv6Addr>().is_ok_and(|a| a.is_loopback());
    (port_fits && literal).then_some((host, tail))
}

fn same_but_for_port(registered: &str, presented: &str) -> bool {
    match (loopback_parts(registered), loopback_parts(presented)) {
        (Some(ours), Some(theirs)) => ours == theirs,
        _ => false,
    }
}

/// Whether a logo comes along in the registration itself: a data URI of a raster image, up to 32 KiB. SVG could carry script.
#[must_use]
pub fn is_embedded_image(text: &str) -> bool {
    let kinds = ["data:image/png;base64,", "data:image/jpeg;base64,", "data:image/webp;base64,"];
    let body = kinds.iter().find_map(|kind| text.strip_prefix(kind));
    body.is_some_and(|body| {
        body.len() <= 44_000
            && !body.is_empty()
            && body.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
    })
}
