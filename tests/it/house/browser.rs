//! A browser without script: it keeps cookies, fills in forms, and follows redirects one at a time.

use std::collections::BTreeMap;

use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use url::form_urlencoded;

/// A browser.
#[derive(Debug, Clone)]
pub struct Browser {
    client: reqwest::Client,
    address: String,
    issuer: String,
    pub cookies: BTreeMap<String, String>,
    /// Sent with every request.
    pub headers: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Page {
    pub url: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

/// A client that follows nothing by itself.
pub fn http() -> reqwest::Client {
    reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap()
}

impl Browser {
    /// A browser for the house at this address, which calls itself `issuer`.
    pub fn new(address: &str, issuer: &str) -> Self {
        let (address, issuer) = (address.to_owned(), issuer.to_owned());
        Self { client: http(), address, issuer, cookies: BTreeMap::new(), headers: Vec::new() }
    }

    /// Opens a path of the house, or a whole URL.
    pub async fn get(&mut self, url: &str) -> Page {
        let url = self.absolute(url);
        let request = self.client.get(&url);
        self.send(url, request).await
    }

    /// Posts a form.
    pub async fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Page {
        let url = self.absolute(url);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.post(&url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        self.send(url, request).await
    }

    /// Fills in the last form of a page (the one with the most to say) and posts it with its hidden fields.
    pub async fn submit(&mut self, page: &Page, fields: &[(&str, &str)]) -> Page {
        let (action, hidden) = page.form();
        let mut all: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.extend(fields);
        self.post(&action, &all).await
    }

    /// Follows redirects as long as they stay in the house.
    pub async fn follow(&mut self, page: Page) -> Page {
        let mut page = page;
        while let Some(location) = page.location().map(str::to_owned) {
            if !self.is_own(&location) {
                return page;
            }
            page = self.get(&location).await;
        }
        page
    }

    fn is_own(&self, location: &str) -> bool {
        location.starts_with('/') || location.starts_with(&format!("{}/", self.issuer))
    }

    fn absolute(&self, url: &str) -> String {
        match url.strip_prefix(&self.issuer).unwrap_or(url) {
            path if path.starts_with('/') => format!("{}{path}", self.address),
            elsewhere => elsewhere.to_owned(),
        }
    }

    async fn send(&mut self, url: String, mut request: reqwest::RequestBuilder) -> Page {
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, pairs.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = request.send().await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Page { url, status, headers, body: response.text().await.unwrap() }
    }
}

impl Page {
    pub fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION).map(|value| value.to_str().unwrap())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The parameters of the place where it redirects to.
    pub fn callback(&self) -> BTreeMap<String, String> {
        let location =
            self.location().unwrap_or_else(|| panic!("a redirect is expected, not {}: {}", self.status, self.body));
        let query = location.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|_| panic!("JSON is expected, not {}: {}", self.status, self.body))
    }

    /// Target and hidden fields of the last form.
    pub fn form(&self) -> (String, Vec<(String, String)>) {
        let form = self.body.rsplit_once("<form").unwrap_or_else(|| panic!("a form is expected: {}", self.body)).1;
        let form = form.split_once("</form>").unwrap().0;
        let action = attribute(form, "action").unwrap();
        let inputs = form.split("<input").skip(1).filter(|input| input.contains("type=\"hidden\""));
        let hidden =
            inputs.map(|input| (attribute(input, "name").unwrap(), attribute(input, "value").unwrap_or_default()));
        (action, hidden.collect())
    }

    /// The text between the tags.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut inside = false;
        for c in self.body.chars() {
            match c {
                '<' => inside = true,
                '>' => {
                    inside = false;
                    text.push(' ');
                }
                c if !inside => text.push(c),
                _ => {}
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split_once(&format!(" {name}=\""))?.1;
    Some(unescape(rest.split_once('"')?.0))
}

fn unescape(text: &str) -> String {
    text.replace("&#34;", "\"")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&")
}
