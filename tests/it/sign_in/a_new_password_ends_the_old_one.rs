//! A password that is set while somebody signs in with the old one: the hash takes its time, and the answer comes too late.

use crate::house::House;
use crate::house::server::run_cardea;

use super::try_to_sign_in;

const EMAIL: &str = "ada@example.com";
const OLD: &str = "correct horse battery staple";
const NEW: &str = "another horse another staple";

/// The same settings, with hashes that take no time.
fn quick(house: &House) -> Vec<(String, String)> {
    let mut environment = house.environment.clone();
    environment.retain(|(name, _)| name != "CARDEA_LOGIN__BCRYPT_COST");
    environment.push(("CARDEA_LOGIN__BCRYPT_COST".to_owned(), "4".to_owned()));
    environment
}

#[tokio::test]
async fn two_browsers_that_upgrade_the_hash_at_once_both_get_in() {
    let house = House::with(&[("CARDEA_LOGIN__BCRYPT_COST", "10")]).await;
    let add = ["user", "add", "--email", EMAIL, "--name", "Ada", "--password-stdin"];
    run_cardea(&quick(&house), &add, Some(OLD)).unwrap();
    let (mut one, mut two) = (house.browser(), house.browser());
    let (one, two) = tokio::join!(try_to_sign_in(&mut one, EMAIL, OLD), try_to_sign_in(&mut two, EMAIL, OLD));
    assert_eq!((one.status, two.status), (303, 303));
    assert!(house.events().iter().all(|kind| kind != "sign_in.failed"));
}

#[tokio::test]
async fn also_while_it_is_being_checked() {
    // The old hash is of a lower cost: to sign in with it is to hash it anew, which holds the door open for a while.
    let house = House::with(&[("CARDEA_LOGIN__BCRYPT_COST", "13")]).await;
    let quick = quick(&house);
    let add = ["user", "add", "--email", EMAIL, "--name", "Ada", "--password-stdin"];
    run_cardea(&quick, &add, Some(OLD)).unwrap();

    let mut thief = house.browser();
    let set = tokio::task::spawn_blocking(move || {
        run_cardea(&quick, &["user", "set-password", EMAIL, "--password-stdin"], Some(NEW))
    });
    let (late, set) = tokio::join!(try_to_sign_in(&mut thief, EMAIL, OLD), set);
    set.unwrap().unwrap();

    // Refused, or, if the sign-in was the faster one, ended at once.
    assert!(late.status == 200 || late.status == 303, "{}", late.text());
    assert_eq!(thief.get("/account").await.location(), Some("/login"));
    assert_eq!(try_to_sign_in(&mut house.browser(), EMAIL, OLD).await.status, 200);
    assert_eq!(try_to_sign_in(&mut house.browser(), EMAIL, NEW).await.status, 303, "the new password was overwritten");
}
