//! The right to call, where a PSA hands out tokens: one, shared by all callers, since asking for a new
//! one may make the older ones invalid.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::domain::Clock;
use crate::psa::PsaError;

/// How long before its end a token is renewed; a short-lived one at half its life.
const RENEW_AHEAD: Duration = Duration::from_secs(60);

/// No token is trusted for longer, whatever it says.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

/// One token.
#[derive(Clone, Debug)]
pub(in crate::psa) struct Token {
    pub(in crate::psa) secret: SecretString,
    /// What it is good for, in the PSA's words, where it says so.
    pub(in crate::psa) scope: Option<String>,
    renew_at: Timestamp,
}

impl Token {
    /// A token asked for at `asked_at` that is good for `life`.
    pub(in crate::psa) fn new(secret: &str, scope: Option<String>, asked_at: Timestamp, life: Duration) -> Self {
        let life = life.min(LONGEST_LIFE);
        let good_for = life.saturating_sub(RENEW_AHEAD).max(life / 2);
        let renew_at = asked_at.saturating_add(good_for).unwrap_or(Timestamp::MAX);
        Self { secret: secret.into(), scope, renew_at }
    }

    fn is(&self, other: &Self) -> bool {
        self.secret.expose_secret() == other.secret.expose_secret()
    }
}

/// The token that all callers share.
#[derive(Debug)]
pub(in crate::psa) struct SharedToken {
    clock: Clock,
    held: Mutex<Option<Token>>,
}

impl SharedToken {
    pub(in crate::psa) fn new(clock: Clock) -> Self {
        Self { clock, held: Mutex::default() }
    }

    /// A token that should be good and is not the one that was `refused`: the one that is held, or
    /// else a new one, which `ask` asks for while everybody else waits.
    pub(in crate::psa) async fn get(
        &self,
        refused: Option<&Token>,
        ask: impl Future<Output = Result<Token, PsaError>> + Send,
    ) -> Result<Token, PsaError> {
        let mut held = self.held.lock().await;
        let is_good = |token: &&Token| self.clock.now() < token.renew_at && !refused.is_some_and(|it| it.is(token));
        if let Some(token) = held.as_ref().filter(is_good) {
            return Ok(token.clone());
        }
        *held = None;
        let token = ask.await?;
        *held = Some(token.clone());
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_a_minute_early_or_at_half_its_life() {
        let asked_at: Timestamp = "2026-08-14T06:00:00Z".parse().expect("a time");
        for (life, renewed_after) in [(3600, 3540), (120, 60), (90, 45), (0, 0), (1 << 40, 86_340)] {
            let token = Token::new("t", None, asked_at, Duration::from_secs(life));
            assert_eq!(token.renew_at.duration_since(asked_at).as_secs(), renewed_after, "{life}");
        }
    }
}
