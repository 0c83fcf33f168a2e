//! Names that apps and people gave themselves are shown as text, wherever they are shown.

use crate::house::House;

const MARKUP: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}";

#[tokio::test]
async fn names_of_apps_and_people() {
    let house = House::with(&[("CARDEA_LOGIN__SITE_NAME", "<b>Site</b>")]).await;
    let app = house.app_with("shop", &["--name", MARKUP, "--client-uri", "https://shop.example/?a=\u{26}b"]);
    let mut browser = house.browser();
    let page = browser.get("/signup").await;
    let fields = [("name", MARKUP), ("email", "ada@example.com"), ("password", "a long enough secret")];
    let page = browser.submit(&page, &fields).await;
    assert_eq!(page.status, 303, "{}", page.text());
    let account = browser.get("/account").await;
    let consent = browser.get(&app.request().url()).await;
    let consent = browser.follow(consent).await;
    let login = house.browser().get(&app.request().url()).await;
    let mut stranger = house.browser();
    let login = {
        drop(login);
        let page = stranger.get(&app.request().url()).await;
        stranger.follow(page).await
    };
    let goodbye = browser.get("/logout?client_id=shop").await;
    for (page, shown) in [(&account, true), (&consent, true), (&login, true), (&goodbye, true)] {
        assert_eq!(page.status, 200, "{}", page.url);
        assert_eq!(
            page.body.contains("&#60;script&#62;alert(1)") || page.body.contains("&lt;script&gt;alert(1)"),
            shown,
            "{}",
            page.body
        );
        assert!(
            !page.body.contains("<script>") && !page.body.contains("<img src=x") && !page.body.contains("<b>Site"),
            "{}",
            page.body
        );
    }
}

#[tokio::test]
async fn what_is_entered_into_a_form() {
    let house = House::open().await;
    let mut browser = house.browser();
    for path in ["/login", "/signup"] {
        let page = browser.get(path).await;
        let page = browser.submit(&page, &[("email", MARKUP), ("name", MARKUP), ("password", MARKUP)]).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.body.contains("<script>") && !page.body.contains("<img src=x"), "{}", page.body);
    }
}

#[tokio::test]
async fn what_stands_in_a_url() {
    let house = House::open().await;
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    let markup: String = url::form_urlencoded::byte_serialize(MARKUP.as_bytes()).collect();
    for path in [
        format!("/{markup}"),
        format!("/login?interaction={markup}"),
        format!("/signup?interaction={markup}"),
        format!("/consent?interaction={markup}"),
        format!("/authorize/{markup}"),
        format!("/static/{markup}"),
        format!("/logout?client_id={markup}&state={markup}&id_token_hint={markup}&post_logout_redirect_uri={markup}"),
        format!("/logout?{markup}={markup}"),
    ] {
        browser.headers = vec![("accept".to_owned(), "text/html".to_owned())];
        let page = browser.get(&path).await;
        assert!(!page.body.contains("<script>") && !page.body.contains("<img src=x"), "{path}: {}", page.body);
    }
}

/// MUST-HOLD 4.6, 4.38: an address that runs script can neither be registered nor shown.
#[tokio::test]
async fn addresses_that_run_script() {
    let house = House::open().await;
    for bad in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "java\nscript:alert(1)",
        "file:///etc/passwd",
    ] {
        for option in
            ["--redirect-uri", "--post-logout-redirect-uri", "--client-uri", "--policy-uri", "--tos-uri", "--logo-uri"]
        {
            for kind in [&[][..], &["--native", "--public"][..]] {
                let mut arguments = vec!["client", "add", "--id", "bad", option, bad];
                if option != "--redirect-uri" {
                    arguments.extend(["--redirect-uri", "https://bad.example"]);
                }
                arguments.extend(kind);
                assert!(house.try_cardea(&arguments, None).is_err(), "{option} {bad:?}");
            }
        }
    }
}
