//! What every dialect serves from: the living world, the clock, the seed, the call limit and the
//! weather.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::Method;
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::fault::{self, PsaFault};
use super::state::State;
use crate::domain::Clock;

/// Enough for an import of ten thousand tickets, and little enough for a practice of weeks.
const MOST_CALLS_NOTED: usize = 100_000;

/// The ground a practice PSA stands on.
#[derive(Debug)]
pub(crate) struct Site {
    /// What waits are timed by. Stamps come from [`Site::now`].
    pub(crate) clock: Clock,
    pub(crate) seed: u64,
    /// Such as `http://127.0.0.1:8080`.
    pub(crate) origin: String,
    state: Mutex<State>,
    throttle: Mutex<Throttle>,
    /// When calls came, oldest first.
    calls: Mutex<VecDeque<CallMade>>,
    faults: Mutex<Vec<PsaFault>>,
    skew: SignedDuration,
    luck: Mutex<Rng>,
    /// The last page of each list.
    pages: Mutex<BTreeMap<String, Bytes>>,
}

/// One call that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallMade {
    /// When, by the test's clock.
    pub at: Timestamp,
    /// Method and path, numbers in it as `{id}`: `GET /service/tickets/{id}`.
    pub endpoint: String,
}

impl Site {
    pub(crate) fn new(
        clock: Clock,
        seed: u64,
        origin: String,
        state: State,
        throttle: Throttle,
        faults: Vec<PsaFault>,
    ) -> Self {
        Self {
            clock,
            seed,
            origin,
            state: Mutex::new(state),
            throttle: Mutex::new(throttle),
            calls: Mutex::default(),
            skew: fault::skew(&faults),
            faults: Mutex::new(faults),
            luck: Mutex::new(Rng::with_seed(seed ^ 0x5eed)),
            pages: Mutex::default(),
        }
    }

    /// What time the PSA believes it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now().saturating_add(self.skew).unwrap_or(Timestamp::MAX)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(crate) fn throttle(&self) -> MutexGuard<'_, Throttle> {
        lock(&self.throttle)
    }

    /// The faults that may strike now.
    pub(super) fn faults(&self) -> Vec<PsaFault> {
        lock(&self.faults).clone()
    }

    /// Changes the weather; the clock stays as it was set.
    pub(super) fn set_faults(&self, faults: Vec<PsaFault>) {
        *lock(&self.faults) = faults;
    }

    /// Luck for one call.
    pub(super) fn luck(&self) -> Rng {
        lock(&self.luck).fork()
    }

    /// Keeps this page of a list, and gives the one before it.
    pub(super) fn swap_page(&self, endpoint: &str, page: Bytes) -> Option<Bytes> {
        lock(&self.pages).insert(endpoint.to_owned(), page)
    }

    /// Notes that a call came in, whatever becomes of it.
    pub(super) fn note_call(&self, endpoint: String) {
        let mut calls = lock(&self.calls);
        if calls.len() >= MOST_CALLS_NOTED {
            calls.pop_front();
        }
        calls.push_back(CallMade { at: self.clock.now(), endpoint });
    }

    /// The calls that came in, oldest first.
    pub(super) fn calls(&self) -> Vec<CallMade> {
        lock(&self.calls).iter().cloned().collect()
    }

    /// A name that looks like a uuid, the same for the same seed and `salt`.
    pub(crate) fn uuid(&self, salt: u64) -> String {
        uuid(self.seed, salt)
    }
}

/// Method and path of a call, with `{id}` for each number in it.
pub(super) fn endpoint(method: &Method, path: &str) -> String {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = path.split('/').map(|part| if is_number(part) { "{id}" } else { part }).collect();
    format!("{method} {}", parts.join("/"))
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

/// How many calls a PSA lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallLimit {
    pub(crate) calls: u32,
    /// Within a window that slides.
    pub(crate) window: Duration,
    /// Whether each endpoint has its own count.
    pub(crate) each_endpoint: bool,
}

impl CallLimit {
    /// The same limit, so many times as wide.
    pub(crate) fn scaled(self, scale: f64) -> Self {
        Self { calls: (f64::from(self.calls) * scale).round().clamp(1.0, f64::from(u32::MAX)) as u32, ..self }
    }
}

/// Counts calls against a limit.
#[derive(Debug)]
pub(crate) struct Throttle {
    limit: CallLimit,
    /// By endpoint; all together under the empty name.
    made: BTreeMap<String, VecDeque<Timestamp>>,
}

impl Throttle {
    pub(crate) fn new(limit: CallLimit) -> Self {
        Self { limit, made: BTreeMap::new() }
    }

    pub(crate) fn limit(&self) -> CallLimit {
        self.limit
    }

    /// The calls within the window, over all endpoints.
    pub(crate) fn used(&mut self, now: Timestamp) -> usize {
        let window = self.limit.window;
        self.made.values_mut().for_each(|made| forget(made, now, window));
        self.made.values().map(VecDeque::len).sum()
    }

    /// Counts a call to `endpoint` made `now`, or says how long to wait for the next free place.
    pub(crate) fn admit(&mut self, endpoint: &str, now: Timestamp) -> Result<(), Duration> {
        let CallLimit { calls, window, each_endpoint } = self.limit;
        let made = self.made.entry(if each_endpoint { endpoint.to_owned() } else { String::new() }).or_default();
        forget(made, now, window);
        if made.len() >= calls as usize {
            return Err(made.front().map_or(window, |made| window - age(*made, now)));
        }
        made.push_back(now);
        Ok(())
    }
}

fn age(made: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(made)).unwrap_or_default()
}

fn forget(made: &mut VecDeque<Timestamp>, now: Timestamp, window: Duration) {
    while made.front().is_some_and(|made| age(*made, now) >= window) {
        made.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn throttle(each_endpoint: bool) -> Throttle {
        Throttle::new(CallLimit { calls: 2, window: Duration::from_secs(10), each_endpoint })
    }

    #[test]
    fn the_window_slides() {
        let mut throttle = throttle(false);
        assert_eq!(throttle.admit("a", at(0)), Ok(()));
        assert_eq!(throttle.admit("b", at(4)), Ok(()));
        assert_eq!(throttle.admit("c", at(7)), Err(Duration::from_secs(3)));
        assert_eq!(throttle.used(at(7)), 2);
        assert_eq!(throttle.admit("a", at(10)), Ok(()));
        assert_eq!(throttle.admit("a", at(11)), Err(Duration::from_secs(3)));
    }

    #[test]
    fn each_endpoint_may_have_its_own_count() {
        let mut throttle = throttle(true);
        for endpoint in ["a", "a", "b", "b"] {
            assert_eq!(throttle.admit(endpoint, at(0)), Ok(()), "{endpoint}");
        }
        assert_eq!(throttle.admit("b", at(1)), Err(Duration::from_secs(9)));
        assert_eq!(throttle.used(at(1)), 4);
    }

    #[test]
    fn endpoints_forget_which_ticket_it_was() {
        assert_eq!(
            endpoint(&Method::GET, "/v2/servicedesk/tickets/512/notes"),
            "GET /v2/servicedesk/tickets/{id}/notes"
        );
        assert_eq!(endpoint(&Method::POST, "/auth/token"), "POST /auth/token");
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
