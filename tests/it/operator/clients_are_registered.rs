//! `client add`, `list` and `show`: the member names of RFC 7591, sensible defaults, and a secret that is shown once.

use serde_json::json;

use crate::house::House;
use crate::house::app::App;
use crate::house::wire::{eventually, machine, members};

use super::{printed, text};

const CALLBACK: &str = "https://newspaper.example/callback";

const EVERYTHING: [&str; 28] = [
    "client",
    "add",
    "--id",
    "everything",
    "--name",
    "Everything",
    "--redirect-uri",
    CALLBACK,
    "--redirect-uri",
    "http://127.0.0.1/back",
    "--redirect-uri",
    "com.example.app:/back",
    "--post-logout-redirect-uri",
    "https://newspaper.example/",
    "--native",
    "--grant",
    "refresh_token",
    "--grant",
    "authorization_code",
    "--grant",
    "client_credentials",
    "--scope",
    "openid articles:read",
    "--auth-method",
    "client_secret_post",
    "--no-pkce",
    "--first-party",
    "--may-introspect",
];
const EVERYTHING_ABOUT_TOKENS: [&str; 14] = [
    "--access-ttl",
    "5m",
    "--code-ttl",
    "30s",
    "--refresh-idle-ttl",
    "7d",
    "--refresh-absolute-ttl",
    "30d",
    "--access-token-alg",
    "EdDSA",
    "--id-token-alg",
    "ES256",
    "--userinfo-alg",
    "RS256",
];
const LINKS: [&str; 8] = [
    "--client-uri",
    "https://newspaper.example/",
    "--policy-uri",
    "https://newspaper.example/policy",
    "--tos-uri",
    "https://newspaper.example/terms",
    "--logo-uri",
    "https://newspaper.example/logo.png",
];

#[tokio::test]
async fn an_app_for_people_gets_an_id_a_secret_and_the_usual_grants() {
    let house = House::open().await;
    let made = house.cardea(&["client", "add", "--name", " The Newspaper ", "--redirect-uri", CALLBACK]);
    let id = text(&made, "client_id");
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
    assert!(text(&made, "client_secret").starts_with("cardea_client_"));
    assert_eq!(made["client_secret_expires_at"], 0, "RFC 7591 3.2.1");
    assert!(made["client_id_issued_at"].as_i64().unwrap() > 1_700_000_000);
    assert_eq!(made["client_name"], "The Newspaper");
    assert_eq!(made["redirect_uris"], json!([CALLBACK]));
    assert_eq!(made["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(made["response_types"], json!(["code"]));
    assert_eq!(made["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(made["id_token_signed_response_alg"], "RS256");
    assert_eq!(made["application_type"], "web");
    assert_eq!((&made["require_pkce"], &made["first_party"]), (&json!(true), &json!(false)));
    assert_eq!((&made["may_introspect"], &made["disabled"]), (&json!(false), &json!(false)));
    let other = house.cardea(&["client", "add", "--name", "Other", "--redirect-uri", CALLBACK]);
    assert_ne!(other["client_id"], made["client_id"]);
    assert_ne!(other["client_secret"], made["client_secret"]);
}

#[tokio::test]
async fn what_is_given_is_what_is_registered() {
    let house = House::open().await;
    let made = house.cardea(&[&EVERYTHING[..], &EVERYTHING_ABOUT_TOKENS, &LINKS].concat());
    let shown = house.cardea(&["client", "show", "everything"]);
    let expected = json!({
        "client_id": "everything",
        "client_id_issued_at": made["client_id_issued_at"],
        "client_name": "Everything",
        "application_type": "native",
        "redirect_uris": [CALLBACK, "http://127.0.0.1/back", "com.example.app:/back"],
        "post_logout_redirect_uris": ["https://newspaper.example/"],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types": ["code"],
        "scope": "articles:read openid",
        "token_endpoint_auth_method": "client_secret_post",
        "id_token_signed_response_alg": "ES256",
        "userinfo_signed_response_alg": "RS256",
        "client_uri": "https://newspaper.example/",
        "logo_uri": "https://newspaper.example/logo.png",
        "policy_uri": "https://newspaper.example/policy",
        "tos_uri": "https://newspaper.example/terms",
        "require_pkce": false,
        "first_party": true,
        "may_introspect": true,
        "access_token_alg": "EdDSA",
        "access_token_ttl": 300,
        "code_ttl": 30,
        "refresh_idle_ttl": 604_800,
        "refresh_absolute_ttl": 2_592_000,
        "disabled": false,
    });
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn what_is_given_twice_is_registered_once() {
    let house = House::open().await;
    let other = "https://newspaper.example/other";
    let made = house.cardea(
        &[
            &["client", "add", "--redirect-uri", CALLBACK, "--redirect-uri", other, "--redirect-uri", CALLBACK][..],
            &["--grant", "refresh_token", "--grant", "authorization_code", "--grant", "refresh_token"],
            &["--scope", "openid email openid"],
        ]
        .concat(),
    );
    assert_eq!(made["redirect_uris"], json!([CALLBACK, other]));
    assert_eq!(made["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(made["scope"], "email openid");
}

#[tokio::test]
async fn machines_and_public_apps_get_what_suits_them() {
    let house = House::open().await;
    let reports = house.cardea(&["client", "add", "--id", "reports", "--scope", "articles:read"]);
    assert_eq!(reports["client_name"], "reports");
    assert_eq!(reports["grant_types"], json!(["client_credentials"]));
    assert_eq!((&reports["response_types"], &reports["redirect_uris"]), (&json!([]), &json!([])));
    let pocket = house.cardea(&["client", "add", "--id", "pocket", "--public", "--redirect-uri", CALLBACK]);
    assert_eq!(pocket["token_endpoint_auth_method"], "none");
    assert!(!members(&pocket).iter().any(|name| name.starts_with("client_secret")), "{pocket}");
}

#[tokio::test]
async fn a_secret_is_shown_once() {
    let house = House::open().await;
    let app = machine(&house, "reports", &[]);
    let secret = app.secret.clone().unwrap();
    let secret_tail = &secret[secret.len() - 20..];
    let rotated = house.cardea(&["client", "rotate-secret", "reports"]);
    let second = text(&rotated, "client_secret").to_owned();
    assert_ne!(second, secret);
    for command in [vec!["client", "list"], vec!["client", "show", "reports"], vec!["client", "update", "reports"]] {
        for shown in [printed(&house, &command, None), house.cardea(&command).to_string()] {
            assert!(shown.contains("reports"), "{shown}");
            assert!(!shown.contains(secret_tail) && !shown.contains("cardea_client_"), "{shown}");
            assert!(!shown.contains("secret_expires") && !shown.contains(&second[second.len() - 20..]), "{shown}");
        }
    }
    let as_text = printed(&house, &["client", "rotate-secret", "reports"], None);
    assert_eq!(as_text.matches("cardea_client_").count(), 1, "{as_text}");
    assert!(as_text.contains("shown this once"), "{as_text}");
    // Nor does the audit have it.
    for event in house.event_rows() {
        assert!(!format!("{event:?}").contains(secret_tail), "{event:?}");
    }
}

#[tokio::test]
async fn a_secret_that_is_brought_along_works_and_is_never_shown() {
    let house = House::open().await;
    let brought = "an old secret of the app: 32 characters and more";
    let add = ["client", "add", "--id", "mover", "--secret-stdin"];
    let made = house.try_cardea(&add, Some(&format!("{brought}\r\n"))).unwrap();
    assert!(made["client_secret"].is_null(), "{made}");
    let mut app = App::new(&house, &made);
    app.secret = Some(brought.to_owned());
    let page = app.token(&[("grant_type", "client_credentials")]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    app.secret = Some(format!("{brought} "));
    assert_eq!(app.token(&[("grant_type", "client_credentials")]).await.status, 401);
}

#[tokio::test]
async fn the_list_has_everybody_and_a_running_server_knows_them_within_two_seconds() {
    let house = House::open().await;
    // The server has looked for it already and remembers that there is none.
    let mut early = machine(&house, "early", &[]);
    early.id = "reports".to_owned();
    assert_eq!(early.token(&[("grant_type", "client_credentials")]).await.status, 401);
    let reports = machine(&house, "reports", &[]);
    let begun = std::time::Instant::now();
    eventually("the new client is known", || async {
        reports.token(&[("grant_type", "client_credentials")]).await.status == 200
    })
    .await;
    assert!(begun.elapsed() < std::time::Duration::from_secs(2), "{:?}", begun.elapsed());
    let list = house.cardea(&["client", "list"]);
    let ids: Vec<&str> = list.as_array().unwrap().iter().map(|client| text(client, "client_id")).collect();
    assert_eq!(ids, ["early", "reports"]);
    assert_eq!(list[1], house.cardea(&["client", "show", "reports"]));
}
