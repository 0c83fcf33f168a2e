//! `response_mode=form_post` in a real browser: the page carries the answer to the app, by itself or by its button.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::form_urlencoded;

use crate::house::chromium::{Chromium, Script};
use crate::house::{App, House};

/// What a browser brought to the app.
#[derive(Debug)]
struct Arrival {
    head: String,
    body: String,
}

impl Arrival {
    fn fields(&self) -> BTreeMap<String, String> {
        form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.find(|(held, _)| held.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// Waits for the browser to come to the callback; icons and such are turned away.
async fn arrival(listener: &TcpListener) -> Arrival {
    let arrived = async {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            if let Some(arrival) = serve(stream).await {
                return arrival;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), arrived).await.expect("the browser comes to the app")
}

async fn serve(mut stream: TcpStream) -> Option<Arrival> {
    let mut bytes = Vec::new();
    let (head, body) = loop {
        if stream.read_buf(&mut bytes).await.unwrap() == 0 {
            // Chromium opens connections ahead of need.
            return None;
        }
        let text = std::str::from_utf8(&bytes).unwrap();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let arrival = Arrival { head: head.to_owned(), body: body.to_owned() };
            let length = arrival.header("content-length").map_or(0, |length| length.parse::<usize>().unwrap());
            if body.len() >= length {
                break (arrival.head, arrival.body);
            }
        }
    };
    let wanted = head.split(' ').nth(1).is_some_and(|path| path.starts_with("/callback"));
    let (status, page) = if wanted { ("200 OK", "You are in the app.") } else { ("404 Not Found", "") };
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
        page.len()
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
    wanted.then_some(Arrival { head, body })
}

struct Stage {
    house: House,
    app: App,
    listener: TcpListener,
}

impl Stage {
    async fn set() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let redirect_uri = format!("http://{}/callback", listener.local_addr().unwrap());
        let house = House::open().await;
        let app = house.app_with("poster", &["--redirect-uri", &redirect_uri]);
        Self { house, app, listener }
    }

    /// Walks through sign-in and presses a button of the consent page.
    async fn walk(&self, chromium: &Chromium, decision: &str) {
        let person = self.house.person("ada@example.com");
        chromium.go(&self.app.request().with("response_mode", "form_post").url()).await;
        chromium.fill("input[name=email]", &person.email).await;
        chromium.fill("input[name=password]", &person.password).await;
        chromium.click("main form button").await;
        chromium.click(&format!("button[value={decision}]")).await;
    }

    /// The answer came as a form, by POST, with nothing of it in the URL.
    fn holds(&self, arrival: &Arrival) -> BTreeMap<String, String> {
        assert!(arrival.head.starts_with("POST /callback HTTP/1.1\r\n"), "{}", arrival.head);
        assert_eq!(arrival.header("content-type"), Some("application/x-www-form-urlencoded"));
        let fields = arrival.fields();
        assert_eq!(fields["state"], "the-state");
        assert_eq!(fields["iss"], self.house.issuer);
        fields
    }
}

#[tokio::test]
async fn the_page_submits_itself() {
    let stage = Stage::set().await;
    let chromium = Chromium::open(Script::On).await;
    let ((), arrival) = tokio::join!(stage.walk(&chromium, "allow"), arrival(&stage.listener));
    let fields = stage.holds(&arrival);
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["code", "iss", "state"]);
    chromium.wait_for("You are in the app.").await;
    let page = stage.app.exchange(&fields["code"]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    chromium.close().await;
}

#[tokio::test]
async fn a_refusal_travels_the_same_way() {
    let stage = Stage::set().await;
    let chromium = Chromium::open(Script::On).await;
    let ((), arrival) = tokio::join!(stage.walk(&chromium, "deny"), arrival(&stage.listener));
    let fields = stage.holds(&arrival);
    assert_eq!(fields["error"], "access_denied");
    assert!(!fields.contains_key("code"));
    chromium.close().await;
}

#[tokio::test]
async fn without_script_the_continue_button_does_it() {
    let stage = Stage::set().await;
    let chromium = Chromium::open(Script::Off).await;
    stage.walk(&chromium, "allow").await;
    chromium.wait_for("Taking you back").await;
    assert!(chromium.url().await.starts_with(&stage.house.issuer), "the page waits for the person");
    chromium.wait_for("Continue").await;
    let ((), arrival) = tokio::join!(chromium.click("main form button"), arrival(&stage.listener));
    let fields = stage.holds(&arrival);
    chromium.wait_for("You are in the app.").await;
    let page = stage.app.exchange(&fields["code"]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    chromium.close().await;
}
