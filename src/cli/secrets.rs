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

pub(super) fn rotate(house: &Foundation) -> Result<(), Trouble> {
    house.masters.begin_rotation()?;
    let mut moved = 0;
    loop {
        let pass = house.write(|tx| Ok::<_, Failure<Declined>>(secrets::reseal(tx)?))?;
        moved += pass;
        if pass == 0 {
            break;
        }
        // A transaction that was open when the new key came may still bring a value under the old one.
        std::thread::sleep(Duration::from_secs(1));
    }
    house.masters.end_rotation()?;
    output::line(format!("a new master key is in use; {moved} rows were sealed again"))
}
