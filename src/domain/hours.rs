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
        // A PSA whose clock is ahead writes messages that are still to come.
        let between = |from: Timestamp, to: Timestamp| to.duration_since(from).max(SignedDuration::ZERO);
        let outside = |from, to| between(from, to) - calendar.open_between(from, to);
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Opening;

    /// Monday to Friday from 8 to 12 and from 13 to 17, where the clocks change on 28 March.
    fn london() -> Calendar {
        let opening = |from: u16, to: u16| Opening::new(from * 60, to * 60);
        let day =
            |day| if day < 5 { [opening(8, 12), opening(13, 17)].into_iter().flatten().collect() } else { vec![] };
        Calendar::new(TimeZone::get("Europe/London").expect("known"), std::array::from_fn(day), BTreeSet::new())
    }

    fn moments() -> impl Strategy<Value = Timestamp> {
        let start = || "2027-03-24T00:00:00Z".parse::<Timestamp>().expect("a time");
        (0i64..10 * 24 * 60).prop_map(move |minutes| start() + SignedDuration::from_mins(minutes))
    }

    proptest! {
        #[test]
        fn what_is_told_once_stays_true_until_the_hours_change(mut times in prop::array::uniform3(moments()), minutes in 0i32..4_000) {
            times.sort();
            let [since, now, due] = times;
            let calendar = london();
            let told = Moments { waiting_since: Some(since), customers_turn: None, due_at: Some(due) };
            let hours = Hours::of(&calendar, told, now);
            prop_assert_eq!(hours.is_open(now), calendar.is_open(now));
            let later = now + SignedDuration::from_mins(minutes.into());
            let same = (0..minutes).all(|minute| calendar.is_open(now + SignedDuration::from_mins(minute.into())) == calendar.is_open(now));
            for at in if same { vec![now, later] } else { vec![now] } {
                prop_assert_eq!(hours.waited(since, at), calendar.open_between(since, at));
                let left = if due < at { due.duration_since(at) } else { calendar.open_between(at, due) };
                prop_assert_eq!(hours.left(due, at), left);
            }
        }
    }

    #[test]
    fn a_message_from_the_future_has_not_waited() {
        let [now, since] = ["2027-03-24T10:00:00Z", "2027-03-24T10:05:00Z"].map(|at| at.parse().expect("a time"));
        let moments = Moments { waiting_since: Some(since), ..Moments::default() };
        let hours = Hours::of(&london(), moments, now);
        assert_eq!((hours.waited(since, now), &hours), (SignedDuration::ZERO, &Hours::default()));
    }
}
