//! Logging in: as whom, and what the answer says.
//!
//! There is a refresh token too, but logging in again needs one way instead of two and costs the same.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::refusal;
use super::wire::{self, Envelope, Grant};
use crate::domain::{Clock, Plain};
use crate::net::{Answer, Call, Http};
use crate::psa::PsaError;
use crate::psa::deed::{self, Deed};
use crate::psa::token::{SharedToken, Token};

/// How long a token lives that does not say: clients in production renew theirs as often.
const USUAL_LIFE: Duration = Duration::from_secs(15 * 60);

const DEED: Deed<'_> = Deed { verb: "ask", noun: "for a token" };

/// Who we are.
#[derive(Debug)]
pub(super) struct Login {
    pub(super) username: String,
    pub(super) password: SecretString,
    /// The company's name at the login.
    pub(super) tenant: String,
}

/// How to get a token.
#[derive(Debug)]
pub(super) struct Tokens {
    clock: Clock,
    zone: TimeZone,
    login: Login,
    shared: SharedToken,
}

impl Tokens {
    pub(super) fn new(clock: Clock, zone: TimeZone, login: Login) -> Self {
        Self { shared: SharedToken::new(clock.clone()), clock, zone, login }
    }

    /// A token that should be good, and is not the one that was `refused`.
    pub(super) async fn get(&self, http: &Http, refused: Option<&Token>) -> Result<Token, PsaError> {
        self.shared.get(refused, self.log_in(http)).await
    }

    async fn log_in(&self, http: &Http) -> Result<Token, PsaError> {
        let call = Call::post("v2/security/authenticate").endpoint("POST /v2/security/authenticate").form([
            ("GrantType", "password".into()),
            ("UserName", self.login.username.as_str().into()),
            ("Password", self.login.password.clone()),
            ("Tenant", self.login.tenant.as_str().into()),
        ]);
        let asked_at = self.clock.now();
        let answer = http.send(call.header("accept", "application/json")).await;
        let answer = answer.map_err(|error| DEED.unanswered(http.host(), error))?;
        if !answer.is_success() {
            return Err(self.refused(http, &answer));
        }
        let body: Value = answer.json().map_err(|error| DEED.unanswered(http.host(), error))?;
        let envelope = Envelope::read(body).ok_or_else(|| DEED.misanswered(wire::NO_ENVELOPE))?;
        if !envelope.success {
            return Err(PsaError::Unauthorized { why: self.words(&answer) });
        }
        let grant: Grant = serde_json::from_value(envelope.result).unwrap_or_default();
        let Some(secret) = grant.accesstoken.as_deref() else {
            return Err(DEED.misanswered("it holds no accessToken"));
        };
        let ends_at = grant.accesstokenexpireon.and_then(|end| end.within(&self.zone));
        let life = life(ends_at, answer.date.unwrap_or(asked_at));
        Ok(Token::new(secret, None, asked_at, life))
    }

    fn refused(&self, http: &Http, answer: &Answer) -> PsaError {
        match answer.status {
            403 if refusal::asks_to_slow_down(&deed::words(&answer.body)) => refusal::slow_down(answer),
            400 | 401 | 403 => PsaError::Unauthorized { why: self.words(answer) },
            404 => DEED.misanswered("HTTP 404, so there is no Kaseya BMS API"),
            _ => DEED.refused(http.host(), answer),
        }
    }

    /// The PSA's words, without our secret in them.
    fn words(&self, answer: &Answer) -> Plain {
        let said = deed::words(&answer.body);
        let repeats_secret = said.as_str().contains(self.login.password.expose_secret());
        if said.is_empty() || repeats_secret { Plain::new("no reason given") } else { said }
    }
}

/// How long a token that ends at `ends_at` is good, by the PSA's own clock. An end in the past is
/// one read by the wrong clocks.
fn life(ends_at: Option<Timestamp>, now: Timestamp) -> Duration {
    let left = ends_at.and_then(|end| Duration::try_from(end.duration_since(now)).ok());
    left.filter(|left| !left.is_zero()).unwrap_or(USUAL_LIFE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_lives_until_it_says_or_as_long_as_usual() {
        let now: Timestamp = "2026-08-14T06:00:00Z".parse().expect("a time");
        let at = |text: &str| text.parse::<Timestamp>().ok();
        assert_eq!(life(at("2026-08-14T06:20:00Z"), now), Duration::from_secs(1200));
        assert_eq!(life(at("2026-08-14T02:20:00Z"), now), USUAL_LIFE);
        assert_eq!(life(None, now), USUAL_LIFE);
    }
}
