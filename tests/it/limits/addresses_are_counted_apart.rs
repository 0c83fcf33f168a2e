//! MUST-HOLD 4.32, RFC 9700 24: whose bucket it is, is said by the connection, or by a proxy that the operator trusts.

use crate::house::House;
use crate::house::browser::Page;

use super::{fail, strict};

const PROXY: (&str, &str) = ("CARDEA_HTTP__TRUSTED_PROXIES", "127.0.0.1/32");

async fn from(house: &House, forwarded: &[(&str, &str)]) -> Page {
    fail(&mut house.browser(), forwarded).await
}

#[tokio::test]
async fn a_stranger_cannot_make_up_an_address() {
    let house = strict(&["login"], &[]).await;
    for number in 0..2 {
        let made_up = format!("198.51.100.{number}");
        assert_eq!(from(&house, &[("x-forwarded-for", &made_up)]).await.status, 200);
    }
    for header in [
        ("x-forwarded-for", "198.51.100.9"),
        ("forwarded", "for=198.51.100.9"),
        ("x-real-ip", "198.51.100.9"),
        ("client-ip", "198.51.100.9"),
        ("true-client-ip", "198.51.100.9"),
        ("cf-connecting-ip", "198.51.100.9"),
    ] {
        assert_eq!(from(&house, &[header]).await.status, 429, "{header:?}");
    }
}

#[tokio::test]
async fn a_trusted_proxy_names_it() {
    let house = strict(&["login"], &[PROXY]).await;
    for header in ["x-forwarded-for", "forwarded"] {
        let (eve, ada) = if header == "forwarded" {
            ("for=203.0.113.7;proto=https", "for=203.0.113.8")
        } else {
            ("198.51.100.7", "198.51.100.8")
        };
        for _ in 0..2 {
            assert_eq!(from(&house, &[(header, eve)]).await.status, 200, "{header}");
        }
        assert_eq!(from(&house, &[(header, eve)]).await.status, 429, "{header}");
        assert_eq!(from(&house, &[(header, ada)]).await.status, 200, "{header}: another address, another bucket");
    }
    let events = house.event_rows();
    assert!(events.iter().any(|event| event.origin.address == "198.51.100.7"), "the audit has it too");
}

/// What the client itself wrote stands left of what the proxy appended.
#[tokio::test]
async fn only_what_the_proxy_itself_saw_counts() {
    let house = strict(&["login"], &[PROXY]).await;
    for number in 0..2 {
        let chain = format!("192.0.2.{number}, 198.51.100.7");
        assert_eq!(from(&house, &[("x-forwarded-for", &chain)]).await.status, 200);
    }
    assert_eq!(from(&house, &[("x-forwarded-for", "192.0.2.77, 198.51.100.7")]).await.status, 429);
    assert_eq!(from(&house, &[("x-forwarded-for", "127.0.0.1, 198.51.100.7")]).await.status, 429);
    assert_eq!(from(&house, &[("x-forwarded-for", "nonsense, 198.51.100.7")]).await.status, 429);
}

#[tokio::test]
async fn an_ipv6_network_is_one_client() {
    let house = strict(&["login"], &[PROXY]).await;
    for address in ["2001:db8:1:2::1", "2001:db8:1:2:ffff::2"] {
        assert_eq!(from(&house, &[("x-forwarded-for", address)]).await.status, 200, "{address}");
    }
    assert_eq!(from(&house, &[("forwarded", "for=\"[2001:db8:1:2::3]:4711\"")]).await.status, 429);
    assert_eq!(from(&house, &[("x-forwarded-for", "2001:db8:1:3::1")]).await.status, 200, "the next network");
    // An IPv4 address in IPv6 clothes is that IPv4 address, and not one network with all others.
    for _ in 0..2 {
        assert_eq!(from(&house, &[("x-forwarded-for", "::ffff:198.51.100.7")]).await.status, 200);
    }
    assert_eq!(from(&house, &[("x-forwarded-for", "198.51.100.7")]).await.status, 429);
    assert_eq!(from(&house, &[("x-forwarded-for", "::ffff:198.51.100.8")]).await.status, 200);
}

#[tokio::test]
async fn who_is_attacked_still_gets_in() {
    let house = strict(&["login"], &[PROXY]).await;
    let ada = house.person("ada@example.com");
    for network in 0..20 {
        let attacker = format!("203.0.113.{network}");
        for _ in 0..3 {
            from(&house, &[("x-forwarded-for", &attacker)]).await;
        }
    }
    let mut browser = house.browser();
    let page = browser.get("/login").await;
    browser.headers.push(("x-forwarded-for".to_owned(), "198.51.100.8".to_owned()));
    let page = browser.submit(&page, &[("email", &ada.email), ("password", &ada.password)]).await;
    assert_eq!(page.status, 303, "a lock-out would be the attacker's to use: {}", page.text());
}
