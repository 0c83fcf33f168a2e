//! Every answer to a browser carries the headers that keep it from being framed, sniffed, kept, or run as something else.

use crate::house::{House, Page};

use super::behind_https;

/// One of each kind of answer.
async fn answers(house: &House) -> Vec<Page> {
    let app = house.app("shop");
    let ada = house.person("ada@example.com");
    let mut stranger = house.browser();
    let mut known = house.signed_in(&ada).await;
    let login = stranger.get(&app.request().url()).await;
    let login_page = stranger.follow(login.clone()).await;
    let consent = known.get(&app.request().url()).await;
    let consent = known.follow(consent).await;
    assert!(consent.url.contains("/consent?"), "{}", consent.url);
    vec![
        stranger.get("/").await,
        login_page,
        login,
        stranger.get("/signup").await,
        stranger.get("/signed-out").await,
        consent,
        known.get("/account").await,
        known.get("/logout").await,
        known.get(&app.request().with("prompt", "none").url()).await,
        known.get(&app.request().with("prompt", "none").with("response_mode", "form_post").url()).await,
        known.get(&app.request().with("client_id", "nobody").url()).await,
        stranger.get("/authorize/unknown").await,
        stranger.get("/no/such/page").await,
        stranger.post("/login", &[("email", "x")]).await,
        stranger.post("/signup", &[]).await,
        stranger.post("/consent", &[]).await,
        stranger.post("/signed-out", &[]).await,
        stranger.get("/login?interaction=unknown").await,
        stranger.get("/.well-known/openid-configuration").await,
        stranger.get("/static/cardea.css").await,
        stranger.post("/token", &[("grant_type", "x")]).await,
    ]
}

#[tokio::test]
async fn with_the_headers_that_protect_it() {
    let house = House::open().await;
    for page in answers(&house).await {
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{}: {policy}", page.url);
        assert!(policy.contains("frame-ancestors 'none'"), "{}: {policy}", page.url);
        assert!(policy.contains("base-uri 'none'"), "{}: {policy}", page.url);
        assert!(policy.contains("form-action"), "{}: {policy}", page.url);
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{}: {policy}", page.url);
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{}", page.url);
        assert_eq!(page.header("referrer-policy"), "no-referrer", "{}", page.url);
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin", "{}", page.url);
        assert_eq!(page.header("x-frame-options"), "DENY", "{}", page.url);
        assert_eq!(page.header("strict-transport-security"), "", "plain http promises nothing: {}", page.url);
        let may_be_kept = page.url.contains("/static/") || page.url.contains("/.well-known/");
        assert!(
            may_be_kept || page.header("cache-control") == "no-store",
            "{}: {}",
            page.url,
            page.header("cache-control")
        );
        assert!(page.headers.get_all("content-security-policy").iter().count() == 1, "{}", page.url);
    }
}

#[tokio::test]
async fn and_holds_no_script_or_style_of_its_own_and_nothing_from_elsewhere() {
    let house = House::open().await;
    for page in answers(&house).await.iter().filter(|page| page.header("content-type").starts_with("text/html")) {
        let body = page.body.to_lowercase();
        for forbidden in
            ["<style", " style=", " onload", " onclick", " onsubmit", "javascript:", "src=\"http", "src=\"//"]
        {
            assert!(!body.contains(forbidden), "{}: {forbidden}", page.url);
        }
        for script in body.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"/static/"), "{}: {script}", page.url);
        }
        for link in body.split("<link").skip(1) {
            assert!(link.contains("href=\"/static/"), "{}: {link}", page.url);
        }
        // Each page works as a plain form: every form posts, and has a button.
        for form in body.split("<form").skip(1) {
            assert!(
                form.contains("method=\"post\"") && form.split("</form>").next().unwrap().contains("<button"),
                "{}",
                page.url
            );
        }
    }
}

#[tokio::test]
async fn and_asks_for_https_where_the_house_is_reached_by_it() {
    let house = behind_https().await;
    for page in answers(&house).await {
        let header = page.header("strict-transport-security");
        let age = header.split("max-age=").nth(1).unwrap_or("0").split(';').next().unwrap();
        assert!(age.parse::<u64>().unwrap() >= 31_536_000, "{}: {header:?}", page.url);
    }
}

/// RFC 9700 2.6: no script of another site reads the authorization endpoint or a page.
#[tokio::test]
async fn and_no_other_site_may_read_it() {
    let house = House::open().await;
    let app = house.app("shop");
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    browser.headers.push(("origin".to_owned(), "https://evil.example".to_owned()));
    for path in [
        &app.request().url(),
        "/",
        "/login",
        "/signup",
        "/consent",
        "/account",
        "/logout",
        "/signed-out",
        "/authorize/x",
    ] {
        let page = browser.get(path).await;
        for name in page.headers.keys() {
            assert!(!name.as_str().starts_with("access-control-"), "{path}: {name}");
        }
        let preflight = crate::house::browser::http()
            .request(reqwest::Method::OPTIONS, page.url)
            .header("origin", "https://evil.example")
            .header("access-control-request-method", "POST");
        let page = crate::house::app::respond(String::new(), preflight).await;
        assert!(page.status >= 400, "{path}: {}", page.status);
        for name in page.headers.keys() {
            assert!(!name.as_str().starts_with("access-control-"), "{path}: {name}");
        }
    }
}
