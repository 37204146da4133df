//! The clock that everything is timed by: the machine's, or one that a test moves.
//!
//! All time and every timer comes from here. A simulated clock moves only when nobody is busy, so
//! a day of traffic can run in a second and come out the same each time.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use jiff::Timestamp;

/// Timers that may fall due at one instant of simulated time.
const MOST_STEPS_AT_ONCE: u32 = 10_000;

/// A source of time; cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Simulated(Arc<Mutex<Simulated>>),
}

#[derive(Debug)]
struct Simulated {
    now: Timestamp,
    /// Below zero while a call waits on its way whose caller does not count.
    busy: isize,
    sleepers: Vec<(Timestamp, Waker)>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `start` until its [`Simulation`] moves it.
    pub fn simulated(start: Timestamp) -> (Self, Simulation) {
        let shared = Arc::new(Mutex::new(Simulated { now: start, busy: 0, sleepers: Vec::new() }));
        (Self(Source::Simulated(shared.clone())), Simulation(shared))
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp::now(),
            Source::Simulated(shared) => lock(shared).now,
        }
    }

    /// Waits for `span` of this clock's time.
    pub async fn sleep(&self, span: Duration) {
        match &self.0 {
            Source::System => tokio::time::sleep(span).await,
            Source::Simulated(shared) => {
                let until = lock(shared).now.saturating_add(span).unwrap_or(Timestamp::MAX);
                Sleep { shared: shared.clone(), until }.await;
            }
        }
    }

    /// Waits until this clock shows `at`.
    pub async fn sleep_until(&self, at: Timestamp) {
        let span = at.duration_since(self.now());
        self.sleep(span.try_into().unwrap_or(Duration::ZERO)).await;
    }

    /// Waits for `span` in the middle of a call, which caller and server both count as work: a
    /// simulated clock goes on meanwhile.
    pub async fn sleep_within_call(&self, span: Duration) {
        let Source::Simulated(shared) = &self.0 else { return self.sleep(span).await };
        let _away = Away::from(shared, 2);
        self.sleep(span).await;
    }

    /// Says that work is going on: a simulated clock stands still until the guard is dropped.
    pub fn busy(&self) -> Busy {
        Busy(match &self.0 {
            Source::System => None,
            Source::Simulated(shared) => {
                lock(shared).busy += 1;
                Some(shared.clone())
            }
        })
    }
}

/// Holds a simulated clock still while it lives.
#[derive(Debug)]
pub struct Busy(Option<Arc<Mutex<Simulated>>>);

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(shared) = &self.0 {
            lock(shared).busy -= 1;
        }
    }
}

/// Takes so many busy parties away while it lives.
struct Away<'a>(&'a Mutex<Simulated>, isize);

impl<'a> Away<'a> {
    fn from(shared: &'a Mutex<Simulated>, parties: isize) -> Self {
        lock(shared).busy -= parties;
        Self(shared, parties)
    }
}

impl Drop for Away<'_> {
    fn drop(&mut self) {
        lock(self.0).busy += self.1;
    }
}

/// The hand that moves a simulated clock.
#[derive(Debug)]
pub struct Simulation(Arc<Mutex<Simulated>>);

impl Simulation {
    /// Runs the clock forward by `span`, from timer to timer, and waits before each step until
    /// nobody is busy. On a single-threaded runtime the result is the same each time.
    pub async fn run(&self, span: Duration) {
        let end = lock(&self.0).now.saturating_add(span).unwrap_or(Timestamp::MAX);
        let mut steps_at_once = 0;
        loop {
            self.settle().await;
            let woken = {
                let mut simulated = lock(&self.0);
                let before = simulated.now;
                let next = simulated.sleepers.iter().map(|(at, _)| *at).min().filter(|at| *at <= end);
                simulated.now = next.unwrap_or(end).max(simulated.now);
                let now = simulated.now;
                steps_at_once = if now == before { steps_at_once + 1 } else { 0 };
                assert!(steps_at_once < MOST_STEPS_AT_ONCE, "somebody sets timers that are due already, for ever");
                let due = simulated.sleepers.extract_if(.., |(at, _)| *at <= now).map(|(_, waker)| waker);
                let due: Vec<Waker> = due.collect();
                if next.is_none() {
                    return;
                }
                due
            };
            woken.into_iter().for_each(Waker::wake);
        }
    }

    /// Waits until nobody is busy, for a few turns of the runtime in a row.
    pub async fn settle(&self) {
        let mut quiet = 0;
        while quiet < 64 {
            tokio::task::yield_now().await;
            if lock(&self.0).busy <= 0 {
                quiet += 1;
            } else {
                quiet = 0;
                // The busy party waits on a socket, which a spinning runtime would starve.
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
        }
    }
}

struct Sleep {
    shared: Arc<Mutex<Simulated>>,
    until: Timestamp,
}

impl Future for Sleep {
    type Output = ();
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut simulated = lock(&self.shared);
        if simulated.now >= self.until {
            return Poll::Ready(());
        }
        simulated.sleepers.push((self.until, context.waker().clone()));
        Poll::Pending
    }
}

/// A panic elsewhere cannot leave the clock half-moved, so a poisoned lock is still good.
fn lock(shared: &Mutex<Simulated>) -> MutexGuard<'_, Simulated> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_simulated_day_takes_no_time_and_keeps_its_order() {
        let start: Timestamp = "2026-03-04T08:00:00Z".parse().expect("a time");
        let (clock, simulation) = Clock::simulated(start);
        let seen = Arc::new(Mutex::new(Vec::new()));
        for hours in [5u64, 1, 24] {
            let (clock, seen) = (clock.clone(), seen.clone());
            tokio::spawn(async move {
                clock.sleep(Duration::from_secs(hours * 3600)).await;
                seen.lock().expect("unpoisoned").push((hours, clock.now()));
            });
        }
        simulation.run(Duration::from_secs(12 * 3600)).await;
        let hour = |h: i64| start + jiff::SignedDuration::from_hours(h);
        assert_eq!(*seen.lock().expect("unpoisoned"), [(1, hour(1)), (5, hour(5))]);
        assert_eq!(clock.now(), hour(12));
    }

    #[tokio::test]
    async fn a_call_that_waits_on_its_way_does_not_hold_the_clock() {
        let (clock, simulation) = Clock::simulated(Timestamp::UNIX_EPOCH);
        let call = tokio::spawn({
            let clock = clock.clone();
            async move {
                let _caller = clock.busy();
                let _server = clock.busy();
                clock.sleep_within_call(Duration::from_secs(3)).await;
                clock.now()
            }
        });
        simulation.run(Duration::from_secs(5)).await;
        assert_eq!(call.await.expect("ends").as_second(), 3);
    }

    #[tokio::test]
    async fn the_clock_stands_while_somebody_is_busy() {
        let (clock, simulation) = Clock::simulated(Timestamp::UNIX_EPOCH);
        let busy = clock.busy();
        let running = tokio::spawn(async move {
            simulation.run(Duration::from_secs(5)).await;
        });
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
        drop(busy);
        running.await.expect("runs");
        assert_eq!(clock.now().as_second(), 5);
    }
}
