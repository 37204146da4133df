//! The limits of one API: what each of its endpoints has to pass before a call is made.
//!
//! Some PSAs count all calls of a tenant together, some count each endpoint by itself, and some also
//! refuse several calls to one endpoint at the same time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::adaptive::{Adaptive, Room};
use super::budget::Budget;
use crate::domain::{Clock, Meter};

/// All limits of one API; clones share their counts.
#[derive(Clone, Debug)]
pub struct Limits(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    counted: Counted,
    /// Calls to one endpoint at the same time, where that is limited.
    at_once: Option<usize>,
    turns: Mutex<BTreeMap<&'static str, Arc<Semaphore>>>,
    /// Calls to all endpoints at the same time, where how many is to be found out.
    adaptive: Option<Adaptive>,
}

#[derive(Debug)]
enum Counted {
    Together(Budget),
    Apart { clock: Clock, limit: u32, window: Duration, budgets: Mutex<BTreeMap<&'static str, Budget>> },
}

impl Limits {
    /// All calls count against `budget`.
    pub fn together(budget: Budget) -> Self {
        Self::new(Counted::Together(budget))
    }

    /// The calls to each endpoint count by themselves: `limit` within `window`.
    pub fn each_endpoint(clock: Clock, limit: u32, window: Duration) -> Self {
        Self::new(Counted::Apart { clock, limit, window, budgets: Mutex::default() })
    }

    fn new(counted: Counted) -> Self {
        Self(Arc::new(Inner { counted, at_once: None, turns: Mutex::default(), adaptive: None }))
    }

    /// At most `calls` (at least 1) to one endpoint at the same time. Counts begin anew.
    pub fn at_once(self, calls: usize) -> Self {
        let adaptive = self.0.adaptive.clone();
        let inner = Inner { counted: self.anew(), at_once: Some(calls.max(1)), turns: Mutex::default(), adaptive };
        Self(Arc::new(inner))
    }

    /// As many calls at the same time as `adaptive` finds to be good. Counts begin anew.
    pub fn adapting(self, adaptive: Adaptive) -> Self {
        let at_once = self.0.at_once;
        Self(Arc::new(Inner { counted: self.anew(), at_once, turns: Mutex::default(), adaptive: Some(adaptive) }))
    }

    fn anew(&self) -> Counted {
        match &self.0.counted {
            Counted::Together(budget) => Counted::Together(budget.clone()),
            Counted::Apart { clock, limit, window, .. } => {
                Counted::Apart { clock: clock.clone(), limit: *limit, window: *window, budgets: Mutex::default() }
            }
        }
    }

    /// Waits for room among the calls under way, where that is limited.
    pub(super) async fn room(&self) -> Option<Room> {
        match &self.0.adaptive {
            Some(adaptive) => Some(adaptive.enter().await),
            None => None,
        }
    }

    /// What calls to `endpoint` are counted against.
    pub(super) fn budget(&self, endpoint: &'static str) -> Budget {
        match &self.0.counted {
            Counted::Together(budget) => budget.clone(),
            Counted::Apart { clock, limit, window, budgets } => {
                let mut budgets = budgets.lock().unwrap_or_else(PoisonError::into_inner);
                budgets.entry(endpoint).or_insert_with(|| Budget::new(clock.clone(), *limit, *window)).clone()
            }
        }
    }

    /// Waits for a turn at `endpoint`; it is over when the permit is dropped.
    pub(super) async fn turn(&self, endpoint: &'static str) -> Option<OwnedSemaphorePermit> {
        let at_once = self.0.at_once?;
        let turns = {
            let mut turns = self.0.turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(endpoint).or_insert_with(|| Arc::new(Semaphore::new(at_once))))
        };
        turns.acquire_owned().await.ok()
    }

    /// How much of the tightest budget is used; no server's clock is known here.
    pub fn meter(&self) -> Meter {
        let (used, limit, window, paused_until) = self.tightest().meter();
        let window_seconds = u32::try_from(window.as_secs()).unwrap_or(u32::MAX);
        Meter { used, limit, window_seconds, paused_until, clock_offset: None }
    }

    /// The budget that leaves the least room: the one whose share is used most, or that waits longest.
    pub fn tightest(&self) -> Budget {
        match &self.0.counted {
            Counted::Together(budget) => budget.clone(),
            Counted::Apart { clock, limit, window, budgets } => {
                let budgets = budgets.lock().unwrap_or_else(PoisonError::into_inner);
                let strain = |budget: &&Budget| {
                    let (used, _, _, waits_until) = budget.meter();
                    (waits_until, used)
                };
                let tightest = budgets.values().max_by_key(strain).cloned();
                tightest.unwrap_or_else(|| Budget::new(clock.clone(), *limit, *window))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock::simulated("2026-08-14T06:00:00Z".parse().expect("a time")).0
    }

    #[tokio::test]
    async fn endpoints_are_counted_apart_or_together() {
        let apart = Limits::each_endpoint(clock(), 3, Duration::from_secs(60));
        apart.budget("notes").take().await;
        apart.budget("notes").take().await;
        apart.budget("tickets").take().await;
        assert_eq!((apart.budget("notes").meter().0, apart.budget("tickets").meter().0), (2, 1));
        assert_eq!(apart.tightest().meter().0, 2, "the one that is used most");

        let together = Limits::together(Budget::new(clock(), 3, Duration::from_secs(60)));
        together.budget("notes").take().await;
        together.budget("tickets").take().await;
        assert_eq!((together.budget("notes").meter().0, together.tightest().meter().0), (2, 2));
    }

    #[tokio::test]
    async fn one_endpoint_is_called_one_at_a_time_where_that_is_asked_for() {
        let limits = Limits::together(Budget::unlimited(clock())).at_once(1);
        let first = limits.turn("tickets").await.expect("a turn");
        assert!(limits.turn("notes").await.is_some(), "another endpoint is free");
        let second = tokio::spawn({
            let limits = limits.clone();
            async move { limits.turn("tickets").await }
        });
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert!(!second.is_finished());
        drop(first);
        assert!(second.await.expect("ends").is_some());
        assert!(Limits::together(Budget::unlimited(clock())).turn("tickets").await.is_none(), "no turns to wait for");
    }
}
