//! Reading the layers: figment merges them and remembers where each value was set; we look for what nobody knows.

use std::collections::BTreeMap;

use figment::providers::{Format as _, Serialized, Toml};
use figment::value::{Dict, Value as Held};
use figment::{Figment, Profile};

use super::value::Value;
use super::{Complaint, Complaints, DEFAULTS, Settings, Sources};

/// The merged layers, and what is wrong with them so far.
pub(super) struct Reader {
    layers: Figment,
    complaints: Vec<Complaint>,
}

impl Reader {
    pub(super) fn open(sources: &Sources) -> Self {
        let mut reader = Self { layers: Figment::from(Toml::string(DEFAULTS)), complaints: Vec::new() };
        if let Some(file) = &sources.file {
            reader.add_file(file);
        }
        for (name, value) in &sources.environment {
            if let Some(rest) = name.strip_prefix("CARDEA_") {
                reader.add_variable(name, rest, value);
            }
        }
        reader
    }

    fn add_file(&mut self, file: &std::path::Path) {
        let shown = file.display().to_string();
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) => return self.complain(&shown, &format!("cannot be read ({error})")),
        };
        match text.parse::<toml::Table>() {
            Ok(table) => {
                self.check_names(&shown, &table);
                let provider = Toml::string(&text);
                self.layers = std::mem::take(&mut self.layers).merge(Named { name: shown, provider });
            }
            Err(error) => self.complain(&shown, &format!("is not TOML: {}", error.message())),
        }
    }

    fn add_variable(&mut self, name: &str, rest: &str, value: &str) {
        let key = rest.to_lowercase().replace("__", ".");
        if !Settings::keys().contains(&key) {
            return self.complain(name, &format!("there is no such setting{}", nearest(&key)));
        }
        let provider = Serialized::global(&key, value);
        self.layers = std::mem::take(&mut self.layers).merge(Named { name: name.to_owned(), provider });
    }

    /// Every key of a file must be one that we know.
    fn check_names(&mut self, file: &str, table: &toml::Table) {
        let known = Settings::keys();
        let mut found = Vec::new();
        leaves("", table, &mut found);
        for key in found {
            if !key.starts_with("scopes.") && !known.contains(&key) {
                self.complain(&key, &format!("there is no such setting (in {file}){}", nearest(&key)));
            }
        }
    }

    /// One setting, as its type reads it.
    pub(super) fn get<T: Value>(&mut self, section: &str, name: &str) -> Option<T> {
        let key = format!("{section}.{name}");
        let held = self.layers.find_value(&key).ok();
        let set_in = held
            .as_ref()
            .and_then(|held| self.layers.get_metadata(held.tag()))
            .map(|metadata| metadata.name.to_string());
        match T::read(held.as_ref()) {
            Ok(value) => Some(value),
            Err(text) => {
                let place = set_in.map_or_else(String::new, |place| format!(" (in {place})"));
                self.complain(&key, &format!("{text}{place}"));
                None
            }
        }
    }

    /// A table of words, whatever its keys.
    pub(super) fn words(&mut self, section: &str) -> BTreeMap<String, String> {
        let held = self.layers.find_value(section).ok().and_then(Held::into_dict).unwrap_or_default();
        let mut words = BTreeMap::new();
        for (name, value) in held {
            match value.as_str() {
                Some(text) => drop(words.insert(name, text.to_owned())),
                None => self.complain(&format!("{section}.{name}"), "must be words in quotes"),
            }
        }
        words
    }

    pub(super) fn complain(&mut self, key: &str, text: &str) {
        self.complaints.push(Complaint { key: key.to_owned(), text: text.to_owned() });
    }

    pub(super) fn finish(self) -> Result<(), Complaints> {
        if self.complaints.is_empty() { Ok(()) } else { Err(Complaints(self.complaints)) }
    }
}

/// A layer under the name that an operator knows it by.
struct Named<P> {
    name: String,
    provider: P,
}

impl<P: figment::Provider> figment::Provider for Named<P> {
    fn metadata(&self) -> figment::Metadata {
        figment::Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<figment::value::Map<Profile, Dict>, figment::Error> {
        self.provider.data()
    }
}

fn leaves(prefix: &str, table: &toml::Table, found: &mut Vec<String>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) if !inner.is_empty() => leaves(&key, inner, found),
            _ => found.push(key),
        }
    }
}

/// The known key that is most like a mistyped one.
fn nearest(key: &str) -> String {
    let known = Settings::keys();
    let best = known.iter().map(|candidate| (distance(key, candidate), candidate)).min();
    match best {
        Some((distance, candidate)) if distance <= 1 + key.len() / 3 => format!("; did you mean {candidate}?"),
        _ => "; config/cardea.toml lists them all".to_owned(),
    }
}

/// Levenshtein's distance.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (line, a) in left.chars().enumerate() {
        let mut above_left = line;
        let mut before = line + 1;
        let mut next = vec![before];
        for (b, above) in right.chars().zip(row.iter().skip(1)) {
            let cost = usize::from(a != b);
            before = (above_left + cost).min(before + 1).min(above + 1);
            above_left = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
