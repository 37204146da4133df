//! How many calls may be under way at once, found out by trying: more while answers come as fast as
//! they can, fewer when the server slows down or says that it is too much.
//!
//! Additive increase, multiplicative decrease, as TCP does it, with a doubling start. Pure but for
//! the waiting; how many calls a minute are allowed is [`super::Budget`]'s matter.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

/// Calls at once before anything is known of the server.
const FIRST: f64 = 8.0;

/// What is left of the limit after a refusal.
const CUT: f64 = 0.5;

/// What is left of it when answers take much longer than they could.
const EASE: f64 = 0.9;

/// Answers that take this many times the quickest are slow: the limit grows no more.
const SLOW: f64 = 2.0;

/// The same, and the limit shrinks.
const MUCH_SLOWER: f64 = 4.0;

/// How fast the quickest answer is forgotten, an answer: a server may have become another.
const FORGETTING: f64 = 1.0002;

/// A limit on calls at once that follows the server; clones share it.
#[derive(Clone, Debug)]
pub struct Adaptive(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    most: f64,
    state: Mutex<State>,
    room: Notify,
}

#[derive(Debug)]
struct State {
    limit: f64,
    under_way: usize,
    /// Nothing was ever too much: the limit doubles each round instead of rising by one.
    starting: bool,
    /// The quickest answer, in seconds.
    quickest: Option<f64>,
    /// Calls that began before the last cut say nothing new; this many of them are still to end.
    stale: usize,
}

/// What a call tells about the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// An answer, after this long.
    Answer(Duration),
    /// It said that this is too much.
    TooMuch,
    /// Nothing that speaks about load.
    Nothing,
}

/// Room for one call, until it is dropped or told what the call saw.
#[derive(Debug)]
pub(super) struct Room {
    of: Adaptive,
    seen: Seen,
}

impl Adaptive {
    /// At most `most` calls at once (at least 1), beginning with a few.
    pub fn new(most: usize) -> Self {
        let most = most.max(1) as f64;
        let state = State { limit: FIRST.min(most), under_way: 0, starting: true, quickest: None, stale: 0 };
        Self(Arc::new(Shared { most, state: Mutex::new(state), room: Notify::new() }))
    }

    /// Calls that may be under way now.
    pub fn limit(&self) -> usize {
        self.lock().whole_limit()
    }

    /// Waits until there is room for one more call.
    pub(super) async fn enter(&self) -> Room {
        loop {
            let freed = self.0.room.notified();
            if self.lock().enter() {
                return Room { of: self.clone(), seen: Seen::Nothing };
            }
            freed.await;
        }
    }

    fn leave(&self, seen: Seen) {
        self.lock().leave(seen, self.0.most);
        // Whoever finds room wakes nobody else, so all look.
        self.0.room.notify_waiters();
    }

    /// Whole after each call that changes it, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room {
    /// The call is over, and saw this.
    pub(super) fn leave(mut self, seen: Seen) {
        self.seen = seen;
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.of.leave(self.seen);
    }
}

impl State {
    fn whole_limit(&self) -> usize {
        (self.limit as usize).max(1)
    }

    fn enter(&mut self) -> bool {
        let fits = self.under_way < self.whole_limit();
        self.under_way += usize::from(fits);
        fits
    }

    fn leave(&mut self, seen: Seen, most: f64) {
        self.under_way -= 1;
        let stale = self.stale > 0;
        self.stale = self.stale.saturating_sub(1);
        match seen {
            Seen::Nothing => {}
            Seen::TooMuch if stale => {}
            Seen::TooMuch => self.shrink(CUT),
            Seen::Answer(took) => self.take_answer(took.as_secs_f64(), stale, most),
        }
    }

    fn take_answer(&mut self, took: f64, stale: bool, most: f64) {
        let quickest = self.quickest.map_or(took, |quickest| (quickest * FORGETTING).min(took));
        self.quickest = Some(quickest);
        if took > quickest * MUCH_SLOWER {
            if !stale {
                self.shrink(EASE);
            }
        } else if took <= quickest * SLOW && !stale {
            let step = if self.starting { 1.0 } else { 1.0 / self.limit };
            self.limit = (self.limit + step).min(most);
        }
    }

    /// Once a round: what is under way now was sent under the old limit.
    fn shrink(&mut self, to: f64) {
        self.starting = false;
        self.limit = (self.limit * to).max(1.0);
        self.stale = self.under_way;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const QUICK: Seen = Seen::Answer(Duration::from_millis(300));

    /// A server that takes `capacity` calls at once, each in 300 ms, and does with more what `then`
    /// says; the limit after each of `rounds` full rounds.
    async fn rounds(most: usize, rounds: usize, then: impl Fn(usize) -> Seen) -> Vec<usize> {
        let adaptive = Adaptive::new(most);
        let mut limits = Vec::new();
        for _ in 0..rounds {
            let mut rooms = Vec::new();
            for _ in 0..adaptive.limit() {
                rooms.push(adaptive.enter().await);
            }
            let seen = then(rooms.len());
            rooms.into_iter().for_each(|room| room.leave(seen));
            limits.push(adaptive.limit());
        }
        limits
    }

    #[tokio::test]
    async fn it_doubles_up_to_the_most_while_nothing_speaks_against_it() {
        assert_eq!(rounds(64, 5, |_| QUICK).await, [16, 32, 64, 64, 64]);
        assert_eq!(rounds(1, 2, |_| QUICK).await, [1, 1]);
    }

    #[tokio::test]
    async fn a_refusal_halves_it_once_a_round_and_then_it_rises_by_one() {
        let refusing = |at_once: usize| if at_once > 20 { Seen::TooMuch } else { QUICK };
        let limits = rounds(64, 9, refusing).await;
        assert_eq!(limits[..3], [16, 32, 16]);
        assert!(limits[3..].iter().all(|limit| (10..=21).contains(limit)), "{limits:?}");
    }

    #[tokio::test]
    async fn a_server_that_only_queues_is_not_flooded() {
        // Four at once; the rest waits in the server's own line.
        let queueing =
            |at_once: usize| Seen::Answer(Duration::from_millis(300).mul_f64((at_once as f64 / 4.0).max(1.0)));
        let adaptive = Adaptive::new(64);
        adaptive.enter().await.leave(QUICK);
        for _ in 0..40 {
            let mut rooms = Vec::new();
            for _ in 0..adaptive.limit() {
                rooms.push(adaptive.enter().await);
            }
            let seen = queueing(rooms.len());
            rooms.into_iter().for_each(|room| room.leave(seen));
        }
        assert!(adaptive.limit() <= 16, "{}", adaptive.limit());
    }

    #[tokio::test]
    async fn who_waits_comes_in_when_somebody_leaves() {
        let adaptive = Adaptive::new(1);
        let first = adaptive.enter().await;
        let waiting = tokio::spawn({
            let adaptive = adaptive.clone();
            async move { adaptive.enter().await.leave(QUICK) }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(first);
        waiting.await.expect("came in");
    }

    proptest! {
        #[test]
        fn whatever_is_seen_the_limit_stays_within_bounds_and_nobody_is_lost(
            most in 1usize..40,
            seen in proptest::collection::vec(0u64..4000, 1..300),
        ) {
            let mut state = State { limit: FIRST.min(most as f64), under_way: 0, starting: true, quickest: None, stale: 0 };
            for (nth, number) in seen.into_iter().enumerate() {
                while nth % 3 > 0 && state.enter() {}
                if state.under_way == 0 {
                    prop_assert!(state.enter());
                }
                let before = state.under_way;
                state.leave(
                    match number % 5 {
                        0 => Seen::TooMuch,
                        1 => Seen::Nothing,
                        _ => Seen::Answer(Duration::from_millis(number)),
                    },
                    most as f64,
                );
                prop_assert_eq!(state.under_way, before - 1);
                prop_assert!((1..=most).contains(&state.whole_limit()));
            }
        }
    }
}
