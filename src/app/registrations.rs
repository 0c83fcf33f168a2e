//! Registered clients, remembered for a second: the token endpoint asks for the same few thousands of times.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;

use crate::domain::client::Registration;
use crate::domain::error::{Failure, Fault, FaultKind};
use crate::domain::event::Origin;
use crate::domain::id::ClientId;
use crate::store::clients;

use super::{App, only_fault};

/// How long a registration is believed without asking the database: a change is seen within this time.
const BELIEVED: Duration = Duration::from_secs(1);

/// The clients asked for in the last second, those that do not exist among them.
pub(super) struct Registrations(Cache<ClientId, Option<Arc<Registration>>>);

impl Registrations {
    pub(super) fn new() -> Self {
        Self(Cache::builder().max_capacity(10_000).time_to_live(BELIEVED).build())
    }
}

impl App {
    /// The registration of a client, disabled ones too.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn registration(&self, client_id: &str) -> Result<Option<Arc<Registration>>, Fault> {
        let Ok(id) = ClientId::parse(client_id) else { return Ok(None) };
        if let Some(held) = self.0.registrations.0.get(&id).await {
            return Ok(held);
        }
        let wanted = id.clone();
        let load = async {
            let read = self
                .read(Origin::default(), move |tx| Ok::<_, Failure<Fault>>(clients::registration(tx.conn, &wanted)?));
            Ok::<_, Fault>(read.await.map_err(only_fault)?.map(Arc::new))
        };
        // Many requests for one client load it once; they share the fault, too.
        self.0.registrations.0.try_get_with(id, load).await.map_err(|fault| match fault.kind() {
            FaultKind::Unavailable => Fault::unavailable(fault.to_string()),
            FaultKind::Internal => Fault::internal(fault.to_string()),
        })
    }
}
