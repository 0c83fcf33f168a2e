//! For every key a value that is not the default, and one that is wrong; and the ways to set them.

use std::io::Write as _;
use std::path::Path;

use cardea::settings::{Complaints, Settings, Sources};
use tempfile::NamedTempFile;

/// One key with values to try.
#[derive(Debug)]
pub struct Sample {
    pub key: &'static str,
    /// As TOML; not the default.
    pub good: &'static str,
    /// As TOML; a value of another type or form.
    pub wrong: &'static str,
}

const fn sample(key: &'static str, good: &'static str, wrong: &'static str) -> Sample {
    Sample { key, good, wrong }
}

pub const SAMPLES: &[Sample] = &[
    sample("http.listen", r#""127.0.0.1:9000""#, "8080"),
    sample("http.issuer", r#""https://login.example.com""#, r#""login.example.com""#),
    sample("http.trusted_proxies", r#"["10.0.0.0/8", "::1/128"]"#, r#"["10.0.0.0/40"]"#),
    sample("http.workers", "3", "-1"),
    sample("http.max_body", "131072", r#""64k""#),
    sample("http.request_timeout", r#""7s""#, "30"),
    sample("http.shutdown_timeout", r#""7s""#, r#""soon""#),
    sample("database.url", r#""sqlite:other.db""#, r#""mysql://db.example.com/cardea""#),
    sample("database.pool_size", "3", "2.5"),
    sample("database.connect_timeout", r#""7s""#, "true"),
    sample("database.migrate", "false", r#""perhaps""#),
    sample("secrets.master_key_file", r#""other.key""#, "5"),
    sample("secrets.master_key", r#""k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=""#, "[1]"),
    sample("log.format", r#""json""#, r#""xml""#),
    sample("log.level", r#""warn,cardea=debug""#, r#""cardea=loud""#),
    sample("tokens.audience", r#""https://api.example.com""#, r#""api""#),
    sample("tokens.access_token_ttl", r#""7m""#, r#""10 moons""#),
    sample("tokens.access_token_alg", r#""EdDSA""#, r#""HS256""#),
    sample("tokens.id_token_ttl", r#""7m""#, "600"),
    sample("tokens.code_ttl", r#""7s""#, "60"),
    sample("tokens.refresh_idle_ttl", r#""7d""#, "[]"),
    sample("tokens.refresh_absolute_ttl", r#""77d""#, r#""180""#),
    sample("tokens.refresh_retry_window", r#""7s""#, "1.5"),
    sample("keys.rotate_every", r#""77d""#, "90"),
    sample("keys.announce_before", r#""7h""#, r#""a day""#),
    sample("keys.refresh_every", r#""7s""#, "1"),
    sample("login.registration", r#""open""#, r#""ajar""#),
    sample("login.site_name", r#""The Daily Hinge""#, "5"),
    sample("login.bcrypt_cost", "11", r#""high""#),
    sample("login.hash_threads", "3", "-3"),
    sample("login.hash_queue", "7", "true"),
    sample("login.hash_deadline", r#""7s""#, "5"),
    sample("login.session_idle", r#""7m""#, "120"),
    sample("login.session_absolute", r#""7h""#, "24"),
    sample("login.interaction_ttl", r#""7m""#, "30"),
    sample("limits.enabled", "false", "2"),
    sample("limits.login.per_minute", "7", r#""many""#),
    sample("limits.login.burst", "7", "-7"),
    sample("limits.signup.per_minute", "7", r#""many""#),
    sample("limits.signup.burst", "7", "-7"),
    sample("limits.token.per_minute", "7", r#""many""#),
    sample("limits.token.burst", "7", "-7"),
    sample("limits.introspection.per_minute", "7", r#""many""#),
    sample("limits.introspection.burst", "7", "-7"),
    sample("limits.authorize.per_minute", "7", r#""many""#),
    sample("limits.authorize.burst", "7", "-7"),
    sample("limits.other.per_minute", "7", r#""many""#),
    sample("limits.other.burst", "7", "-7"),
    sample("audit.retention", r#""7d""#, "400"),
    sample("sweeper.every", r#""7s""#, "60"),
    sample("sweeper.batch", "7", "4294967296"),
];

/// A settings file with this text.
pub fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::with_suffix(".toml").unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// The settings of a file and an environment.
pub fn load(file: Option<&Path>, environment: &[(&str, &str)]) -> Result<Settings, Complaints> {
    Settings::load(&sources(file, environment))
}

pub fn sources(file: Option<&Path>, environment: &[(&str, &str)]) -> Sources {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Sources { file: file.map(Path::to_owned), environment }
}

/// What is wrong with a file of this text.
pub fn complaints_about(text: &str) -> Vec<(String, String)> {
    let file = file(text);
    pairs(load(Some(file.path()), &[]))
}

/// What is wrong with this environment.
pub fn complaints_about_environment(environment: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs(load(None, environment))
}

/// Keys with their complaints.
pub fn pairs(loaded: Result<Settings, Complaints>) -> Vec<(String, String)> {
    let complaints = loaded.err().map_or_else(Vec::new, |complaints| complaints.0);
    complaints.into_iter().map(|complaint| (complaint.key, complaint.text)).collect()
}

/// One key in a file.
pub fn line(key: &str, value: &str) -> String {
    format!("{key} = {value}\n")
}

/// The variable of a key.
pub fn variable(key: &str) -> String {
    format!("CARDEA_{}", key.to_uppercase().replace('.', "__"))
}

/// A TOML value as one writes it into an environment variable.
pub fn bare(value: &str) -> String {
    value.trim_matches('"').to_owned()
}

/// The keys of a TOML text with their values, written out.
pub fn leaves(text: &str) -> Vec<(String, String)> {
    fn walk(prefix: &str, table: &toml::Table, found: &mut Vec<(String, String)>) {
        for (name, value) in table {
            let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            match value {
                toml::Value::Table(inner) => walk(&key, inner, found),
                other => found.push((key, other.to_string())),
            }
        }
    }
    let mut found = Vec::new();
    walk("", &text.parse().unwrap(), &mut found);
    found.sort();
    found
}
