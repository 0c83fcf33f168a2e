//! MUST-HOLD 4.45, ASVS 16.2.5: each attempt is one line of the audit, and holds nothing that only its owner may know.

use crate::house::House;

use super::try_to_sign_in;

#[tokio::test]
async fn a_user_agent_is_one_line_of_the_audit_and_no_longer_than_it_may_be() {
    let house = House::open().await;
    let ada = house.person("ada@example.com");
    for agent in ["Browser\t1.0 \"quoted\" {\"kind\":\"sign_in.succeeded\"}".to_owned(), "x".repeat(3000)] {
        let mut browser = house.browser();
        browser.headers.push(("user-agent".to_owned(), agent));
        assert_eq!(try_to_sign_in(&mut browser, &ada.email, "a secret mistyped").await.status, 200);
    }
    let failed: Vec<_> =
        house.event_rows().into_iter().filter(|event| event.kind.as_str() == "sign_in.failed").collect();
    assert_eq!(failed.len(), 2);
    for event in failed {
        let agent = &event.origin.user_agent;
        assert!(!agent.is_empty() && agent.chars().count() <= 256, "{agent}");
        assert!(!agent.contains(char::is_control), "{agent:?}");
        assert_eq!(event.origin.address, "127.0.0.1");
        assert!(!event.origin.request_id.is_empty());
        assert!(!event.detail.to_string().contains("a secret mistyped"), "{}", event.detail);
        assert_eq!(event.user.map(|user| user.as_str().to_owned()), Some(ada.id.clone()));
    }
    assert!(!house.events().contains(&"sign_in.succeeded".to_owned()));
}

#[tokio::test]
async fn an_unknown_address_is_not_kept() {
    let house = House::open().await;
    // People type their password where their address belongs.
    for typed in ["correct horse battery staple", "correct.horse@battery.staple"] {
        try_to_sign_in(&mut house.browser(), typed, "x").await;
    }
    let events = house.event_rows();
    let failed: Vec<_> = events.iter().filter(|event| event.kind.as_str() == "sign_in.failed").collect();
    assert_eq!(failed.len(), 2);
    for event in failed {
        assert!(!format!("{event:?}").contains("horse"), "{event:?}");
    }
}
