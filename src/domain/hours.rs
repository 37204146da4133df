//! How a ticket's times run in its desk's hours, told so that it stays true until the desk opens or
//! closes: what has passed is not told, only how much of it does not count.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::calendar::Calendar;

/// What of a ticket's times does not count, as of its row's making. The default is a desk that never
/// closes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hours {
    /// When the desk opens; `None` while it is open. Until then nothing runs.
    pub opens_at: Option<Timestamp>,
    /// Since when it is the customer's turn: the time left to the agreed fix stands still.
    pub customers_turn: Option<Timestamp>,
    /// Of the time the customer has been waiting on us: how much lies outside the desk's hours, while
    /// the desk is closed up to `opens_at`.
    pub waited_outside: SignedDuration,
    /// Of the time left to the agreed fix: how much lies outside the desk's hours, while the desk is
    /// closed from `opens_at` on.
    pub left_outside: SignedDuration,
}

/// The moments that a ticket's times are between.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moments {
    /// Since when the customer waits on us.
    pub waiting_since: Option<Timestamp>,
    /// Since when it is the customer's turn.
    pub customers_turn: Option<Timestamp>,
    /// When the agreement wants it fixed.
    pub due_at: Option<Timestamp>,
}

impl Hours {
    /// How the times of a ticket run at `now`.
    pub fn of(calendar: &Calendar, moments: Moments, now: Timestamp) -> Self {
        let Moments { waiting_since, customers_turn, due_at } = moments;
        let opens = calendar.opens_next(now).unwrap_or(Timestamp::MAX);
        let hours = Self { opens_at: (opens > now).then_some(opens), customers_turn, ..Self::default() };
        let outside = |from: Timestamp, to: Timestamp| to.duration_since(from) - calendar.open_between(from, to);
        let waited_outside = waiting_since.map(|since| outside(since, hours.running(now)));
        let left_outside = due_at.map(|due| outside(hours.counts_from(now).min(due), due));
        Self {
            waited_outside: waited_outside.unwrap_or_default(),
            left_outside: left_outside.unwrap_or_default(),
            ..hours
        }
    }

    /// Whether the desk is open.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.opens_at.is_none_or(|opens| opens <= now)
    }

    /// How long somebody has been waiting `since` then, in the desk's hours.
    pub fn waited(&self, since: Timestamp, now: Timestamp) -> SignedDuration {
        (self.running(now).duration_since(since) - self.waited_outside).max(SignedDuration::ZERO)
    }

    /// How much of the desk's hours is left until `due`. A due time that is past is past, whatever the
    /// hours and whosever turn it is: then it is the time since, below zero.
    pub fn left(&self, due: Timestamp, now: Timestamp) -> SignedDuration {
        if due < now {
            return due.duration_since(now);
        }
        (due.duration_since(self.counts_from(now)) - self.left_outside).max(SignedDuration::ZERO)
    }

    /// The moment up to which time has run.
    fn running(&self, now: Timestamp) -> Timestamp {
        self.opens_at.map_or(now, |opens| opens.max(now))
    }

    /// The moment from which time is left.
    fn counts_from(&self, now: Timestamp) -> Timestamp {
        self.customers_turn.unwrap_or_else(|| self.running(now))
    }
}
