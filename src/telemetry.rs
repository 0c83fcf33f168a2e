//! The log: to standard error, as lines for people or as JSON. Request ids come from the edge; secrets never come here.

use std::io::IsTerminal as _;

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
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let begun: Result<(), TryInitError> = match settings.format {
        LogFormat::Text if std::io::stderr().is_terminal() => log.finish().try_init(),
        // Colours are for a terminal; in a file or a journal they are rubbish.
        LogFormat::Text => log.with_ansi(false).finish().try_init(),
        LogFormat::Json => log.json().flatten_event(true).finish().try_init(),
    };
    // Tests start many servers in one process; the first one's log serves all.
    drop(begun);
    Ok(())
}
