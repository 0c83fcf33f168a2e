//! `cardea demo`: Cardea, a sample third-party app and a sample API in one process, which talk to each other over HTTP only.
//! Owns the three ports and the order of things; `setting` says what Cardea must be told beforehand, `app` and `api` are the samples.

pub mod api;
pub mod app;
pub mod setting;

use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener},
    path::PathBuf,
};

use api::ApiSettings;
use app::AppSettings;
use setting::{Plan, Setting};

/// Where the demo runs.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// A loopback address.
    pub host: IpAddr,
    /// Cardea's port; the app has the next one and the API the one after. 0 takes three free ports.
    pub port: u16,
    /// The directory for Cardea's database and keys.
    pub data: PathBuf,
}

/// Why the demo does not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The demo's passwords are on the console and its secrets on disk: it is not for a network.
    #[error("the demo runs on loopback only, and {0} is not a loopback address; use 127.0.0.1 or ::1")]
    NotLoopback(IpAddr),
    /// There are no three ports from here on.
    #[error("the demo needs three ports in a row, and {0} is too high; choose one up to 65533 with --port")]
    PortTooHigh(u16),
    /// Somebody else listens there.
    #[error(
        "port {port} is taken by another program (the demo needs {first}, {} and {}); stop that program or choose \
         other ports, for example with: cardea demo --port {suggested}",
        first + 1,
        first + 2
    )]
    PortTaken {
        /// The port in question.
        port: u16,
        /// The first of the three.
        first: u16,
        /// A first port that is free, with its two neighbours.
        suggested: u16,
    },
    /// The address cannot be listened on for another reason.
    #[error("the demo cannot listen on {address}: {cause}")]
    Listen {
        /// Host and port.
        address: SocketAddr,
        /// The operating system's reason.
        cause: io::Error,
    },
    /// Cardea itself did not start.
    #[error("Cardea did not start: {0}")]
    Cardea(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// One of the sample servers failed.
    #[error("a sample server failed: {0}")]
    Samples(#[from] io::Error),
}

/// Starts everything and serves until the process is told to stop (Ctrl-C or SIGTERM).
///
/// `start_cardea` starts the server on the plan's listener, makes the app's client and the three people, and returns once it answers.
///
/// # Errors
/// See [`DemoError`].
#[expect(clippy::print_stdout, reason = "the console is where the addresses and passwords are announced")]
pub async fn run<F>(options: DemoOptions, start_cardea: F) -> Result<(), DemoError>
where
    F: AsyncFnOnce(Plan) -> Result<Setting, Box<dyn std::error::Error + Send + Sync>>,
{
    let doors = Doors::open(&options)?;
    let (cardea, app, api) = (doors.url(&doors.cardea)?, doors.url(&doors.app)?, doors.url(&doors.api)?);
    let plan = Plan::new(cardea.clone(), doors.cardea, options.data, &app, &api);
    let (audience, redirect_uri) = (plan.audience.clone(), plan.redirect_uri.clone());
    let post_logout_redirect_uri = plan.post_logout_redirect_uri.clone();
    let setting = start_cardea(plan).await.map_err(DemoError::Cardea)?;

    let articles = api::start(doors.api, ApiSettings { issuer: cardea.clone(), audience })?;
    let newspaper = app::start(
        doors.app,
        AppSettings {
            issuer: cardea.clone(),
            client_id: setting.client_id.clone(),
            client_secret: setting.client_secret.clone(),
            redirect_uri,
            post_logout_redirect_uri,
            api_url: api.clone(),
            own_url: app.clone(),
        },
    )?;
    // Heard from here on: whoever reads the announcement may end the demo at once.
    let stop = asked_to_stop()?;
    println!("{}", setting::announcement(&cardea, &app, &api, &setting.people));

    let (articles_handle, newspaper_handle) = (articles.handle(), newspaper.handle());
    let served = tokio::select! {
        served = async { tokio::try_join!(articles, newspaper).map(|_| ()) } => served,
        () = stop => Ok(()),
    };
    futures_util::future::join(articles_handle.stop(true), newspaper_handle.stop(true)).await;
    (setting.stop)().await;
    Ok(served?)
}

/// The three bound listeners.
struct Doors {
    host: IpAddr,
    cardea: TcpListener,
    app: TcpListener,
    api: TcpListener,
}

impl Doors {
    fn open(options: &DemoOptions) -> Result<Self, DemoError> {
        let (host, first) = (options.host, options.port);
        if !host.is_loopback() {
            return Err(DemoError::NotLoopback(host));
        }
        if first > u16::MAX - 2 {
            return Err(DemoError::PortTooHigh(first));
        }
        let door = |number: u16| {
            let port = if first == 0 { 0 } else { first + number };
            listen(host, port, first)
        };
        Ok(Self { host, cardea: door(0)?, app: door(1)?, api: door(2)? })
    }

    /// The usual loopback addresses are called `localhost`, the name that passkeys and cookies like best.
    fn url(&self, listener: &TcpListener) -> io::Result<String> {
        let address = listener.local_addr()?;
        let usual = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
        if usual.contains(&self.host) {
            return Ok(format!("http://localhost:{}", address.port()));
        }
        Ok(format!("http://{address}"))
    }
}

fn listen(host: IpAddr, port: u16, first: u16) -> Result<TcpListener, DemoError> {
    let address = SocketAddr::new(host, port);
    TcpListener::bind(address).map_err(|cause| match cause.kind() {
        io::ErrorKind::AddrInUse => DemoError::PortTaken { port, first, suggested: free_from(host, first) },
        _ => DemoError::Listen { address, cause },
    })
}

/// The next three neighbouring ports that nobody uses at the moment, in steps that are easy to remember.
fn free_from(host: IpAddr, first: u16) -> u16 {
    let candidates = (1..=20).filter_map(|step: u16| first.checked_add(step * 10)).filter(|port| *port <= u16::MAX - 2);
    let free = |port: &u16| (*port..=*port + 2).all(|port| TcpListener::bind((host, port)).is_ok());
    candidates.clone().find(free).unwrap_or(18080)
}

fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(host: &str, port: u16) -> DemoOptions {
        DemoOptions { host: host.parse().unwrap(), port, data: PathBuf::new() }
    }

    #[test]
    fn the_demo_stays_on_loopback() {
        for host in ["0.0.0.0", "192.168.1.2", "::", "2001:db8::1"] {
            let refused = Doors::open(&options(host, 0)).err().unwrap().to_string();
            assert!(refused.contains("loopback only") && refused.contains(host), "{refused}");
        }
        for host in ["127.0.0.1", "127.0.0.2", "::1"] {
            assert!(Doors::open(&options(host, 0)).is_ok(), "{host}");
        }
    }

    #[test]
    fn the_usual_addresses_are_called_localhost() {
        let doors = Doors::open(&options("127.0.0.1", 0)).unwrap();
        assert!(doors.url(&doors.app).unwrap().starts_with("http://localhost:"));
        let doors = Doors::open(&options("127.0.0.2", 0)).unwrap();
        assert!(doors.url(&doors.app).unwrap().starts_with("http://127.0.0.2:"));
    }

    #[test]
    fn a_taken_port_is_named_with_a_way_out() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port().min(u16::MAX - 2);
        let error = Doors::open(&options("127.0.0.1", port)).err().unwrap();
        let DemoError::PortTaken { suggested, .. } = error else { panic!("{error}") };
        let text = error.to_string();
        assert!(text.contains(&format!("port {port} is taken")) && text.contains("--port"), "{text}");
        assert!(Doors::open(&options("127.0.0.1", suggested)).is_ok());
        assert!(matches!(Doors::open(&options("127.0.0.1", 65534)), Err(DemoError::PortTooHigh(65534))));
    }
}
