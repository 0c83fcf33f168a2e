//! The server: [`start`] opens the house, mounts the routes on a listener and keeps the house in order until it is stopped.
//! `main` and every test start this very function.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App as Application, HttpServer};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

use crate::app::{App, Clock};
use crate::domain::error::Fault;
use crate::http::{self, Limits};
use crate::settings::Settings;

/// A server that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    app: App,
    handle: ServerHandle,
    serving: JoinHandle<std::io::Result<()>>,
    upkeep: Vec<JoinHandle<()>>,
}

/// Starts the server on a bound listener, by the system's clock.
///
/// # Errors
/// A fault that says what is missing: the database, the master key, a setting.
pub async fn start(settings: Settings, listener: TcpListener) -> Result<Running, Fault> {
    start_at(settings, listener, Clock::system()).await
}

/// Starts the server by a clock of one's own.
///
/// # Errors
/// As [`start`].
pub async fn start_at(settings: Settings, listener: TcpListener, clock: Clock) -> Result<Running, Fault> {
    let address = listener.local_addr().map_err(|error| Fault::internal("listening").caused_by(error))?;
    let app = App::open(settings, clock).await?;
    let limits = Limits::new(&app.settings().limits, &app.settings().login.site_name)
        .ok_or_else(|| Fault::internal("limits: a bucket is empty"))?;
    let server = serve(&app, &limits, listener).map_err(|error| Fault::internal("serving").caused_by(error))?;
    let handle = server.handle();
    let upkeep = vec![tokio::spawn(keys(app.clone())), tokio::spawn(sweep(app.clone(), limits))];
    let serving = tokio::spawn(server);
    Ok(Running { address, app, handle, serving, upkeep })
}

fn serve(app: &App, limits: &Limits, listener: TcpListener) -> std::io::Result<actix_web::dev::Server> {
    let settings = &app.settings().http;
    let workers = match settings.workers {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        wanted => wanted,
    };
    let (app, limits) = (app.clone(), limits.clone());
    let server =
        HttpServer::new(move || Application::new().configure(http::routes(&app, &limits)).wrap(from_fn(http::edge)));
    Ok(server
        .workers(workers)
        .worker_max_blocking_threads(16)
        .client_request_timeout(settings.request_timeout)
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(settings.shutdown_timeout.as_secs())
        .disable_signals()
        .listen(listener)?
        .run())
}

/// Looks for new keys: this node's schedule, and what others have published.
async fn keys(app: App) {
    let mut beat = tokio::time::interval(app.settings().keys.refresh_every);
    beat.tick().await;
    loop {
        beat.tick().await;
        if let Err(fault) = app.refresh_keys().await {
            tracing::warn!(%fault, "the signing keys could not be looked up; those at hand stay in use");
        }
    }
}

/// Deletes what has expired, and forgets addresses that were not seen for a while.
async fn sweep(app: App, limits: Limits) {
    let mut beat = tokio::time::interval(app.settings().sweeper.every);
    beat.tick().await;
    loop {
        beat.tick().await;
        limits.forget();
        match app.sweep().await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "swept"),
            Err(fault) => tracing::warn!(%fault, "expired rows could not be swept"),
        }
    }
}

impl Running {
    /// The house behind it.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Stops: no new connections, requests in flight finish, queues flush.
    pub async fn stop(self) {
        for task in &self.upkeep {
            task.abort();
        }
        self.handle.stop(true).await;
        if let Ok(Err(error)) = self.serving.await {
            tracing::error!(%error, "the server ended with an error");
        }
        self.app.close().await;
    }

    /// Serves until the operator ends the process, then stops.
    pub async fn until(self, ending: Ending) {
        ending.told().await;
        tracing::info!("stopping: requests in flight finish");
        self.stop().await;
    }
}

/// SIGTERM and SIGINT, heard from the moment this is made: before the server starts, so that none is missed.
pub struct Ending(Signal, Signal);

impl Ending {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the system does not let us hear signals.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self(signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?))
    }

    async fn told(mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}
