//! A pending request travels by its own id: two tabs finish both, and no other browser can take it up.

use chrono::TimeDelta;

use crate::house::House;
use crate::house::app::{answer, claims};

use super::{sent, stopped};

#[tokio::test]
async fn two_tabs_both_finish() {
    let house = House::open().await;
    let (shop, news) = (house.app("shop"), house.app("news"));
    let ada = house.person("ada@example.com");
    let mut browser = house.browser();
    let first = browser.get(&shop.request().with("state", "one").url()).await;
    let second = browser.get(&news.request().with("state", "two").url()).await;
    let (first, second) = (browser.follow(first).await, browser.follow(second).await);
    assert!(first.text().contains("shop") && second.text().contains("news"));
    let page = answer(&mut browser, &ada, second).await;
    assert_eq!(sent(&house, &page, &news.redirect_uri)["state"], "two");
    // The other tab still shows the form of before. Its token was of a browser where nobody was signed in.
    let stale = browser.submit(&first, &[("email", &ada.email), ("password", &ada.password)]).await;
    assert_eq!(stale.status, 403);
    let first = browser.get(&first.url).await;
    let page = answer(&mut browser, &ada, first).await;
    let callback = sent(&house, &page, &shop.redirect_uri);
    assert_eq!(callback["state"], "one");
    assert_eq!(shop.exchange(&callback["code"]).await.status, 200);
}

/// MUST-HOLD 4.20, 4.22: neither side can finish what the other began, signed in or not.
#[tokio::test]
async fn another_browser_cannot_take_it_up() {
    let house = House::open().await;
    let app = house.app("shop");
    let (ada, eve) = (house.person("ada@example.com"), house.person("eve@example.com"));
    for signed_in in [false, true] {
        let mut eves = house.signed_in(&eve).await;
        let page = eves.get(&app.request().url()).await;
        let page = eves.follow(page).await;
        let id = page.url.split_once("interaction=").unwrap().1.to_owned();
        let mut adas = if signed_in { house.signed_in(&ada).await } else { house.browser() };
        let own = adas.get("/login").await;
        for path in ["/login?interaction=", "/signup?interaction=", "/consent?interaction=", "/authorize/"] {
            stopped(&adas.get(&format!("{path}{id}")).await, 404);
        }
        if !signed_in {
            let (_, hidden) = own.form();
            for path in ["/login", "/signup", "/consent"] {
                let fields = [
                    ("csrf", hidden[0].1.as_str()),
                    ("email", &ada.email),
                    ("password", &ada.password),
                    ("decision", "allow"),
                ];
                stopped(&adas.post(&format!("{path}?interaction={id}"), &fields).await, 404);
            }
            assert!(!adas.cookies.contains_key("cardea_session"), "nobody was signed in by that");
        }
    }
    for nonsense in ["", "x", "../../etc/passwd", "%00", "00000000-0000-0000-0000-000000000000", "' OR 1=1"] {
        let id = url::form_urlencoded::byte_serialize(nonsense.as_bytes()).collect::<String>();
        let page = house.browser().get(&format!("/authorize/{id}")).await;
        assert_eq!((page.status, page.location()), (404, None), "{nonsense}");
    }
    assert!(!house.events().contains(&"code.issued".to_owned()));
}

#[tokio::test]
async fn one_that_took_too_long_shows_the_way_back() {
    let house = House::open().await;
    let app = house.app("shop");
    let ada = house.person("ada@example.com");
    let mut browser = house.browser();
    let page = browser.get(&app.request().url()).await;
    let login = browser.follow(page).await;
    house.clock.advance(TimeDelta::minutes(31));
    let page = browser.submit(&login, &[("email", &ada.email), ("password", &ada.password)]).await;
    stopped(&page, 410);
    assert!(!browser.cookies.contains_key("cardea_session"));
    for path in [login.url.clone(), login.url.replace("/login?interaction=", "/authorize/")] {
        let page = browser.get(&path).await;
        stopped(&page, 410);
        let link = page.body.split_once("href=\"https://shop.example/callback").unwrap().1.split_once('"').unwrap().0;
        let query = link.trim_start_matches('?').replace("&#38;", "&").replace("&amp;", "&");
        let answer: std::collections::BTreeMap<_, _> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert_eq!((answer["error"].as_str(), answer["state"].as_str()), ("access_denied", "the-state"), "{link}");
        assert_eq!(answer["iss"], house.issuer);
    }
}

#[tokio::test]
async fn one_that_is_finished_does_not_go_on() {
    let house = House::open().await;
    let app = house.app("shop");
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    let page = browser.get(&app.request().url()).await;
    let consent = browser.follow(page).await;
    let page = answer(&mut browser, &ada, consent.clone()).await;
    assert!(sent(&house, &page, &app.redirect_uri).contains_key("code"));
    for path in [
        consent.url.clone(),
        consent.url.replace("/consent?interaction=", "/authorize/"),
        consent.url.replace("/consent?", "/login?"),
    ] {
        stopped(&browser.get(&path).await, 410);
    }
    stopped(&browser.submit(&consent, &[("decision", "allow")]).await, 410);
    assert_eq!(house.events().iter().filter(|kind| *kind == "code.issued").count(), 1);
}

#[tokio::test]
async fn a_request_answered_in_many_tabs_at_once_gives_one_code() {
    let house = House::open().await;
    let app = house.app("shop");
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    let page = browser.get(&app.request().url()).await;
    let consent = browser.follow(page).await;
    let onward = browser.submit(&consent, &[("decision", "allow")]).await;
    let path = onward.location().unwrap().to_owned();
    let tabs = (0..8).map(|_| {
        let (mut tab, path) = (browser.clone(), path.clone());
        tokio::spawn(async move { tab.get(&path).await })
    });
    let mut codes = 0;
    for tab in tabs.collect::<Vec<_>>() {
        let page = tab.await.unwrap();
        match page.status {
            303 => codes += usize::from(page.location().unwrap().contains("code=")),
            400 | 410 => assert_eq!(page.location(), None),
            other => panic!("{other}: {}", page.body),
        }
    }
    assert_eq!(codes, 1);
}

#[tokio::test]
async fn an_account_switched_off_in_the_middle_gets_nothing() {
    let house = House::open().await;
    let app = house.app("shop");
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    let page = browser.get(&app.request().url()).await;
    let consent = browser.follow(page).await;
    let onward = browser.submit(&consent, &[("decision", "allow")]).await;
    house.cardea(&["user", "disable", &ada.email]);
    let page = browser.follow(onward).await;
    assert!(page.url.contains("/login?"), "{}", page.url);
    let page = browser.submit(&page, &[("email", &ada.email), ("password", &ada.password)]).await;
    assert_eq!((page.status, page.location()), (200, None), "{}", page.text());
    assert!(!house.events().contains(&"code.issued".to_owned()));
}

#[tokio::test]
async fn signing_up_goes_on_with_the_request() {
    let house = House::open().await;
    let app = house.app("shop");
    let mut browser = house.browser();
    let page = browser.get(&app.request().url()).await;
    let login = browser.follow(page).await;
    let signup = browser.get(&login.url.replace("/login?", "/signup?")).await;
    assert!(signup.text().contains("to continue to shop"), "{}", signup.text());
    let fields = [("name", "Grace"), ("email", "grace@example.com"), ("password", "a long enough secret")];
    let page = browser.submit(&signup, &fields).await;
    assert_eq!(page.status, 303, "{}", page.text());
    let page = browser.follow(page).await;
    assert!(page.url.contains("/consent?"), "{}", page.url);
    let page = browser.submit(&page, &[("decision", "allow")]).await;
    let page = browser.follow(page).await;
    let tokens = app.exchange(&sent(&house, &page, &app.redirect_uri)["code"]).await.json();
    let userinfo = app.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert_eq!(
        (userinfo["email"].as_str(), userinfo["email_verified"].as_bool()),
        (Some("grace@example.com"), Some(false))
    );
    assert_eq!(userinfo["sub"], claims(tokens["id_token"].as_str().unwrap())["sub"]);
}
