//! What settings demand of each other, and where their limits are.

use std::time::Duration;

use super::Settings;
use super::reader::Reader;

const DAY: Duration = Duration::from_hours(24);

/// Complains about everything that does not go together.
pub(super) fn demand(settings: &Settings, reader: &mut Reader) {
    let rules = [lifetimes(settings).as_slice(), rhythms(settings).as_slice(), exposure(settings).as_slice()].concat();
    for (_, key, text) in rules.into_iter().filter(|(holds, _, _)| !holds) {
        reader.complain(key, text);
    }
}

/// Whether it holds, the key, and what to write instead.
type Rule = (bool, &'static str, &'static str);

fn within(span: Duration, limit: Duration) -> bool {
    !span.is_zero() && span <= limit
}

fn lifetimes(settings: &Settings) -> [Rule; 6] {
    let (tokens, login) = (&settings.tokens, &settings.login);
    [
        (
            within(tokens.access_token_ttl, DAY),
            "tokens.access_token_ttl",
            "must be more than 0 and at most 24h; write 10m",
        ),
        (within(tokens.id_token_ttl, DAY), "tokens.id_token_ttl", "must be more than 0 and at most 24h; write 10m"),
        (
            within(tokens.code_ttl, Duration::from_mins(10)),
            "tokens.code_ttl",
            "must be more than 0 and at most 10m (RFC 6749 4.1.2); write 60s",
        ),
        (
            within(tokens.refresh_idle_ttl, tokens.refresh_absolute_ttl),
            "tokens.refresh_idle_ttl",
            "must be more than 0 and not beyond tokens.refresh_absolute_ttl; write 30d",
        ),
        (
            tokens.refresh_retry_window <= Duration::from_mins(5),
            "tokens.refresh_retry_window",
            "must be at most 5m; write 30s",
        ),
        (
            within(login.session_idle, login.session_absolute),
            "login.session_idle",
            "must be more than 0 and not beyond login.session_absolute; write 2h",
        ),
    ]
}

fn rhythms(settings: &Settings) -> [Rule; 6] {
    [
        (
            settings.keys.announce_before < settings.keys.rotate_every,
            "keys.announce_before",
            "must be shorter than keys.rotate_every; write 24h",
        ),
        (!settings.keys.refresh_every.is_zero(), "keys.refresh_every", "must be more than 0; write 1s"),
        (!settings.sweeper.every.is_zero(), "sweeper.every", "must be more than 0; write 60s"),
        (settings.sweeper.batch > 0, "sweeper.batch", "must be at least 1; write 500"),
        (settings.database.pool_size > 0, "database.pool_size", "must be at least 1; write 8"),
        (
            tracing_subscriber::EnvFilter::try_new(&settings.log.level).is_ok(),
            "log.level",
            "must be error, warn, info, debug, trace or a filter such as info,cardea=debug",
        ),
    ]
}

fn exposure(settings: &Settings) -> [Rule; 4] {
    let loopback = settings.http.listen.ip().is_loopback();
    let https = settings.http.issuer.is_https();
    let cost = settings.login.bcrypt_cost;
    let audience = settings.tokens.audience.as_ref();
    [
        (
            loopback || https,
            "http.listen",
            "other machines could reach plain http; put a TLS proxy in front, set http.issuer to its https address and \
             listen on 127.0.0.1",
        ),
        ((4..=16).contains(&cost), "login.bcrypt_cost", "must be 10 to 16; write 12"),
        (
            cost >= 10 || (loopback && !https),
            "login.bcrypt_cost",
            "must be 10 to 16 (less only on loopback, for tests); write 12",
        ),
        (
            audience.is_none_or(|audience| url::Url::parse(audience).is_ok()),
            "tokens.audience",
            "must be an absolute URI (RFC 8707 2), such as https://api.example.com",
        ),
    ]
}
