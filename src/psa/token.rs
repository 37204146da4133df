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

/// How long a refused login is not tried again, doubling from the first to the second: PSAs lock out
/// whoever knocks with wrong credentials.
const REFUSED_FOR: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(30 * 60));

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
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    token: Option<Token>,
    refusal: Option<Refusal>,
}

/// The credentials were refused.
#[derive(Debug)]
struct Refusal {
    error: PsaError,
    stands_for: Duration,
    until: Timestamp,
}

impl Refusal {
    /// One that stands twice as long as the one before it.
    fn after(before: Option<&Self>, error: PsaError, now: Timestamp) -> Self {
        let (shortest, longest) = REFUSED_FOR;
        let stands_for = before.map_or(shortest, |before| (before.stands_for * 2).min(longest));
        Self { error, stands_for, until: now.saturating_add(stands_for).unwrap_or(Timestamp::MAX) }
    }
}

impl SharedToken {
    pub(in crate::psa) fn new(clock: Clock) -> Self {
        Self { clock, held: Mutex::default() }
    }

    /// A token that should be good and is not the one that was `refused`: the one that is held, or
    /// else a new one, which `ask` asks for while everybody else waits. Credentials that were refused
    /// are refused here for a while, without asking.
    pub(in crate::psa) async fn get(
        &self,
        refused: Option<&Token>,
        ask: impl Future<Output = Result<Token, PsaError>> + Send,
    ) -> Result<Token, PsaError> {
        let mut held = self.held.lock().await;
        let is_good = |token: &&Token| self.clock.now() < token.renew_at && !refused.is_some_and(|it| it.is(token));
        if let Some(token) = held.token.as_ref().filter(is_good) {
            return Ok(token.clone());
        }
        held.token = None;
        if let Some(refusal) = held.refusal.as_ref().filter(|refusal| self.clock.now() < refusal.until) {
            return Err(refusal.error.clone());
        }
        match ask.await {
            Ok(token) => {
                *held = Held { token: Some(token.clone()), refusal: None };
                Ok(token)
            }
            Err(error) => {
                if matches!(error, PsaError::Unauthorized { .. }) {
                    held.refusal = Some(Refusal::after(held.refusal.as_ref(), error.clone(), self.clock.now()));
                }
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::domain::Plain;
    use crate::psa::site::on_simulated_time;

    #[test]
    fn a_token_is_renewed_a_minute_early_or_at_half_its_life() {
        let asked_at: Timestamp = "2026-08-14T06:00:00Z".parse().expect("a time");
        for (life, renewed_after) in [(3600, 3540), (120, 60), (90, 45), (0, 0), (1 << 40, 86_340)] {
            let token = Token::new("t", None, asked_at, Duration::from_secs(life));
            assert_eq!(token.renew_at.duration_since(asked_at).as_secs(), renewed_after, "{life}");
        }
    }

    #[tokio::test]
    async fn refused_credentials_are_not_sent_again_for_a_while() {
        on_simulated_time(|clock| async move {
            let shared = SharedToken::new(clock.clone());
            let asked = AtomicUsize::new(0);
            let refusal = || PsaError::Unauthorized { why: Plain::new("Unknown client") };
            let ask = async |answer: Result<Token, PsaError>| {
                let ask = async {
                    asked.fetch_add(1, Ordering::Relaxed);
                    answer
                };
                (shared.get(None, ask).await.map(|_| ()), asked.load(Ordering::Relaxed))
            };
            for (turn, minutes) in [1, 2, 4, 8, 16, 30, 30].into_iter().enumerate() {
                assert_eq!(ask(Err(refusal())).await, (Err(refusal()), turn + 1));
                clock.sleep(Duration::from_secs(minutes * 60 - 1)).await;
                assert_eq!(ask(Err(refusal())).await, (Err(refusal()), turn + 1), "not yet");
                clock.sleep(Duration::from_secs(1)).await;
            }
            let token = || Token::new("t", None, clock.now(), Duration::ZERO);
            assert_eq!(ask(Ok(token())).await, (Ok(()), 8));
            assert_eq!(ask(Err(refusal())).await, (Err(refusal()), 9), "the token had no life");
            clock.sleep(Duration::from_secs(60)).await;
            assert_eq!(ask(Ok(token())).await, (Ok(()), 10), "a minute again");
            let unreachable = PsaError::Throttled { retry_after: None };
            assert_eq!(ask(Err(unreachable.clone())).await, (Err(unreachable.clone()), 11));
            assert_eq!(ask(Err(unreachable.clone())).await, (Err(unreachable), 12), "that is no refusal");
        })
        .await;
    }
}
