//! `cardea secrets rotate`.

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

pub(super) fn rotate(house: &Foundation) -> Result<(), Trouble> {
    house.masters.begin_rotation()?;
    let moved = house.write(|tx| Ok::<_, Failure<Declined>>(secrets::reseal(tx)?))?;
    house.masters.end_rotation()?;
    output::line(format!("a new master key is in use; {moved} rows were sealed again"))
}
