//! Hashes: what verifies, what is upgraded, what takes the same work.

use super::{Bcrypt, Verdict, imported};
use crate::domain::password::{Password, PasswordContext};
use crate::domain::secret::Secret;
use crate::domain::user::PasswordHash;

fn bcrypt(cost: u32) -> Bcrypt {
    Bcrypt::new(cost, Secret::new([7; 32])).expect("starts")
}

fn password(text: &str) -> Password {
    Password::parse(text, &PasswordContext { email: "", name: "", site_name: "" }).expect("fits")
}

fn matches(bcrypt: &Bcrypt, text: &str, stored: &PasswordHash) -> bool {
    matches!(bcrypt.verify(text, Some(stored)).expect("verified"), Verdict::Matches { .. })
}

#[test]
fn the_stored_text_tells_how_it_was_made() {
    let stored = bcrypt(4).hash(&password("correct horse battery")).expect("hashed");
    assert!(stored.as_str().starts_with("cardea1$$2b$04$"), "{}", stored.as_str());
    assert_eq!(stored.as_str().len(), "cardea1$".len() + 60);
}

#[test]
fn nothing_is_cut_off_and_no_nul_ends_it() {
    let bcrypt = bcrypt(4);
    let long = "a".repeat(199);
    for (one, other) in [
        (format!("{long}b"), format!("{long}c")),
        (format!("{}b", "a".repeat(72)), format!("{}c", "a".repeat(72))),
        ("nul\0inside".to_owned(), "nul\0outside".to_owned()),
        ("trailing\0".to_owned(), "trailing".to_owned()),
        ("ä".repeat(40), format!("{}o", "ä".repeat(39))),
    ] {
        let one = password(&one);
        let stored = bcrypt.hash(&one).expect("hashed");
        assert!(matches(&bcrypt, one.expose(), &stored));
        assert!(!matches(&bcrypt, &other, &stored), "{other:?}");
    }
}

#[test]
fn another_pepper_verifies_nothing() {
    let stored = bcrypt(4).hash(&password("correct horse battery")).expect("hashed");
    let other = Bcrypt::new(4, Secret::new([8; 32])).expect("starts");
    assert!(!matches(&other, "correct horse battery", &stored));
}

#[test]
fn the_same_password_hashes_differently_each_time() {
    let (bcrypt, password) = (bcrypt(4), password("correct horse battery"));
    let (one, other) = (bcrypt.hash(&password).expect("hashed"), bcrypt.hash(&password).expect("hashed"));
    assert_ne!(one.as_str(), other.as_str());
}

#[test]
fn imported_hashes_verify_and_are_upgraded() {
    // Made by other implementations: crypt_blowfish, PHP, libxcrypt.
    for (text, password) in [
        ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
        ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"),
        ("$2y$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"),
        ("$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
        ("$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq", "rasmuslerdorf"),
        ("$2a$07$usesomesillystringfore2uDLvp1Ii2e./U9C8sBjqp8I90dH6hi", "rasmuslerdorf"),
    ] {
        let bcrypt = bcrypt(4);
        let stored = imported(text).expect("imports");
        assert!(!matches(&bcrypt, "something else", &stored), "{text}");
        let Verdict::Matches { upgrade: Some(better) } = bcrypt.verify(password, Some(&stored)).expect("verified")
        else {
            panic!("{text} should match and be upgraded");
        };
        assert!(better.as_str().starts_with("cardea1$$2b$04$"));
        assert!(matches!(bcrypt.verify(password, Some(&better)), Ok(Verdict::Matches { upgrade: None })));
    }
}

#[test]
fn an_imported_hash_keeps_its_72_bytes_until_it_is_upgraded() {
    let bcrypt = bcrypt(4);
    let long = "x".repeat(100);
    let stored = imported(&::bcrypt::hash(&long, 4).expect("hashed")).expect("imports");
    assert!(matches(&bcrypt, &"x".repeat(72), &stored));
    let Verdict::Matches { upgrade: Some(better) } = bcrypt.verify(&long, Some(&stored)).expect("verified") else {
        panic!("should be upgraded");
    };
    assert!(matches(&bcrypt, &long, &better));
    assert!(!matches(&bcrypt, &"x".repeat(72), &better));
}

#[test]
fn another_cost_is_upgraded_up_and_down() {
    let stored = bcrypt(5).hash(&password("correct horse battery")).expect("hashed");
    for cost in [4, 6] {
        let Ok(Verdict::Matches { upgrade: Some(better) }) =
            bcrypt(cost).verify("correct horse battery", Some(&stored))
        else {
            panic!("should be upgraded");
        };
        assert!(better.as_str().contains(&format!("$2b$0{cost}$")));
    }
    assert!(matches!(bcrypt(4).verify("wrong horse", Some(&stored)), Ok(Verdict::Differs)));
}

#[test]
fn an_unknown_person_costs_as_much_as_a_wrong_password() {
    let bcrypt = bcrypt(6);
    assert!(bcrypt.dummy.as_str().starts_with("cardea1$$2b$06$"), "the dummy has the configured cost");
    let stored = bcrypt.hash(&password("correct horse battery")).expect("hashed");
    let before = bcrypt.computed();
    assert!(matches!(bcrypt.verify("x", Some(&stored)), Ok(Verdict::Differs)));
    assert!(matches!(bcrypt.verify("x", None), Ok(Verdict::Differs)));
    assert_eq!(bcrypt.computed() - before, 2);
}

#[test]
fn what_is_no_hash_is_refused() {
    let valid = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK";
    for text in [
        "",
        "secret",
        &valid[..59],
        &valid.replace("$05$", "$17$"),
        &valid.replace("$05$", "$03$"),
        &valid.replace("$2y$", "$2x$"),
        &valid.replace("$2y$", "$1y$"),
        &format!("{valid} "),
        &format!("cardea1${valid}"),
    ] {
        assert!(imported(text).is_err(), "{text}");
    }
    let broken = PasswordHash::new("cardea1$nonsense".to_owned());
    assert!(bcrypt(4).verify("x", Some(&broken)).is_err());
}
