//! The sweeper: deletes what has expired, a small batch at a time, so that nobody waits behind it.

use crate::domain::error::{Failure, Fault};
use crate::domain::event::Origin;
use crate::domain::instant::before;
use crate::store::sweep;

use super::App;

impl App {
    /// Sweeps until a batch comes back short. Returns how many rows went.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn sweep(&self) -> Result<usize, Fault> {
        let batch = i64::from(self.settings().sweeper.batch);
        let cutoff = before(self.now(), self.settings().audit.retention);
        let mut swept = 0;
        loop {
            let gone = self
                .write(Origin::default(), move |tx| {
                    Ok::<_, Failure<Fault>>(sweep::sweep(tx.conn, tx.now, cutoff, batch)?)
                })
                .await
                .map_err(super::only_fault)?;
            swept += gone;
            if gone == 0 {
                return Ok(swept);
            }
        }
    }
}
