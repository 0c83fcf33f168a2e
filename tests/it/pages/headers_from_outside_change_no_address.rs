//! Links, redirects and metadata name the issuer from the settings, whatever Host and forwarding headers say.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::house::House;

const EVIL: &str = "evil.example";

/// A raw request, because a client library would not lie about the host.
fn raw(house: &House, path: &str) -> String {
    let address = house.address.strip_prefix("http://").unwrap().replace("localhost", "127.0.0.1");
    let mut stream = TcpStream::connect(address).unwrap();
    let headers = format!(
        "Host: {EVIL}\r\nX-Forwarded-Host: {EVIL}\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /evil\r\n\
         X-Forwarded-For: 6.6.6.6\r\nForwarded: host={EVIL};proto=https;for=6.6.6.6\r\nX-Original-URL: /evil\r\n\
         X-Rewrite-URL: /evil\r\nX-HTTP-Method-Override: POST\r\n"
    );
    write!(stream, "GET {path} HTTP/1.1\r\n{headers}Accept: text/html\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test]
async fn nothing_that_is_said_outside_is_repeated_inside() {
    let house = House::open().await;
    let app = house.app("shop");
    let authorize = app.request().with("prompt", "none").url();
    let authorize = authorize.strip_prefix(&house.address).unwrap();
    let begin = app.request().url();
    let begin = begin.strip_prefix(&house.address).unwrap();
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/",
        "/login",
        "/signup",
        "/account",
        "/logout",
        "/nowhere",
        authorize,
        begin,
    ] {
        let answer = raw(&house, path);
        assert!(answer.starts_with("HTTP/1.1 ") && !answer.starts_with("HTTP/1.1 5"), "{path}: {answer}");
        assert!(!answer.contains("evil") && !answer.contains("6.6.6.6"), "{path}: {answer}");
    }
    let metadata = raw(&house, "/.well-known/openid-configuration");
    assert!(metadata.contains(&format!("\"issuer\":\"{}\"", house.issuer)), "{metadata}");
    let answer = raw(&house, authorize);
    let iss: String = url::form_urlencoded::byte_serialize(house.issuer.as_bytes()).collect();
    assert!(answer.contains(&format!("iss={iss}")), "{answer}");
    assert!(raw(&house, begin).to_lowercase().contains("location: /login?interaction="), "{}", raw(&house, begin));
}

#[tokio::test]
async fn nor_does_it_enter_the_events() {
    let house = House::open().await;
    let ada = house.person("ada@example.com");
    let mut browser = house.browser();
    for (name, value) in [("x-forwarded-for", "6.6.6.6"), ("forwarded", "for=6.6.6.6"), ("x-real-ip", "6.6.6.6")] {
        browser.headers.push((name.to_owned(), value.to_owned()));
    }
    let page = browser.get("/login").await;
    browser.submit(&page, &[("email", &ada.email), ("password", &ada.password)]).await;
    let events = house.event_rows();
    let signed_in = events.iter().find(|event| event.kind.as_str() == "sign_in.succeeded").unwrap();
    assert!(!format!("{signed_in:?}").contains("6.6.6.6"), "{signed_in:?}");
}
