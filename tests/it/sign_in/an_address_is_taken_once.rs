//! Signing up in a race: the database decides who gets an address, not a look at it beforehand.

use crate::house::House;

#[tokio::test]
async fn of_eight_who_take_an_address_at_once_one_gets_it() {
    let house = House::open().await;
    let mut pages = Vec::new();
    for _ in 0..8 {
        let mut browser = house.browser();
        let page = browser.get("/signup").await;
        pages.push((browser, page));
    }
    let tries = pages.into_iter().map(|(mut browser, page)| {
        tokio::spawn(async move {
            let fields = [("name", "Grace"), ("email", "grace@example.com"), ("password", "a long enough secret")];
            browser.submit(&page, &fields).await.status
        })
    });
    let mut statuses = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        statuses.push(one.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 200, 303]);
    assert_eq!(house.cardea(&["user", "list"]).as_array().unwrap().len(), 1);
}
