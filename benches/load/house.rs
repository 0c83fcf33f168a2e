//! Cardea under load: the binary itself with the settings it ships with, but without rate limits (all load comes from one
//! address). Its app, its resource server and its person are made through the command line, the sign-in through the form.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::Trouble;
use super::client::{Answer, Connection};
use super::loads::{self, encoded};
use super::process::{Process, free_port};

const SECRET: &str = "a-secret-for-the-bench-of-32-characters-or-more";
const PASSWORD: &str = "twelve hinges on one door";
const EMAIL: &str = "reader@example.com";
const CALLBACK: &str = "http://127.0.0.1:9/callback";
/// RFC 7636 4.1 wants 43 characters or more.
const VERIFIER: &str = "bench-bench-bench-bench-bench-bench-bench-bench";

/// The settings, database and log of the server under load.
pub struct House {
    folder: PathBuf,
    port: u16,
}

/// What an app knows: the requests that it sends, ready to go.
pub struct App {
    /// `GET /authorize` of a browser that is signed in.
    pub authorize: Vec<u8>,
    /// `POST /token` for the client's own grant.
    pub client_credentials: Vec<u8>,
    basic: String,
}

impl House {
    /// A house with nothing in it.
    pub fn new(folder: &Path) -> Result<Self, Trouble> {
        Ok(Self { folder: folder.to_owned(), port: free_port()? })
    }

    /// Starts the server.
    pub fn open(&self) -> Result<Process, Trouble> {
        let log = File::options().create(true).append(true).open(self.log());
        let log = log.map_err(|error| Trouble::of("the server's log", error))?;
        let mut command = self.command(&["serve"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        Process::start(command, self.port, "/jwks").map_err(|trouble| self.with_log(&trouble))
    }

    /// What went wrong, with what the server wrote meanwhile.
    pub fn with_log(&self, trouble: &Trouble) -> Trouble {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let from = log.lines().count().saturating_sub(20);
        let tail: Vec<&str> = log.lines().skip(from).collect();
        Trouble::new(format!("{trouble}\nthe server's log:\n{}", tail.join("\n")))
    }

    /// Registers the app, the resource server and the person.
    pub fn furnish(&self) -> Result<(), Trouble> {
        let app = ["client", "add", "--id", "app", "--secret-stdin", "--first-party", "--redirect-uri", CALLBACK];
        let grants = ["--grant", "authorization_code", "--grant", "refresh_token", "--grant", "client_credentials"];
        let scope = ["--scope", "openid profile email offline_access articles:read"];
        self.run(&[&app[..], &grants, &scope, &["--id-token-alg", &id_token_alg()]].concat(), SECRET)?;
        self.run(&["client", "add", "--id", "api", "--secret-stdin", "--may-introspect"], SECRET)?;
        self.run(&["user", "add", "--email", EMAIL, "--name", "A Reader", "--verified", "--password-stdin"], PASSWORD)
    }

    /// Signs the person in, as a browser does.
    pub async fn sign_in(&self, process: &Process) -> Result<Arc<App>, Trouble> {
        let mut browser = Connection::to(process.server.address).await?;
        let form = browser.ask(&loads::get("/login", "")).await?;
        form.expect(200, "the sign-in form")?;
        let own = form.cookies().join("; ");
        let csrf = csrf(&form).ok_or_else(|| Trouble::new("the sign-in form has no token"))?;
        let body = format!("csrf={}&email={}&password={}", encoded(csrf), encoded(EMAIL), encoded(PASSWORD));
        let signed_in = browser.ask(&loads::post("/login", &format!("cookie: {own}\r\n"), &body)).await?;
        signed_in.expect(303, "signing in")?;
        let cookies = format!("{own}; {}", signed_in.cookies().join("; "));
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
        let query = format!(
            "/authorize?response_type=code&client_id=app&redirect_uri={}&scope={}&state=af0ifjsldkj&nonce=n-0S6_WzA2Mj\
             &code_challenge={challenge}&code_challenge_method=S256",
            encoded(CALLBACK),
            encoded("openid profile email offline_access articles:read")
        );
        let basic = basic("app");
        Ok(Arc::new(App {
            authorize: loads::get(&query, &format!("cookie: {cookies}\r\n")),
            client_credentials: loads::post("/token", &basic, "grant_type=client_credentials&scope=articles%3Aread"),
            basic,
        }))
    }

    fn run(&self, arguments: &[&str], input: &str) -> Result<(), Trouble> {
        let mut command = self.command(arguments);
        let running = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
        let mut running = running.map_err(|error| Trouble::of("running cardea", error))?;
        if let Some(mut stdin) = running.stdin.take() {
            stdin.write_all(input.as_bytes()).map_err(|error| Trouble::of("running cardea", error))?;
        }
        let status = running.wait().map_err(|error| Trouble::of("running cardea", error))?;
        if status.success() { Ok(()) } else { Err(Trouble::new(format!("cardea {} failed", arguments.join(" ")))) }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let file = |name: &str| self.folder.join(name).display().to_string();
        let mut command = Command::new(env!("CARGO_BIN_EXE_cardea"));
        command
            .args(arguments)
            .env("CARDEA_HTTP__LISTEN", format!("127.0.0.1:{}", self.port))
            .env("CARDEA_HTTP__ISSUER", format!("http://127.0.0.1:{}", self.port))
            .env("CARDEA_DATABASE__URL", format!("sqlite:{}", file("cardea.db")))
            .env("CARDEA_SECRETS__MASTER_KEY_FILE", file("master.key"))
            .env("CARDEA_LIMITS__ENABLED", "false")
            // Nothing here measures a sign-in.
            .env("CARDEA_LOGIN__BCRYPT_COST", "10");
        command
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }
}

impl App {
    /// Exchanges a code.
    pub fn exchange(&self, code: &str) -> Vec<u8> {
        let body = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={}&code_verifier={VERIFIER}",
            encoded(CALLBACK)
        );
        loads::post("/token", &self.basic, &body)
    }

    /// Refreshes.
    pub fn refresh(&self, token: &str) -> Vec<u8> {
        loads::post("/token", &self.basic, &format!("grant_type=refresh_token&refresh_token={token}"))
    }
}

/// Asks, as the resource server, what a token is worth.
pub fn introspect(token: &str) -> Vec<u8> {
    loads::post("/introspect", &basic("api"), &format!("token={token}"))
}

fn basic(client: &str) -> String {
    format!("authorization: Basic {}\r\n", STANDARD.encode(format!("{client}:{SECRET}")))
}

fn csrf<'a>(form: &Answer<'a>) -> Option<&'a str> {
    form.body.split_once("name=\"csrf\" value=\"")?.1.split('"').next()
}

/// The algorithm of the app's ID tokens: an RS256 signature alone takes a quarter of a millisecond.
#[expect(clippy::disallowed_methods, reason = "the bench is no part of the server and has no settings file")]
fn id_token_alg() -> String {
    std::env::var("BENCH_ID_TOKEN_ALG").unwrap_or_else(|_| "ES256".to_owned())
}
