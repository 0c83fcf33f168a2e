//! A third-party app: it builds authorization requests, exchanges codes, refreshes, asks and revokes.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use url::form_urlencoded;

use super::browser::{Browser, Page};
use super::server::{House, Node, Person};

/// The verifier of every request; its challenge is computed from it.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mBAPqW9aW3QpN5qcWWTDGQn2Xr2wJk";

/// A registered app.
#[derive(Debug, Clone)]
pub struct App {
    pub id: String,
    pub secret: Option<String>,
    pub redirect_uri: String,
    address: String,
}

/// An authorization request in the making.
#[derive(Debug, Clone)]
pub struct Request {
    address: String,
    params: Vec<(String, String)>,
}

impl App {
    /// From what `cardea client add --json` printed.
    pub fn new(house: &House, made: &Value) -> Self {
        let text = |name: &str| made[name].as_str().map(str::to_owned);
        Self {
            id: text("client_id").unwrap(),
            secret: text("client_secret"),
            redirect_uri: made["redirect_uris"][0].as_str().unwrap_or_default().to_owned(),
            address: house.address.clone(),
        }
    }

    /// The same app, sent to another server of the house.
    #[must_use]
    pub fn at(&self, node: &Node) -> Self {
        Self { address: node.address.clone(), ..self.clone() }
    }

    /// A good request for everything the app is registered for.
    pub fn request(&self) -> Request {
        let challenge = cardea::crypto::digest::sha256(VERIFIER.as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(challenge.as_bytes());
        let params = [
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", "openid profile email"),
            ("state", "the-state"),
            ("nonce", "the-nonce"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        Request {
            address: self.address.clone(),
            params: params.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        }
    }

    /// Sends a browser with the app's request through sign-in and consent; what comes back to the app.
    pub async fn authorize(
        &self,
        browser: &mut Browser,
        person: &Person,
        request: &Request,
    ) -> BTreeMap<String, String> {
        let first = browser.get(&request.url()).await;
        let page = answer(browser, person, first).await;
        let location =
            page.location().unwrap_or_else(|| panic!("no way back to the app: {} {}", page.status, page.text()));
        assert!(location.starts_with(&self.redirect_uri), "{location}");
        page.callback()
    }

    /// A code for this person, in a browser of their own.
    pub async fn code(&self, house: &House, person: &Person) -> String {
        self.code_for(house, person, &self.request()).await
    }

    /// A code for this request.
    pub async fn code_for(&self, house: &House, person: &Person, request: &Request) -> String {
        let mut browser = house.browser();
        let callback = self.authorize(&mut browser, person, request).await;
        callback.get("code").unwrap_or_else(|| panic!("a code is expected: {callback:?}")).clone()
    }

    /// The tokens of a person, by a fresh code.
    pub async fn tokens(&self, house: &House, person: &Person, scope: &str) -> Value {
        let code = self.code_for(house, person, &self.request().with("scope", scope)).await;
        let page = self.exchange(&code).await;
        assert_eq!(page.status, 200, "{}", page.body);
        page.json()
    }

    /// Exchanges a code.
    pub async fn exchange(&self, code: &str) -> Page {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    /// Refreshes.
    pub async fn refresh(&self, refresh_token: &str) -> Page {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// Posts to the token endpoint, as the app.
    pub async fn token(&self, fields: &[(&str, &str)]) -> Page {
        self.post("/token", fields).await
    }

    /// Posts a form to an endpoint, as the app: by Basic with a secret, by its bare id without.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let url = format!("{}{path}", self.address);
        let mut request = super::browser::http().post(&url);
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        match &self.secret {
            Some(secret) => request = request.basic_auth(&self.id, Some(secret)),
            None => {
                form.append_pair("client_id", &self.id);
            }
        }
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form.finish());
        respond(url, request).await
    }

    /// Asks whether a token is alive.
    pub async fn introspect(&self, token: &str) -> Value {
        let page = self.post("/introspect", &[("token", token)]).await;
        assert_eq!(page.status, 200, "{}", page.body);
        page.json()
    }

    /// Asks who is behind a token.
    pub async fn userinfo(&self, access_token: &str) -> Page {
        let url = format!("{}/userinfo", self.address);
        let request = super::browser::http().get(&url).bearer_auth(access_token);
        respond(url, request).await
    }
}

impl Request {
    /// With a parameter set (or set anew).
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without a parameter.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.params.retain(|(held, _)| held != name);
        self
    }

    /// With a parameter once more.
    #[must_use]
    pub fn again(mut self, name: &str, value: &str) -> Self {
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn url(&self) -> String {
        format!("{}/authorize?{}", self.address, self.query())
    }

    pub fn query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.params).finish()
    }
}

/// Signs in and says yes, wherever that is asked, until the browser is sent out of the house.
pub async fn answer(browser: &mut Browser, person: &Person, first: Page) -> Page {
    let mut page = browser.follow(first).await;
    for _ in 0..4 {
        page = if page.url.contains("/login") {
            browser.submit(&page, &[("email", &person.email), ("password", &person.password)]).await
        } else if page.url.contains("/consent") {
            browser.submit(&page, &[("decision", "allow")]).await
        } else {
            return page;
        };
        page = browser.follow(page).await;
    }
    page
}

/// Sends a request that no browser is behind.
pub async fn respond(url: String, request: reqwest::RequestBuilder) -> Page {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Page { url, status, headers, body: response.text().await.unwrap() }
}

/// The claims of a token, unverified: for looking at what an endpoint issued.
pub fn claims(token: &str) -> Value {
    part(token, 1)
}

/// The header of a token.
pub fn header(token: &str) -> Value {
    part(token, 0)
}

fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
