//! Rate limits: by the client's real address, a bucket for each kind of endpoint, told in the asker's own language.

mod addresses_are_counted_apart;
mod empty_buckets_are_told;

use crate::house::app::respond;
use crate::house::browser::{Page, http};
use crate::house::{Browser, House};

/// A house where two tries empty a bucket, and nothing flows back while a test runs.
async fn strict(buckets: &[&str], more: &[(&str, &str)]) -> House {
    let names: Vec<(String, &str)> = buckets
        .iter()
        .flat_map(|bucket| {
            [
                (format!("CARDEA_LIMITS__{}__PER_MINUTE", bucket.to_uppercase()), "1"),
                (format!("CARDEA_LIMITS__{}__BURST", bucket.to_uppercase()), "2"),
            ]
        })
        .collect();
    let mut settings: Vec<(&str, &str)> = names.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    settings.push(("CARDEA_LIMITS__ENABLED", "true"));
    settings.extend(more);
    House::with(&settings).await
}

/// One failing sign-in, as if it came from this address.
async fn fail(browser: &mut Browser, forwarded: &[(&str, &str)]) -> Page {
    let page = browser.get("/login").await;
    browser.headers = forwarded.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let answer = browser.submit(&page, &[("email", "ada@example.com"), ("password", "a wrong one")]).await;
    browser.headers.clear();
    answer
}

/// A bare GET.
async fn get(house: &House, path: &str) -> Page {
    let url = house.url(path);
    respond(url.clone(), http().get(&url)).await
}
