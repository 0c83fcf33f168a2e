//! Holds the issuer's keys and decides when to read them again: in the background as they age, at once for a key id never seen,
//! and never faster than the back-off allows. Keys stay in use while the issuer is away.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwapOption;
use jsonwebtoken::Algorithm;
use tokio::sync::Mutex;
use url::Url;

use super::{
    GuardError, GuardSettings,
    fetch::Source,
    keys::{Key, KeySet, Lookup},
};

/// The first pause after a failure; each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause after failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The keys of one issuer.
pub(super) struct KeyRing {
    source: Source,
    refresh_after: Duration,
    refetch_pause: Duration,
    stale_for: Duration,
    held: ArcSwapOption<Held>,
    attempt: ArcSwapOption<Attempt>,
    /// Whoever holds this is reading the keys; the others wait for the result.
    reading: Mutex<()>,
}

struct Held {
    keys: KeySet,
    since: Instant,
}

struct Attempt {
    ended: Instant,
    failures: u32,
    /// How long nothing is read after it.
    pause: Duration,
}

/// Why there is no key for a token.
pub(super) enum Missing {
    /// The issuer was asked and does not publish it.
    Unknown,
    /// The issuer could not be asked; the next try is due then.
    Unavailable { retry_after: Duration },
}

impl KeyRing {
    pub(super) fn new(settings: &GuardSettings, issuer: &Url) -> Result<Self, GuardError> {
        Ok(Self {
            source: Source::new(settings, issuer)?,
            refresh_after: settings.refresh_after,
            refetch_pause: settings.refetch_pause,
            stale_for: settings.stale_for,
            held: ArcSwapOption::empty(),
            attempt: ArcSwapOption::empty(),
            reading: Mutex::new(()),
        })
    }

    /// Reads the keys now and says what went wrong.
    pub(super) async fn fill(&self) -> Result<(), GuardError> {
        let _reading = self.reading.lock().await;
        self.read().await
    }

    /// The key that is to verify a token.
    pub(super) async fn find(self: &Arc<Self>, id: Option<&str>, algorithm: Algorithm) -> Result<Arc<Key>, Missing> {
        match self.look(id, algorithm) {
            Lookup::Found(key) => {
                self.refresh_behind();
                return Ok(key);
            }
            Lookup::OtherAlgorithm => return Err(Missing::Unknown),
            Lookup::Absent => self.refresh().await,
        }
        match self.look(id, algorithm) {
            Lookup::Found(key) => Ok(key),
            Lookup::OtherAlgorithm => Err(Missing::Unknown),
            Lookup::Absent => Err(self.why_absent()),
        }
    }

    fn look(&self, id: Option<&str>, algorithm: Algorithm) -> Lookup {
        let held = self.held.load();
        let usable = held.as_ref().filter(|held| held.since.elapsed() < self.stale_for);
        usable.map_or(Lookup::Absent, |held| held.keys.find(id, algorithm))
    }

    fn why_absent(&self) -> Missing {
        let attempt = self.attempt.load();
        let failed = attempt.as_ref().filter(|attempt| attempt.failures > 0);
        failed.map_or(Missing::Unknown, |attempt| Missing::Unavailable { retry_after: attempt.remaining() })
    }

    /// Reads the keys unless somebody just did. The reading goes on when the request that wanted it is gone.
    async fn refresh(self: &Arc<Self>) {
        if self.is_pausing() {
            return;
        }
        let ring = Arc::clone(self);
        let reading = tokio::spawn(async move {
            let _reading = ring.reading.lock().await;
            if !ring.is_pausing() {
                ring.read_and_log().await;
            }
        });
        if let Err(error) = reading.await {
            tracing::error!(%error, "reading the issuer's keys broke off");
        }
    }

    fn refresh_behind(self: &Arc<Self>) {
        let due = self.held.load().as_ref().is_some_and(|held| held.since.elapsed() >= self.refresh_after);
        if !due || self.is_pausing() || self.reading.try_lock().is_err() {
            return;
        }
        let ring = Arc::clone(self);
        tokio::spawn(async move {
            if let Ok(_reading) = ring.reading.try_lock()
                && !ring.is_pausing()
            {
                ring.read_and_log().await;
            }
        });
    }

    async fn read_and_log(&self) {
        if let Err(error) = self.read().await {
            tracing::warn!(%error, "the issuer's keys could not be read");
        }
    }

    async fn read(&self) -> Result<(), GuardError> {
        let read = self.source.keys().await;
        let failures = match &read {
            Ok(_) => 0,
            Err(_) => self.attempt.load().as_ref().map_or(0, |attempt| attempt.failures).saturating_add(1),
        };
        let ended = Instant::now();
        let pause = match failures {
            0 => self.refetch_pause,
            failures => FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failures - 1)).min(LONGEST_PAUSE),
        };
        self.attempt.store(Some(Arc::new(Attempt { ended, failures, pause })));
        self.held.store(Some(Arc::new(Held { keys: read?, since: ended })));
        Ok(())
    }

    fn is_pausing(&self) -> bool {
        self.attempt.load().as_ref().is_some_and(|attempt| !attempt.remaining().is_zero())
    }
}

impl Attempt {
    fn remaining(&self) -> Duration {
        self.pause.saturating_sub(self.ended.elapsed())
    }
}
