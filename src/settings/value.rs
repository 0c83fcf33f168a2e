//! How single values are read, from TOML or from an environment variable, and how they are shown.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use figment::value::Value as Held;
use ipnet::IpNet;

use crate::domain::key::SigningAlgorithm;

/// Something that can be set.
pub trait Value: Sized {
    /// Reads it; the environment gives text for everything.
    ///
    /// # Errors
    /// What to write instead.
    fn read(held: Option<&Held>) -> Result<Self, String>;

    /// As TOML; `None` for what is not set.
    fn show(&self) -> Option<String>;
}

/// The text of a value that is no array or table.
fn text(held: Option<&Held>) -> Option<String> {
    match held? {
        Held::String(_, text) => Some(text.clone()),
        Held::Bool(_, flag) => Some(flag.to_string()),
        Held::Num(_, number) => number
            .to_i128()
            .map(|number| number.to_string())
            .or_else(|| number.to_u128().map(|number| number.to_string())),
        _ => None,
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

macro_rules! plain {
    ($($kind:ty, $quoted:expr, $advice:literal;)+) => {$(
        impl Value for $kind {
            fn read(held: Option<&Held>) -> Result<Self, String> {
                text(held).and_then(|text| text.trim().parse().ok()).ok_or_else(|| $advice.to_owned())
            }

            fn show(&self) -> Option<String> {
                Some(if $quoted { quoted(&self.to_string()) } else { self.to_string() })
            }
        }
    )+};
}

plain! {
    bool, false, "must be true or false";
    u32, false, "must be a whole number, such as 8";
    usize, false, "must be a whole number, such as 8";
    SocketAddr, true, "must be an address and a port, such as 127.0.0.1:8080";
    SigningAlgorithm, true, "must be RS256, ES256 or EdDSA";
}

/// Words, where a number or `true` in a file is a mistake.
fn words(held: Option<&Held>) -> Option<String> {
    held.and_then(Held::as_str).filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

impl Value for String {
    fn read(held: Option<&Held>) -> Result<Self, String> {
        words(held).ok_or_else(|| "must be words in quotes".to_owned())
    }

    fn show(&self) -> Option<String> {
        Some(quoted(self))
    }
}

impl Value for PathBuf {
    fn read(held: Option<&Held>) -> Result<Self, String> {
        words(held).map(Self::from).ok_or_else(|| "must be a path, such as data/master.key".to_owned())
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.display().to_string()))
    }
}

impl Value for Duration {
    fn read(held: Option<&Held>) -> Result<Self, String> {
        let span = text(held).and_then(|text| humantime::parse_duration(text.trim()).ok());
        span.ok_or_else(|| "must be a span of time, such as 30s, 10m, 24h or 90d".to_owned())
    }

    fn show(&self) -> Option<String> {
        // humantime would write 180d in months of 30.44 days.
        let units = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
        let whole = |(_, length): &(&str, u64)| self.as_secs().is_multiple_of(*length) && self.as_secs() / length > 1;
        let (unit, length) = units.into_iter().find(whole).unwrap_or(("s", 1));
        Some(if self.subsec_nanos() == 0 {
            quoted(&format!("{}{unit}", self.as_secs() / length))
        } else {
            quoted(&humantime::format_duration(*self).to_string())
        })
    }
}

/// A setting that may be left out, or set to nothing.
impl<T: Value> Value for Option<T> {
    fn read(held: Option<&Held>) -> Result<Self, String> {
        match held {
            None => Ok(None),
            Some(_) if text(held).is_some_and(|text| text.trim().is_empty()) => Ok(None),
            Some(_) => T::read(held).map(Some),
        }
    }

    fn show(&self) -> Option<String> {
        self.as_ref().and_then(T::show)
    }
}

impl Value for Vec<IpNet> {
    fn read(held: Option<&Held>) -> Result<Self, String> {
        const ADVICE: &str = "must be a list of networks, such as [\"10.0.0.0/8\", \"::1/128\"]";
        let one = |text: &str| {
            let text = text.trim().trim_matches(['"', '\'']);
            let alone = || text.parse::<std::net::IpAddr>().ok().map(IpNet::from);
            text.parse().ok().or_else(alone).ok_or_else(|| ADVICE.to_owned())
        };
        if let Some(Held::Array(_, items)) = held {
            return items.iter().map(|item| one(item.as_str().unwrap_or_default())).collect();
        }
        let listed = text(held).ok_or_else(|| ADVICE.to_owned())?;
        let listed = listed.trim().trim_start_matches('[').trim_end_matches(']');
        listed.split(',').filter(|item| !item.trim().is_empty()).map(one).collect()
    }

    fn show(&self) -> Option<String> {
        let items: Vec<String> = self.iter().map(|network| quoted(&network.to_string())).collect();
        Some(format!("[{}]", items.join(", ")))
    }
}

/// Which database.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// An embedded one, in this file.
    Sqlite(PathBuf),
    /// A PostgreSQL server; the URL may hold a password.
    Postgres(String),
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.show().unwrap_or_default())
    }
}

impl Value for DatabaseUrl {
    fn read(held: Option<&Held>) -> Result<Self, String> {
        let text = text(held).unwrap_or_default();
        let postgres = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        match text.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//")) {
            Some(path) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(if text.starts_with("sqlite:///") {
                format!("/{}", path.trim_start_matches('/'))
            } else {
                path.to_owned()
            }))),
            None if postgres && url::Url::parse(&text).is_ok() => Ok(Self::Postgres(text)),
            _ => Err("must be sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME".to_owned()),
        }
    }

    fn show(&self) -> Option<String> {
        match self {
            Self::Sqlite(path) => Some(quoted(&format!("sqlite:{}", path.display()))),
            Self::Postgres(text) => {
                let mut url = url::Url::parse(text).ok()?;
                if url.password().is_some() {
                    url.set_password(Some("(redacted)")).ok()?;
                }
                // A password may also come as a parameter.
                let pairs: Vec<(String, String)> =
                    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
                if !pairs.is_empty() {
                    let kept = pairs.into_iter().map(|(name, value)| {
                        if name.contains("password") { (name, "(redacted)".to_owned()) } else { (name, value) }
                    });
                    url.query_pairs_mut().clear().extend_pairs(kept);
                }
                Some(quoted(url.as_str()))
            }
        }
    }
}

/// The master key as text. `Debug` and `show` keep it to themselves.
#[derive(Clone)]
pub struct MasterKeyText(String);

impl MasterKeyText {
    /// The text, for `crypto::seal`.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MasterKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(redacted)")
    }
}

impl Value for MasterKeyText {
    fn read(held: Option<&Held>) -> Result<Self, String> {
        words(held).map(Self).ok_or_else(|| "must be KEY_ID:BASE64, as a line of the master key file has it".to_owned())
    }

    fn show(&self) -> Option<String> {
        Some(quoted("(redacted)"))
    }
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object a line.
    Json,
}

impl Value for LogFormat {
    fn read(held: Option<&Held>) -> Result<Self, String> {
        match text(held).as_deref() {
            Some("text") => Ok(Self::Text),
            Some("json") => Ok(Self::Json),
            _ => Err("must be text or json".to_owned()),
        }
    }

    fn show(&self) -> Option<String> {
        Some(quoted(match self {
            Self::Text => "text",
            Self::Json => "json",
        }))
    }
}
