//! The floor plan: imports run one way, files open with what they own and stay short, and nothing lies about at the top.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What each room may import. `main → cli → server → http → app → flows → {store, crypto} → domain`, only rightwards;
/// the types of `settings` anywhere; `guard` nothing of the house; `demo` nothing but its public doors.
const PLAN: [(&str, &[&str]); 14] = [
    ("main", &["cli", "server", "http", "app", "flows", "store", "crypto", "domain", "settings", "telemetry"]),
    ("cli", &["server", "http", "app", "flows", "store", "crypto", "domain", "settings", "telemetry", "demo", "guard"]),
    ("server", &["http", "app", "flows", "store", "crypto", "domain", "settings", "telemetry"]),
    ("http", &["app", "flows", "domain", "settings", "telemetry"]),
    ("app", &["flows", "store", "crypto", "domain", "settings", "telemetry"]),
    ("flows", &["store", "crypto", "domain", "settings"]),
    ("store", &["domain", "settings"]),
    ("crypto", &["domain", "settings"]),
    ("domain", &[]),
    ("settings", &["domain"]),
    ("telemetry", &["settings"]),
    ("guard", &[]),
    ("demo", &["guard", "server", "cli", "settings"]),
    ("lib", &[]),
];

/// The only names at the top that git keeps.
const TOP: [&str; 20] = [
    ".ci",
    ".clippy.toml",
    ".config",
    ".deny.toml",
    ".gitignore",
    ".rustfmt.toml",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "benches",
    "config",
    "diesel.toml",
    "migrations",
    "src",
    "static",
    "templates",
    "tests",
];

const CEILING: usize = 400;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a folder of the project, with their text.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds no Rust");
    found.sort();
    found
}

/// The room that a file of `src` belongs to.
fn room(file: &str) -> &str {
    let inside = file.strip_prefix("src/").unwrap();
    inside.split('/').next().unwrap().trim_end_matches(".rs")
}

/// How many `super`s lead from the top of this file out to the crate.
fn depth(file: &str) -> usize {
    file.strip_prefix("src/").unwrap().split('/').count()
}

/// The code of a file: comments do not import.
fn code(text: &str) -> String {
    let uncommented = |line: &str| line.split_once("//").map_or(line, |(code, _)| code).to_owned();
    text.lines().map(uncommented).collect::<Vec<_>>().join("\n")
}

/// The first names of a path's rest: one, or those in braces (`{a::b, c}`).
fn first_names(rest: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    };
    let Some(group) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let mut level = 1;
    let mut names = vec![String::new()];
    for c in group.chars() {
        match c {
            '{' => level += 1,
            '}' => level -= 1,
            ',' if level == 1 => names.push(String::new()),
            c => names.last_mut().unwrap().push(c),
        }
        if level == 0 {
            break;
        }
    }
    names.iter().map(|item| name(item)).filter(|name| !name.is_empty()).collect()
}

/// The names that a file reaches for at the top of the crate.
fn reaches(file: &str, text: &str) -> BTreeSet<String> {
    let code = code(text);
    let mut names = BTreeSet::new();
    let starts_word = |at: usize| !code[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':');
    for prefix in ["crate::", "cardea::"] {
        for (at, _) in code.match_indices(prefix).filter(|(at, _)| starts_word(*at)) {
            names.extend(first_names(&code[at + prefix.len()..]));
        }
    }
    for (at, _) in code.match_indices("super::").filter(|(at, _)| starts_word(*at)) {
        let rest = code[at..].trim_start_matches("super::");
        let steps = (code[at..].len() - rest.len()) / "super::".len();
        if steps >= depth(file) {
            names.extend(first_names(rest).into_iter().filter(|name| is_room(name)));
        }
    }
    names
}

fn is_room(name: &str) -> bool {
    PLAN.iter().any(|(room, _)| *room == name)
}

/// Every import of these files that the plan does not have.
fn wrong_ways(files: &[(String, String)]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, text) in files {
        let from = room(file);
        let Some((_, allowed)) = PLAN.iter().find(|(room, _)| *room == from) else {
            wrong.push(format!("{file} is in no room of the plan"));
            continue;
        };
        for to in reaches(file, text) {
            if to != from && !allowed.contains(&to.as_str()) {
                wrong.push(format!("{file} imports {to}, which {from} must not"));
            }
        }
    }
    wrong
}

#[test]
fn imports_run_one_way() {
    assert_eq!(wrong_ways(&sources("src")), Vec::<String>::new());
}

#[test]
fn a_wrong_way_is_seen_however_it_is_written() {
    for (file, text) in [
        ("src/http/pages/login.rs", "use crate::store::users;"),
        ("src/http.rs", "use crate::{app::App, crypto::{digest, seal}};"),
        ("src/http/token.rs", "fn f() { crate::store::users::find() }"),
        ("src/http/token.rs", "use super::super::store;"),
        ("src/domain/user.rs", "use crate::settings::Settings;"),
        ("src/flows.rs", "use super::app::App;"),
        ("src/store/users.rs", "use crate::crypto::digest;"),
        ("src/guard/keys.rs", "use crate::domain::key;"),
        ("src/demo/api.rs", "use crate::app::App;"),
        ("src/main.rs", "use cardea::demo::api;"),
        ("src/cellar.rs", ""),
    ] {
        assert_eq!(wrong_ways(&[(file.to_owned(), text.to_owned())]).len(), 1, "{file}: {text}");
    }
    for (file, text) in [
        ("src/http/pages/login.rs", "use crate::{app::App, domain::{user, error}, flows, settings::Login};"),
        ("src/http/pages/login.rs", "use super::super::error;"),
        ("src/domain/user.rs", "//! From crate::store.\nuse super::id::UserId; // and crate::http"),
        ("src/demo.rs", "use crate::guard::Guard;"),
        ("src/flows/a.rs", "use oxide_crate::store; use my::crate::http;"),
    ] {
        assert_eq!(wrong_ways(&[(file.to_owned(), text.to_owned())]), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn files_open_with_what_they_own_and_end_before_they_are_long() {
    let mut wrong = Vec::new();
    for (file, text) in sources("src").into_iter().chain(sources("tests/it")) {
        let lines = text.lines().count();
        if lines > CEILING && file != "src/store/schema.rs" {
            wrong.push(format!("{file} has {lines} lines; the ceiling is {CEILING}"));
        }
        if !text.starts_with("//! ") {
            wrong.push(format!("{file} does not open with //!"));
        }
        if Path::new(&file).file_name().unwrap() == "mod.rs" {
            wrong.push(format!("{file}: a room is written foo.rs + foo/"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_file_is_a_drawer_for_anything() {
    const DRAWERS: [&str; 8] = ["common", "helper", "helpers", "misc", "shared", "tools", "util", "utils"];
    let wrong: Vec<String> = sources("src")
        .into_iter()
        .chain(sources("tests"))
        .map(|(file, _)| file)
        .filter(|file| file.trim_end_matches(".rs").split('/').any(|name| DRAWERS.contains(&name)))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn main_only_opens_the_door() {
    let main = std::fs::read_to_string(root().join("src/main.rs")).unwrap();
    assert!(main.lines().count() < 30, "{} lines", main.lines().count());
}

#[test]
fn nothing_lies_about_at_the_top() {
    let ignored = std::fs::read_to_string(root().join(".gitignore")).unwrap();
    let ignored: Vec<&str> = ignored.lines().map(|line| line.trim_start_matches('/')).collect();
    let wrong: Vec<String> = std::fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != ".git" && !ignored.contains(&name.as_str()) && !TOP.contains(&name.as_str()))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn migrations_come_in_pairs_and_can_be_taken_back() {
    let of = |database: &str| -> BTreeSet<String> {
        let folders = std::fs::read_dir(root().join("migrations").join(database)).unwrap();
        folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let names = of("sqlite");
    assert!(!names.is_empty());
    assert_eq!(names, of("postgres"));
    for name in names {
        for database in ["sqlite", "postgres"] {
            for file in ["up.sql", "down.sql"] {
                let path = root().join("migrations").join(database).join(&name).join(file);
                let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} is missing", path.display()));
                assert!(!text.trim().is_empty(), "{} is empty", path.display());
            }
        }
    }
}
