//! Consent: asked before anything is given, remembered until the scope grows, and for who cannot prove who they are, never.

use crate::house::House;
use crate::house::app::{answer, claims};

use super::{refused, sent};

#[tokio::test]
async fn it_is_remembered_until_the_scope_grows() {
    let house = House::open().await;
    let app = house.app_with("shop", &["--scope", "openid profile email offline_access articles:read"]);
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    let ask = |scope: &str| app.request().with("scope", scope).url();

    let page = browser.get(&ask("openid email")).await;
    let page = browser.follow(page).await;
    assert!(page.url.contains("/consent?"), "{}", page.url);
    let text = page.text();
    for word in ["shop", "ada@example.com", "see your email address", "shop.example", "until you sign out"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let page = browser.submit(&page, &[("decision", "allow")]).await;
    assert_eq!(page.status, 303);
    let page = browser.follow(page).await;
    assert!(sent(&house, &page, &app.redirect_uri).contains_key("code"));

    for less in ["openid email", "email openid", "openid"] {
        let page = browser.get(&ask(less)).await;
        assert!(sent(&house, &page, &app.redirect_uri).contains_key("code"), "{less}");
    }
    let page = browser.get(&ask("openid email articles:read")).await;
    let page = browser.follow(page).await;
    assert!(page.url.contains("/consent?") && page.text().contains("articles:read"), "{}", page.text());

    // Another person, another consent.
    let bob = house.person("bob@example.com");
    let mut browser = house.signed_in(&bob).await;
    assert!(browser.get(&ask("openid")).await.location().unwrap().starts_with("/consent?"));
}

#[tokio::test]
async fn prompt_consent_asks_again() {
    let house = House::open().await;
    let app = house.app("shop");
    let own = house.app_with("own", &["--first-party"]);
    let ada = house.person("ada@example.com");
    let mut browser = house.browser();
    app.authorize(&mut browser, &ada, &app.request()).await;
    for app in [&app, &own] {
        let page = browser.get(&app.request().with("prompt", "consent").url()).await;
        let page = browser.follow(page).await;
        assert!(page.url.contains("/consent?"), "{}", page.url);
        let page = browser.submit(&page, &[("decision", "allow")]).await;
        let page = browser.follow(page).await;
        assert!(sent(&house, &page, &app.redirect_uri).contains_key("code"));
    }
}

#[tokio::test]
async fn denying_is_told_to_the_app() {
    let house = House::open().await;
    let app = house.app("shop");
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    for _ in 0..2 {
        let page = browser.get(&app.request().url()).await;
        let page = browser.follow(page).await;
        let page = browser.submit(&page, &[("decision", "deny")]).await;
        let page = browser.follow(page).await;
        assert_eq!(refused(&house, &page, &app.redirect_uri), "access_denied");
    }
    let events = house.events();
    assert!(events.contains(&"consent.denied".to_owned()) && !events.contains(&"code.issued".to_owned()), "{events:?}");
}

#[tokio::test]
async fn an_answer_that_is_neither_yes_nor_no_is_no_answer() {
    let house = House::open().await;
    let app = house.app("shop");
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    let page = browser.get(&app.request().url()).await;
    let page = browser.follow(page).await;
    for fields in
        [vec![], vec![("decision", "")], vec![("decision", "maybe")], vec![("decision", "deny"), ("decision", "allow")]]
    {
        assert_eq!(browser.submit(&page, &fields).await.status, 403, "{fields:?}");
    }
    let onward = browser.get(&page.url.replace("/consent?interaction=", "/authorize/")).await;
    assert!(onward.location().unwrap().starts_with("/consent?"), "{:?}", onward.location());
}

#[tokio::test]
async fn an_app_of_the_house_does_not_ask() {
    let house = House::open().await;
    let own = house.app_with("own", &["--first-party"]);
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    let page = browser.get(&own.request().url()).await;
    assert!(sent(&house, &page, &own.redirect_uri).contains_key("code"));
}

/// RFC 8252 8.6: an app on a device cannot prove who it is, so another one could use what was allowed to it.
#[tokio::test]
async fn an_app_on_a_device_asks_each_time() {
    let house = House::open().await;
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    for (id, uri) in [("loopback", "http://127.0.0.1:1234/cb"), ("phone", "com.example.phone:/cb")] {
        let app = house.app_with(id, &["--public", "--native", "--redirect-uri", uri]);
        for _ in 0..2 {
            let page = browser.get(&app.request().url()).await;
            let page = browser.follow(page).await;
            assert!(page.url.contains("/consent?"), "{id}: {}", page.url);
            let page = answer(&mut browser, &ada, page).await;
            assert!(sent(&house, &page, uri).contains_key("code"));
        }
        let page = browser.get(&app.request().with("prompt", "none").url()).await;
        assert_eq!(refused(&house, &page, uri), "consent_required");
    }
}

#[tokio::test]
async fn another_account_can_be_used_from_the_consent_page() {
    let house = House::open().await;
    let app = house.app("shop");
    let (ada, bob) = (house.person("ada@example.com"), house.person("bob@example.com"));
    let mut browser = house.signed_in(&ada).await;
    let page = browser.get(&app.request().url()).await;
    let consent = browser.follow(page).await;
    assert!(consent.body.contains("Use another account"), "{}", consent.body);
    // Ada says yes, and before the request goes on Bob signs in: her yes is not his.
    let onward = browser.submit(&consent, &[("decision", "allow")]).await;
    let login = browser.get(&consent.url.replace("/consent?", "/login?")).await;
    assert_eq!(browser.submit(&login, &[("email", &bob.email), ("password", &bob.password)]).await.status, 303);
    let page = browser.follow(onward).await;
    assert!(page.url.contains("/consent?") && page.text().contains("bob@example.com"), "{}", page.text());
    let page = browser.submit(&page, &[("decision", "allow")]).await;
    let page = browser.follow(page).await;
    let tokens = app.exchange(&page.callback()["code"]).await.json();
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["sub"], bob.id.as_str());
}

/// MUST-HOLD 4.24: a look-alike name does not inherit anybody's consent, and prompt=none never gives one.
#[tokio::test]
async fn a_look_alike_asks_for_itself() {
    let house = House::open().await;
    let app = house.app_with("bank", &["--name", "Your Bank"]);
    let twin = house.app_with("bank2", &["--name", "Your Bank"]);
    let ada = house.person("ada@example.com");
    let mut browser = house.browser();
    app.authorize(&mut browser, &ada, &app.request()).await;
    let page = browser.get(&twin.request().with("prompt", "none").url()).await;
    assert_eq!(refused(&house, &page, &twin.redirect_uri), "consent_required");
    let page = browser.get(&twin.request().url()).await;
    let page = browser.follow(page).await;
    assert!(page.text().contains("bank2.example"), "the host tells them apart: {}", page.text());
}
