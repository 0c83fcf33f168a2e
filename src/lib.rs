//! Cardea: an OAuth 2.1 authorization server and OpenID Connect provider.
//!
//! Three kinds of visitor come to the door: an **app** (a third-party client), a **person** (in a browser) and a **resource
//! server** (which validates tokens). A fourth, the **operator**, looks after the house.
//!
//! # The map
//!
//! | you look for | it is in |
//! |---|---|
//! | a URL | [`http`]: the routing table, one line each |
//! | what an endpoint of the protocol does | [`flows::protocol`], one file an endpoint |
//! | what a person can do (sign in, sign up, answer an app) | [`flows::identity`] |
//! | what an operator can do | [`cli`] for the words, [`flows::admin`] for the deeds |
//! | a page | `http::pages`, and `templates/` for its text |
//! | what is in a token | [`flows::protocol::mint`] and [`flows::protocol::claims`] |
//! | keys, signatures, hashes, sealing | [`crypto`] |
//! | a table | [`store`], one file each; `migrations/` for its columns |
//! | a word (client, grant, session, code, scope) | [`domain`] |
//! | a setting | [`settings`] and `config/cardea.toml` |
//! | an event of the audit trail | [`domain::event`] |
//! | how a resource server protects itself | [`guard`] |
//! | the sample app and API | [`demo`] |
//!
//! # The directions
//!
//! `main → cli → server → http → app → flows → {store, crypto} → domain`. A room imports only from its right; `settings` may
//! be read anywhere; `guard` and `demo` use public doors alone. `tests/it/rooms.rs` keeps watch.
//!
//! # Three walks
//!
//! 1. **`GET /authorize`**: `http::protocol::authorize` reads parameters and browser → [`flows::protocol::authorize::examine`]
//!    (client, callback, the rest) → [`flows::protocol::authorize::decide`] (who is there, strongly enough, with consent?) →
//!    `SignIn`, `Choose`, `Ask` or `Send`. The pages write what a person answered and return to `/authorize/{interaction}`.
//! 2. **`POST /token`**: the client is authenticated, [`flows::protocol::token`] drives the grant's machine in one
//!    transaction, [`flows::protocol::mint`] gathers the claims; the signature is made after the commit.
//! 3. **`POST /introspect`**: starts at `active: false` and leaves early.

pub mod app;
pub mod cli;
pub mod crypto;
pub mod demo;
pub mod domain;
pub mod flows;
pub mod guard;
pub mod http;
pub mod server;
pub mod settings;
pub mod store;
pub mod telemetry;
