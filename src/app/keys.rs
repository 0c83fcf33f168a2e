//! Keeping the keyring current: this node's schedule, and what other nodes or the command line have published.

use std::sync::Arc;

use crate::crypto::seal::MasterKeys;
use crate::domain::error::Fault;
use crate::domain::event::{Actor, Origin};
use crate::domain::instant::Instant;
use crate::domain::key::SigningKey;
use crate::flows::Tx;
use crate::flows::admin::keys;
use crate::settings::Settings;
use crate::store::Store;

use super::App;

/// Makes and publishes the keys that the schedule wants. Returns all that are held then.
pub(super) fn scheduled(
    store: &Store,
    (settings, masters, origin): (&Settings, &MasterKeys, &Origin),
    held: Vec<SigningKey>,
    now: Instant,
) -> Result<Vec<SigningKey>, Fault> {
    let wanted = keys::due(&held, settings, now);
    if wanted.is_empty() {
        return Ok(held);
    }
    // RSA keys take their time: they are made before the transaction begins.
    let made = keys::make(&wanted, now, masters)?;
    store.write_blocking(|conn| {
        let mut tx = Tx::over(conn, now, settings, masters, origin);
        keys::publish(&mut tx, &made, true, Actor::Server)?;
        keys::list(&mut tx)
    })
}

impl App {
    /// Looks for keys that are due or were published elsewhere, and takes them into use.
    ///
    /// # Errors
    /// A fault of the database or of the master key.
    pub async fn refresh_keys(&self) -> Result<(), Fault> {
        let house = Arc::clone(&self.0);
        let looked = tokio::task::spawn_blocking(move || {
            let now = house.clock.now();
            let origin = Origin::default();
            let held = house
                .store
                .read_blocking(|conn| keys::list(&mut Tx::over(conn, now, &house.settings, &house.masters, &origin)))?;
            let held = scheduled(&house.store, (&house.settings, &house.masters, &origin), held, now)?;
            if let Some(renewed) = house.keyring.load().rebuild(&held, now, &house.masters)? {
                house.keyring.store(Arc::new(renewed));
            }
            Ok(())
        });
        looked.await.map_err(|error| Fault::internal("looking for keys").caused_by(error))?
    }
}
