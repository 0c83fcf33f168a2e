//! The house in operation: settings, storage, keys, hashing, clock and caches behind one cheap handle.
//!
//! [`App::read`] and [`App::write`] are the only doors to the database; each runs one flow in one transaction, off the
//! asynchronous workers.

mod clock;
mod keys;
mod registrations;
mod sign_in;
mod sweeper;
mod verified;

pub use clock::Clock;
pub use sign_in::{Entrance, Entry};

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;

use crate::crypto::keyring::Keyring;
use crate::crypto::password::{Bcrypt, Hasher, HasherSettings};
use crate::crypto::seal::MasterKeys;
use crate::crypto::{digest, random};
use crate::domain::error::{Failure, Fault};
use crate::domain::event::Origin;
use crate::domain::id::FromMoment;
use crate::domain::instant::Instant;
use crate::domain::key::SigningAlgorithm;
use crate::domain::secret::{Digest, Secret};
use crate::flows::Tx;
use crate::flows::admin::secrets;
use crate::settings::{DatabaseUrl, MasterKeyText, Settings};
use crate::store::{Conn, Store, StoreSettings, Target, migrate};

use registrations::Registrations;
use verified::Verified;

/// The house. Cloning is cheap.
#[derive(Clone)]
pub struct App(Arc<House>);

struct House {
    settings: Settings,
    store: Store,
    masters: MasterKeys,
    keyring: ArcSwap<Keyring>,
    hasher: Hasher,
    clock: Clock,
    registrations: Registrations,
    verified: Verified,
    forms: Secret,
    boot: u64,
    requests: AtomicU64,
}

impl App {
    /// Opens the house: migrates if the settings say so, makes what a first start needs, loads the keys.
    ///
    /// # Errors
    /// A fault that says what is missing.
    pub async fn open(settings: Settings, clock: Clock) -> Result<Self, Fault> {
        let foundation = tokio::task::spawn_blocking(move || Foundation::lay(settings, clock))
            .await
            .map_err(|error| Fault::internal("opening the house").caused_by(error))??;
        Self::on(foundation)
    }

    fn on(foundation: Foundation) -> Result<Self, Fault> {
        let Foundation { settings, store, masters, clock } = foundation;
        let (pepper, forms, keyring) = {
            let shared = (&settings, &masters, &clock);
            found(&store, shared)?
        };
        let login = &settings.login;
        let hashing = HasherSettings {
            threads: login.hash_threads,
            queue: login.hash_queue,
            deadline: login.hash_deadline,
            cost: login.bcrypt_cost,
        };
        let boot = u64::from_be_bytes(random::bytes::<8>()?);
        Ok(Self(Arc::new(House {
            hasher: Hasher::start(hashing, pepper)?,
            registrations: Registrations::new(),
            verified: Verified::new(),
            keyring: ArcSwap::from_pointee(keyring),
            settings,
            store,
            masters,
            clock,
            forms,
            boot,
            requests: AtomicU64::new(0),
        })))
    }

    /// The operator's settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The instant that a request carries through all rooms.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.0.clock.now()
    }

    /// The keys of this moment.
    #[must_use]
    pub fn keyring(&self) -> Arc<Keyring> {
        self.0.keyring.load_full()
    }

    /// Runs a flow that only reads.
    ///
    /// # Errors
    /// The flow's refusal, or a fault.
    pub async fn read<T, R, F>(&self, origin: Origin, flow: F) -> Result<T, Failure<R>>
    where
        T: Send + 'static,
        R: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, Failure<R>> + Send + 'static,
    {
        unsettle(self.0.store.read(self.job(origin, flow)).await)
    }

    /// Runs a flow in one transaction: a reply and a refusal commit, a fault rolls back.
    ///
    /// # Errors
    /// The flow's refusal, or a fault.
    pub async fn write<T, R, F>(&self, origin: Origin, flow: F) -> Result<T, Failure<R>>
    where
        T: Send + 'static,
        R: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, Failure<R>> + Send + 'static,
    {
        unsettle(self.0.store.write(self.job(origin, flow)).await)
    }

    /// A flow as the store runs it: with this instant, on the connection that it is lent.
    fn job<T, R, F>(
        &self,
        origin: Origin,
        flow: F,
    ) -> impl FnOnce(&mut Conn) -> Result<Result<T, R>, Fault> + Send + 'static + use<T, R, F>
    where
        T: 'static,
        R: 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, Failure<R>> + Send + 'static,
    {
        let (house, now) = (Arc::clone(&self.0), self.now());
        move |conn| settle(flow(&mut Tx::over(conn, now, &house.settings, &house.masters, &origin)))
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// A fault that says why not.
    pub async fn ping(&self) -> Result<(), Fault> {
        self.0.store.ping().await
    }

    /// Lets every queued write finish and takes no more.
    pub async fn close(&self) {
        self.0.store.close().await;
    }

    /// Whether there is a key for every algorithm.
    #[must_use]
    pub fn can_sign(&self) -> bool {
        let (keyring, now) = (self.keyring(), self.now());
        SigningAlgorithm::ALL.into_iter().all(|algorithm| keyring.signer(algorithm, now).is_some())
    }

    /// A fresh id of this moment.
    ///
    /// # Errors
    /// A fault of the random source.
    pub fn id<T: FromMoment>(&self) -> Result<T, Fault> {
        random::id(self.now())
    }

    /// An id for a request: unique, not secret, cheap.
    #[must_use]
    pub fn request_id(&self) -> String {
        let count = self.0.requests.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}{count:08x}", self.0.boot)
    }

    /// The token that a form carries: bound to the browser and to who is signed in there.
    #[must_use]
    pub fn form_token(&self, browser: &str, session: Option<&str>) -> String {
        use base64::Engine as _;
        let bound = format!("{browser}\n{}", session.unwrap_or(""));
        base64::engine::general_purpose::URL_SAFE_NO_PAD
            .encode(digest::hmac_sha256(self.0.forms.expose(), bound.as_bytes()))
    }

    /// Whether a posted form carries the token that we gave it.
    #[must_use]
    pub fn is_form_token(&self, posted: &str, browser: &str, session: Option<&str>) -> bool {
        digest::same_bytes(self.form_token(browser, session).as_bytes(), posted.as_bytes())
    }

    /// What the database keeps of a browser cookie.
    #[must_use]
    pub fn browser_digest(&self, browser: &str) -> Digest {
        digest::sha256(browser.as_bytes())
    }

    /// A fresh value for a browser cookie.
    ///
    /// # Errors
    /// A fault of the random source.
    pub fn new_browser(&self) -> Result<String, Fault> {
        use base64::Engine as _;
        Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random::bytes::<32>()?))
    }
}

/// What the operator's commands work on: the same storage and keys, without a server.
pub struct Foundation {
    /// The operator's settings.
    pub settings: Settings,
    /// The database.
    pub store: Store,
    /// Seals what must be readable again.
    pub masters: MasterKeys,
    /// The clock.
    pub clock: Clock,
}

impl Foundation {
    /// Opens storage and master key; migrates if the settings say so. Blocks.
    ///
    /// # Errors
    /// A fault that says what is missing.
    pub fn lay(settings: Settings, clock: Clock) -> Result<Self, Fault> {
        let target = store_settings(&settings);
        if settings.database.migrate {
            migrate::run(&target)?;
        }
        let masters = MasterKeys::load(
            &settings.secrets.master_key_file,
            settings.secrets.master_key.as_ref().map(MasterKeyText::expose),
        )?;
        Ok(Self { store: Store::open(target)?, settings, masters, clock })
    }

    /// Brings the database to this version's tables. Returns what was applied.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn migrate(settings: &Settings) -> Result<Vec<String>, Fault> {
        migrate::run(&store_settings(settings))
    }

    /// What is not applied yet.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn pending(settings: &Settings) -> Result<Vec<String>, Fault> {
        migrate::pending(&store_settings(settings))
    }

    /// A fresh password: 120 bits, in groups that can be read aloud.
    ///
    /// # Errors
    /// A fault of the random source.
    pub fn made_password(&self) -> Result<String, Fault> {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let bytes = random::bytes::<24>()?;
        let letters: Vec<char> =
            bytes.iter().filter_map(|byte| LETTERS.get(usize::from(byte % 32))).map(|b| char::from(*b)).collect();
        Ok(letters.chunks(6).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
    }

    /// Runs an operator's flow in one transaction. Blocks.
    ///
    /// # Errors
    /// The flow's refusal, or a fault.
    pub fn write<T, R>(&self, flow: impl FnOnce(&mut Tx<'_>) -> Result<T, Failure<R>>) -> Result<T, Failure<R>> {
        let now = self.clock.now();
        let origin = Origin::default();
        let outcome = self
            .store
            .write_blocking(|conn| settle(flow(&mut Tx::over(conn, now, &self.settings, &self.masters, &origin))));
        unsettle(outcome)
    }

    /// What the command line hashes passwords with: the same pepper and cost, on its own thread.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn bcrypt(&self) -> Result<Bcrypt, Fault> {
        let pepper =
            self.write(|tx| Ok::<_, Failure<Fault>>(secrets::obtain(tx, secrets::PEPPER)?)).map_err(only_fault)?;
        Bcrypt::new(self.settings.login.bcrypt_cost, pepper)
    }
}

/// How the storage is described to `store`.
#[must_use]
pub fn store_settings(settings: &Settings) -> StoreSettings {
    let database = &settings.database;
    let target = match &database.url {
        DatabaseUrl::Sqlite(path) => Target::Sqlite(path.clone()),
        DatabaseUrl::Postgres(url) => Target::Postgres(url.clone()),
    };
    StoreSettings { target, pool_size: database.pool_size, connect_timeout: database.connect_timeout }
}

/// Secrets and keys of a starting server; made where there are none.
fn found(
    store: &Store,
    (settings, masters, clock): (&Settings, &MasterKeys, &Clock),
) -> Result<(Secret, Secret, Keyring), Fault> {
    let now = clock.now();
    let origin = Origin::default();
    let (pepper, forms, held) = store.write_blocking(|conn| {
        let mut tx = Tx::over(conn, now, settings, masters, &origin);
        let pepper = secrets::obtain(&mut tx, secrets::PEPPER)?;
        let forms = secrets::obtain(&mut tx, secrets::FORMS)?;
        Ok((pepper, forms, crate::flows::admin::keys::list(&mut tx)?))
    })?;
    let held = keys::scheduled(store, (settings, masters, &origin), held, now)?;
    Ok((pepper, forms, Keyring::build(&held, now, masters)?))
}

/// A refusal commits, a fault rolls back.
fn settle<T, R>(outcome: Result<T, Failure<R>>) -> Result<Result<T, R>, Fault> {
    match outcome {
        Ok(reply) => Ok(Ok(reply)),
        Err(Failure::Refused(refusal)) => Ok(Err(refusal)),
        Err(Failure::Fault(fault)) => Err(fault),
    }
}

fn unsettle<T, R>(outcome: Result<Result<T, R>, Fault>) -> Result<T, Failure<R>> {
    match outcome {
        Ok(Ok(reply)) => Ok(reply),
        Ok(Err(refusal)) => Err(Failure::Refused(refusal)),
        Err(fault) => Err(Failure::Fault(fault)),
    }
}

fn only_fault(failure: Failure<Fault>) -> Fault {
    match failure {
        Failure::Refused(fault) | Failure::Fault(fault) => fault,
    }
}
