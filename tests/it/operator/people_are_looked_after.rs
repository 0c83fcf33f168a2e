//! `user add|list|show|disable|enable|set-password|remove`: what is refused, what is shown, what ends.

use serde_json::json;

use crate::house::wire::{alive, eventually};
use crate::house::{House, Person};

use super::{printed, refused, text};

fn add<'a>(email: &'a str, name: &'a str) -> [&'a str; 7] {
    ["user", "add", "--email", email, "--name", name, "--password-stdin"]
}

/// Whether these words open the door.
async fn opens(house: &House, email: &str, password: &str) -> bool {
    let mut browser = house.browser();
    let page = browser.get("/login").await;
    let page = browser.submit(&page, &[("email", email), ("password", password)]).await;
    page.status == 303 && page.location() == Some("/account")
}

#[tokio::test]
async fn an_account_is_what_was_said() {
    let house = House::open().await;
    let options =
        [&add(" Ada@Example.com ", " Ada  King ")[..], &["--role", "author", "--role", "admin", "--role", "author"]]
            .concat();
    let made = house.try_cardea(&options, Some("correct horse battery staple\n")).unwrap();
    assert_eq!(made["email"], "Ada@Example.com");
    assert_eq!(made["name"], "Ada King");
    assert_eq!(made["roles"], json!(["admin", "author"]));
    assert_eq!((&made["email_verified"], &made["disabled"]), (&json!(false), &json!(false)));
    assert!(made["password"].is_null(), "it was not made here");
    let grace = house.person("grace@example.com");
    // By id or by address, whose case does not matter.
    for who in [text(&made, "id"), "Ada@Example.com", "ada@example.com"] {
        assert_eq!(house.cardea(&["user", "show", who]), made);
    }
    let list = house.cardea(&["user", "list"]);
    assert_eq!((list.as_array().unwrap().len(), &list[0], &list[1]["id"]), (2, &made, &json!(grace.id)));
    assert_eq!(list[1]["email_verified"], true);
    assert!(opens(&house, "ADA@example.com", "correct horse battery staple").await);
}

#[tokio::test]
async fn a_password_that_is_made_is_shown_once_and_works() {
    let house = House::open().await;
    let made = house.cardea(&["user", "add", "--email", "ada@example.com", "--name", "Ada"]);
    let first = text(&made, "password");
    assert!(first.len() >= 20, "{first}");
    assert!(opens(&house, "ada@example.com", first).await);
    for command in [["user", "list", "--"], ["user", "show", "ada@example.com"]] {
        let command: Vec<&str> = command.into_iter().filter(|word| *word != "--").collect();
        for shown in [printed(&house, &command, None), house.cardea(&command).to_string()] {
            assert!(
                shown.contains("ada@example.com") && !shown.contains(first) && !shown.contains("password"),
                "{shown}"
            );
        }
    }
    let set = house.cardea(&["user", "set-password", "ada@example.com"]);
    let second = text(&set, "password");
    assert_ne!(first, second);
    assert!(opens(&house, "ada@example.com", second).await && !opens(&house, "ada@example.com", first).await);
    let as_text = printed(&house, &["user", "set-password", "ada@example.com"], None);
    assert!(as_text.contains("shown this once"), "{as_text}");
    for event in house.event_rows() {
        let event = format!("{event:?}");
        assert!(!event.contains(first) && !event.contains(second), "{event}");
    }
}

#[tokio::test]
async fn words_that_will_not_do_are_refused_and_not_repeated() {
    let house = House::open().await;
    for email in [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "a b@example.com",
        "ada@example.com\nbcc: x",
        "<ada@example.com>",
    ] {
        let error = refused(&house, &add(email, "Ada"), Some("correct horse battery staple"));
        assert!(error.contains("--email"), "{email:?}: {error}");
    }
    for name in ["", "  ", &"n".repeat(101), "Ada\u{202e}adA"] {
        let error = refused(&house, &add("ada@example.com", name), Some("correct horse battery staple"));
        assert!(error.contains("--name"), "{name:?}: {error}");
    }
    for (password, reason) in [
        ("", "empty"),
        ("seven77", "at least 8"),
        ("Password1", "common"),
        ("ada@example.com", "e-mail"),
        ("Ada King-Noel", "Your name"),
        (&"p".repeat(257), "at most 256"),
    ] {
        let error = refused(&house, &add("ada@example.com", "Ada King-Noel"), Some(password));
        assert!(error.contains(reason), "{password}: {error}");
        assert!(password.is_empty() || password.contains('@') || !error.contains(password), "{error}");
    }
    for role in ["", "Author", "two words", &"r".repeat(65)] {
        let options = [&add("ada@example.com", "Ada")[..], &["--role", role]].concat();
        assert!(refused(&house, &options, Some("correct horse battery staple")).contains("--role"), "{role:?}");
    }
    assert_eq!(house.cardea(&["user", "list"]), json!([]), "nothing was written");
}

#[tokio::test]
async fn an_address_is_taken_once_and_nobody_is_said_to_be_nobody() {
    let house = House::open().await;
    house.person("ada@example.com");
    let error = refused(&house, &add("ADA@example.com", "Another"), Some("correct horse battery staple"));
    assert!(error.contains("exists"), "{error}");
    for command in ["show", "disable", "enable", "remove", "set-password"] {
        for who in ["grace@example.com", "0".repeat(32).as_str(), "nonsense"] {
            let error = refused(&house, &["user", command, who], None);
            assert!(error.contains(who) && error.contains("user list"), "{command} {who}: {error}");
        }
    }
    let ada = house.person("ada2@example.com");
    assert!(
        refused(&house, &["user", "set-password", &ada.id, "--password-stdin"], Some("password")).contains("common")
    );
    assert!(opens(&house, &ada.email, &ada.password).await, "the old one stays");
}

/// Somebody with a browser session and tokens.
async fn busy(house: &House) -> (Person, crate::house::App, serde_json::Value, crate::house::Browser) {
    let person = house.person("ada@example.com");
    let app = house.app("newspaper");
    let browser = house.signed_in(&person).await;
    let tokens = app.tokens(house, &person, "openid offline_access").await;
    (person, app, tokens, browser)
}

#[tokio::test]
async fn a_disabled_account_ends_at_once_and_enabling_revives_nothing() {
    let house = House::open().await;
    let (ada, app, tokens, mut browser) = busy(&house).await;
    assert_eq!(browser.get("/account").await.status, 200);
    assert_eq!(house.cardea(&["user", "disable", &ada.email])["disabled"], true);
    assert_eq!(browser.get("/account").await.location(), Some("/login"));
    assert!(!opens(&house, &ada.email, &ada.password).await);
    assert!(!alive(&app, text(&tokens, "access_token")).await);
    assert_eq!(app.refresh(text(&tokens, "refresh_token")).await.json()["error"], "invalid_grant");
    assert_eq!(app.userinfo(text(&tokens, "access_token")).await.status, 401);
    assert!(printed(&house, &["user", "show", &ada.id], None).contains("disabled since"));

    assert_eq!(house.cardea(&["user", "enable", &ada.id])["disabled"], false);
    assert_eq!(browser.get("/account").await.location(), Some("/login"), "the session stays ended");
    assert!(!alive(&app, text(&tokens, "access_token")).await);
    assert!(opens(&house, &ada.email, &ada.password).await);
}

/// MUST-HOLD 4.46
#[tokio::test]
async fn a_new_password_signs_out_everywhere() {
    let house = House::open().await;
    let (ada, app, tokens, mut browser) = busy(&house).await;
    let fresh = "another long password";
    house.try_cardea(&["user", "set-password", &ada.id, "--password-stdin"], Some(fresh)).unwrap();
    assert_eq!(browser.get("/account").await.location(), Some("/login"));
    assert!(!alive(&app, text(&tokens, "access_token")).await);
    assert_eq!(app.refresh(text(&tokens, "refresh_token")).await.json()["error"], "invalid_grant");
    assert!(opens(&house, &ada.email, fresh).await && !opens(&house, &ada.email, &ada.password).await);
}

#[tokio::test]
async fn a_removed_account_takes_everything_along_and_its_address_is_free() {
    let house = House::open().await;
    let (ada, app, tokens, mut browser) = busy(&house).await;
    assert_eq!(house.cardea(&["user", "remove", &ada.email]), json!({ "removed": ada.id }));
    assert_eq!(browser.get("/account").await.location(), Some("/login"));
    assert!(!alive(&app, text(&tokens, "access_token")).await);
    assert_eq!(app.refresh(text(&tokens, "refresh_token")).await.json()["error"], "invalid_grant");
    let again = house.person(&ada.email);
    assert_ne!(again.id, ada.id, "a subject is never given to somebody else");
    eventually("the new account signs in", || opens(&house, &again.email, &again.password)).await;
}
