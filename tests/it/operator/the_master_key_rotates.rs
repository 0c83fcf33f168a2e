//! `secrets rotate`: everything sealed moves to a new master key while the server runs, and nothing is ever lost on the way.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::house::House;
use crate::house::app::App;
use crate::house::server::run_cardea;
use crate::house::wire::{eventually, machine};

use super::text;

/// A house whose master key is in a file; the keys of the template's database are sealed under another one, which is put
/// behind it.
async fn house_with_file() -> (TempDir, PathBuf, House) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("master.key");
    fs::write(&file, "test AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let house =
        House::with(&[("CARDEA_SECRETS__MASTER_KEY", ""), ("CARDEA_SECRETS__MASTER_KEY_FILE", file.to_str().unwrap())])
            .await;
    (folder, file, house)
}

fn rotate(house: &House) -> String {
    run_cardea(&house.environment, &["secrets", "rotate"], None).unwrap_or_else(|error| panic!("{error}"))
}

fn lines(file: &Path) -> Vec<String> {
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect()
}

async fn refreshed(app: &App, tokens: &Value) -> Value {
    let page = app.refresh(text(tokens, "refresh_token")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.json()
}

#[tokio::test]
async fn a_running_server_goes_on_and_a_new_one_starts() {
    let (_folder, file, house) = house_with_file().await;
    let app = house.app("newspaper");
    let ada = house.person("ada@example.com");
    let tokens = app.tokens(&house, &ada, "openid offline_access").await;
    let successor = refreshed(&app, &tokens).await;
    let before = lines(&file);

    let said = rotate(&house);
    assert!(said.contains("sealed again"), "{said}");
    let after = lines(&file);
    assert!(after.len() == 1 && after != before, "one new key");

    // What was sealed before opens: the successor of a used refresh token.
    assert_eq!(refreshed(&app, &tokens).await["refresh_token"], successor["refresh_token"]);
    // What is sealed from now on, opens for a server that has only the new key: two refreshes, a schedule's new keys.
    let next = refreshed(&app, &successor).await;
    let reports = machine(&house, "reports", &[]);
    house.signed_in(&ada).await;
    let node = house.node().await;
    let there = app.at(&node);
    assert_eq!(refreshed(&there, &successor).await["refresh_token"], next["refresh_token"]);
    assert_eq!(reports.at(&node).token(&[("grant_type", "client_credentials")]).await.status, 200);
}

#[tokio::test]
async fn what_a_running_server_seals_afterwards_is_sealed_under_the_new_key() {
    let (_folder, file, house) = house_with_file().await;
    rotate(&house);
    // The schedule makes new signing keys in the running server, long after the rotation.
    house.clock.advance(chrono::TimeDelta::days(90));
    eventually("the schedule has made keys", || async {
        house.cardea(&["key", "list"]).as_array().unwrap().len() == 6
    })
    .await;
    assert_eq!(lines(&file).len(), 1);
    // A server that knows the new key alone must be able to open them.
    drop(house.node().await);
}

#[tokio::test]
async fn again_and_again() {
    let (_folder, file, house) = house_with_file().await;
    let ada = house.person("ada@example.com");
    for _ in 0..2 {
        let before = lines(&file);
        rotate(&house);
        assert_ne!(lines(&file), before);
        house.signed_in(&ada).await;
    }
    drop(house.node().await);
    assert_eq!(house.events().iter().filter(|kind| *kind == "secrets.rotated").count(), 2);
}

/// A rotation that was cut off between its steps leaves both keys in the file; the next one finishes it.
#[tokio::test]
async fn a_rotation_that_was_cut_off_can_be_run_again() {
    let (_folder, file, house) = house_with_file().await;
    let before = lines(&file);
    let aborted = format!("fresh {}\n{}\n", "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", before[0]);
    fs::write(&file, aborted).unwrap();
    drop(house.node().await);
    rotate(&house);
    assert_eq!(lines(&file).len(), 1);
    drop(house.node().await);
}

#[tokio::test]
async fn a_key_from_the_environment_is_for_the_operator_to_change() {
    let house = House::open().await;
    let error = run_cardea(&house.environment, &["secrets", "rotate"], None).unwrap_err();
    assert!(error.contains("CARDEA_SECRETS__MASTER_KEY") && error.contains("NEW_ID"), "{error}");
    assert!(!error.contains("AAECAwQFBgcI"), "{error}");
    let mut environment = house.environment.clone();
    let (new, old) =
        ("new:AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    let set = |environment: &mut Vec<(String, String)>, value: &str| {
        environment.retain(|(name, _)| name != "CARDEA_SECRETS__MASTER_KEY");
        environment.push(("CARDEA_SECRETS__MASTER_KEY".to_owned(), value.to_owned()));
    };
    set(&mut environment, &format!("{new},{old}"));
    run_cardea(&environment, &["secrets", "rotate"], None).unwrap();
    set(&mut environment, new);
    run_cardea(&environment, &["user", "add", "--email", "ada@example.com", "--name", "Ada"], None).unwrap();
    set(&mut environment, old);
    let error =
        run_cardea(&environment, &["user", "add", "--email", "b@example.com", "--name", "B"], None).unwrap_err();
    assert!(error.contains("master key \"new\"") && error.contains("bring it back"), "{error}");
}
