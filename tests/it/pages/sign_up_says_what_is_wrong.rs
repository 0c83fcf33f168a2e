//! Making an account: each complaint beside its field, what was entered stays, and what the operator closed is closed.

use crate::house::{House, Page};

use super::{count, is_signed_in};

async fn tried(house: &House, fields: [&str; 3]) -> Page {
    let mut browser = house.browser();
    let page = browser.get("/signup").await;
    let [name, email, password] = fields;
    browser.submit(&page, &[("name", name), ("email", email), ("password", password)]).await
}

fn complaints(page: &Page) -> Vec<&'static str> {
    ["name", "email", "password"]
        .into_iter()
        .filter(|field| page.body.contains(&format!("id=\"{field}-error\"")))
        .collect()
}

#[tokio::test]
async fn each_complaint_stands_beside_its_field() {
    let house = House::open().await;
    let (name, email, good) = ("Grace", "grace@example.com", "several long words");
    let long = "x".repeat(257);
    for (fields, wrong) in [
        (["", email, good], &["name"][..]),
        ([name, "", good], &["email"]),
        ([name, "no address", good], &["email"]),
        ([name, email, ""], &["password"]),
        ([name, email, "short12"], &["password"]),
        ([name, email, "password"], &["password"]),
        ([name, email, "QWERTYUIOP"], &["password"]),
        ([name, email, "Grace@Example.com"], &["password"]),
        ([name, email, &long], &["password"]),
        (["Grace Hopper", email, "gracehopper"], &["password"]),
        (["", "", ""], &["name", "email", "password"]),
    ] {
        let page = tried(&house, fields).await;
        assert_eq!(page.status, 200, "{fields:?}");
        assert_eq!(complaints(&page), wrong, "{fields:?}: {}", page.text());
        for (field, value) in [("name", fields[0]), ("email", fields[1])] {
            assert!(
                value.is_empty() || page.body.contains(&format!(" value=\"{value}\"")),
                "{field} stays: {}",
                page.body
            );
        }
        assert!(
            fields[2].is_empty() || !page.body.contains(&format!("value=\"{}\"", fields[2])),
            "no password comes back"
        );
        assert!(page.body.contains("role=\"alert\""), "{}", page.body);
    }
    assert_eq!(count(&house, "user.added") + count(&house, "user.signed_up"), 0);
}

#[tokio::test]
async fn a_good_one_signs_in() {
    let house = House::open().await;
    let mut browser = house.browser();
    let password = "\u{1f511} any characters \"will\" do, also at 64 and more: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1";
    let page = browser.get("/signup").await;
    let fields = [("name", "Grace"), ("email", "grace@example.com"), ("password", password)];
    let page = browser.submit(&page, &fields).await;
    assert_eq!((page.status, page.location()), (303, Some("/account")), "{}", page.text());
    assert!(is_signed_in(&mut browser).await);
    // The whole password counts, to its last character.
    for (text, status) in [(&password[..password.len() - 1], 200), (password, 303)] {
        let mut browser = house.browser();
        let page = browser.get("/login").await;
        let page = browser.submit(&page, &[("email", "GRACE@example.com"), ("password", text)]).await;
        assert_eq!(page.status, status);
    }
}

#[tokio::test]
async fn an_address_has_one_account() {
    let house = House::open().await;
    house.person("ada@example.com");
    for same in ["ada@example.com", "ADA@Example.com", " ada@example.com "] {
        let page = tried(&house, ["Eve", same, "several long words"]).await;
        assert_eq!((page.status, complaints(&page)), (200, vec!["email"]), "{}", page.text());
    }
}

/// 4.39: nobody gives themselves what is not theirs to give.
#[tokio::test]
async fn fields_that_are_not_in_the_form_count_for_nothing() {
    let house = House::open().await;
    let mut browser = house.browser();
    let page = browser.get("/signup").await;
    let fields = [
        ("name", "Eve"),
        ("email", "eve@example.com"),
        ("password", "several long words"),
        ("roles", "admin"),
        ("role", "admin"),
        ("email_verified", "true"),
        ("id", "00000000-0000-0000-0000-000000000000"),
    ];
    assert_eq!(browser.submit(&page, &fields).await.status, 303);
    let shown = house.cardea(&["user", "show", "eve@example.com"]);
    assert_eq!(shown["email_verified"], false, "{shown}");
    assert_eq!(shown["roles"].as_array().map(Vec::len), Some(0), "{shown}");
    assert_ne!(shown["id"], "00000000-0000-0000-0000-000000000000");
}

#[tokio::test]
async fn where_registration_is_closed_there_is_no_way_in() {
    let house = House::with(&[("CARDEA_LOGIN__REGISTRATION", "closed")]).await;
    let mut browser = house.browser();
    let page = browser.get("/signup").await;
    assert_eq!((page.status, page.location()), (403, None), "{}", page.text());
    assert!(!page.body.contains("<form"), "{}", page.body);
    assert!(!browser.get("/login").await.body.contains("/signup"));
    assert!(!browser.get("/").await.body.contains("/signup"));
    let login = browser.get("/login").await;
    let csrf = login.form().1[0].1.clone();
    let fields =
        [("csrf", csrf.as_str()), ("name", "Eve"), ("email", "eve@example.com"), ("password", "several long words")];
    assert_eq!(browser.post("/signup", &fields).await.status, 403);
    assert!(!is_signed_in(&mut browser).await);
    assert!(house.try_cardea(&["user", "show", "eve@example.com"], None).is_err());
}
