//! How long to wait between two looks at the PSA: fast while things happen, slow when it is quiet or
//! when the tenant's budget runs low. Pure.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::Meter;

/// The longest wait, however quiet it is and whatever failed.
const SLOWEST: Duration = Duration::from_secs(60);

/// Looks that find nothing before the waits begin to grow.
const PATIENT_LOOKS: u32 = 6;

/// Looking may use this part of the budget; the rest is for what is found, and for acting.
const SHARE_FOR_LOOKING: u32 = 2;

/// The waits between looks.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    /// The shortest wait.
    fastest: Duration,
    /// Looks in a row that found nothing.
    quiet: u32,
    /// Looks in a row that failed.
    failures: u32,
    /// What the budget allows at best.
    least: Duration,
}

impl Pace {
    pub(super) fn new(fastest: Duration) -> Self {
        Self { fastest, quiet: 0, failures: 0, least: Duration::ZERO }
    }

    /// The wait after a look that took `calls` and found something new or not.
    pub(super) fn after_look(&mut self, found: bool, calls: u32, meter: &Meter, now: Timestamp) -> Duration {
        self.failures = 0;
        self.quiet = if found { 0 } else { self.quiet.saturating_add(1) };
        let doublings = self.quiet.saturating_sub(PATIENT_LOOKS);
        let eager = grown(self.fastest, doublings).min(self.slowest());
        self.least = affordable(calls, meter);
        eager.max(self.least).max(paused(meter, now))
    }

    /// The shortest wait that the budget allows, as far as the last look told.
    pub(super) fn least(&self) -> Duration {
        self.least
    }

    /// The wait after a look that failed.
    pub(super) fn after_failure(&mut self, meter: &Meter, now: Timestamp) -> Duration {
        self.failures = self.failures.saturating_add(1);
        grown(self.fastest, self.failures).min(self.slowest()).max(paused(meter, now))
    }

    /// Whether the last look failed.
    pub(super) fn is_recovering(&self) -> bool {
        self.failures > 0
    }

    /// A user who wants to wait longer than usual is not hurried.
    fn slowest(&self) -> Duration {
        SLOWEST.max(self.fastest)
    }
}

fn grown(wait: Duration, doublings: u32) -> Duration {
    wait.saturating_mul(2u32.saturating_pow(doublings.min(16)))
}

/// So far apart that looks of `calls` each stay within their share; twice as far once three quarters
/// of the whole budget are used.
fn affordable(calls: u32, meter: &Meter) -> Duration {
    if meter.limit == 0 || meter.window_seconds == 0 {
        return Duration::ZERO;
    }
    let window = Duration::from_secs(meter.window_seconds.into());
    let apart = window.saturating_mul(calls.max(1).saturating_mul(SHARE_FOR_LOOKING)) / meter.limit;
    let low = u64::from(meter.used) * 4 >= u64::from(meter.limit) * 3;
    apart * if low { 2 } else { 1 }
}

fn paused(meter: &Meter, now: Timestamp) -> Duration {
    let left = meter.paused_until.map(|until| until.duration_since(now));
    left.and_then(|left| left.try_into().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        "2026-03-04T09:00:00Z".parse().expect("a time")
    }

    fn meter(used: u32, limit: u32, window_seconds: u32) -> Meter {
        Meter { used, limit, window_seconds, ..Meter::default() }
    }

    fn seconds(text: u64) -> Duration {
        Duration::from_secs(text)
    }

    #[test]
    fn it_slows_down_when_quiet_and_is_fast_again_at_once() {
        let mut pace = Pace::new(seconds(10));
        let rich = meter(0, 100_000, 60);
        let waits: Vec<u64> = (0..11).map(|_| pace.after_look(false, 1, &rich, now()).as_secs()).collect();
        assert_eq!(waits, [10, 10, 10, 10, 10, 10, 20, 40, 60, 60, 60]);
        assert_eq!(pace.after_look(true, 1, &rich, now()), seconds(10));
        assert_eq!(Pace::new(seconds(300)).after_look(false, 1, &rich, now()), seconds(300));
    }

    #[test]
    fn it_keeps_to_half_of_the_budget_and_slows_down_when_that_runs_low() {
        let mut pace = Pace::new(seconds(10));
        assert_eq!(pace.after_look(true, 1, &meter(10, 375, 3600), now()), Duration::from_millis(19_200));
        assert_eq!(pace.after_look(true, 3, &meter(10, 375, 3600), now()), Duration::from_millis(57_600));
        assert_eq!(pace.after_look(true, 1, &meter(300, 375, 3600), now()), Duration::from_millis(38_400));
        let paused = Meter { paused_until: Some(now() + seconds(200)), ..meter(0, 100, 60) };
        assert_eq!(pace.after_look(true, 1, &paused, now()), seconds(200));
    }

    #[test]
    fn failures_make_it_wait_longer_and_are_forgotten_after_a_success() {
        let mut pace = Pace::new(seconds(5));
        let rich = meter(0, 100_000, 60);
        let waits: Vec<u64> = (0..5).map(|_| pace.after_failure(&rich, now()).as_secs()).collect();
        assert_eq!(waits, [10, 20, 40, 60, 60]);
        assert!(pace.is_recovering());
        assert_eq!(pace.after_look(true, 1, &rich, now()), seconds(5));
        assert!(!pace.is_recovering());
    }

    proptest! {
        #[test]
        fn looking_alone_never_uses_more_than_half(calls in 1u32..50, limit in 1u32..20_000, window in 1u32..7_200) {
            let wait = Pace::new(Duration::from_millis(1)).after_look(true, calls, &meter(0, limit, window), now());
            let looks = f64::from(window) / wait.as_secs_f64();
            prop_assert!(looks * f64::from(calls) <= f64::from(limit) / 2.0 * (1.0 + 1e-4), "{looks}");
        }
    }
}
