//! What is not there is 404, what cannot be done to it 405, with the same headers as everything else.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use reqwest::Method;

use crate::house::House;
use crate::house::app::respond;
use crate::house::browser::http;

#[tokio::test]
async fn a_wrong_method_or_path_is_never_our_fault() {
    let house = House::open().await;
    for path in ["/", "/login", "/signup", "/consent", "/account", "/signed-out", "/static/cardea.css", "/authorize/x"]
    {
        for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::TRACE] {
            let url = house.url(path);
            let page = respond(url.clone(), http().request(method.clone(), &url)).await;
            assert!((404..=405).contains(&page.status), "{method} {path}: {}", page.status);
            assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"), "{method} {path}");
        }
    }
}

/// Sent as it stands: a client library would tidy the path up first.
fn raw(house: &House, path: &str) -> String {
    let mut stream = TcpStream::connect(house.url("").trim_start_matches("http://")).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test]
async fn a_crooked_path_leads_nowhere() {
    let house = House::open().await;
    assert!(raw(&house, "/static/cardea.css").starts_with("HTTP/1.1 200"));
    for path in [
        "/static/../Cargo.toml",
        "/static/..%2f..%2fCargo.toml",
        "/static/%2e%2e%2fcardea.css",
        "/static/..\\cardea.css",
        "/static/",
        "/.git/config",
        "/login/",
        "//login",
        "/%ff%fe",
        "/login%00",
        "/authorize/..;/login",
    ] {
        let answer = raw(&house, path);
        assert!(answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 400"), "{path}: {answer}");
        assert!(!answer.contains("[package]") && !answer.contains("repositoryformatversion"), "{path}");
    }
}

#[tokio::test]
async fn a_page_that_is_not_there_says_where_to_go() {
    let house = House::open().await;
    let mut browser = house.browser();
    browser.headers.push(("accept".to_owned(), "text/html,application/xhtml+xml".to_owned()));
    let page = browser.get("/nowhere").await;
    assert_eq!(page.status, 404);
    assert!(page.body.contains("href=\"/\"") && page.text().contains("There is no such page"), "{}", page.text());
    assert!(page.text().contains(page.header("x-request-id")), "the reference is the request's id");
}
