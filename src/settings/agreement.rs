//! What settings demand of each other, and where their limits are.

use std::time::Duration;

use super::Settings;
use super::reader::Reader;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// Further than anybody plans, and nearer than the last day that the databases can write.
const CENTURY: Duration = Duration::from_hours(24 * 36_500);

/// Complains about everything that does not go together.
pub(super) fn demand(settings: &Settings, reader: &mut Reader) {
    let rules = [
        lifetimes(settings).as_slice(),
        sessions(settings).as_slice(),
        rhythms(settings).as_slice(),
        sizes(settings).as_slice(),
        exposure(settings).as_slice(),
    ]
    .concat();
    for (_, keys, text) in rules.into_iter().filter(|(holds, _, _)| !holds) {
        reader.refuse(keys, text);
    }
}

/// Whether it holds, the key with those that it is compared with, and what to write instead.
type Rule = (bool, &'static [&'static str], &'static str);

fn within(span: Duration, limit: Duration) -> bool {
    !span.is_zero() && span <= limit
}

fn lifetimes(settings: &Settings) -> [Rule; 6] {
    let tokens = &settings.tokens;
    [
        (
            within(tokens.access_token_ttl, DAY),
            &["tokens.access_token_ttl"],
            "must be more than 0 and at most 24h; write 10m",
        ),
        (within(tokens.id_token_ttl, DAY), &["tokens.id_token_ttl"], "must be more than 0 and at most 24h; write 10m"),
        (
            within(tokens.code_ttl, Duration::from_mins(10)),
            &["tokens.code_ttl"],
            "must be more than 0 and at most 10m (RFC 6749 4.1.2); write 60s",
        ),
        (
            within(tokens.refresh_idle_ttl, tokens.refresh_absolute_ttl),
            &["tokens.refresh_idle_ttl", "tokens.refresh_absolute_ttl"],
            "must be more than 0 and at most tokens.refresh_absolute_ttl; write 30d and 180d",
        ),
        (
            tokens.refresh_absolute_ttl <= CENTURY,
            &["tokens.refresh_absolute_ttl"],
            "must be at most 36500d; write 180d",
        ),
        (
            tokens.refresh_retry_window <= Duration::from_mins(5),
            &["tokens.refresh_retry_window"],
            "must be at most 5m; write 30s",
        ),
    ]
}

fn sessions(settings: &Settings) -> [Rule; 4] {
    let login = &settings.login;
    [
        (
            within(login.session_idle, login.session_absolute),
            &["login.session_idle", "login.session_absolute"],
            "must be more than 0 and at most login.session_absolute; write 2h and 24h",
        ),
        (login.session_absolute <= CENTURY, &["login.session_absolute"], "must be at most 36500d; write 24h"),
        (
            within(login.interaction_ttl, DAY),
            &["login.interaction_ttl"],
            "must be more than 0 and at most 24h; write 30m",
        ),
        (within(login.hash_deadline, HOUR), &["login.hash_deadline"], "must be more than 0 and at most 1h; write 5s"),
    ]
}

fn rhythms(settings: &Settings) -> [Rule; 8] {
    let (http, keys) = (&settings.http, &settings.keys);
    [
        (
            within(http.request_timeout, HOUR),
            &["http.request_timeout"],
            "must be more than 0 and at most 1h; write 30s",
        ),
        (http.shutdown_timeout <= HOUR, &["http.shutdown_timeout"], "must be at most 1h; write 10s"),
        (
            within(settings.database.connect_timeout, HOUR),
            &["database.connect_timeout"],
            "must be more than 0 and at most 1h; write 3s",
        ),
        (
            keys.announce_before < keys.rotate_every,
            &["keys.announce_before", "keys.rotate_every"],
            "must be shorter than keys.rotate_every; write 24h and 90d",
        ),
        (keys.rotate_every <= CENTURY, &["keys.rotate_every"], "must be at most 36500d; write 90d"),
        (within(keys.refresh_every, HOUR), &["keys.refresh_every"], "must be more than 0 and at most 1h; write 1s"),
        (within(settings.sweeper.every, DAY), &["sweeper.every"], "must be more than 0 and at most 24h; write 60s"),
        (
            within(settings.audit.retention, CENTURY),
            &["audit.retention"],
            "must be more than 0 and at most 36500d; write 400d",
        ),
    ]
}

fn sizes(settings: &Settings) -> [Rule; 7] {
    let (http, login) = (&settings.http, &settings.login);
    [
        (http.workers <= 1024, &["http.workers"], "must be at most 1024; write 0 for one a core"),
        (http.max_body >= 4096, &["http.max_body"], "must be at least 4096; write 65536"),
        ((1..=1000).contains(&settings.database.pool_size), &["database.pool_size"], "must be 1 to 1000; write 8"),
        (login.hash_threads <= 1024, &["login.hash_threads"], "must be at most 1024; write 0 for one a core"),
        ((1..=100_000).contains(&login.hash_queue), &["login.hash_queue"], "must be 1 to 100000; write 64"),
        (settings.sweeper.batch > 0, &["sweeper.batch"], "must be at least 1; write 500"),
        (
            tracing_subscriber::EnvFilter::try_new(&settings.log.level).is_ok(),
            &["log.level"],
            "must be error, warn, info, debug, trace or a filter such as info,cardea=debug",
        ),
    ]
}

fn exposure(settings: &Settings) -> [Rule; 3] {
    let loopback = settings.http.listen.ip().is_loopback();
    let https = settings.http.issuer.is_https();
    let cheapest = if loopback && !https { 4 } else { 10 };
    [
        (
            loopback || https,
            &["http.listen", "http.issuer"],
            "must be on loopback while http.issuer is http, for other machines could reach plain http; put a TLS proxy in \
             front, set http.issuer to its https address or listen on 127.0.0.1",
        ),
        (
            (cheapest..=16).contains(&settings.login.bcrypt_cost),
            &["login.bcrypt_cost", "http.listen", "http.issuer"],
            "must be 10 to 16 (4 to 9 only on loopback, for tests); write 12",
        ),
        (
            settings.tokens.audience.as_deref().is_none_or(is_absolute_uri),
            &["tokens.audience"],
            "must be an absolute URI without a fragment (RFC 8707 2), such as https://api.example.com",
        ),
    ]
}

fn is_absolute_uri(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    plain && url::Url::parse(text).is_ok_and(|url| url.fragment().is_none())
}
