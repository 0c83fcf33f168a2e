//! Request parameters, read once and unambiguous: no empties, no repeats.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The most parameters that are read from one request.
pub const MAX_COUNT: usize = 64;

/// The parameters of one request by name. An empty value counts as omitted (RFC 6749 3.1).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Params(BTreeMap<String, String>);

/// Why parameters cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// Names that came more than once: RFC 6749 3.1 forbids it. The parameters that came once are still there.
    Repeated(Vec<String>),
    /// Not a form or query at all, or too many members.
    Malformed,
}

impl Params {
    /// The name under which a kept request says that parameters were repeated. No request can send it: a parameter without
    /// a name is not read.
    const REPEATED: &'static str = "";

    /// Reads a query string or an urlencoded form. The second part says what is wrong with it, if something is.
    #[must_use]
    pub fn parse(encoded: &[u8]) -> (Self, Option<Unreadable>) {
        let mut held: BTreeMap<String, String> = BTreeMap::new();
        let mut repeated: Vec<String> = Vec::new();
        for (position, (name, value)) in url::form_urlencoded::parse(encoded).enumerate() {
            if position >= MAX_COUNT {
                return (Self::default(), Some(Unreadable::Malformed));
            }
            if name.is_empty() || value.is_empty() || repeated.iter().any(|known| *known == name) {
                continue;
            }
            // A repeated parameter must not read as the first, the last or as absent: it is an error.
            if held.contains_key(&*name) {
                held.remove(&*name);
                repeated.push(name.into_owned());
            } else {
                held.insert(name.into_owned(), value.into_owned());
            }
        }
        let fault = if repeated.is_empty() { None } else { Some(Unreadable::Repeated(repeated)) };
        (Self(held), fault)
    }

    /// The parameters as they are kept while a person is asked, together with what was wrong with them.
    #[must_use]
    pub fn kept(&self, repeated: bool) -> BTreeMap<String, String> {
        let mut held = self.0.clone();
        if repeated {
            held.insert(Self::REPEATED.to_owned(), String::new());
        }
        held
    }

    /// Whether parameters were repeated in the request that was kept.
    #[must_use]
    pub fn were_repeated(&self) -> bool {
        self.0.contains_key(Self::REPEATED)
    }

    /// Parameters that we kept ourselves.
    #[must_use]
    pub const fn stored(held: BTreeMap<String, String>) -> Self {
        Self(held)
    }

    /// One parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Takes a parameter out, so that nobody further in sees it.
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// All of them by name.
    #[must_use]
    pub const fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

impl std::fmt::Debug for Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
