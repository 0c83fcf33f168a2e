//! The rounds: everything that is measured, one after the other, several times over, so that what else happens on the machine
//! falls on a floor and on what stands on it alike.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::Trouble;
use super::client::Connection;
use super::drive::{CONNECTIONS, Load, Server, Tally, drive};
use super::house::{App, introspect};
use super::loads::{self, Authorize, Codes, Exchange, Flow, Refresh, Same, Step};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Signing,
    Bare,
    ClientCredentials,
    Authorize,
    Exchange,
    Userinfo,
    Flow,
    Refresh,
    IntrospectPerson,
    IntrospectClient,
    Jwks,
    Discovery,
}

/// Who is asked, and with what.
pub struct Rounds {
    floor: Server,
    cardea: Server,
    app: Arc<App>,
    access_token: String,
    own_token: String,
    chains: Vec<Refresh>,
    codes: Codes,
}

impl Rounds {
    /// Gets the tokens that the rounds need: one chain of refresh tokens for each connection.
    pub async fn prepare(floor: Server, cardea: Server, app: Arc<App>) -> Result<Self, Trouble> {
        let mut connection = Connection::to(cardea.address).await?;
        let answer = connection.ask(&app.client_credentials).await?;
        answer.expect(200, "a token request")?;
        let own_token = loads::token(&answer, "access_token")?.to_owned();
        let (mut chains, mut access_token) = (Vec::new(), String::new());
        for _ in 0..CONNECTIONS {
            let code = loads::code(&connection.ask(&app.authorize).await?)?.to_owned();
            let answer = connection.ask(&app.exchange(&code)).await?;
            answer.expect(200, "exchanging a code")?;
            loads::token(&answer, "access_token")?.clone_into(&mut access_token);
            chains.push(Refresh(Arc::clone(&app), loads::token(&answer, "refresh_token")?.to_owned()));
        }
        Ok(Self { floor, cardea, app, access_token, own_token, chains, codes: Codes::default() })
    }

    /// Measures each of these once.
    pub fn round(&mut self, wanted: &[What], span: Duration) -> Result<Vec<(What, Tally)>, Trouble> {
        wanted.iter().map(|what| Ok((*what, self.measure(*what, span)?))).collect()
    }

    fn measure(&mut self, what: What, span: Duration) -> Result<Tally, Trouble> {
        let same = |server, request: &[u8], holds| run(server, Same::many(CONNECTIONS, request, holds), span);
        let (app, codes, cardea) = (&self.app, &self.codes, self.cardea);
        match what {
            What::Signing => same(self.floor, &app.client_credentials, "access_token"),
            What::Bare => same(self.floor, &loads::get("/jwks", ""), "x"),
            What::ClientCredentials => same(cardea, &app.client_credentials, "access_token"),
            What::IntrospectClient => same(cardea, &introspect(&self.own_token), "\"active\":true"),
            What::IntrospectPerson => same(cardea, &introspect(&self.access_token), "\"active\":true"),
            What::Authorize => {
                codes.lock().unwrap_or_else(PoisonError::into_inner).clear();
                run(cardea, many(|| Authorize(Arc::clone(app), Arc::clone(codes))), span)
            }
            // As many codes as were had in the span before: they are well within their minute.
            What::Exchange => run(cardea, many(|| Exchange(Arc::clone(app), Arc::clone(codes))), span),
            What::Userinfo => same(cardea, &loads::userinfo(&self.access_token), "\"sub\""),
            What::Flow => run(cardea, many(|| Flow(Arc::clone(app), Step::Authorize)), span),
            What::Jwks => same(cardea, &loads::get("/jwks", ""), "\"keys\""),
            What::Discovery => same(cardea, &loads::get("/.well-known/openid-configuration", ""), "\"issuer\""),
            What::Refresh => {
                let (chains, tally) = drive(cardea, std::mem::take(&mut self.chains), span)?;
                self.chains = chains;
                Ok(tally)
            }
        }
    }
}

fn many<L>(load: impl Fn() -> L) -> Vec<L> {
    (0..CONNECTIONS).map(|_| load()).collect()
}

fn run<L: Load>(server: Server, loads: Vec<L>, span: Duration) -> Result<Tally, Trouble> {
    drive(server, loads, span).map(|(_, tally)| tally)
}
