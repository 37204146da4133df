//! How many calls may be made: a rolling window and a pause, shared by everyone who calls one API.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::Clock;

/// A limiter; its clones share one count. In no interval as long as the window does it let more
/// than `limit` calls pass.
#[derive(Clone, Debug)]
pub struct Budget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    clock: Clock,
    limit: u32,
    window: Duration,
    /// Held while waiting, so that callers pass in the order they came.
    turn: tokio::sync::Mutex<()>,
    ledger: Mutex<Ledger>,
}

#[derive(Debug, Default)]
struct Ledger {
    /// When the calls of the last window were made, oldest first.
    calls: VecDeque<Timestamp>,
    paused_until: Option<Timestamp>,
}

impl Budget {
    /// At most `limit` calls (at least 1) in any interval as long as `window`.
    pub fn new(clock: Clock, limit: u32, window: Duration) -> Self {
        let ledger = Mutex::new(Ledger::default());
        Self(Arc::new(Shared { clock, limit: limit.max(1), window, turn: tokio::sync::Mutex::new(()), ledger }))
    }

    /// No limit; pauses still hold.
    pub fn unlimited(clock: Clock) -> Self {
        Self::new(clock, u32::MAX, Duration::ZERO)
    }

    /// Waits until a call fits into the window and no pause is on, and counts it.
    pub async fn take(&self) {
        let _turn = self.0.turn.lock().await;
        while let Some(at) = self.count_or_wait() {
            self.0.clock.sleep_until(at).await;
        }
    }

    /// Lets nobody pass before `at`. A pause is never shortened.
    pub fn pause_until(&self, at: Timestamp) {
        let mut ledger = self.lock();
        ledger.paused_until = ledger.paused_until.max(Some(at));
    }

    /// The calls in the window now, the limit, the window, and until when callers have to wait.
    pub fn meter(&self) -> (u32, u32, Duration, Option<Timestamp>) {
        let now = self.0.clock.now();
        let mut ledger = self.lock();
        ledger.forget(now, self.window());
        let used = u32::try_from(ledger.calls.len()).unwrap_or(u32::MAX);
        (used, self.0.limit, self.0.window, self.blocked_until(&ledger, now))
    }

    /// Counts a call made now, or says when to look again.
    fn count_or_wait(&self) -> Option<Timestamp> {
        let now = self.0.clock.now();
        let mut ledger = self.lock();
        ledger.forget(now, self.window());
        let blocked = self.blocked_until(&ledger, now);
        if blocked.is_none() && !self.0.window.is_zero() {
            ledger.calls.push_back(now);
        }
        blocked
    }

    fn blocked_until(&self, ledger: &Ledger, now: Timestamp) -> Option<Timestamp> {
        let full = ledger.calls.len() >= self.0.limit as usize;
        let oldest = ledger.calls.front().filter(|_| full);
        let free = oldest.map(|at| at.saturating_add(self.0.window).unwrap_or(Timestamp::MAX));
        free.max(ledger.paused_until).filter(|at| *at > now)
    }

    fn window(&self) -> SignedDuration {
        self.0.window.try_into().unwrap_or(SignedDuration::MAX)
    }

    /// The ledger is whole after each line that changes it, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger {
    /// Drops the calls that left the window. Calls that seem to lie ahead (the clock was set back)
    /// count as made now, so that nobody waits longer than one window for them.
    fn forget(&mut self, now: Timestamp, window: SignedDuration) {
        for ahead in self.calls.iter_mut().rev().take_while(|at| **at > now) {
            *ahead = now;
        }
        while self.calls.front().is_some_and(|at| now.duration_since(*at) >= window) {
            self.calls.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn start() -> Timestamp {
        "2026-08-14T06:00:00Z".parse().expect("a time")
    }

    /// When each of the callers, who come after so many milliseconds, gets through.
    fn passed(limit: u32, window: Duration, arrivals: &[u64], pause: Option<(u64, u64)>) -> Vec<SignedDuration> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let (clock, simulation) = Clock::simulated(start());
            let budget = Budget::new(clock.clone(), limit, window);
            let seen = Arc::new(Mutex::new(Vec::new()));
            for after in arrivals.iter().copied() {
                let (clock, budget, seen) = (clock.clone(), budget.clone(), seen.clone());
                tokio::spawn(async move {
                    clock.sleep(Duration::from_millis(after)).await;
                    budget.take().await;
                    seen.lock().expect("unpoisoned").push(clock.now().duration_since(start()));
                });
            }
            if let Some((after, span)) = pause {
                let (clock, budget) = (clock.clone(), budget.clone());
                tokio::spawn(async move {
                    clock.sleep(Duration::from_millis(after)).await;
                    budget.pause_until(clock.now() + Duration::from_millis(span));
                });
            }
            simulation.run(Duration::from_secs(3600)).await;
            let seen = seen.lock().expect("unpoisoned");
            seen.clone()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn no_window_ever_holds_more_than_the_limit(
            limit in 1u32..6,
            window_ms in 1u64..5_000,
            arrivals in prop::collection::vec(0u64..20_000, 1..40),
            pause in prop::option::of((0u64..20_000, 0u64..5_000)),
        ) {
            let passed = passed(limit, Duration::from_millis(window_ms), &arrivals, pause);
            prop_assert_eq!(passed.len(), arrivals.len(), "everybody gets through");
            let window = SignedDuration::from_millis(i64::try_from(window_ms).expect("small"));
            for first in &passed {
                let within = passed.iter().filter(|at| *at >= first && **at - *first < window).count();
                prop_assert!(within <= limit as usize, "{within} calls within {window_ms} ms, limit {limit}");
            }
            if let Some((after, span)) = pause {
                let during = passed.iter().filter(|at| {
                    let at = at.as_millis();
                    at > i128::from(after) && at < i128::from(after + span)
                });
                prop_assert_eq!(during.count(), 0, "nobody passes during the pause");
            }
        }
    }

    #[test]
    fn the_limit_is_used_in_full() {
        let seconds: Vec<i64> =
            passed(2, Duration::from_secs(10), &[0, 1000, 1000, 1000], None).iter().map(|at| at.as_secs()).collect();
        assert_eq!(seconds, [0, 1, 10, 11]);
    }

    #[tokio::test]
    async fn callers_pass_in_the_order_they_came() {
        let (clock, simulation) = Clock::simulated(start());
        let budget = Budget::new(clock.clone(), 1, Duration::from_secs(10));
        let passed = Arc::new(Mutex::new(Vec::new()));
        // The one that comes at 10 wakes first, just as room is made for the one that waits since 1.
        for caller in [10u64, 0, 1] {
            let (clock, budget, passed) = (clock.clone(), budget.clone(), passed.clone());
            tokio::spawn(async move {
                clock.sleep(Duration::from_secs(caller)).await;
                budget.take().await;
                passed.lock().expect("unpoisoned").push(caller);
            });
        }
        simulation.run(Duration::from_secs(100)).await;
        assert_eq!(*passed.lock().expect("unpoisoned"), [0, 1, 10]);
    }

    #[tokio::test]
    async fn the_meter_tells_what_is_used_and_how_long_to_wait() {
        let (clock, simulation) = Clock::simulated(start());
        let budget = Budget::new(clock.clone(), 2, Duration::from_secs(60));
        budget.take().await;
        assert_eq!(budget.meter(), (1, 2, Duration::from_secs(60), None));
        simulation.run(Duration::from_secs(5)).await;
        budget.take().await;
        let free = start() + Duration::from_secs(60);
        assert_eq!(budget.meter(), (2, 2, Duration::from_secs(60), Some(free)));
        let told = start() + Duration::from_secs(90);
        budget.pause_until(told);
        budget.pause_until(free);
        assert_eq!(budget.meter().3, Some(told));
        simulation.run(Duration::from_secs(100)).await;
        assert_eq!(budget.meter(), (0, 2, Duration::from_secs(60), None));
    }

    #[test]
    fn a_clock_set_back_costs_one_window_at_most() {
        let mut ledger = Ledger { calls: [start(), start() + Duration::from_secs(3600)].into(), paused_until: None };
        ledger.forget(start() + Duration::from_secs(1), SignedDuration::from_secs(60));
        assert_eq!(ledger.calls, [start(), start() + Duration::from_secs(1)]);
    }
}
