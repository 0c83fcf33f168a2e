//! What Cardea has to be told before the demo can be played, and what it answers: one client, three people.
//! Whoever starts the server (the command line) carries a [`Plan`] out and returns a [`Setting`].

use std::{fmt::Write as _, net::TcpListener, path::PathBuf};

use futures_util::future::LocalBoxFuture;

/// The scopes of the articles API with the words for the consent page, which follow "will be able to".
pub const API_SCOPES: [(&str, &str); 2] =
    [("articles:read", "read the articles"), ("articles:write", "write, change and delete articles for you")];

/// Everything that Cardea must be set up with.
#[derive(Debug)]
pub struct Plan {
    /// The issuer, `http://localhost:<port>`.
    pub issuer: String,
    /// Bound already; the server is to serve on it.
    pub listener: TcpListener,
    /// Database, keys and everything else go here.
    pub data: PathBuf,
    /// The `aud` of access tokens for the articles API.
    pub audience: String,
    /// What the app's client is called on the consent page.
    pub client_name: &'static str,
    /// The only redirect URI of the app's client.
    pub redirect_uri: String,
    /// The only post-logout redirect URI of the app's client.
    pub post_logout_redirect_uri: String,
    /// Everything the app asks for; its grants are `authorization_code` and `refresh_token`, its method `client_secret_basic`.
    pub scope: &'static str,
    /// Who must exist afterwards, with a fresh password each.
    pub people: [Role; 3],
}

/// Somebody the demo needs: one role, from which name and e-mail follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// May read.
    Reader,
    /// May read, write, and change what they wrote.
    Author,
    /// May do everything.
    Admin,
}

/// Somebody who can log in.
#[derive(Clone)]
pub struct Person {
    /// Which of the three.
    pub role: Role,
    /// What to type at Cardea; printed on the console.
    pub password: String,
}

/// What carrying out a [`Plan`] comes to. Cardea is answering by now.
pub struct Setting {
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret.
    pub client_secret: String,
    /// The three people.
    pub people: Vec<Person>,
    /// Stops Cardea and waits for what is in flight.
    pub stop: Box<dyn FnOnce() -> LocalBoxFuture<'static, ()>>,
}

impl Plan {
    pub(super) fn new(issuer: String, listener: TcpListener, data: PathBuf, app: &str, api: &str) -> Self {
        Self {
            issuer,
            listener,
            data,
            audience: api.to_owned(),
            client_name: "The Daily Hinge",
            redirect_uri: format!("{app}/callback"),
            post_logout_redirect_uri: format!("{app}/signed-out"),
            scope: "openid profile email offline_access articles:read articles:write",
            people: [Role::Reader, Role::Author, Role::Admin],
        }
    }
}

impl Role {
    /// The role's name, as in the `roles` claim.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Author => "author",
            Self::Admin => "admin",
        }
    }

    /// The person's e-mail address. RFC 6761: `example.com` belongs to nobody.
    #[must_use]
    pub fn email(self) -> &'static str {
        match self {
            Self::Reader => "reader@example.com",
            Self::Author => "author@example.com",
            Self::Admin => "admin@example.com",
        }
    }

    /// The person's name.
    #[must_use]
    pub fn person_name(self) -> &'static str {
        match self {
            Self::Reader => "Rita Reader",
            Self::Author => "Arthur Author",
            Self::Admin => "Ada Admin",
        }
    }
}

/// What the console says once everything runs.
pub(super) fn announcement(cardea: &str, app: &str, api: &str, people: &[Person]) -> String {
    let mut text = format!(
        "\nThe demo is running. Open {app} in a browser.\n\n  Cardea            {cardea}\n  \
         The Daily Hinge   {app}   (a sample app)\n  Articles API      {api}   (a sample API)\n\nLog in as\n"
    );
    for Person { role, password } in people {
        // Writing to a String does not fail.
        let _ = writeln!(text, "  {:<20} password {password}   ({})", role.email(), role.name());
    }
    text.push_str("\nPress Ctrl-C to stop.");
    text
}
