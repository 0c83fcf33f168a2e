//! Who is asking: the request id, the real client address, and the user agent, put beside the request at the edge.

use std::net::IpAddr;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderMap, USER_AGENT};
use actix_web::{HttpMessage as _, HttpRequest};
use ipnet::IpNet;

use crate::domain::event::Origin;

/// What the edge knows of a request.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Shown in error answers and in the log.
    pub request_id: String,
    /// The client's address, as far as trusted proxies vouch for it.
    pub address: Option<IpAddr>,
}

impl Visit {
    /// What the edge put beside this request.
    pub fn of(request: &HttpRequest) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or_else(|| Self { request_id: String::new(), address: None })
    }

    /// Where the request came from, for sessions and events.
    pub fn origin(request: &HttpRequest) -> Origin {
        let visit = Self::of(request);
        Origin {
            address: visit.address.map_or_else(String::new, |address| address.to_string()),
            user_agent: user_agent(request.headers()),
            request_id: visit.request_id,
        }
    }
}

/// The user agent, cut to 256 characters, control characters taken out so that it cannot forge a line.
fn user_agent(headers: &HeaderMap) -> String {
    let text =
        headers.get(USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default();
    text.chars().filter(|c| !c.is_control()).take(256).collect()
}

/// The client's address: the peer's, or what a chain of trusted proxies says, read from its near end. A header from anybody
/// else counts for nothing.
pub fn client_address(request: &ServiceRequest, trusted: &[IpNet]) -> Option<IpAddr> {
    let peer = request.peer_addr().map(|socket| socket.ip().to_canonical())?;
    if !is_trusted(peer, trusted) {
        return Some(peer);
    }
    let hops = forwarded(request.headers());
    let mut nearest = peer;
    for hop in hops.iter().rev() {
        let Some(address) = hop else { return Some(nearest) };
        nearest = *address;
        if !is_trusted(nearest, trusted) {
            break;
        }
    }
    Some(nearest)
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// The hops that `Forwarded` (RFC 7239 4), or without it `X-Forwarded-For`, names; `None` for one that is no address.
fn forwarded(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let lines =
        |name: &str| headers.get_all(name).filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",");
    let standard = lines("forwarded");
    if standard.is_empty() {
        return lines("x-forwarded-for").split(',').filter(|hop| !hop.trim().is_empty()).map(address).collect();
    }
    let node = |element: &str| {
        element.split(';').find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            name.eq_ignore_ascii_case("for").then(|| value.to_owned())
        })
    };
    standard.split(',').map(|element| node(element).and_then(|value| address(&value))).collect()
}

/// An address, with or without quotes, brackets and port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    if let Some(rest) = text.strip_prefix('[') {
        return rest.split(']').next()?.parse::<IpAddr>().ok().map(|address| address.to_canonical());
    }
    let bare = text.parse::<IpAddr>().ok();
    let with_port = || text.rsplit_once(':').and_then(|(host, _)| host.parse::<IpAddr>().ok());
    bare.or_else(with_port).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn seen(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let trusted: Vec<IpNet> = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()].to_vec();
        let mut request = TestRequest::default().peer_addr(peer.parse().unwrap());
        for header in headers {
            request = request.append_header(*header);
        }
        client_address(&request.to_srv_request(), &trusted).unwrap().to_string()
    }

    #[test]
    fn a_header_from_a_stranger_counts_for_nothing() {
        assert_eq!(seen("203.0.113.9:1", &[("x-forwarded-for", "1.2.3.4")]), "203.0.113.9");
        assert_eq!(seen("203.0.113.9:1", &[("forwarded", "for=1.2.3.4")]), "203.0.113.9");
    }

    #[test]
    fn the_nearest_untrusted_hop_is_the_client() {
        assert_eq!(seen("10.0.0.1:1", &[("x-forwarded-for", "6.6.6.6, 198.51.100.7, 10.0.0.2")]), "198.51.100.7");
        assert_eq!(
            seen("10.0.0.1:1", &[("forwarded", "for=6.6.6.6, for=\"[2001:db8::1]:80\";proto=https")]),
            "2001:db8::1"
        );
    }

    #[test]
    fn what_is_no_address_stops_the_walk() {
        assert_eq!(seen("10.0.0.1:1", &[("x-forwarded-for", "6.6.6.6, unknown")]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1:1", &[]), "10.0.0.1");
    }
}
