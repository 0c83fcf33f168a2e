//! `cardea config check|show`.

use crate::settings::{Complaints, Settings, Sources};

/// Checks all layers.
///
/// # Errors
/// Everything that is wrong.
pub fn check(sources: &Sources) -> Result<String, Complaints> {
    let settings = Settings::load(sources)?;
    Ok(format!("the settings are good; the issuer is {}", settings.http.issuer.as_str()))
}

/// The settings in force as TOML, secrets left out.
///
/// # Errors
/// Everything that is wrong.
pub fn show(sources: &Sources) -> Result<String, Complaints> {
    Ok(Settings::load(sources)?.show())
}
