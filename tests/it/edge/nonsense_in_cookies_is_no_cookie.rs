//! Cookies come from outside: one that we cannot have set is as good as none.

use crate::house::House;

#[tokio::test]
async fn nonsense_in_our_cookies_is_a_browser_without_cookies() {
    let house = House::open().await;
    for value in ["", "x", "%00", "a=b=c", &"x".repeat(4000), "../../etc/passwd", "'; DROP TABLE users; --"] {
        let mut browser = house.browser();
        for name in ["cardea_browser", "cardea_session"] {
            browser.cookies.insert(name.to_owned(), value.to_owned());
        }
        let page = browser.get("/login").await;
        assert_eq!(page.status, 200, "{value}");
        assert!(page.form().1.iter().any(|(name, value)| name == "csrf" && !value.is_empty()), "{value}");
        assert_eq!(browser.get("/account").await.location(), Some("/login"), "{value}");
    }
}
