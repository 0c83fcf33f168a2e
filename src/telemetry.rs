//! The log: to standard error, as lines for people or as JSON. Request ids come from the edge; secrets never come here.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::util::TryInitError;

use crate::settings::{Log, LogFormat};

/// Begins to log. A second call in one process changes nothing.
///
/// # Errors
/// When the filter cannot be read; settings were checked before.
pub fn init(settings: &Log) -> Result<(), tracing_subscriber::filter::ParseError> {
    let filter = EnvFilter::try_new(&settings.level)?;
    let begun: Result<(), TryInitError> = match settings.format {
        LogFormat::Text => fmt().with_env_filter(filter).with_writer(std::io::stderr).finish().try_init(),
        LogFormat::Json => {
            fmt().json().flatten_event(true).with_env_filter(filter).with_writer(std::io::stderr).finish().try_init()
        }
    };
    // Tests start many servers in one process; the first one's log serves all.
    drop(begun);
    Ok(())
}
