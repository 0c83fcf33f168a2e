//! A family of refresh tokens (RFC 9700 4.14.2) beside a model of ten lines: whatever is done to it, in whatever order,
//! both say the same.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::house::app::App;
use crate::house::browser::Page;
use crate::house::{House, Person};

use super::cases;

/// One thing that happens. Numbers choose a token among those that were handed out, the last two from their end.
#[derive(Debug, Clone)]
enum Step {
    Use(usize),
    /// Two tabs at once.
    UseTwice(usize),
    UseByAnother(usize),
    Revoke(usize),
    Wait(TimeDelta),
}

fn step() -> impl Strategy<Value = Step> {
    // The newest tokens are what apps use; the one before it what a lost answer or a thief brings; the oldest what only a
    // thief brings.
    let token = || prop_oneof![4 => Just(usize::MAX), 4 => Just(usize::MAX - 1), 1 => 0_usize..4];
    let time = prop_oneof![
        6 => prop::sample::select(vec![1, 15, 29, 30, 31]).prop_map(TimeDelta::seconds),
        1 => Just(TimeDelta::minutes(10)),
        1 => prop::sample::select(vec![29, 30]).prop_map(TimeDelta::days),
    ];
    prop_oneof![
        8 => token().prop_map(Step::Use),
        2 => token().prop_map(Step::UseTwice),
        1 => token().prop_map(Step::UseByAnother),
        1 => token().prop_map(Step::Revoke),
        6 => time.prop_map(Step::Wait),
    ]
}

/// What a token is to the model.
#[derive(Debug, Clone)]
struct Token {
    text: String,
    expires_at: DateTime<Utc>,
    /// When it was used, and which token came of that.
    used: Option<(DateTime<Utc>, usize)>,
}

/// What the server should think.
#[derive(Debug)]
struct Model {
    tokens: Vec<Token>,
    ends_at: DateTime<Utc>,
    revoked: bool,
    access: (String, DateTime<Utc>),
}

/// What using a token should give.
#[derive(Debug, PartialEq)]
enum Expected {
    /// A token that nobody has seen.
    New,
    /// This token once more.
    Again(usize),
    Refused,
}

impl Model {
    fn live(&self, now: DateTime<Utc>) -> bool {
        !self.revoked && now < self.ends_at
    }

    fn usable(&self, token: usize, now: DateTime<Utc>) -> bool {
        let token = &self.tokens[token];
        self.live(now) && token.used.is_none() && now < token.expires_at
    }

    fn use_token(&mut self, token: usize, now: DateTime<Utc>) -> Expected {
        if !self.live(now) {
            return Expected::Refused;
        }
        match self.tokens[token].used {
            None if self.usable(token, now) => Expected::New,
            None => Expected::Refused,
            Some((at, successor)) if now <= at + TimeDelta::seconds(30) && self.tokens[successor].used.is_none() => {
                Expected::Again(successor)
            }
            Some(_) => {
                self.revoked = true;
                Expected::Refused
            }
        }
    }

    fn learn(&mut self, used: usize, page: &Page, now: DateTime<Utc>) {
        let text = page.json()["refresh_token"].as_str().unwrap().to_owned();
        let expires_at = (now + TimeDelta::days(30)).min(self.ends_at);
        self.tokens.push(Token { text, expires_at, used: None });
        self.tokens[used].used = Some((now, self.tokens.len() - 1));
    }
}

/// One family with what is around it.
struct Trial<'a> {
    house: &'a House,
    app: &'a App,
    other: &'a App,
    model: Model,
}

impl<'a> Trial<'a> {
    async fn begin(house: &'a House, app: &'a App, other: &'a App, person: &Person) -> Self {
        let tokens = app.tokens(house, person, "openid offline_access").await;
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let now = house.clock.now();
        let first = Token { text: text("refresh_token"), expires_at: now + TimeDelta::days(30), used: None };
        let ends_at = now + TimeDelta::days(180);
        let access = (text("access_token"), now + TimeDelta::minutes(10));
        Self { house, app, other, model: Model { tokens: vec![first], ends_at, revoked: false, access } }
    }

    async fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let now = self.house.clock.now();
        let newest = self.model.tokens.len() - 1;
        let choose = |number: usize| match usize::MAX - number {
            back @ 0..=1 => newest.saturating_sub(back),
            _ => number.min(newest),
        };
        match *step {
            Step::Wait(time) => self.house.clock.advance(time),
            Step::Use(number) => {
                let token = choose(number);
                let page = self.app.refresh(&self.model.tokens[token].text).await;
                self.judge(token, &page, now)?;
            }
            Step::UseTwice(number) => {
                let token = choose(number);
                let text = self.model.tokens[token].text.clone();
                let (one, two) = join(self.app.refresh(&text), self.app.refresh(&text)).await;
                self.judge(token, &one, now)?;
                self.judge(token, &two, now)?;
            }
            Step::UseByAnother(number) => {
                let page = self.other.refresh(&self.model.tokens[choose(number)].text).await;
                prop_assert_eq!((page.status, &page.json()["error"]), (400, &"invalid_grant".into()));
            }
            Step::Revoke(number) => {
                let page = self.app.post("/revoke", &[("token", &self.model.tokens[choose(number)].text)]).await;
                prop_assert_eq!(page.status, 200);
                self.model.revoked = true;
            }
        }
        self.compare().await
    }

    fn judge(&mut self, token: usize, page: &Page, now: DateTime<Utc>) -> Result<(), TestCaseError> {
        let expected = self.model.use_token(token, now);
        if expected == Expected::Refused {
            prop_assert_eq!((page.status, &page.json()["error"]), (400, &"invalid_grant".into()));
            return Ok(());
        }
        prop_assert_eq!(page.status, 200, "{}", page.body);
        let body = page.json();
        self.model.access = (body["access_token"].as_str().unwrap().to_owned(), now + TimeDelta::minutes(10));
        if let Expected::Again(successor) = expected {
            prop_assert_eq!(&body["refresh_token"], &self.model.tokens[successor].text.as_str());
        } else {
            prop_assert!(self.model.tokens.iter().all(|held| body["refresh_token"] != held.text.as_str()));
            self.model.learn(token, page, now);
        }
        Ok(())
    }

    /// What introspection says of every token, and of the last access token.
    async fn compare(&self) -> Result<(), TestCaseError> {
        let now = self.house.clock.now();
        for (number, token) in self.model.tokens.iter().enumerate() {
            let active = self.app.introspect(&token.text).await["active"] == true;
            prop_assert_eq!(active, self.model.usable(number, now), "token {} of {:#?}", number, self.model);
        }
        let (access, expires_at) = &self.model.access;
        let active = self.app.introspect(access).await["active"] == true;
        prop_assert_eq!(active, self.model.live(now) && now < *expires_at, "access token of {:#?}", self.model);
        Ok(())
    }
}

#[test]
fn a_family_is_what_its_model_says() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // The clock leaps over years, faster than new signing keys can be announced: this law is not about keys.
    let house = runtime.block_on(House::with(&[("CARDEA_KEYS__ROTATE_EVERY", "36500d")]));
    let (app, other) = (house.app_with("newspaper", &["--first-party"]), house.app("thief"));
    let person = house.person("ada@example.com");
    let tried = TestRunner::new(cases(96)).run(&vec(step(), 1..16), |steps| {
        runtime.block_on(async {
            let mut trial = Trial::begin(&house, &app, &other, &person).await;
            for step in &steps {
                trial.step(step).await?;
            }
            Ok(())
        })
    });
    if let Err(error) = tried {
        panic!("{error}");
    }
}
