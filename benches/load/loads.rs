//! The loads: what a connection asks, and what it must be told.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use super::Trouble;
use super::client::Answer;
use super::drive::Load;
use super::house::App;

/// A request without a body. `headers` are whole lines.
pub fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{headers}\r\n").into_bytes()
}

/// A form. `headers` are whole lines.
pub fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{headers}content-type: application/x-www-form-urlencoded\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A value of a form.
pub fn encoded(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// The same request again and again; each answer is 200 and holds a certain text.
pub struct Same {
    request: Arc<[u8]>,
    holds: &'static str,
}

impl Same {
    /// One for each connection.
    pub fn many(count: usize, request: &[u8], holds: &'static str) -> Vec<Self> {
        let request: Arc<[u8]> = Arc::from(request);
        (0..count).map(|_| Self { request: Arc::clone(&request), holds }).collect()
    }
}

impl Load for Same {
    fn request(&mut self) -> Option<Cow<'_, [u8]>> {
        Some(Cow::Borrowed(&self.request))
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<bool, Trouble> {
        answer.expect(200, "a request")?;
        if answer.body.contains(self.holds) {
            Ok(true)
        } else {
            Err(Trouble::new(format!("unlike {}: {}", self.holds, answer.body)))
        }
    }
}

/// Codes on their way from the authorization endpoint to the token endpoint.
pub type Codes = Arc<Mutex<Vec<String>>>;

/// Asks for codes, and keeps them.
pub struct Authorize(pub Arc<App>, pub Codes);

impl Load for Authorize {
    fn request(&mut self) -> Option<Cow<'_, [u8]>> {
        Some(Cow::Borrowed(&self.0.authorize))
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<bool, Trouble> {
        let code = code(answer)?.to_owned();
        self.1.lock().unwrap_or_else(PoisonError::into_inner).push(code);
        Ok(true)
    }
}

/// Exchanges the codes that were kept, until none is left.
pub struct Exchange(pub Arc<App>, pub Codes);

impl Load for Exchange {
    fn request(&mut self) -> Option<Cow<'_, [u8]>> {
        let code = self.1.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(Cow::Owned(self.0.exchange(&code)))
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<bool, Trouble> {
        answer.expect(200, "exchanging a code")?;
        token(answer, "refresh_token").map(|_| true)
    }
}

/// A chain of refreshing: each answer's token is the next request's.
pub struct Refresh(pub Arc<App>, pub String);

impl Load for Refresh {
    fn request(&mut self) -> Option<Cow<'_, [u8]>> {
        Some(Cow::Owned(self.0.refresh(&self.1)))
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<bool, Trouble> {
        answer.expect(200, "refreshing")?;
        token(answer, "refresh_token")?.clone_into(&mut self.1);
        Ok(true)
    }
}

/// The whole way of an app whose person is signed in: authorize, token, userinfo.
pub struct Flow(pub Arc<App>, pub Step);

/// What comes next.
pub enum Step {
    /// Ask for a code.
    Authorize,
    /// Exchange it.
    Exchange(String),
    /// Ask who it is.
    Userinfo(String),
}

impl Load for Flow {
    fn request(&mut self) -> Option<Cow<'_, [u8]>> {
        Some(match &self.1 {
            Step::Authorize => Cow::Borrowed(&self.0.authorize),
            Step::Exchange(code) => Cow::Owned(self.0.exchange(code)),
            Step::Userinfo(token) => Cow::Owned(userinfo(token)),
        })
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<bool, Trouble> {
        let (done, next) = match &self.1 {
            Step::Authorize => (false, Step::Exchange(code(answer)?.to_owned())),
            Step::Exchange(_) => {
                answer.expect(200, "exchanging a code")?;
                (false, Step::Userinfo(token(answer, "access_token")?.to_owned()))
            }
            Step::Userinfo(_) => {
                answer.expect(200, "userinfo")?;
                (true, Step::Authorize)
            }
        };
        self.1 = next;
        Ok(done)
    }
}

/// Asks whom a token stands for.
pub fn userinfo(token: &str) -> Vec<u8> {
    get("/userinfo", &format!("authorization: Bearer {token}\r\n"))
}

/// The code that an authorization response carries.
pub fn code<'a>(answer: &Answer<'a>) -> Result<&'a str, Trouble> {
    answer.expect(303, "an authorization request")?;
    let sent_on = answer.header("location").unwrap_or("");
    answer.sent_on("code").ok_or_else(|| Trouble::new(format!("no code, but {sent_on}")))
}

/// A token of a token response.
pub fn token<'a>(answer: &Answer<'a>, name: &str) -> Result<&'a str, Trouble> {
    answer.member(name).ok_or_else(|| Trouble::new(format!("no {name} in {}", answer.body)))
}
