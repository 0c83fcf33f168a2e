//! Every key can be set by a file and by the environment; the environment wins; nothing else changes.

use super::samples::{SAMPLES, bare, file, leaves, line, load, variable};

/// What `config show` says of one key.
fn shown(text: &str, key: &str) -> Option<String> {
    leaves(text).into_iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

fn changed(text: &str, before: &str) -> Vec<String> {
    let before = leaves(before);
    leaves(text).into_iter().filter(|leaf| !before.contains(leaf)).map(|(key, _)| key).collect()
}

fn expected(key: &str, good: &str) -> String {
    if key == "secrets.master_key" { "\"(redacted)\"".to_owned() } else { good.to_owned() }
}

#[test]
fn by_a_file() {
    let defaults = load(None, &[]).unwrap().show();
    for sample in SAMPLES {
        let file = file(&line(sample.key, sample.good));
        let settings = load(Some(file.path()), &[]).unwrap_or_else(|error| panic!("{sample:?}\n{error}"));
        assert_eq!(shown(&settings.show(), sample.key), Some(expected(sample.key, sample.good)), "{sample:?}");
        assert_eq!(changed(&settings.show(), &defaults), [sample.key], "{sample:?}");
    }
}

#[test]
fn by_the_environment() {
    let defaults = load(None, &[]).unwrap().show();
    for sample in SAMPLES {
        let (name, value) = (variable(sample.key), bare(sample.good));
        let settings = load(None, &[(&name, &value)]).unwrap_or_else(|error| panic!("{sample:?}\n{error}"));
        assert_eq!(shown(&settings.show(), sample.key), Some(expected(sample.key, sample.good)), "{sample:?}");
        assert_eq!(changed(&settings.show(), &defaults), [sample.key], "{sample:?}");
    }
}

#[test]
fn the_environment_beats_the_file() {
    let file = file("[http]\nlisten = \"127.0.0.1:1111\"\nworkers = 5\n");
    let settings = load(Some(file.path()), &[("CARDEA_HTTP__LISTEN", "127.0.0.1:2222")]).unwrap();
    assert_eq!(settings.http.listen.port(), 2222);
    assert_eq!(settings.http.workers, 5);
}

#[test]
fn a_list_in_the_environment_is_separated_by_commas_or_written_as_toml() {
    for value in ["10.0.0.0/8, ::1", r#"["10.0.0.0/8", "::1"]"#] {
        let settings = load(None, &[("CARDEA_HTTP__TRUSTED_PROXIES", value)]).unwrap();
        let networks: Vec<String> = settings.http.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(networks, ["10.0.0.0/8", "::1/128"], "{value}");
    }
}

#[test]
fn variables_of_other_programs_are_left_alone() {
    assert!(load(None, &[("PATH", "/bin"), ("CARDEAN", "x"), ("HTTP__LISTEN", "x")]).is_ok());
}
