//! A running demo: the real binary on free ports, read from its own announcement.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The demo, until it is dropped.
pub struct Demo {
    pub cardea: String,
    pub app: String,
    pub api: String,
    announcement: String,
    child: Child,
}

impl Demo {
    /// Starts it on free ports, over the data in this folder.
    pub fn start(data: &Path) -> Self {
        let mut child = command(data, 0).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut announcement = String::new();
        for line in lines.by_ref() {
            announcement.push_str(&line);
            announcement.push('\n');
            if line.contains("Ctrl-C") {
                break;
            }
        }
        let address = |name: &str| {
            let line = announcement
                .lines()
                .find(|line| line.trim_start().starts_with(name))
                .unwrap_or_else(|| panic!("{announcement}"));
            line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned()
        };
        let (cardea, app, api) = (address("Cardea"), address("The Daily Hinge"), address("Articles API"));
        Self { cardea, app, api, announcement, child }
    }

    /// The password that was announced for somebody.
    pub fn password(&self, email: &str) -> String {
        let line = self.announcement.lines().find(|line| line.contains(email)).unwrap();
        line.split_whitespace().skip_while(|word| *word != "password").nth(1).unwrap().to_owned()
    }

    /// Tells it to end, as an operator would, and waits for how it does.
    pub fn end(&mut self) -> std::process::ExitStatus {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// `cardea demo` with nothing of this environment.
pub fn command(data: &Path, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardea"));
    command
        .env_clear()
        .args(["demo", "--port", &port.to_string(), "--data"])
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}
