//! `cardea serve`.

use std::net::TcpListener;

use super::Trouble;
use crate::settings::Settings;
use crate::{server, telemetry};

/// Serves until the process is told to end.
pub(super) fn serve(settings: Settings) -> Result<(), Trouble> {
    telemetry::init(&settings.log).map_err(|error| Trouble::new(format!("log: {error}")))?;
    let listen = settings.http.listen;
    let listener = TcpListener::bind(listen).map_err(|error| {
        Trouble::new(format!(
            "http.listen: cannot listen on {listen} ({error}); choose another address or end what holds it"
        ))
    })?;
    actix_web::rt::System::new().block_on(async move {
        let ending = server::Ending::listen().map_err(|error| Trouble::new(format!("signals: {error}")))?;
        let issuer = settings.http.issuer.as_str().to_owned();
        let running = server::start(settings, listener).await?;
        tracing::info!(address = %running.address, issuer, version = env!("CARGO_PKG_VERSION"), "Cardea serves");
        running.until(ending).await;
        Ok(())
    })
}
