//! Rate limits by client address, each kind of endpoint with a bucket of its own.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use actix_governor::governor::NotUntil;
use actix_governor::governor::clock::{Clock as _, DefaultClock, QuantaInstant};
use actix_governor::governor::middleware::NoOpMiddleware;
use actix_governor::{Governor, GovernorConfig, GovernorConfigBuilder, KeyExtractor};
use actix_web::dev::ServiceRequest;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Condition;
use actix_web::{HttpMessage as _, HttpResponse, HttpResponseBuilder, ResponseError};

use crate::settings::limits::{Bucket, Limits as Settings};

use super::error;
use super::visit::Visit;

/// Who answers when a bucket is empty.
#[derive(Debug, Clone)]
enum Audience {
    Apps,
    /// On a page of the site of this name.
    People(Arc<str>),
}

/// Counts by client address; an IPv6 network of /64 is one client.
#[derive(Debug, Clone)]
pub struct ByAddress(Audience);

type Config = GovernorConfig<ByAddress, NoOpMiddleware>;
type Gate = Condition<Governor<ByAddress, NoOpMiddleware>>;

/// The buckets of this server, shared by all workers.
#[derive(Clone)]
pub struct Limits {
    enabled: bool,
    login: Config,
    signup: Config,
    token: Config,
    introspection: Config,
    authorize: Config,
    api: Config,
    other: Config,
}

impl Limits {
    /// Buckets as the operator set them.
    #[must_use]
    pub fn new(settings: &Settings, site_name: &str) -> Option<Self> {
        let people = Audience::People(Arc::from(site_name));
        let posts = Some(vec![Method::POST]);
        Some(Self {
            enabled: settings.enabled,
            login: config(settings.login, people.clone(), posts.clone())?,
            signup: config(settings.signup, people.clone(), posts)?,
            token: config(settings.token, Audience::Apps, None)?,
            introspection: config(settings.introspection, Audience::Apps, None)?,
            authorize: config(settings.authorize, people.clone(), None)?,
            api: config(settings.other, Audience::Apps, None)?,
            other: config(settings.other, people, None)?,
        })
    }

    /// Forgets addresses that have not been seen for a while, so that memory does not grow with the internet.
    pub fn forget(&self) {
        for config in
            [&self.login, &self.signup, &self.token, &self.introspection, &self.authorize, &self.api, &self.other]
        {
            config.limiter().retain_recent();
        }
    }

    pub(super) fn login(&self) -> Gate {
        self.gate(&self.login)
    }

    pub(super) fn signup(&self) -> Gate {
        self.gate(&self.signup)
    }

    pub(super) fn token(&self) -> Gate {
        self.gate(&self.token)
    }

    pub(super) fn introspection(&self) -> Gate {
        self.gate(&self.introspection)
    }

    pub(super) fn authorize(&self) -> Gate {
        self.gate(&self.authorize)
    }

    pub(super) fn api(&self) -> Gate {
        self.gate(&self.api)
    }

    pub(super) fn other(&self) -> Gate {
        self.gate(&self.other)
    }

    fn gate(&self, config: &Config) -> Gate {
        Condition::new(self.enabled, Governor::new(config))
    }
}

fn config(bucket: Bucket, audience: Audience, methods: Option<Vec<Method>>) -> Option<Config> {
    let period = Duration::from_mins(1) / bucket.per_minute.max(1);
    let mut builder = GovernorConfigBuilder::default().key_extractor(ByAddress(audience));
    builder.period(period).burst_size(bucket.burst);
    if let Some(methods) = methods {
        builder.methods(methods);
    }
    builder.finish()
}

impl KeyExtractor for ByAddress {
    type Key = IpAddr;
    type KeyExtractionError = Unseen;

    fn extract(&self, request: &ServiceRequest) -> Result<Self::Key, Self::KeyExtractionError> {
        let address = request.extensions().get::<Visit>().and_then(|visit| visit.address).ok_or(Unseen)?;
        Ok(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX))),
        })
    }

    fn exceed_rate_limit_response(
        &self,
        negative: &NotUntil<QuantaInstant>,
        response: HttpResponseBuilder,
    ) -> HttpResponse {
        let wait = negative.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
        match &self.0 {
            Audience::Apps => error::too_many_for_app(response, wait),
            Audience::People(site_name) => error::too_many_for_person(response, wait, site_name),
        }
    }
}

/// A request without an address: it did not come through the edge.
#[derive(Debug)]
pub struct Unseen;

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client address is not known")
    }
}

impl ResponseError for Unseen {
    fn status_code(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }
}
