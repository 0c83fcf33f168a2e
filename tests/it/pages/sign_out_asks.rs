//! The page at `/logout` asks, unless the app proves for whom it asks; it never leads where nobody registered.

use crate::house::House;

use super::is_signed_in;

#[tokio::test]
async fn a_bare_link_asks() {
    let house = House::open().await;
    house.app("shop");
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    for query in [
        "",
        "?client_id=shop",
        "?client_id=shop&post_logout_redirect_uri=https://shop.example/goodbye",
        "?id_token_hint=x&post_logout_redirect_uri=https://shop.example/goodbye",
        "?post_logout_redirect_uri=https://evil.example",
        "?post_logout_redirect_uri=javascript:alert(1)",
    ] {
        let page = browser.get(&format!("/logout{query}")).await;
        assert_eq!((page.status, page.location()), (200, None), "{query}");
        assert!(page.text().contains("Sign out of"), "{query}: {}", page.text());
        assert!(is_signed_in(&mut browser).await, "{query}");
    }
    let page = browser.get("/logout?client_id=shop").await;
    assert!(page.text().contains("shop asked to sign you out"), "{}", page.text());
    let stayed = browser.submit(&page, &[("decision", "stay")]).await;
    assert_eq!((stayed.status, stayed.location()), (303, Some("/account")));
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn an_address_that_nobody_registered_is_not_followed() {
    let house = House::open().await;
    house.app("shop");
    let ada = house.person("ada@example.com");
    for uri in [
        "https://evil.example",
        "https://shop.example/goodbye?x=1",
        "https://shop.example/callback",
        "javascript:alert(1)",
        "//evil.example",
        "https://shop.example/goodbye",
    ] {
        let mut browser = house.signed_in(&ada).await;
        let uri: String = url::form_urlencoded::byte_serialize(uri.as_bytes()).collect();
        let page = browser.get(&format!("/logout?client_id=shop&post_logout_redirect_uri={uri}&state=s")).await;
        let page = browser.submit(&page, &[("decision", "logout")]).await;
        assert_eq!((page.status, page.location()), (303, Some("/signed-out")), "{uri}: no hint, no way onward");
        assert!(!is_signed_in(&mut browser).await);
    }
}

#[tokio::test]
async fn the_hint_of_another_session_only_asks() {
    let house = House::open().await;
    let app = house.app("shop");
    let (ada, bob) = (house.person("ada@example.com"), house.person("bob@example.com"));
    let mut adas = house.browser();
    let callback = app.authorize(&mut adas, &ada, &app.request()).await;
    let hint = app.exchange(&callback["code"]).await.json()["id_token"].as_str().unwrap().to_owned();
    let path =
        format!("/logout?id_token_hint={hint}&post_logout_redirect_uri=https://shop.example/goodbye&state=a%26b");
    for person in [&ada, &bob] {
        let mut browser = house.signed_in(person).await;
        let page = browser.get(&path).await;
        assert_eq!((page.status, page.location()), (200, None), "{}", page.text());
        assert!(is_signed_in(&mut browser).await);
    }
    // A client_id that contradicts the hint takes its worth.
    house.app("other");
    let page = adas.get(&format!("{path}&client_id=other")).await;
    assert_eq!(page.status, 200);
    assert!(is_signed_in(&mut adas).await);
    let page = adas.get(&path).await;
    assert_eq!(page.location(), Some("https://shop.example/goodbye?state=a%26b"));
    assert!(!is_signed_in(&mut adas).await);
}
