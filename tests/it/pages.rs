//! The pages that people see: what stands around each of them, whose forms count, how long a sign-in lasts.

mod cookies_belong_to_one_host;
mod every_page_is_guarded;
mod forms_count_only_from_our_own_pages;
mod headers_from_outside_change_no_address;
mod markup_stays_text;
mod sessions_begin_anew_and_end_at_the_server;
mod sign_in_does_not_tell_who_has_an_account;
mod sign_out_asks;
mod sign_up_says_what_is_wrong;

use crate::house::{Browser, House};

/// The value of the form token that a page of this browser holds.
async fn form_token(browser: &mut Browser, path: &str) -> String {
    let page = browser.get(path).await;
    let (_, hidden) = page.form();
    hidden.into_iter().find(|(name, _)| name == "csrf").unwrap().1
}

/// A house whose people reach it by https, through a proxy. Its passwords are hashed at the least cost that is allowed there.
async fn behind_https() -> House {
    House::with(&[("CARDEA_HTTP__ISSUER", "https://login.example"), ("CARDEA_LOGIN__BCRYPT_COST", "10")]).await
}

/// Whether somebody is signed in in this browser.
async fn is_signed_in(browser: &mut Browser) -> bool {
    let page = browser.get("/account").await;
    match page.status {
        200 => true,
        303 => {
            assert_eq!(page.location(), Some("/login"));
            false
        }
        other => panic!("{other}: {}", page.body),
    }
}

fn count(house: &House, kind: &str) -> usize {
    house.events().iter().filter(|held| *held == kind).count()
}
