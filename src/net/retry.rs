//! When to try again, and how long to wait before. Pure.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap};

/// The longest wait inside a call. A server that asks for more gets its answer handed to the caller.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// The ceiling of the first backoff; it doubles with each attempt.
const FIRST_BACKOFF: Duration = Duration::from_millis(500);

/// Where doubling ends.
const LONGEST_BACKOFF: Duration = Duration::from_secs(8);

/// The first wait after a server asked us to slow down and did not say how long; it doubles with each
/// attempt.
const UNTOLD_WAIT: Duration = Duration::from_secs(5);

/// The wait before the attempt after `attempt` (from 1), where the server throttles without saying how
/// long.
pub(super) fn untold(attempt: u32) -> Duration {
    UNTOLD_WAIT.saturating_mul(2u32.saturating_pow(attempt.saturating_sub(1).min(16))).min(LONGEST_WAIT)
}

/// Whether a later attempt may get a better answer than this status.
pub(super) fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// The wait before the attempt after `attempt` (from 1): full jitter, where `chance` is in [0, 1).
pub(super) fn backoff(attempt: u32, chance: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    (FIRST_BACKOFF * 2u32.pow(doublings)).min(LONGEST_BACKOFF).mul_f64(chance.clamp(0.0, 1.0))
}

/// How long the server wants us to wait. Gateways that prefix the headers of the server behind them
/// are understood too.
pub(super) fn told_to_wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let either = |name: &str| text(name).or_else(|| text(&format!("llm_provider-{name}")));
    either("retry-after-ms")
        .and_then(|value| span(value, 0.001))
        .or_else(|| either("retry-after").and_then(|value| span(value, 1.0).or_else(|| until(value, headers, now))))
}

/// `value` units of `unit` seconds.
fn span(value: &str, unit: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(value.parse::<f64>().ok()? * unit).ok()
}

/// The time left until an HTTP date, measured by the server's clock where it told its time.
fn until(value: &str, headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let left = http_date(value)?.duration_since(date(headers).unwrap_or(now));
    Some(Duration::try_from(left).unwrap_or(Duration::ZERO))
}

/// The `Date` header.
pub(super) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(headers.get(DATE)?.to_str().ok()?)
}

fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn wait(headers: &[(&str, &str)]) -> Option<Duration> {
        let map = headers
            .iter()
            .map(|(name, value)| {
                (name.parse::<HeaderName>().expect("a name"), HeaderValue::from_str(value).expect("a value"))
            })
            .collect();
        told_to_wait(&map, "2026-08-14T06:00:00Z".parse().expect("a time"))
    }

    #[test]
    fn milliseconds_win_over_seconds_and_the_plain_name_over_the_prefixed() {
        let ms = Duration::from_millis;
        assert_eq!(wait(&[("retry-after", "9"), ("retry-after-ms", "250")]), Some(ms(250)));
        assert_eq!(wait(&[("retry-after", "9"), ("llm_provider-retry-after-ms", "250")]), Some(ms(250)));
        assert_eq!(wait(&[("llm_provider-retry-after", "9"), ("retry-after", "1.5")]), Some(ms(1500)));
        assert_eq!(wait(&[("llm_provider-retry-after", "9")]), Some(ms(9000)));
        assert_eq!(wait(&[("retry-after-ms", "soon"), ("retry-after", "2")]), Some(ms(2000)));
    }

    #[test]
    fn a_date_is_measured_by_the_servers_clock() {
        let at = "Fri, 14 Aug 2026 06:00:30 GMT";
        assert_eq!(wait(&[("retry-after", at)]), Some(Duration::from_secs(30)));
        let hour_ahead = ("date", "Fri, 14 Aug 2026 07:00:00 GMT");
        assert_eq!(wait(&[("retry-after", at), hour_ahead]), Some(Duration::ZERO));
        assert_eq!(wait(&[("retry-after", "Fri, 14 Aug 2026 07:00:05 GMT"), hour_ahead]), Some(Duration::from_secs(5)));
    }

    #[test]
    fn backoff_doubles_to_its_ceiling() {
        let most: Vec<u128> = (1..=7).map(|attempt| backoff(attempt, 1.0).as_millis()).collect();
        assert_eq!(most, [500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert_eq!(backoff(3, 0.0), Duration::ZERO);
        assert_eq!(backoff(u32::MAX, 0.5), Duration::from_secs(4));
    }

    #[test]
    fn who_is_asked_to_slow_down_waits_for_seconds() {
        let waits: Vec<u64> = (1..=6).map(|attempt| untold(attempt).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 120]);
    }

    proptest! {
        #[test]
        fn no_header_can_break_it(value in "[ -~]{0,30}", attempt: u32, chance: f64) {
            wait(&[("retry-after", &value), ("retry-after-ms", &value)]);
            prop_assert!(backoff(attempt, chance) <= LONGEST_BACKOFF);
        }
    }
}
