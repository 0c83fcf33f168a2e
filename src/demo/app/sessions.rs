//! Which browser is whose: sessions in memory, bounded, behind a random cookie.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite},
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use openidconnect::CsrfToken;

use super::{
    articles::ApiAnswer,
    provider::{Pending, SignedIn},
};

const COOKIE: &str = "daily_hinge_session";
const MAX_SESSIONS: usize = 1000;
const MAX_PENDING: usize = 8;
const LIFETIME: Duration = Duration::from_hours(12);

/// All sessions.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<String, Session>>);

/// What is remembered about one browser.
pub(super) struct Session {
    /// Every form of this browser carries it.
    pub(super) csrf: String,
    pub(super) signed_in: Option<SignedIn>,
    /// What the API answered to the last form, until a page has shown it.
    pub(super) notice: Option<ApiAnswer>,
    /// The `state` that the way back from the provider's log-out must bring.
    pub(super) logout_state: Option<CsrfToken>,
    pending: Vec<Pending>,
    touched: Instant,
}

impl Session {
    fn new() -> Self {
        Self {
            csrf: random(),
            signed_in: None,
            notice: None,
            logout_state: None,
            pending: Vec::new(),
            touched: Instant::now(),
        }
    }

    /// Several tabs may be logging in; the oldest attempt gives way.
    pub(super) fn remember(&mut self, pending: Pending) {
        if self.pending.len() >= MAX_PENDING {
            self.pending.remove(0);
        }
        self.pending.push(pending);
    }

    /// The attempt that a `state` belongs to; it cannot be taken twice.
    pub(super) fn take_pending(&mut self, state: &str) -> Option<Pending> {
        let position = self.pending.iter().position(|pending| same(pending.state.secret(), state))?;
        Some(self.pending.remove(position))
    }

    pub(super) fn accepts(&self, csrf: &str) -> bool {
        same(&self.csrf, csrf)
    }
}

impl Sessions {
    /// The session id that a browser brings, when it is one of ours.
    pub(super) fn id(&self, request: &HttpRequest) -> Option<String> {
        let id = request.cookie(COOKIE)?.value().to_owned();
        self.with(&id, |_| ()).map(|()| id)
    }

    /// Makes a session; the longest unused one gives way when there are too many.
    pub(super) fn begin(&self) -> String {
        let mut all = self.lock();
        all.retain(|_, session| session.touched.elapsed() < LIFETIME);
        if all.len() >= MAX_SESSIONS
            && let Some(oldest) = all.iter().min_by_key(|(_, session)| session.touched).map(|(id, _)| id.clone())
        {
            all.remove(&oldest);
        }
        let id = random();
        all.insert(id.clone(), Session::new());
        id
    }

    /// Looks at a session or changes it.
    pub(super) fn with<T>(&self, id: &str, act: impl FnOnce(&mut Session) -> T) -> Option<T> {
        let mut all = self.lock();
        let session = all.get_mut(id).filter(|session| session.touched.elapsed() < LIFETIME)?;
        session.touched = Instant::now();
        Some(act(session))
    }

    /// The same session under a new id: nobody who knew the old one before the log-in gets in with it.
    pub(super) fn renew(&self, id: &str) -> String {
        let mut all = self.lock();
        let mut session = all.remove(id).unwrap_or_else(Session::new);
        session.csrf = random();
        let id = random();
        all.insert(id.clone(), session);
        id
    }

    pub(super) fn end(&self, id: &str) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The cookie that carries a session id. Lax, so that the browser brings it along when Cardea sends it back.
pub(super) fn cookie(id: String, secure: bool) -> Cookie<'static> {
    Cookie::build(COOKIE, id).path("/").http_only(true).same_site(SameSite::Lax).secure(secure).finish()
}

fn random() -> String {
    CsrfToken::new_random_len(32).into_secret()
}

fn same(ours: &str, theirs: &str) -> bool {
    verify_slices_are_equal(ours.as_bytes(), theirs.as_bytes()).is_ok()
}
