//! MUST-HOLD 4.33: an address without an account costs the same hash as one that has one.

use std::time::{Duration, Instant};

use crate::house::House;

#[tokio::test]
async fn a_failure_takes_the_same_time_for_everybody() {
    // A hash of cost 10 takes tens of milliseconds; everything else takes a few.
    let house = House::with(&[("CARDEA_LOGIN__BCRYPT_COST", "10")]).await;
    let (ada, off) = (house.person("ada@example.com"), house.person("off@example.com"));
    house.cardea(&["user", "disable", &off.email]);
    let mut browser = house.browser();
    let page = browser.get("/login").await;
    let addresses = [ada.email.as_str(), "nobody@example.com", "no address at all", off.email.as_str()];
    // The fastest of several tries, taken in turns: what else the machine does can only add to a try, and adds to all alike.
    let mut fastest = [Duration::MAX; 4];
    for _ in 0..8 {
        for (email, fastest) in addresses.iter().zip(&mut fastest) {
            let began = Instant::now();
            let page = browser.submit(&page, &[("email", email), ("password", "not the password")]).await;
            *fastest = began.elapsed().min(*fastest);
            assert_eq!(page.status, 200);
        }
    }
    let known = fastest[0];
    for (email, fastest) in addresses.iter().zip(fastest) {
        assert!(fastest * 3 > known && known * 3 > fastest, "{email}: {fastest:?}, a known address: {known:?}");
    }
}
