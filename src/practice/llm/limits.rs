//! The limits of a practice LLM: calls a minute, a second and at the same time.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// The most calls that are let through; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LlmLimits {
    /// In any minute.
    pub a_minute: Option<u32>,
    /// In any second.
    pub a_second: Option<u32>,
    /// At the same time.
    pub at_once: Option<u32>,
}

/// The calls let through in the last minute, and those under way.
#[derive(Debug, Default)]
pub(super) struct Gate {
    passed: VecDeque<Timestamp>,
    under_way: u32,
}

impl Gate {
    /// Lets a call through, or says how long until one may pass. What was refused does not count.
    pub(super) fn enter(&mut self, limits: LlmLimits, now: Timestamp) -> Result<(), Duration> {
        while self.passed.front().is_some_and(|at| since(*at, now) >= MINUTE) {
            self.passed.pop_front();
        }
        if limits.at_once.is_some_and(|most| self.under_way >= most) {
            return Err(SECOND);
        }
        let full = [(limits.a_minute, MINUTE), (limits.a_second, SECOND)];
        let waits = full.into_iter().filter_map(|(most, window)| self.wait(usize::try_from(most?).ok()?, window, now));
        if let Some(wait) = waits.max() {
            return Err(wait);
        }
        self.passed.push_back(now);
        self.under_way += 1;
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// Calls left in this minute, of `most`.
    pub(super) fn left(&self, most: u32) -> u32 {
        most.saturating_sub(u32::try_from(self.passed.len()).unwrap_or(u32::MAX))
    }

    /// How long until fewer than `most` calls lie in the last `window`.
    fn wait(&self, most: usize, window: Duration, now: Timestamp) -> Option<Duration> {
        let oldest = self.passed.len().checked_sub(most).and_then(|at| self.passed.get(at))?;
        window.checked_sub(since(*oldest, now)).filter(|wait| !wait.is_zero())
    }
}

fn since(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    fn later(at: Timestamp, wait: Duration) -> Timestamp {
        at + SignedDuration::try_from(wait).expect("a span")
    }

    #[test]
    fn windows_slide() {
        let start: Timestamp = "2026-03-04T09:00:00Z".parse().expect("a time");
        let limits = LlmLimits { a_minute: Some(3), a_second: Some(2), at_once: None };
        let mut gate = Gate::default();
        let mut enter = |ms: u64| gate.enter(limits, later(start, Duration::from_millis(ms)));
        assert_eq!((enter(0), enter(400)), (Ok(()), Ok(())));
        assert_eq!(enter(500), Err(Duration::from_millis(500)));
        assert_eq!(enter(1000), Ok(()));
        assert_eq!(enter(2000), Err(Duration::from_secs(58)));
        assert_eq!(enter(60_000), Ok(()));
        assert_eq!(enter(60_100), Err(Duration::from_millis(300)));
    }

    #[test]
    fn calls_under_way_are_limited() {
        let now = Timestamp::UNIX_EPOCH;
        let limits = LlmLimits { at_once: Some(1), ..LlmLimits::default() };
        let mut gate = Gate::default();
        assert!(gate.enter(limits, now).is_ok() && gate.enter(limits, now).is_err());
        gate.leave();
        assert!(gate.enter(limits, now).is_ok());
    }

    proptest! {
        #[test]
        fn whoever_waits_as_told_gets_through(gaps in prop::collection::vec(0u64..3000, 1..60), a_minute in 1u32..9) {
            let limits = LlmLimits { a_minute: Some(a_minute), a_second: Some(2), at_once: None };
            let (mut gate, mut now) = (Gate::default(), Timestamp::UNIX_EPOCH);
            for gap in gaps {
                now = later(now, Duration::from_millis(gap));
                if let Err(wait) = gate.enter(limits, now) {
                    now = later(now, wait);
                    prop_assert_eq!(gate.enter(limits, now), Ok(()));
                }
            }
        }
    }
}
