//! `cardea secrets rotate`.

use std::time::Duration;

use clap::Subcommand;

use super::{Trouble, output};
use crate::app::Foundation;
use crate::domain::error::Failure;
use crate::flows::admin::{Declined, secrets};

/// What to do with the master key.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a new master key and seal everything under it again. A running server goes on.
    Rotate,
}

/// How long a running server may take to write what it has sealed under the old key (a signing key in the making).
const IN_FLIGHT: Duration = Duration::from_secs(2);

pub(super) fn rotate(house: &Foundation) -> Result<(), Trouble> {
    house.masters.begin_rotation()?;
    // From here on everybody seals under the new key; what is under way under the old one must be in the tables before
    // they are gone through, or it would be lost with the old key.
    std::thread::sleep(IN_FLIGHT);
    let moved = house.write(|tx| Ok::<_, Failure<Declined>>(secrets::reseal(tx)?))?;
    house.masters.end_rotation()?;
    output::line(format!("a new master key is in use; {moved} rows were sealed again"))
}
