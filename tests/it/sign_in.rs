//! Signing in and up under load, in races, and as it is remembered.

mod a_new_password_ends_the_old_one;
mod an_address_is_taken_once;
mod attempts_leave_one_line;
mod failures_take_the_same_time;
mod hashing_holds_nothing_else_up;

use crate::house::Browser;
use crate::house::browser::Page;

/// Opens the sign-in page and posts these words.
async fn try_to_sign_in(browser: &mut Browser, email: &str, password: &str) -> Page {
    let page = browser.get("/login").await;
    browser.submit(&page, &[("email", email), ("password", password)]).await
}
