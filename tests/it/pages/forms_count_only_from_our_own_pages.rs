//! Forms change something only when our own page posted them, in the same browser: no login CSRF, no forged consent.

use crate::house::{Browser, House, Page};

use super::{count, form_token, is_signed_in};

/// A post that must not have counted: explained by a page, and no cookie of a session with it.
fn forbidden(page: &Page, why: &str) {
    assert_eq!((page.status, page.location()), (403, None), "{why}: {}", page.text());
    let cookies = page.headers.get_all("set-cookie").iter();
    assert!(cookies.into_iter().all(|value| !value.to_str().unwrap().contains("cardea_session=c")), "{why}");
    assert!(page.text().contains("Nothing was changed"), "{why}: {}", page.text());
}

/// What a site that attacks this browser can have it send.
async fn attacks(house: &House, browser: &mut Browser, path: &str, fields: &[(&str, &str)]) {
    let own = form_token(browser, path).await;
    let foreign = form_token(&mut house.browser(), "/login").await;
    let truncated = own[..own.len() - 1].to_owned();
    for (why, token) in [
        ("none", None),
        ("empty", Some("")),
        ("another browser's", Some(&*foreign)),
        ("truncated", Some(&*truncated)),
        ("guessed", Some("x")),
    ] {
        let all: Vec<(&str, &str)> =
            token.map(|token| ("csrf", token)).into_iter().chain(fields.iter().copied()).collect();
        forbidden(&browser.post(path, &all).await, why);
    }
    let all: Vec<(&str, &str)> = [("csrf", &*own)].into_iter().chain(fields.iter().copied()).collect();
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "http://localhost:1"),
        ("origin", "http://127.0.0.1"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        browser.headers = vec![(name.to_owned(), value.to_owned())];
        forbidden(&browser.post(path, &all).await, value);
    }
    browser.headers.clear();
    // A browser that lost its cookies cannot show that the token is its own.
    let cookies = std::mem::take(&mut browser.cookies);
    let page = browser.post(path, &all).await;
    assert!(page.location().is_none() && (page.status == 403 || page.status == 404), "no cookies: {}", page.text());
    browser.cookies = cookies;
}

#[tokio::test]
async fn sign_in() {
    let house = House::open().await;
    let ada = house.person("ada@example.com");
    let mut browser = house.browser();
    let fields = [("email", ada.email.as_str()), ("password", ada.password.as_str())];
    attacks(&house, &mut browser, "/login", &fields).await;
    assert_eq!(count(&house, "sign_in.succeeded"), 0);
    assert_eq!(count(&house, "sign_in.failed"), 0);
    assert!(!is_signed_in(&mut browser).await);
    // And its own form counts, with the headers that browsers send.
    browser.headers =
        vec![("origin".to_owned(), house.issuer.clone()), ("sec-fetch-site".to_owned(), "same-origin".to_owned())];
    let page = browser.get("/login").await;
    assert_eq!(browser.submit(&page, &fields).await.status, 303);
}

#[tokio::test]
async fn sign_up() {
    let house = House::open().await;
    let mut browser = house.browser();
    let fields = [("name", "Eve"), ("email", "eve@example.com"), ("password", "a long enough secret")];
    attacks(&house, &mut browser, "/signup", &fields).await;
    assert_eq!(count(&house, "user.added"), 0);
}

#[tokio::test]
async fn consent() {
    let house = House::open().await;
    let app = house.app("shop");
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    let page = browser.get(&app.request().url()).await;
    let path = page.location().unwrap().to_owned();
    attacks(&house, &mut browser, &path, &[("decision", "allow")]).await;
    assert_eq!(count(&house, "consent.granted"), 0);
    let onward = browser.get(&path.replace("/consent?interaction=", "/authorize/")).await;
    assert_eq!(onward.location(), Some(path.as_str()), "it is still asked");
    // The token of before signing in is not the token of after it.
    let mut browser = house.browser();
    let before = form_token(&mut browser, "/login").await;
    let page = browser.get("/login").await;
    browser.submit(&page, &[("email", &ada.email), ("password", &ada.password)]).await;
    let page = browser.get(&app.request().url()).await;
    forbidden(&browser.post(page.location().unwrap(), &[("csrf", &before), ("decision", "allow")]).await, "of before");
}

#[tokio::test]
async fn sign_out() {
    let house = House::open().await;
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    let own = form_token(&mut browser, "/logout").await;
    let foreign = form_token(&mut house.browser(), "/login").await;
    forbidden(&browser.post("/logout", &[("csrf", &foreign), ("decision", "logout")]).await, "another browser's");
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        browser.headers = vec![(name.to_owned(), value.to_owned())];
        forbidden(&browser.post("/logout", &[("csrf", &own), ("decision", "logout")]).await, value);
        // Without a token it is an app's request by POST, and that only asks.
        let page = browser.post("/logout", &[("decision", "logout")]).await;
        assert_eq!(page.status, 200, "{}", page.text());
    }
    browser.headers.clear();
    assert!(is_signed_in(&mut browser).await);
    assert_eq!(browser.post("/logout", &[("csrf", &own), ("decision", "logout")]).await.status, 303);
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn nothing_is_changed_by_a_link() {
    let house = House::open().await;
    let app = house.app("shop");
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    let page = browser.get(&app.request().url()).await;
    let consent = page.location().unwrap().to_owned();
    let csrf = form_token(&mut browser, &consent).await;
    let before = house.events();
    let mut stranger = house.browser();
    let strangers = form_token(&mut stranger, "/login").await;
    for path in [
        format!("{consent}&csrf={csrf}&decision=allow"),
        format!("/logout?csrf={csrf}&decision=logout"),
        "/logout".to_owned(),
        "/signed-out".to_owned(),
    ] {
        let page = browser.get(&path).await;
        assert!(page.location().is_none_or(|location| !location.contains("code=")), "{path}");
    }
    stranger.get(&format!("/login?csrf={strangers}&email={}&password=correct+horse+battery+staple", ada.email)).await;
    stranger
        .get(&format!("/signup?csrf={strangers}&name=Eve&email=eve@example.com&password=a+long+enough+secret"))
        .await;
    assert!(!is_signed_in(&mut stranger).await);
    assert!(is_signed_in(&mut browser).await);
    assert_eq!(house.events(), before);
}

#[tokio::test]
async fn a_form_of_another_type_does_not_count() {
    let house = House::open().await;
    let ada = house.person("ada@example.com");
    let mut browser = house.browser();
    let csrf = form_token(&mut browser, "/login").await;
    let cookie = format!("cardea_browser={}", browser.cookies["cardea_browser"]);
    let form = format!("csrf={csrf}&email={}&password=correct+horse+battery+staple", ada.email);
    let json = serde_json::json!({ "csrf": csrf, "email": ada.email, "password": ada.password }).to_string();
    for (kind, body) in
        [("text/plain", &form), ("application/json", &json), ("multipart/form-data; boundary=x", &form), ("", &form)]
    {
        let url = house.url("/login");
        let request = crate::house::browser::http().post(&url).header("cookie", &cookie).header("content-type", kind);
        let page = crate::house::app::respond(url, request.body(body.clone())).await;
        assert_eq!((page.status, page.location()), (403, None), "{kind}");
    }
    assert_eq!(count(&house, "sign_in.succeeded"), 0);
}
