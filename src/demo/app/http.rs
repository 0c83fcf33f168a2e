//! The one HTTP client of the app, for Cardea and the API alike: deadlines, a size bound, no redirects.
//! Also the door through which the `openidconnect` crate reaches the network.

use std::{error::Error as _, future::Future, io, pin::Pin, time::Duration};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, http};
use reqwest::{Client, Request, Response, redirect};

const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// A client that trusts nobody to be quick, brief or elsewhere.
#[derive(Clone)]
pub(super) struct Http(Client);

/// Why there was no usable answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("{0}")]
    Request(String),
    #[error("the answer is longer than {MAX_ANSWER_BYTES} bytes")]
    TooLong,
    #[error(transparent)]
    Message(#[from] http::Error),
}

impl Http {
    pub(super) fn new() -> io::Result<Self> {
        let builder = Client::builder()
            .connect_timeout(Duration::from_secs(2))
            .timeout(Duration::from_secs(10))
            // Following a redirect would let whoever answers choose where the next request, with its secrets, goes.
            .redirect(redirect::Policy::none())
            .no_proxy()
            .user_agent("the-daily-hinge");
        Ok(Self(builder.build().map_err(io::Error::other)?))
    }

    pub(super) fn client(&self) -> &Client {
        &self.0
    }

    pub(super) async fn send(&self, request: Request) -> Result<Response, HttpError> {
        Ok(self.0.execute(request).await?)
    }
}

impl From<reqwest::Error> for HttpError {
    /// reqwest's own message stops at "error sending request"; what happened is in the causes.
    fn from(error: reqwest::Error) -> Self {
        let mut text = error.to_string();
        let mut next = error.source();
        while let Some(cause) = next {
            text = format!("{text}: {cause}");
            next = cause.source();
        }
        Self::Request(text)
    }
}

/// Reads an answer up to the bound.
pub(super) async fn body(mut response: Response) -> Result<Vec<u8>, HttpError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(HttpError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let response = self.send(request.try_into()?).await?;
            let mut answer = http::Response::builder().status(response.status());
            for (name, value) in response.headers() {
                answer = answer.header(name, value);
            }
            Ok(answer.body(body(response).await?)?)
        })
    }
}
