//! The first command in an empty folder makes the data folder, the database and the master key, for their owner alone.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode() & 0o777
}

/// A command in this folder, with defaults for everything.
fn cardea(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardea"));
    let output = command.env_clear().current_dir(folder).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn everything_belongs_to_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let (done, said) = cardea(folder.path(), &["client", "list"]);
    assert!(done, "{said}");
    let data = folder.path().join("data");
    assert_eq!(mode(&data), 0o700);
    for entry in fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert_eq!((mode(&data.join("cardea.db")), mode(&data.join("master.key"))), (0o600, 0o600));
    let key = fs::read_to_string(data.join("master.key")).unwrap();
    let (_, secret) = key.trim().split_once(' ').unwrap();
    assert!(!said.contains(secret), "{said}");
    // A second command takes what is there.
    assert!(cardea(folder.path(), &["user", "list"]).0);
    assert_eq!(fs::read_to_string(data.join("master.key")).unwrap(), key);
}

#[test]
fn a_master_key_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    cardea(folder.path(), &["client", "list"]);
    let file = folder.path().join("data/master.key");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let (done, said) = cardea(folder.path(), &["client", "list"]);
    assert!(!done && said.contains("chmod 600") && said.contains("master.key"), "{said}");
}

/// The database's backup without its key, or with another: nothing is overwritten and the fault says which key is missing.
#[test]
fn another_master_key_does_not_open_the_database() {
    let folder = tempfile::tempdir().unwrap();
    cardea(folder.path(), &["user", "add", "--email", "ada@example.com", "--name", "Ada"]);
    let file = folder.path().join("data/master.key");
    let id = fs::read_to_string(&file).unwrap().split(' ').next().unwrap().to_owned();
    fs::remove_file(&file).unwrap();
    let (done, said) = cardea(folder.path(), &["user", "add", "--email", "grace@example.com", "--name", "Grace"]);
    assert!(!done && said.contains(&id) && said.contains("bring it back"), "{said}");
}

#[test]
fn settings_are_looked_at_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cardea.toml"), "[http]\nissuer = \"http://login.example.com\"\nlissen = \"x\"\n")
        .unwrap();
    for arguments in [&["serve"][..], &["client", "list"], &["config", "check"], &["migrate"]] {
        let (done, said) = cardea(folder.path(), &[arguments, &["--config", "cardea.toml"]].concat());
        assert!(!done && said.contains("http.issuer") && said.contains("http.listen"), "{arguments:?}: {said}");
    }
    assert!(!folder.path().join("data").exists());
}
