//! Cookies: `HttpOnly`, `SameSite=Lax`, `Path=/`; over https also Secure and `__Host-` (RFC 6265bis 4.1.3.2).

use crate::house::House;

use super::{behind_https, is_signed_in};

async fn cookies(house: &House) -> Vec<String> {
    let ada = house.person("ada@example.com");
    let mut browser = house.browser();
    let page = browser.get("/login").await;
    let entered = browser.submit(&page, &[("email", &ada.email), ("password", &ada.password)]).await;
    assert_eq!(entered.status, 303, "{}", entered.text());
    let logout = browser.get("/account").await;
    let left = browser.submit(&logout, &[("decision", "logout")]).await;
    let set = [&page, &entered, &left].into_iter().flat_map(|page| page.headers.get_all("set-cookie").iter());
    set.map(|value| value.to_str().unwrap().to_owned()).collect()
}

fn has(cookie: &str, attribute: &str) -> bool {
    cookie.split("; ").skip(1).any(|held| held.eq_ignore_ascii_case(attribute))
}

#[tokio::test]
async fn on_loopback() {
    let house = House::open().await;
    let cookies = cookies(&house).await;
    assert_eq!(cookies.len(), 3, "{cookies:?}");
    for cookie in &cookies {
        assert!(cookie.starts_with("cardea_"), "{cookie}");
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(has(cookie, attribute), "{attribute}: {cookie}");
        }
        assert!(!cookie.to_lowercase().contains("domain="), "{cookie}");
        assert!(cookie.len() < 4096);
    }
    assert!(cookies[0].starts_with("cardea_browser=") && cookies[1].starts_with("cardea_session="), "{cookies:?}");
    assert!(cookies[2].starts_with("cardea_session=;") && has(&cookies[2], "Max-Age=0"), "{cookies:?}");
}

#[tokio::test]
async fn over_https() {
    let house = behind_https().await;
    let cookies = cookies(&house).await;
    assert_eq!(cookies.len(), 3, "{cookies:?}");
    for cookie in &cookies {
        assert!(cookie.starts_with("__Host-cardea_"), "{cookie}");
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Secure"] {
            assert!(has(cookie, attribute), "{attribute}: {cookie}");
        }
        assert!(!cookie.to_lowercase().contains("domain="), "{cookie}");
    }
}

/// Without its prefix a cookie could have been planted by a neighbouring host.
#[tokio::test]
async fn over_https_a_cookie_without_the_prefix_is_nobody() {
    let house = behind_https().await;
    let ada = house.person("ada@example.com");
    let mut browser = house.signed_in(&ada).await;
    assert!(is_signed_in(&mut browser).await);
    let session = browser.cookies.remove("__Host-cardea_session").unwrap();
    browser.cookies.insert("cardea_session".to_owned(), session);
    assert!(!is_signed_in(&mut browser).await);
}
