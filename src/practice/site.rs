//! What every dialect serves from: the living world, the clock, the seed and the call limit.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use jiff::Timestamp;

use super::state::State;
use crate::domain::Clock;

/// Enough for several windows of any PSA's call limit, and little enough for a practice of weeks.
const MOST_CALLS_NOTED: usize = 5_000;

/// The ground a practice PSA stands on.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) clock: Clock,
    pub(crate) seed: u64,
    /// Such as `http://127.0.0.1:8080`.
    pub(crate) origin: String,
    state: Mutex<State>,
    throttle: Mutex<Throttle>,
    /// When calls came, oldest first.
    calls: Mutex<VecDeque<Timestamp>>,
}

impl Site {
    pub(crate) fn new(clock: Clock, seed: u64, origin: String, state: State, throttle: Throttle) -> Self {
        Self { clock, seed, origin, state: Mutex::new(state), throttle: Mutex::new(throttle), calls: Mutex::default() }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(crate) fn throttle(&self) -> MutexGuard<'_, Throttle> {
        lock(&self.throttle)
    }

    /// Notes that a call came in, whatever becomes of it.
    pub(crate) fn note_call(&self) {
        let mut calls = lock(&self.calls);
        if calls.len() >= MOST_CALLS_NOTED {
            calls.pop_front();
        }
        calls.push_back(self.clock.now());
    }

    /// When calls came in, oldest first.
    pub(crate) fn calls(&self) -> Vec<Timestamp> {
        lock(&self.calls).iter().copied().collect()
    }

    /// A name that looks like a uuid, the same for the same seed and `salt`.
    pub(crate) fn uuid(&self, salt: u64) -> String {
        uuid(self.seed, salt)
    }
}

/// A name that looks like a uuid and depends on nothing but its arguments.
pub(crate) fn uuid(seed: u64, salt: u64) -> String {
    let mut rng = Rng::with_seed(seed ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let digits = format!("{:032x}", rng.u128(..));
    format!("{}-{}-4{}-a{}-{}", &digits[..8], &digits[8..12], &digits[13..16], &digits[17..20], &digits[20..])
}

/// No write here panics half-way, so a poisoned lock is still good.
pub(crate) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many calls a credential may make within a sliding window.
#[derive(Debug)]
pub(crate) struct Throttle {
    calls: usize,
    window: Duration,
    made: VecDeque<Timestamp>,
}

impl Throttle {
    pub(crate) fn new(calls: u32, window: Duration) -> Self {
        Self { calls: calls as usize, window, made: VecDeque::new() }
    }

    /// Counts a call made `now`, or says how long to wait for the next free place.
    pub(crate) fn admit(&mut self, now: Timestamp) -> Result<(), Duration> {
        let age = |made: Timestamp| Duration::try_from(now.duration_since(made)).unwrap_or_default();
        while self.made.front().is_some_and(|made| age(*made) >= self.window) {
            self.made.pop_front();
        }
        if self.made.len() >= self.calls {
            return Err(self.made.front().map_or(self.window, |made| self.window - age(*made)));
        }
        self.made.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_slides() {
        let at = |second| Timestamp::from_second(second).expect("in range");
        let mut throttle = Throttle::new(2, Duration::from_secs(10));
        assert_eq!(throttle.admit(at(0)), Ok(()));
        assert_eq!(throttle.admit(at(4)), Ok(()));
        assert_eq!(throttle.admit(at(7)), Err(Duration::from_secs(3)));
        assert_eq!(throttle.admit(at(10)), Ok(()));
        assert_eq!(throttle.admit(at(11)), Err(Duration::from_secs(3)));
    }

    #[test]
    fn uuids_look_like_uuids() {
        let name = uuid(7, 1);
        assert_eq!(name.len(), 36);
        assert_eq!(name.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_ne!(name, uuid(7, 2));
        assert_ne!(name, uuid(8, 1));
    }
}
