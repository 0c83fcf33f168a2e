//! The articles, in memory and bounded: how many, how long, and in which order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

const MAX_ARTICLES: usize = 100;
const MAX_TITLE: usize = 120;
const MAX_BODY: usize = 4000;

/// An article as the API shows it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Article {
    pub(super) id: u64,
    /// The `sub` of whoever wrote it.
    pub(super) author: String,
    title: String,
    body: String,
}

/// An article as somebody sends it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Draft {
    title: String,
    body: String,
}

/// A draft that may be printed.
pub(super) struct Checked(Draft);

/// There is no room for another article.
pub(super) struct Full;

/// The shelf.
pub(super) struct Articles {
    all: BTreeMap<u64, Article>,
    next: u64,
}

impl Draft {
    pub(super) fn checked(self) -> Result<Checked, &'static str> {
        let draft = Self { title: self.title.trim().to_owned(), body: self.body.trim().to_owned() };
        if draft.title.is_empty() || draft.title.chars().count() > MAX_TITLE {
            return Err("the title must have 1 to 120 characters");
        }
        if draft.body.is_empty() || draft.body.chars().count() > MAX_BODY {
            return Err("the body must have 1 to 4000 characters");
        }
        Ok(Checked(draft))
    }
}

impl Article {
    pub(super) fn replace(&mut self, Checked(draft): Checked) {
        self.title = draft.title;
        self.body = draft.body;
    }
}

impl Articles {
    /// Something to read before anybody has written: it belongs to no one, so only an admin may change it.
    pub(super) fn with_a_first_page() -> Self {
        let mut articles = Self { all: BTreeMap::new(), next: 1 };
        for (title, body) in [
            ("Door opens, town relieved", "After years of stuck hinges, the town gate swings both ways again."),
            (
                "Letters to the editor",
                "“Who let them in?” asks a reader. “Whoever held a valid token,” replies the gatekeeper.",
            ),
        ] {
            let draft = Checked(Draft { title: title.to_owned(), body: body.to_owned() });
            // The shelf is empty, so there is room for two.
            let _ = articles.add(draft, "the-newsroom");
        }
        articles
    }

    pub(super) fn all(&self) -> Vec<&Article> {
        self.all.values().collect()
    }

    pub(super) fn add(&mut self, Checked(draft): Checked, author: &str) -> Result<Article, Full> {
        if self.all.len() >= MAX_ARTICLES {
            return Err(Full);
        }
        let article = Article { id: self.next, author: author.to_owned(), title: draft.title, body: draft.body };
        self.next += 1;
        self.all.insert(article.id, article.clone());
        Ok(article)
    }

    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut Article> {
        self.all.get_mut(&id)
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<Article> {
        self.all.remove(&id)
    }
}
