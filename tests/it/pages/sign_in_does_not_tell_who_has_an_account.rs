//! Whoever fails to sign in reads the same, whether the address, the password or the account was at fault.

use crate::house::{House, Page};

use super::{count, is_signed_in};

async fn tried(house: &House, email: &str, password: &str) -> Page {
    let mut browser = house.browser();
    let page = browser.get("/login").await;
    let page = browser.submit(&page, &[("email", email), ("password", password)]).await;
    assert!(!is_signed_in(&mut browser).await);
    page
}

/// The body without what differs between any two pages.
fn bare(page: &Page, email: &str) -> String {
    let csrf = page.form().1[0].1.clone();
    page.body.replace(&csrf, "").replace(email, "")
}

#[tokio::test]
async fn every_failure_reads_the_same() {
    let house = House::open().await;
    let ada = house.person("ada@example.com");
    let off = house.person("off@example.com");
    house.cardea(&["user", "disable", &off.email]);
    let wrong = tried(&house, &ada.email, "wrong").await;
    assert_eq!(wrong.status, 200);
    assert!(wrong.text().contains("The email address or the password is not right."), "{}", wrong.text());
    assert!(!wrong.body.contains("wrong\""), "the password does not come back");
    assert!(wrong.body.contains("value=\"ada@example.com\""), "the address does");
    for (email, password) in [
        ("nobody@example.com", "wrong"),
        ("nobody@example.com", ada.password.as_str()),
        (&off.email, "wrong"),
        (&off.email, &off.password),
        (&ada.email, &ada.password.to_uppercase()),
        (&ada.email, &format!("{} ", ada.password)),
        (&ada.email, &format!("{}\0x", ada.password)),
    ] {
        let page = tried(&house, email, password).await;
        assert_eq!(page.status, wrong.status, "{email}");
        assert_eq!(bare(&page, email), bare(&wrong, &ada.email), "{email}");
        let names = |page: &Page| {
            page.headers.keys().map(|name| name.as_str().to_owned()).collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(names(&page), names(&wrong), "{email}");
    }
    // What is not an address at all is no different, either.
    let page = tried(&house, "not an address", "wrong").await;
    assert_eq!(bare(&page, "not an address"), bare(&wrong, &ada.email));
    assert_eq!(count(&house, "sign_in.failed"), 9);
    assert_eq!(count(&house, "sign_in.succeeded"), 0);
}

#[tokio::test]
async fn the_address_counts_in_any_case_and_the_password_exactly() {
    let house = House::open().await;
    let ada = house.person("Ada@example.com");
    let mut browser = house.browser();
    let page = browser.get("/login").await;
    let page = browser.submit(&page, &[("email", " aDA@EXAMPLE.com "), ("password", &ada.password)]).await;
    assert_eq!((page.status, page.location()), (303, Some("/account")), "{}", page.text());
}

#[tokio::test]
async fn what_is_missing_is_said_beside_its_field() {
    let house = House::open().await;
    let mut browser = house.browser();
    let page = browser.get("/login").await;
    let page = browser.submit(&page, &[("email", "ada@example.com"), ("password", "")]).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("id=\"password-error\"") && !page.body.contains("id=\"email-error\""), "{}", page.body);
    assert!(page.body.contains("value=\"ada@example.com\""));
    let page = browser.submit(&page, &[]).await;
    assert!(page.body.contains("id=\"password-error\"") && page.body.contains("id=\"email-error\""), "{}", page.body);
    assert_eq!(count(&house, "sign_in.failed"), 0);
}

/// 4.42: two addresses or two passwords are no way to sign in as the one with the password of the other.
#[tokio::test]
async fn repeated_fields_are_no_form() {
    let house = House::open().await;
    let (ada, bob) = (house.person("ada@example.com"), house.person("bob@example.com"));
    let mut browser = house.browser();
    let page = browser.get("/login").await;
    let fields = [("email", ada.email.as_str()), ("email", &bob.email), ("password", &ada.password)];
    assert_eq!(browser.submit(&page, &fields).await.status, 403);
    assert!(!is_signed_in(&mut browser).await);
}
