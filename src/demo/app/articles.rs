//! The articles API as the app calls it, with the access token of whoever is signed in. Refusals are kept whole: they are what the demo is about.

use std::io;

use openidconnect::AccessToken;
use reqwest::{Method, header};
use serde::{Deserialize, Serialize};
use url::Url;

use super::http::{Http, HttpError, body};

/// Where the articles are.
pub(super) struct ArticlesApi {
    http: Http,
    base: Url,
}

/// An article as the API tells it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Article {
    pub(super) id: u64,
    pub(super) author: String,
    pub(super) title: String,
    pub(super) body: String,
}

/// An article as a form sends it.
#[derive(Debug, Serialize)]
pub(super) struct Draft<'a> {
    pub(super) title: &'a str,
    pub(super) body: &'a str,
}

/// What the API said to one request.
#[derive(Debug, Clone)]
pub(super) struct ApiAnswer {
    pub(super) asked: String,
    /// "403 Forbidden", or "no answer".
    pub(super) status: String,
    pub(super) accepted: bool,
    /// The `WWW-Authenticate` header, which says what was missing.
    pub(super) challenge: Option<String>,
    pub(super) explanation: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    articles: Vec<Article>,
}

#[derive(Deserialize)]
struct Complaint {
    error_description: String,
}

impl ArticlesApi {
    pub(super) fn new(base: &str) -> io::Result<Self> {
        Ok(Self { http: Http::new()?, base: Url::parse(base).map_err(io::Error::other)? })
    }

    /// All articles, or the refusal.
    pub(super) async fn list(&self, token: &AccessToken) -> Result<Vec<Article>, ApiAnswer> {
        let (answer, body) = self.ask(Method::GET, "/articles", token, None).await;
        if !answer.accepted {
            return Err(answer);
        }
        let listed: Result<Listed, _> = serde_json::from_slice(&body);
        listed.map(|listed| listed.articles).map_err(|error| ApiAnswer {
            accepted: false,
            explanation: Some(format!("the answer is not a list of articles: {error}")),
            ..answer
        })
    }

    pub(super) async fn create(&self, token: &AccessToken, draft: &Draft<'_>) -> ApiAnswer {
        self.ask(Method::POST, "/articles", token, Some(draft)).await.0
    }

    pub(super) async fn change(&self, token: &AccessToken, id: u64, draft: &Draft<'_>) -> ApiAnswer {
        self.ask(Method::PUT, &format!("/articles/{id}"), token, Some(draft)).await.0
    }

    pub(super) async fn delete(&self, token: &AccessToken, id: u64) -> ApiAnswer {
        self.ask(Method::DELETE, &format!("/articles/{id}"), token, None).await.0
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        token: &AccessToken,
        draft: Option<&Draft<'_>>,
    ) -> (ApiAnswer, Vec<u8>) {
        let asked = format!("{method} {path}");
        match self.exchange(method, path, token, draft).await {
            Ok((answer, body)) => (ApiAnswer { asked, ..answer }, body),
            Err(error) => {
                let explanation = Some(error.to_string());
                let status = "no answer".to_owned();
                (ApiAnswer { asked, status, accepted: false, challenge: None, explanation }, Vec::new())
            }
        }
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        token: &AccessToken,
        draft: Option<&Draft<'_>>,
    ) -> Result<(ApiAnswer, Vec<u8>), HttpError> {
        let url = self.base.join(path).map_err(|error| HttpError::Request(error.to_string()))?;
        let mut request = self.http.client().request(method, url).bearer_auth(token.secret());
        if let Some(draft) = draft {
            request = request.json(draft);
        }
        let response = self.http.send(request.build()?).await?;
        let challenge = response.headers().get(header::WWW_AUTHENTICATE);
        let challenge = challenge.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let (status, accepted) = (response.status().to_string(), response.status().is_success());
        let body = body(response).await?;
        let complaint: Option<Complaint> = if accepted { None } else { serde_json::from_slice(&body).ok() };
        let explanation = complaint.map(|complaint| complaint.error_description);
        Ok((ApiAnswer { asked: String::new(), status, accepted, challenge, explanation }, body))
    }
}
