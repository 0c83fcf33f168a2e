//! The real process: told to end, it takes nothing new, finishes what it has begun, and says so by its exit code.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::house::House;
use crate::house::browser::Browser;
use crate::house::wire::{eventually, form};

/// `cardea serve` on a port of its own, over a house's database.
struct Process {
    child: Child,
    address: String,
    log: std::thread::JoinHandle<Vec<String>>,
}

impl Process {
    fn start(house: &House) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cardea"))
            .arg("serve")
            .env_clear()
            .envs(house.environment.iter().map(|(name, value)| (name, value)))
            .envs([
                ("CARDEA_HTTP__LISTEN", "127.0.0.1:0"),
                ("CARDEA_LOG__LEVEL", "debug"),
                ("CARDEA_LOG__FORMAT", "json"),
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let mut log = Vec::new();
        let address = loop {
            let line = lines.next().unwrap_or_else(|| panic!("it did not start: {log:?}"));
            let entry: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
            log.push(line);
            if entry["message"] == "Cardea serves" {
                break entry["address"].as_str().unwrap().to_owned();
            }
        };
        let log = std::thread::spawn(move || {
            log.extend(lines);
            log
        });
        Self { child, address, log }
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Its end, its log, and what it wrote to standard output.
    fn end(mut self) -> (ExitStatus, Vec<String>, String) {
        let status = self.child.wait().unwrap();
        let mut out = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        (status, self.log.join().unwrap(), out)
    }
}

/// Reads one answer's head, up to its empty line.
fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        assert_eq!(stream.read(&mut byte).unwrap(), 1, "closed after {:?}", String::from_utf8_lossy(&head));
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn a_request_in_flight_finishes_and_the_process_ends_well() {
    let house = House::with(&[("CARDEA_LOGIN__BCRYPT_COST", "10")]).await;
    let ada = house.person("ada@example.com");
    let process = Process::start(&house);
    let mut browser = Browser::new(&format!("http://{}", process.address), &house.issuer);
    let page = browser.get("/login").await;
    let (action, hidden) = page.form();
    let mut fields: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([("email", ada.email.as_str()), ("password", ada.password.as_str())]);
    let body = form(&fields);
    let cookies: Vec<String> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();

    // The server asks for the body: so the request is in its hands when it is told to end.
    let mut stream = TcpStream::connect(&process.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let request = format!(
        "POST {action} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nCookie: {}\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n",
        process.address,
        house.issuer,
        cookies.join("; "),
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    assert!(head(&mut stream).starts_with("HTTP/1.1 100"));
    process.signal("-TERM");
    eventually("it takes no new connections", || async { TcpStream::connect(&process.address).is_err() }).await;
    stream.write_all(body.as_bytes()).unwrap();
    let answered = head(&mut stream);
    assert!(answered.starts_with("HTTP/1.1 303") && answered.contains("cardea_session"), "{answered}");

    let (status, log, out) = process.end();
    assert!(status.success(), "{status}: {log:?}");
    assert!(log.iter().any(|line| line.contains("stopping")), "{log:?}");
    assert!(house.events().iter().any(|kind| kind == "sign_in.succeeded"), "what it answered, it has written");
    // Nothing secret is in what it says, even at the level of debugging.
    let session = answered.split("cardea_session=").nth(1).unwrap().split(';').next().unwrap().to_owned();
    let said = format!("{}\n{out}", log.join("\n"));
    assert!(said.contains("/login"), "a line a request: {said}");
    let master_key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    for secret in [&ada.password, &session, master_key, &hidden[0].1, "correct+horse", "$2b$"] {
        assert!(secret.len() > 3 && !said.contains(secret), "{secret} is in {said}");
    }
    assert!(log.iter().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{log:?}");
}

/// Whoever waits for the line that it serves may end it at once.
#[tokio::test]
async fn it_can_be_told_from_its_first_moment_on() {
    let house = House::open().await;
    for _ in 0..3 {
        let process = Process::start(&house);
        process.signal("-TERM");
        let (status, log, _) = tokio::task::spawn_blocking(|| process.end()).await.unwrap();
        assert!(status.success(), "{status}: {log:?}");
    }
}

#[tokio::test]
async fn an_idle_browser_does_not_hold_it_up() {
    let house = House::open().await;
    let process = Process::start(&house);
    let mut browser = Browser::new(&format!("http://{}", process.address), &house.issuer);
    assert_eq!(browser.get("/healthz").await.status, 200);
    let begun = std::time::Instant::now();
    process.signal("-INT");
    let (status, log, _) = tokio::task::spawn_blocking(|| process.end()).await.unwrap();
    assert!(status.success(), "{log:?}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    drop(browser);
}

#[tokio::test]
async fn a_taken_port_is_said() {
    let house = House::open().await;
    let mut environment = house.environment.clone();
    let taken = house.address.replace("http://localhost", "127.0.0.1");
    environment.push(("CARDEA_HTTP__LISTEN".to_owned(), taken.clone()));
    let error = crate::house::server::run_cardea(&environment, &["serve"], None).unwrap_err();
    assert!(error.contains("http.listen") && error.contains(&taken), "{error}");
}
