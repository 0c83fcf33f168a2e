//! `[limits]`: how many requests one client address may make.

use super::reader::Reader;
use super::value::Value as _;

/// `[limits]`.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Whether anything is limited.
    pub enabled: bool,
    /// Sign-in attempts.
    pub login: Bucket,
    /// Accounts made.
    pub signup: Bucket,
    /// The token and revocation endpoints.
    pub token: Bucket,
    /// The introspection endpoint.
    pub introspection: Bucket,
    /// The authorization endpoint.
    pub authorize: Bucket,
    /// Everything else.
    pub other: Bucket,
}

/// One bucket: a burst, refilled at a steady rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Requests a minute in the long run.
    pub per_minute: u32,
    /// Requests at once.
    pub burst: u32,
}

const BUCKETS: [&str; 6] = ["login", "signup", "token", "introspection", "authorize", "other"];

impl Limits {
    /// Every key of the section.
    #[must_use]
    pub fn keys() -> Vec<String> {
        let buckets =
            BUCKETS.iter().flat_map(|bucket| ["per_minute", "burst"].map(|key| format!("limits.{bucket}.{key}")));
        std::iter::once("limits.enabled".to_owned()).chain(buckets).collect()
    }

    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let enabled = reader.get("limits", "enabled");
        let [login, signup, token, introspection, authorize, other] = BUCKETS.map(|name| bucket(reader, name));
        Some(Self {
            enabled: enabled?,
            login: login?,
            signup: signup?,
            token: token?,
            introspection: introspection?,
            authorize: authorize?,
            other: other?,
        })
    }

    pub(super) fn show(&self) -> String {
        let buckets = [&self.login, &self.signup, &self.token, &self.introspection, &self.authorize, &self.other];
        let line = |(name, bucket): (&&str, &Bucket)| {
            format!("{name} = {{ per_minute = {}, burst = {} }}\n", bucket.per_minute, bucket.burst)
        };
        let lines: String = BUCKETS.iter().zip(buckets).map(line).collect();
        format!("[limits]\nenabled = {}\n{lines}", self.enabled.show().unwrap_or_default())
    }
}

fn bucket(reader: &mut Reader, name: &str) -> Option<Bucket> {
    let section = format!("limits.{name}");
    let mut count = |key: &str| {
        let count = reader.get::<u32>(&section, key)?;
        if count == 0 {
            let text = "must be at least 1; to switch limits off write limits.enabled = false";
            reader.refuse(&[&format!("{section}.{key}")], text);
        }
        Some(count)
    };
    let (per_minute, burst) = (count("per_minute"), count("burst"));
    Some(Bucket { per_minute: per_minute?, burst: burst? })
}
