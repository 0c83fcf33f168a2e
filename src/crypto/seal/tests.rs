//! Sealing: purposes, tampering, rotation, the key file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Barrier;
use std::thread;

use super::MasterKeys;

const ONE: &str = "one:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const TWO: &str = "two:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

fn environment(text: &str) -> MasterKeys {
    MasterKeys::load("unused".as_ref(), Some(text)).expect("keys")
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("private/keys/master.keys");
    (folder, file)
}

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}

#[test]
fn opens_for_its_purpose_only() {
    let keys = environment(ONE);
    let sealed = keys.seal("totp:a", b"seed").expect("seals");
    assert_eq!(keys.open("totp:a", &sealed).expect("opens").as_slice(), b"seed");
    for purpose in ["totp:b", "totp:", "", "TOTP:a", "totp:a "] {
        assert!(keys.open(purpose, &sealed).is_err(), "{purpose}");
    }
}

#[test]
fn every_changed_or_missing_byte_is_noticed() {
    let keys = environment(&format!("{ONE},{TWO}"));
    let sealed = keys.seal("p", b"something").expect("seals");
    assert_eq!(sealed.len(), 2 + 3 + 12 + 9 + 16);
    for position in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[position] ^= 1;
        assert!(keys.open("p", &changed).is_err(), "byte {position}");
        assert!(keys.open("p", &sealed[..position]).is_err(), "cut at {position}");
    }
    // The id of the other key in its place is no way around.
    let mut relabelled = sealed;
    relabelled[2..5].copy_from_slice(b"two");
    assert!(keys.open("p", &relabelled).is_err());
}

#[test]
fn sealing_twice_gives_two_values_and_the_empty_value_works() {
    let keys = environment(ONE);
    assert_ne!(keys.seal("p", b"x").expect("seals"), keys.seal("p", b"x").expect("seals"));
    let empty = keys.seal("p", b"").expect("seals");
    assert!(keys.open("p", &empty).expect("opens").is_empty());
}

#[test]
fn the_environment_form_rotates_by_order() {
    let sealed = environment(ONE).seal("p", b"x").expect("seals");
    let rotated = environment(&format!("{TWO}, {ONE}"));
    assert_eq!(rotated.open("p", &sealed).expect("opens").as_slice(), b"x");
    assert!(!rotated.is_current(&sealed));
    assert!(rotated.is_current(&rotated.seal("p", b"x").expect("seals")));
    let fault = environment(TWO).open("p", &sealed).expect_err("the key is gone");
    assert!(fault.to_string().contains("\"one\""), "{fault}");
    // A new key in front is all that a rotation begins with; without one, the operator is told where to put it.
    assert!(rotated.begin_rotation().is_ok() && rotated.end_rotation().is_ok());
    assert!(environment(ONE).begin_rotation().expect_err("not from here").to_string().contains("environment"));
}

#[test]
fn malformed_keys_are_refused() {
    let short = "one:AQEB";
    let twice = format!("{ONE},{ONE}");
    for text in ["", ",", "one", "one:", ":AQEB", short, &twice, &format!("{ONE},"), "o ne:AQEB"] {
        assert!(MasterKeys::load("unused".as_ref(), Some(text)).is_err(), "{text}");
    }
    let (_folder, file) = folder();
    MasterKeys::load(&file, None).expect("made");
    fs::write(&file, "one AQEB\n").expect("written");
    let fault = MasterKeys::load(&file, None).expect_err("malformed").to_string();
    assert!(fault.contains("master.keys") && !fault.contains("AQEB"), "{fault}");
}

#[test]
fn the_file_is_made_once_and_private() {
    let (folder, file) = folder();
    let sealed = MasterKeys::load(&file, None).expect("made").seal("p", b"x").expect("seals");
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(&folder.path().join("private")), 0o700);
    assert_eq!(mode(&folder.path().join("private/keys")), 0o700);
    assert_eq!(MasterKeys::load(&file, None).expect("read").open("p", &sealed).expect("opens").as_slice(), b"x");
    assert_eq!(fs::read_dir(file.parent().expect("a folder")).expect("a folder").count(), 1, "nothing is left behind");
}

#[test]
fn a_file_open_to_others_is_refused() {
    let (_folder, file) = folder();
    MasterKeys::load(&file, None).expect("made");
    for mode in [0o640, 0o604, 0o660, 0o610] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("changed");
        let fault = MasterKeys::load(&file, None).expect_err("must be refused").to_string();
        assert!(fault.contains("chmod 600"), "{fault}");
    }
}

#[test]
fn processes_that_start_at_once_agree() {
    for _ in 0..20 {
        let (_folder, file) = folder();
        let together = Barrier::new(8);
        let start = || {
            together.wait();
            MasterKeys::load(&file, None).expect("opens")
        };
        let all: Vec<_> = thread::scope(|scope| {
            let started: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            started.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        let sealed = all[0].seal("p", b"x").expect("seals");
        assert!(all.iter().all(|keys| keys.open("p", &sealed).is_ok() && keys.is_current(&sealed)));
        assert_eq!(fs::read_dir(file.parent().expect("a folder")).expect("a folder").count(), 1);
    }
}

#[test]
fn a_rotation_is_seen_by_other_processes() {
    let (_folder, file) = folder();
    let (here, there) = (MasterKeys::load(&file, None).expect("made"), MasterKeys::load(&file, None).expect("read"));
    let old = there.seal("p", b"x").expect("seals");
    here.begin_rotation().expect("begins");
    assert_eq!(mode(&file), 0o600);
    let new = here.seal("p", b"x").expect("seals");
    assert!(here.is_current(&new) && !here.is_current(&old));
    assert_eq!(there.open("p", &new).expect("reads the file again").as_slice(), b"x");
    here.open("p", &old).expect("the old key still opens");
    here.end_rotation().expect("ends");
    assert!(here.open("p", &old).is_err());
    assert_eq!(here.open("p", &new).expect("opens").as_slice(), b"x");
}

#[test]
fn nothing_is_sealed_under_a_key_that_was_put_away() {
    let (_folder, file) = folder();
    let (here, there) = (MasterKeys::load(&file, None).expect("made"), MasterKeys::load(&file, None).expect("read"));
    here.begin_rotation().expect("begins");
    here.end_rotation().expect("ends");
    let sealed = there.clone().seal("p", b"x").expect("seals");
    assert!(here.is_current(&sealed));
    here.open("p", &sealed).expect("opens");
}

#[test]
fn rotations_at_once_lose_no_key() {
    let (_folder, file) = folder();
    let keys = MasterKeys::load(&file, None).expect("made");
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| MasterKeys::load(&file, None).expect("read").begin_rotation().expect("begins"));
        }
    });
    assert_eq!(fs::read_to_string(&file).expect("read").lines().count(), 9);
    drop(keys);
}

#[test]
fn debug_shows_no_key() {
    assert_eq!(format!("{:?}", environment(ONE)), "MasterKeys(redacted)");
}
