//! npm's openid-client goes through everything that Cardea offers it.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::house::{App, House};

/// An app as the script reads it.
fn told(app: &App) -> Value {
    json!({
        "id": app.id,
        "secret": app.secret,
        "redirect_uri": app.redirect_uri,
        "post_logout_redirect_uri": format!("https://{}.example/goodbye", app.id),
    })
}

#[tokio::test]
async fn openid_client_goes_all_the_way() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/npm");
    assert!(
        folder.join("node_modules/openid-client").exists(),
        "openid-client is missing: run tests/run, or npm ci in tests/npm"
    );
    let house = House::open().await;
    let person = house.person("ada@example.com");
    let clients = json!({
        "basic": told(&house.app("basic")),
        "post": told(&house.app_with("post", &["--auth-method", "client_secret_post"])),
        "public": told(&house.app_with("public", &["--public"])),
        "signed": told(&house.app_with("signed", &["--userinfo-alg", "ES256"])),
        "eddsa": told(&house.app_with("eddsa", &["--id-token-alg", "EdDSA"])),
        "machine": told(&house.app_with("machine", &["--grant", "client_credentials", "--scope", "articles:read"])),
    });
    let person = json!({ "id": person.id, "email": person.email, "password": person.password });
    let issuer = house.issuer.clone();
    let ran = tokio::task::spawn_blocking(move || {
        Command::new("node")
            .arg("openid_client.mjs")
            .current_dir(folder)
            .env("ISSUER", issuer)
            .env("CLIENTS", clients.to_string())
            .env("PERSON", person.to_string())
            .output()
            .expect("node is installed")
    });
    let ran = ran.await.unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{said}");
    assert_eq!(said.matches("ok: ").count(), 7, "{said}");
}
