//! Every page, filled with hostile values and in its error states: escaped, labelled, without inline script or style.

use super::*;

const HOSTILE: &str = r#""><script>alert(1)</script><b onclick='x' style="y">"#;

fn hostile() -> String {
    HOSTILE.to_owned()
}

fn frame() -> Frame {
    Frame { site_name: hostile(), signed_in_as: Some(hostile()) }
}

fn refused() -> Field {
    Field::refused(HOSTILE, HOSTILE)
}

fn login() -> LoginPage {
    LoginPage {
        frame: frame(),
        action: hostile(),
        csrf: hostile(),
        email: refused(),
        password_error: Some(hostile()),
        alert: Some(hostile()),
        client_name: Some(hostile()),
        signup_url: Some(hostile()),
        choose: Some(hostile()),
    }
}

fn signup() -> SignupPage {
    SignupPage {
        frame: frame(),
        action: hostile(),
        csrf: hostile(),
        name: refused(),
        email: refused(),
        password_error: Some(hostile()),
        alert: None,
        client_name: Some(hostile()),
        login_url: hostile(),
    }
}

fn consent() -> ConsentPage {
    let web = || Some(format!("https://app.example.com/{HOSTILE}"));
    ConsentPage {
        frame: frame(),
        action: hostile(),
        csrf: hostile(),
        client_name: hostile(),
        client_host: hostile(),
        logo_uri: web(),
        client_uri: web(),
        policy_uri: web(),
        tos_uri: web(),
        person_name: hostile(),
        person_email: hostile(),
        scopes: vec![
            ScopeLine { name: hostile(), description: hostile() },
            ScopeLine { name: "notes.read".to_owned(), description: String::new() },
        ],
        lifetime: hostile(),
        switch_url: Some(hostile()),
    }
}

fn error(url: &str) -> ErrorPage {
    ErrorPage {
        frame: frame(),
        title: hostile(),
        message: hostile(),
        advice: Some(hostile()),
        back: Some(Link { url: url.to_owned(), label: hostile() }),
        code: Some(hostile()),
        request_id: hostile(),
    }
}

fn form_post() -> FormPostPage {
    FormPostPage { frame: frame(), action: hostile(), fields: vec![(hostile(), hostile())] }
}

fn every_page() -> Vec<String> {
    let pages: [Result<String, askama::Error>; 9] = [
        WelcomePage { frame: frame(), signup_url: Some(hostile()), login_url: hostile() }.render(),
        login().render(),
        signup().render(),
        consent().render(),
        AccountPage {
            frame: frame(),
            csrf: hostile(),
            name: hostile(),
            email: hostile(),
            email_verified: false,
            roles: vec![hostile()],
            signed_in_since: hostile(),
            logout_action: hostile(),
        }
        .render(),
        LogoutPage {
            frame: frame(),
            action: hostile(),
            csrf: hostile(),
            client_name: Some(hostile()),
            hidden: vec![(hostile(), hostile())],
        }
        .render(),
        SignedOutPage { frame: frame(), login_url: hostile() }.render(),
        error("https://app.example.com/").render(),
        form_post().render(),
    ];
    pages.into_iter().map(|page| page.unwrap()).collect()
}

/// The page's tags, each without its angle brackets. Values cannot add any: `<` and `>` in them are escaped.
fn tags(page: &str) -> Vec<&str> {
    page.split('<').skip(1).map(|rest| rest.split_once('>').unwrap().0).collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[start..].split('"').next()
}

fn input<'a>(page: &'a str, id: &str) -> &'a str {
    tags(page).into_iter().find(|tag| tag.starts_with("input") && attribute(tag, "id") == Some(id)).unwrap()
}

#[test]
fn markup_in_values_stays_text() {
    for page in every_page() {
        assert!(!page.contains("<script>"), "{page}");
        assert!(!page.contains("<b "), "{page}");
        assert!(page.contains("&#60;script&#62;alert(1)"), "the value is shown as text: {page}");
        // A quote that ended an attribute would make attributes of what follows it.
        assert!(
            tags(&page).iter().all(|tag| attribute(tag, "style").is_none() && !tag.contains(" onclick='")),
            "{page}"
        );
    }
}

#[test]
fn a_page_brings_no_inline_script_or_style() {
    for page in every_page() {
        for tag in tags(&page) {
            assert!(!tag.starts_with("style"), "{tag}");
            assert!(!tag.starts_with("script") || attribute(tag, "src") == Some("/static/form_post.js"), "{tag}");
        }
    }
    assert!(form_post().render().unwrap().contains("form_post.js"));
    assert!(!consent().render().unwrap().contains("<script"), "only form_post runs a script");
}

#[test]
fn a_page_has_a_language_a_title_and_one_main_heading() {
    for page in every_page() {
        assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"), "{page}");
        assert_eq!(page.matches("<h1").count(), 1, "{page}");
        assert_eq!(page.matches("<main").count(), 1, "{page}");
        let title = page.split_once("<title>").unwrap().1.split_once("</title>").unwrap().0;
        assert!(title.split_once(" · ").is_some_and(|(page, site)| !page.is_empty() && !site.is_empty()), "{title}");
    }
}

#[test]
fn every_visible_input_has_a_label_and_ids_are_unique() {
    for page in every_page() {
        let tags = tags(&page);
        let mut ids: Vec<_> = tags.iter().filter_map(|tag| attribute(tag, "id")).collect();
        for tag in tags.iter().filter(|tag| tag.starts_with("input") && attribute(tag, "type") != Some("hidden")) {
            let id = attribute(tag, "id").unwrap();
            assert!(
                tags.iter().any(|label| label.starts_with("label") && attribute(label, "for") == Some(id)),
                "{tag}"
            );
        }
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{page}");
    }
}

#[test]
fn a_refused_field_is_marked_described_and_listed_in_the_summary() {
    let page = signup().render().unwrap();
    for id in ["name", "email", "password"] {
        let tag = input(&page, id);
        assert_eq!(attribute(tag, "aria-invalid"), Some("true"), "{tag}");
        for described in attribute(tag, "aria-describedby").unwrap().split(' ') {
            assert!(page.contains(&format!("id=\"{described}\"")), "{described}");
        }
        assert!(attribute(tag, "aria-describedby").unwrap().contains(&format!("{id}-error")), "{tag}");
        assert!(page.contains(&format!("<a href=\"#{id}\">")), "{id} is in the summary");
    }
    assert_eq!(page.matches("role=\"alert\"").count(), 1);
    assert!(page.contains("<title>Error: Create an account"));

    let untouched = SignupPage {
        name: Field::default(),
        email: Field::filled("ada@example.com"),
        password_error: None,
        ..signup()
    };
    let page = untouched.render().unwrap();
    assert!(!page.contains("role=\"alert\"") && !page.contains("aria-invalid"), "{page}");
    assert_eq!(attribute(input(&page, "email"), "value"), Some("ada@example.com"));
    assert_eq!(attribute(input(&page, "password"), "aria-describedby"), Some("password-hint"));
    assert!(page.contains("<title>Create an account"));
}

#[test]
fn password_managers_are_told_what_is_what_and_passwords_are_never_echoed() {
    let (login, signup) = (login().render().unwrap(), signup().render().unwrap());
    for (page, id, purpose) in [
        (&login, "email", "username"),
        (&login, "password", "current-password"),
        (&signup, "name", "name"),
        (&signup, "email", "email"),
        (&signup, "password", "new-password"),
    ] {
        assert_eq!(attribute(input(page, id), "autocomplete"), Some(purpose));
        // A limit in the browser would cut a pasted password short without a word.
        assert_eq!(attribute(input(page, id), "maxlength"), None);
    }
    for page in [&login, &signup] {
        assert_eq!(attribute(input(page, "password"), "type"), Some("password"));
        assert_eq!(attribute(input(page, "password"), "value"), None);
    }
}

#[test]
fn addresses_that_could_run_script_are_left_out() {
    for uri in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:x",
        "java\nscript:x",
        "data:text/html,x",
        "//e.example",
    ] {
        let some = || Some(uri.to_owned());
        let page =
            ConsentPage { logo_uri: some(), client_uri: some(), policy_uri: some(), tos_uri: some(), ..consent() };
        assert!(page.about().is_empty() && page.logo().is_none(), "{uri}");
        let page = page.render().unwrap();
        assert!(!page.contains("class=\"logo\"") && !page.contains("class=\"about\""), "{uri}");
        assert!(error(uri).way_back().is_none(), "{uri}");
    }
    for uri in ["https://app.example.com/", "http://127.0.0.1:8080/cb", "com.example.app:/callback", "/login?id=1"] {
        assert!(error(uri).way_back().is_some(), "{uri}");
    }
}

#[test]
fn consent_says_who_what_where_and_how_long() {
    let plain = ConsentPage {
        client_name: "Notes".to_owned(),
        client_host: "notes.example".to_owned(),
        person_email: "ada@example.com".to_owned(),
        lifetime: "until you sign out".to_owned(),
        logo_uri: None,
        ..consent()
    };
    let page = plain.render().unwrap();
    for said in ["Notes", "notes.example", "ada@example.com", "Access lasts until you sign out.", ">notes.read</li>"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(page.contains("name=\"decision\" value=\"allow\"") && page.contains("name=\"decision\" value=\"deny\""));
    assert!(!page.contains("class=\"logo\""));
}

#[test]
fn form_post_carries_every_parameter_unchanged() {
    let page = FormPostPage {
        action: "https://app.example.com/cb?x=1&y=2".to_owned(),
        fields: vec![("code".to_owned(), "a&b".to_owned()), ("submit".to_owned(), "'\"".to_owned())],
        ..form_post()
    };
    let page = page.render().unwrap();
    assert!(page.contains("action=\"https://app.example.com/cb?x=1&#38;y=2\""), "{page}");
    assert!(page.contains("name=\"code\" value=\"a&#38;b\""), "{page}");
    assert!(page.contains("name=\"submit\" value=\"&#39;&#34;\""), "{page}");
    assert_eq!(page.matches("<form").count(), 1, "the script submits the only form");
}
