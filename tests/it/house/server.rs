//! The real server on a free port of loopback, with a clock that tests move, and the real binary as its operator.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;

use cardea::app::Clock;
use cardea::settings::{Settings, Sources};
use serde_json::Value;

use super::app::App;
use super::browser::Browser;
use super::database::Database;

/// A running house.
pub struct House {
    /// Ends before the database goes.
    _serving: Serving,
    pub issuer: String,
    /// Where it really listens. Behind a TLS proxy the issuer would be another; here the browser plays the proxy.
    pub address: String,
    pub clock: Clock,
    pub database: Database,
    pub environment: Vec<(String, String)>,
}

/// Another server over the same database, with the same settings and clock.
pub struct Node {
    pub address: String,
    pub issuer: String,
    _serving: Serving,
}

/// A server's thread; dropped, it stops the server as an operator would, and waits for it.
struct Serving {
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Somebody with an account.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: String,
    pub email: String,
    pub name: String,
    pub password: String,
}

/// What every test's server is set to.
pub fn environment(database: &str, issuer: &str) -> Vec<(String, String)> {
    [
        ("CARDEA_DATABASE__URL", database),
        ("CARDEA_DATABASE__POOL_SIZE", "6"),
        ("CARDEA_HTTP__ISSUER", issuer),
        ("CARDEA_HTTP__WORKERS", "2"),
        ("CARDEA_LOGIN__BCRYPT_COST", "4"),
        ("CARDEA_LOGIN__REGISTRATION", "open"),
        ("CARDEA_LIMITS__ENABLED", "false"),
        ("CARDEA_LOG__LEVEL", "off"),
        ("CARDEA_SECRETS__MASTER_KEY", "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

impl House {
    /// A house with the tests' settings.
    pub async fn open() -> Self {
        Self::with(&[]).await
    }

    /// A house with settings of its own.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let database = Database::fresh();
        let mut environment = environment(&database.url(), &issuer);
        for (name, value) in settings {
            environment.retain(|(held, _)| held != name);
            environment.push(((*name).to_owned(), (*value).to_owned()));
        }
        #[expect(clippy::disallowed_methods, reason = "a test's clock begins at the moment of the test")]
        let clock = Clock::settable(chrono::Utc::now());
        Self::start(listener, database, environment, clock).await
    }

    async fn start(
        listener: TcpListener,
        database: Database,
        environment: Vec<(String, String)>,
        clock: Clock,
    ) -> Self {
        let settings = settings(&environment);
        let issuer = settings.http.issuer.as_str().to_owned();
        let address = address(&listener);
        let serving = Serving::start(settings, listener, clock.clone()).await;
        Self { _serving: serving, issuer, address, clock, database, environment }
    }

    /// A second server beside this one.
    pub async fn node(&self) -> Node {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = address(&listener);
        let serving = Serving::start(settings(&self.environment), listener, self.clock.clone()).await;
        Node { address, issuer: self.issuer.clone(), _serving: serving }
    }

    /// Runs an operator's command with `--json`.
    pub fn cardea(&self, arguments: &[&str]) -> Value {
        self.try_cardea(arguments, None).unwrap_or_else(|error| panic!("cardea {arguments:?}: {error}"))
    }

    /// Runs an operator's command; standard error if it fails.
    pub fn try_cardea(&self, arguments: &[&str], input: Option<&str>) -> Result<Value, String> {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let text = run_cardea(&self.environment, &arguments, input)?;
        serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))
    }

    /// Makes an account.
    pub fn person(&self, email: &str) -> Person {
        self.person_with(email, &[])
    }

    /// Makes an account with roles.
    pub fn person_with(&self, email: &str, roles: &[&str]) -> Person {
        let password = "correct horse battery staple".to_owned();
        let name = format!("Person of {email}");
        let mut arguments = vec!["user", "add", "--email", email, "--name", &name, "--verified", "--password-stdin"];
        for role in roles {
            arguments.extend(["--role", *role]);
        }
        let made = self.try_cardea(&arguments, Some(&password)).unwrap();
        Person { id: made["id"].as_str().unwrap().to_owned(), email: email.to_owned(), name, password }
    }

    /// Registers a confidential web app.
    pub fn app(&self, id: &str) -> App {
        self.app_with(id, &[])
    }

    /// Registers an app with more options. `--public` apps have no secret.
    pub fn app_with(&self, id: &str, options: &[&str]) -> App {
        let redirect_uri = format!("https://{id}.example/callback");
        let mut arguments = vec!["client", "add", "--id", id, "--post-logout-redirect-uri"];
        let goodbye = format!("https://{id}.example/goodbye");
        arguments.push(&goodbye);
        if !options.contains(&"--name") {
            arguments.extend(["--name", id]);
        }
        if !options.contains(&"--redirect-uri") {
            arguments.extend(["--redirect-uri", &redirect_uri]);
        }
        arguments.extend(options);
        let made = self.cardea(&arguments);
        App::new(self, &made)
    }

    /// A browser that has never been here.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.address, &self.issuer)
    }

    /// A browser in which this person has signed in.
    pub async fn signed_in(&self, person: &Person) -> Browser {
        let mut browser = self.browser();
        let page = browser.get("/login").await;
        let page = browser.submit(&page, &[("email", &person.email), ("password", &person.password)]).await;
        assert_eq!((page.status, page.location()), (303, Some("/account")), "{}", page.body);
        browser
    }

    /// The kinds of the events so far, oldest first.
    pub fn events(&self) -> Vec<String> {
        self.event_rows().iter().map(|event| event.kind.as_str().to_owned()).collect()
    }

    /// The events so far, oldest first.
    pub fn event_rows(&self) -> Vec<cardea::domain::event::Event> {
        let settings = Settings::load(&Sources { file: None, environment: self.environment.clone() }).unwrap();
        let store = cardea::store::Store::open(cardea::app::store_settings(&settings)).unwrap();
        let events = store.read_blocking(|conn| cardea::store::events::list(conn, None, 10_000)).unwrap();
        store.close_blocking();
        events
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }
}

impl Node {
    /// A browser that a load balancer sends here.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.address, &self.issuer)
    }
}

impl Serving {
    async fn start(settings: Settings, listener: TcpListener, clock: Clock) -> Self {
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (started, has_started) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let running = cardea::server::start_at(settings, listener, clock).await;
                started.send(running.as_ref().map(|_| ()).map_err(ToString::to_string)).unwrap();
                if let Ok(running) = running {
                    drop(stopped.await);
                    running.stop().await;
                }
            });
        });
        tokio::task::spawn_blocking(move || has_started.recv().unwrap()).await.unwrap().expect("the server starts");
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(std::thread::panicking() || ended.is_ok(), "the server ended with a panic");
        }
    }
}

fn settings(environment: &[(String, String)]) -> Settings {
    Settings::load(&Sources { file: None, environment: environment.to_vec() }).unwrap()
}

fn address(listener: &TcpListener) -> String {
    format!("http://localhost:{}", listener.local_addr().unwrap().port())
}

/// Runs the real binary with exactly these settings.
pub fn run_cardea(environment: &[(String, String)], arguments: &[&str], input: Option<&str>) -> Result<String, String> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cardea"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut stdin = child.stdin.take().unwrap();
    match stdin.write_all(input.unwrap_or_default().as_bytes()) {
        // A command that refuses its arguments ends without reading.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        written => written.unwrap(),
    }
    drop(stdin);
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
