//! Passwords are hashed on threads of their own: a rush of sign-ins is told early to come back, and apps notice nothing.

use std::time::{Duration, Instant};

use crate::house::House;

#[tokio::test]
async fn a_rush_of_sign_ins_is_told_at_once_and_the_jwks_answers() {
    let house = House::with(&[
        ("CARDEA_LOGIN__BCRYPT_COST", "12"),
        ("CARDEA_LOGIN__HASH_THREADS", "1"),
        ("CARDEA_LOGIN__HASH_QUEUE", "1"),
    ])
    .await;
    let ada = house.person("ada@example.com");
    let mut ready = Vec::new();
    for _ in 0..6 {
        let mut browser = house.browser();
        let page = browser.get("/login").await;
        ready.push((browser, page));
    }
    let tries = ready.into_iter().map(|(mut browser, page)| {
        let ada = ada.clone();
        tokio::spawn(async move {
            let began = Instant::now();
            let page = browser.submit(&page, &[("email", &ada.email), ("password", &ada.password)]).await;
            (page, began.elapsed())
        })
    });
    let tries: Vec<_> = tries.collect();
    let (mut jwks, mut slowest) = (house.browser(), Duration::ZERO);
    let mut told = (0, 0);
    let mut answers = Vec::new();
    for one in tries {
        while !one.is_finished() {
            let began = Instant::now();
            assert_eq!(jwks.get("/jwks").await.status, 200);
            slowest = slowest.max(began.elapsed());
        }
        answers.push(one.await.unwrap());
    }
    let longest = answers.iter().map(|(_, took)| *took).max().unwrap();
    for (page, took) in answers {
        match page.status {
            303 => told.0 += 1,
            503 => {
                told.1 += 1;
                assert!(page.header("retry-after").parse::<u32>().unwrap() >= 1);
                assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
                assert!(page.text().contains("try again in a few seconds"), "{}", page.text());
                assert!(page.body.contains(&ada.email), "what was entered stays");
                assert!(took < longest, "early: after {took:?} of {longest:?}");
            }
            other => panic!("{other}: {}", page.text()),
        }
    }
    // One is being hashed and one waits; a third may find the queue empty again.
    assert!(told.0 >= 1 && told.1 >= 3, "{told:?}");
    assert!(slowest < longest, "the JWKS took {slowest:?}, the slowest sign-in {longest:?}");
}
