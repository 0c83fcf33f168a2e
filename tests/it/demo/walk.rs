//! The whole demo in real Chromium, as a new user would walk it. Each page leaves its pictures in target/screenshots.

use crate::demo::playing::Demo;
use crate::house::chromium::{Chromium, Script};

async fn sign_in(chromium: &Chromium, email: &str, password: &str) {
    chromium.fill("input[name=email]", email).await;
    chromium.fill("input[name=password]", password).await;
    chromium.click("form button").await;
}

async fn publish(chromium: &Chromium, title: &str) {
    chromium.fill("form.draft input[name=title]", title).await;
    chromium.fill("form.draft textarea[name=body]", "All of it is true.").await;
    chromium.click("form.draft button").await;
}

async fn log_out(chromium: &Chromium) {
    chromium.click("form[action='/logout'] button").await;
    chromium.wait_for("You are logged out").await;
}

#[tokio::test]
async fn a_reader_reads_and_is_told_what_writing_would_take() {
    let data = tempfile::tempdir().unwrap();
    let demo = Demo::start(data.path());
    let chromium = Chromium::open(Script::On).await;
    chromium.go(&demo.app).await;
    chromium.picture("app-welcome").await;
    chromium.go(&format!("{}/login", demo.app)).await;
    chromium.picture("login").await;
    sign_in(&chromium, "reader@example.com", "not the password").await;
    chromium.wait_for("The email address or the password is not right.").await;
    chromium.picture("login-refused").await;
    sign_in(&chromium, "reader@example.com", &demo.password("reader@example.com")).await;
    chromium.wait_for("Allow The Daily Hinge to use your account?").await;
    chromium.picture("consent").await;
    chromium.click("button[value=deny]").await;
    chromium.wait_for("access_denied").await;
    chromium.picture("app-denied").await;

    chromium.go(&format!("{}/login", demo.app)).await;
    chromium.click("button[value=allow]").await;
    chromium.wait_for("Rita Reader").await;
    chromium.wait_for("Door opens, town relieved").await;
    publish(&chromium, "Readers write").await;
    chromium.wait_for("The API refused").await;
    assert!(chromium.text().await.contains("author"), "the refusal names the role that is missing");
    chromium.picture("app-refused").await;

    chromium.click("form[action='/refresh'] button").await;
    chromium.wait_for("Today’s articles").await;
    chromium.go(&format!("{}/account", demo.cardea)).await;
    chromium.wait_for("reader@example.com").await;
    chromium.picture("account").await;
    chromium.go(&demo.app).await;
    log_out(&chromium).await;
    chromium.picture("app-logged-out").await;
    chromium.go(&format!("{}/account", demo.cardea)).await;
    assert!(chromium.url().await.ends_with("/login"), "signing out of the app signs out of Cardea");
    chromium.close().await;
}

#[tokio::test]
async fn an_author_changes_only_their_own_and_an_admin_deletes() {
    let data = tempfile::tempdir().unwrap();
    let demo = Demo::start(data.path());
    let chromium = Chromium::open(Script::On).await;
    chromium.go(&format!("{}/login", demo.app)).await;
    sign_in(&chromium, "author@example.com", &demo.password("author@example.com")).await;
    chromium.click("button[value=allow]").await;
    publish(&chromium, "Hinge found in attic").await;
    chromium.wait_for("The API did it").await;
    chromium.wait_for("by you").await;
    // Article 1 is the newsroom's.
    chromium.click("article details summary").await;
    chromium.fill("form[action='/articles/1'] input[name=title]", "Rewritten").await;
    chromium.click("form[action='/articles/1'] button").await;
    chromium.wait_for("an author may change only their own articles").await;
    assert!(!chromium.text().await.contains("Rewritten"));
    log_out(&chromium).await;

    chromium.go(&format!("{}/login", demo.app)).await;
    sign_in(&chromium, "admin@example.com", &demo.password("admin@example.com")).await;
    chromium.click("button[value=allow]").await;
    chromium.click("article details summary").await;
    chromium.click("form[action='/articles/1/delete'] button").await;
    chromium.wait_for("The API did it").await;
    assert!(!chromium.text().await.contains("Door opens, town relieved"));
    chromium.close().await;
}

#[tokio::test]
async fn a_new_person_signs_up_on_the_way_to_the_app() {
    let data = tempfile::tempdir().unwrap();
    let demo = Demo::start(data.path());
    let chromium = Chromium::open(Script::On).await;
    chromium.go(&format!("{}/login", demo.app)).await;
    chromium.driver.find(thirtyfour::By::LinkText("Create an account")).await.unwrap().click().await.unwrap();
    chromium.picture("signup").await;
    chromium.fill("input[name=name]", "Nora New").await;
    chromium.fill("input[name=email]", "nora@example.com").await;
    chromium.fill("input[name=password]", "password1").await;
    chromium.click("form button").await;
    chromium.wait_for("one of the most common").await;
    chromium.picture("signup-refused").await;
    chromium.fill("input[name=password]", "a hinge of brass and bone").await;
    chromium.click("form button").await;
    chromium.wait_for("Allow The Daily Hinge to use your account?").await;
    chromium.click("button[value=allow]").await;
    chromium.wait_for("Nora New").await;
    // Nobody has given her a role: the API says which one it wants.
    chromium.wait_for("The API refused").await;
    chromium.close().await;
}

#[tokio::test]
async fn every_page_works_without_script() {
    let data = tempfile::tempdir().unwrap();
    let demo = Demo::start(data.path());
    let chromium = Chromium::open(Script::Off).await;
    chromium.go(&format!("{}/login", demo.app)).await;
    sign_in(&chromium, "author@example.com", &demo.password("author@example.com")).await;
    chromium.click("button[value=allow]").await;
    chromium.wait_for("Arthur Author").await;
    chromium.go(&format!("{}/logout", demo.cardea)).await;
    chromium.picture("logout").await;
    chromium.click("button[value=logout]").await;
    chromium.wait_for("signed out").await;
    chromium.picture("signed-out").await;
    chromium.go(&format!("{}/authorize?client_id=nobody", demo.cardea)).await;
    chromium.picture("error").await;
    chromium.go(&demo.cardea).await;
    chromium.picture("welcome").await;
    chromium.close().await;
}
