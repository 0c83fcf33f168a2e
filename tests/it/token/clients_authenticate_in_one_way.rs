//! Client authentication (RFC 6749 2.3.1, RFC 9700 2.5): Basic or form, exactly one, and failures that tell nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::house::House;
use crate::house::app::App;
use crate::house::browser::Page;
use crate::house::wire::{basic, machine, post, proof, refused};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

async fn by_header(house: &House, header: &str, fields: &[(&str, &str)]) -> Page {
    post(house, "/token", &[("authorization", header)], &[&[GRANT], fields].concat()).await
}

#[tokio::test]
async fn a_secret_is_taken_by_basic_and_in_the_form() {
    let house = House::open().await;
    let app = machine(&house, "reports", &[]);
    let secret = app.secret.clone().unwrap();
    assert_eq!(by_header(&house, &proof(&app), &[]).await.status, 200);
    let lower = proof(&app).replacen("Basic", "basic", 1);
    assert_eq!(by_header(&house, &lower, &[]).await.status, 200, "RFC 9110 11.1: schemes ignore case");
    let in_form = post(&house, "/token", &[], &[GRANT, ("client_id", &app.id), ("client_secret", &secret)]).await;
    assert_eq!(in_form.status, 200, "{}", in_form.body);
    // Oddly common, and harmless: the id once more beside Basic (upstream #145 refuses it).
    assert_eq!(by_header(&house, &proof(&app), &[("client_id", &app.id)]).await.status, 200);
}

#[tokio::test]
async fn a_secret_inside_basic_counts_form_encoded_and_as_it_is() {
    let house = House::open().await;
    for (number, secret) in [
        "plus+percent%41colon:slash/equals= and more",
        "a per cent sign that starts no UTF-8: 100%ff here",
        "%C3%A9%00%0A these look encoded, and are the secret",
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("moved-{number}");
        let added = ["client", "add", "--id", &id, "--name", &id, "--secret-stdin"];
        let made = house.try_cardea(&added, Some(secret)).unwrap();
        assert!(made["client_secret"].is_null(), "a secret that was brought along is not shown again");
        assert_eq!(by_header(&house, &basic(&id, secret), &[]).await.status, 200, "as it is: {secret}");
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        assert_eq!(by_header(&house, &basic(&id, &encoded), &[]).await.status, 200, "form-encoded: {secret}");
        let form = post(&house, "/token", &[], &[GRANT, ("client_id", &id), ("client_secret", secret)]).await;
        assert_eq!(form.status, 200, "in the form: {secret}");
        let shorter = &secret[..secret.len() - 1];
        refused(&by_header(&house, &basic(&id, shorter), &[]).await, 401, "invalid_client");
    }
}

#[tokio::test]
async fn two_methods_at_once_are_refused() {
    let house = House::open().await;
    let (app, other) = (machine(&house, "reports", &[]), machine(&house, "other", &[]));
    let secret = app.secret.clone().unwrap();
    let both = by_header(&house, &proof(&app), &[("client_id", &app.id), ("client_secret", &secret)]).await;
    refused(&both, 400, "invalid_request");
    refused(&by_header(&house, &proof(&app), &[("client_secret", &secret)]).await, 400, "invalid_request");
    refused(&by_header(&house, &proof(&app), &[("client_id", &other.id)]).await, 400, "invalid_request");
    let twice = [("authorization", proof(&app)), ("authorization", proof(&other))];
    let twice: Vec<(&str, &str)> = twice.iter().map(|(name, value)| (*name, value.as_str())).collect();
    refused(&post(&house, "/token", &twice, &[GRANT]).await, 400, "invalid_request");
}

#[tokio::test]
async fn an_unknown_client_and_a_wrong_secret_read_alike() {
    let house = House::open().await;
    let app = machine(&house, "reports", &[]);
    let wrong = by_header(&house, &basic(&app.id, "wrong"), &[]).await;
    let unknown = by_header(&house, &basic("nobody", "wrong"), &[]).await;
    let impossible = by_header(&house, &basic("no such id, it has spaces", "wrong"), &[]).await;
    for page in [&wrong, &unknown, &impossible] {
        refused(page, 401, "invalid_client");
        assert!(page.header("www-authenticate").starts_with("Basic realm=\""), "{:?}", page.headers);
        assert_eq!(page.body, wrong.body);
    }
    let rows = house.event_rows();
    let failures: Vec<_> = rows.iter().filter(|row| row.kind.as_str() == "client.refused").collect();
    assert_eq!(failures.len(), 3);
    let named: Vec<&str> =
        failures.iter().filter_map(|row| row.client.as_ref()).map(cardea::domain::id::ClientId::as_str).collect();
    assert_eq!(named, ["reports"], "only a known id is kept");
    assert!(!format!("{rows:?}").contains("no such id"), "what a stranger sent is not written down");
}

#[tokio::test]
async fn nothing_and_nonsense_do_not_authenticate() {
    let house = House::open().await;
    let app = machine(&house, "reports", &[]);
    refused(&post(&house, "/token", &[], &[GRANT]).await, 401, "invalid_client");
    for header in [
        "Basic".to_owned(),
        "Basic ".to_owned(),
        "Basic !!!".to_owned(),
        format!("Basic {}", STANDARD.encode("no-colon")),
        format!("Basic {}", STANDARD.encode([0xff, 0xfe, b':', b'x'])),
        format!("Bearer {}", app.secret.clone().unwrap()),
        "Digest username=\"reports\"".to_owned(),
    ] {
        refused(&by_header(&house, &header, &[]).await, 401, "invalid_client");
    }
    refused(&by_header(&house, &basic(&app.id, ""), &[]).await, 401, "invalid_client");
    let orphan = post(&house, "/token", &[], &[GRANT, ("client_secret", "orphan")]).await;
    refused(&orphan, 400, "invalid_request");
}

#[tokio::test]
async fn what_a_proxy_might_have_checked_counts_for_nothing() {
    let house = House::open().await;
    let app = machine(&house, "reports", &[]);
    for header in ["x-ssl-cert", "x-client-cert", "x-forwarded-client-cert", "ssl-client-verify", "x-remote-user"] {
        let page = post(&house, "/token", &[(header, &app.id)], &[GRANT, ("client_id", &app.id)]).await;
        refused(&page, 401, "invalid_client");
    }
}

#[tokio::test]
async fn a_confidential_client_cannot_leave_its_secret_out() {
    let house = House::open().await;
    let app = house.app("newspaper");
    let person = house.person("ada@example.com");
    let code = app.code(&house, &person).await;
    let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), ("client_id", app.id.as_str())];
    refused(&post(&house, "/token", &[], &fields).await, 401, "invalid_client");
    // D22, upstream #191: an empty Basic password is no public client.
    refused(&post(&house, "/token", &[("authorization", &basic(&app.id, ""))], &fields).await, 401, "invalid_client");
    assert_eq!(app.exchange(&code).await.status, 200, "the code was not spent by that");
}

#[tokio::test]
async fn a_public_client_has_no_secret() {
    let house = House::open().await;
    let app = house.app_with("pocket", &["--public"]);
    assert!(app.secret.is_none());
    let header = basic(&app.id, "anything");
    let fields = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    refused(&post(&house, "/token", &[("authorization", &header)], &fields).await, 401, "invalid_client");
    let with_secret = [&fields[..], &[("client_id", app.id.as_str()), ("client_secret", "anything")]].concat();
    refused(&post(&house, "/token", &[], &with_secret).await, 401, "invalid_client");
    let bare = [&fields[..], &[("client_id", app.id.as_str())]].concat();
    refused(&post(&house, "/token", &[], &bare).await, 400, "invalid_grant");
}

#[tokio::test]
async fn a_client_assertion_is_refused_and_not_ignored() {
    let house = House::open().await;
    let app: App = machine(&house, "reports", &[]);
    let bearer = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let assertion = ("client_assertion", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJyZXBvcnRzIn0.");
    let alone = post(&house, "/token", &[], &[GRANT, ("client_id", &app.id), bearer, assertion]).await;
    refused(&alone, 401, "invalid_client");
    refused(&by_header(&house, &proof(&app), &[bearer, assertion]).await, 401, "invalid_client");
}
