//! Reading the layers: figment merges them and remembers where each value was set; we look for what nobody knows.

use std::collections::{BTreeMap, BTreeSet};

use figment::providers::{Format as _, Serialized, Toml};
use figment::value::{Dict, Tag, Value as Held};
use figment::{Figment, Profile};

use crate::domain::scope::Scope;

use super::nearest::nearest;
use super::value::Value;
use super::{Complaint, Complaints, DEFAULTS, Settings, Sources};

/// The merged layers, and what is wrong with them so far.
pub(super) struct Reader {
    layers: Figment,
    complaints: Vec<Complaint>,
    /// Keys whose value could not be read; the default stands in, so that the others can still be judged.
    unread: BTreeSet<String>,
}

impl Reader {
    pub(super) fn open(sources: &Sources) -> Self {
        let layers = Figment::from(defaults());
        let mut reader = Self { layers, complaints: Vec::new(), unread: BTreeSet::new() };
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
            Ok(mut table) => {
                self.drop_unknown(&shown, "", &mut table);
                let provider = Toml::string(&table.to_string());
                self.layers = std::mem::take(&mut self.layers).merge(Named { name: shown, provider });
            }
            Err(error) => {
                // The whole error would quote the line, which may hold a secret.
                let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                self.complain(&shown, &format!("is not TOML in line {line}: {}", error.message()));
            }
        }
    }

    fn add_variable(&mut self, name: &str, rest: &str, value: &str) {
        let key = rest.to_lowercase().replace("__", ".");
        if !Settings::keys().contains(&key) {
            let variable = |key: String| format!("CARDEA_{}", key.to_uppercase().replace('.', "__"));
            let advice = advice(nearest(&key).map(variable));
            return self.complain(name, &format!("there is no such setting{advice}"));
        }
        if value.contains(char::REPLACEMENT_CHARACTER) {
            return self.complain(name, "must be UTF-8");
        }
        let provider = Serialized::global(&key, value);
        self.layers = std::mem::take(&mut self.layers).merge(Named { name: name.to_owned(), provider });
    }

    /// Takes out of a file what we do not know, and says so.
    fn drop_unknown(&mut self, file: &str, section: &str, table: &mut toml::Table) {
        let known = Settings::keys();
        table.retain(|name, value| {
            let key = if section.is_empty() { (*name).to_owned() } else { format!("{section}.{name}") };
            let is_section = key == "scopes" || known.iter().any(|known| known.starts_with(&format!("{key}.")));
            match value {
                // The names of scopes are the operator's own.
                toml::Value::Table(_) if key == "scopes" => return true,
                toml::Value::Table(inner) if is_section => {
                    self.drop_unknown(file, &key, inner);
                    return true;
                }
                toml::Value::Table(inner) if !inner.is_empty() && !known.contains(&key) => {
                    self.drop_unknown(file, &key, inner);
                }
                _ if known.contains(&key) => return true,
                _ if is_section => self.complain(&key, &format!("is a section; write [{key}] (in {file})")),
                _ => {
                    let advice = advice(nearest(&key));
                    self.complain(&key, &format!("there is no such setting (in {file}){advice}"));
                }
            }
            false
        });
    }

    /// One setting, as its type reads it.
    pub(super) fn get<T: Value>(&mut self, section: &str, name: &str) -> Option<T> {
        let key = format!("{section}.{name}");
        match T::read(self.layers.find_value(&key).ok().as_ref()) {
            Ok(value) => Some(value),
            Err(text) => {
                self.refuse(&[&key], &text);
                self.unread.insert(key.clone());
                T::read(Figment::from(defaults()).find_value(&key).ok().as_ref()).ok()
            }
        }
    }

    /// A table of words, whatever its keys.
    pub(super) fn words(&mut self, section: &str) -> BTreeMap<String, String> {
        let held = self.layers.find_value(section).ok().and_then(Held::into_dict).unwrap_or_default();
        let mut words = BTreeMap::new();
        for (name, value) in held {
            let key = format!("{section}.{name}");
            let place = self.place(value.tag());
            let one_scope = Scope::parse(&name).is_ok_and(|scope| scope.has(&name));
            match value.as_str().filter(|text| !text.trim().is_empty()) {
                Some(_) if !one_scope => {
                    let text = "must be the name of one scope, without space, quote or backslash (RFC 6749 3.3)";
                    self.complain(&key, &format!("{text}{place}"));
                }
                Some(text) => drop(words.insert(name, text.to_owned())),
                None => self.complain(&key, &format!("must be words in quotes{place}")),
            }
        }
        words
    }

    /// Complains about the first of some keys that do not go together, unless one of them could not be read anyway.
    pub(super) fn refuse(&mut self, keys: &[&str], text: &str) {
        let Some(key) = keys.first() else { return };
        if keys.iter().any(|key| self.unread.contains(*key)) {
            return;
        }
        let place = self.layers.find_value(key).map_or_else(|_| String::new(), |held| self.place(held.tag()));
        self.complain(key, &format!("{text}{place}"));
    }

    /// Where a value was set.
    fn place(&self, tag: Tag) -> String {
        self.layers.get_metadata(tag).map_or_else(String::new, |metadata| format!(" (in {})", metadata.name))
    }

    fn complain(&mut self, key: &str, text: &str) {
        self.complaints.push(Complaint { key: key.to_owned(), text: text.to_owned() });
    }

    pub(super) fn finish(self) -> Result<(), Complaints> {
        if self.complaints.is_empty() { Ok(()) } else { Err(Complaints(self.complaints)) }
    }
}

fn defaults() -> impl figment::Provider {
    Named { name: "the defaults".to_owned(), provider: Toml::string(DEFAULTS) }
}

fn advice(nearest: Option<String>) -> String {
    nearest.map_or_else(|| "; config/cardea.toml lists them all".to_owned(), |name| format!("; did you mean {name}?"))
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
