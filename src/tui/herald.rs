//! Calls a person who looks elsewhere: sparingly, and never in a customer's words.

use std::collections::VecDeque;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::osc;
use crate::domain::{DailyHours, Notify, Plain};

/// The least time between two calls.
const GAP: SignedDuration = SignedDuration::from_secs(30);

/// How many calls an hour may have.
const MOST_AN_HOUR: usize = 10;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Why a person is called. Tickets by their numbers alone: a desktop shows it to whoever stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// A ticket came to be above the thresholds.
    Pressing(Plain),
    /// A proposal waits for a person.
    Proposed(Plain),
    /// Not all of an act happened.
    Failed(Plain),
    /// The PSA or the judge does not answer any more.
    Down(&'static str),
}

impl Call {
    fn words(&self) -> String {
        match self {
            Self::Pressing(number) => format!("{number} is urgent"),
            Self::Proposed(number) => format!("a proposal waits on {number}"),
            Self::Failed(number) => format!("an act on {number} failed"),
            Self::Down(what) => format!("{what} is down"),
        }
    }

    /// What comes first where several things happen at once.
    fn rank(&self) -> u8 {
        match self {
            Self::Down(_) => 0,
            Self::Failed(_) => 1,
            Self::Pressing(_) => 2,
            Self::Proposed(_) => 3,
        }
    }
}

/// A call that goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Called {
    /// What the terminal gets.
    pub(crate) bytes: String,
    /// Things nobody was called for since the last call.
    pub(crate) held: usize,
}

/// Keeps calls within their budget.
#[derive(Debug)]
pub(crate) struct Herald {
    notify: Notify,
    quiet: Option<DailyHours>,
    zone: TimeZone,
    /// When the calls of the last hour went out.
    called: VecDeque<Timestamp>,
    held: usize,
}

impl Herald {
    pub(crate) fn new(notify: Notify, quiet: Option<DailyHours>, zone: TimeZone) -> Self {
        Self { notify, quiet, zone, called: VecDeque::new(), held: 0 }
    }

    /// One call for all of `calls`, where one may go out now.
    pub(crate) fn call(&mut self, mut calls: Vec<Call>, now: Timestamp) -> Option<Called> {
        if calls.is_empty() || self.notify == Notify::Off {
            return None;
        }
        if !self.may_call(now) {
            self.held += calls.len();
            return None;
        }
        self.called.push_back(now);
        calls.sort_by_key(Call::rank);
        let held = std::mem::take(&mut self.held);
        Some(Called { bytes: osc::notice(self.notify, &text(&calls, held)), held })
    }

    fn may_call(&mut self, now: Timestamp) -> bool {
        while self.called.front().is_some_and(|at| now.duration_since(*at) >= HOUR) {
            self.called.pop_front();
        }
        let rested = self.called.back().is_none_or(|at| now.duration_since(*at) >= GAP);
        let quiet = self.quiet.is_some_and(|hours| hours.cover(now, &self.zone));
        rested && !quiet && self.called.len() < MOST_AN_HOUR
    }
}

fn text(calls: &[Call], held: usize) -> String {
    let mut text = calls.first().map(Call::words).unwrap_or_default();
    if calls.len() > 1 {
        text += &format!(" and {} more", calls.len() - 1);
    }
    if held > 0 {
        text += &format!(" ({held} held back before)");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        "2026-03-04T17:00:00Z".parse::<Timestamp>().expect("a time") + SignedDuration::from_secs(seconds)
    }

    fn pressing() -> Vec<Call> {
        vec![Call::Pressing("#2818".into())]
    }

    fn herald(notify: Notify, quiet: Option<&str>) -> Herald {
        Herald::new(notify, quiet.map(|hours| hours.parse().expect("hours")), TimeZone::UTC)
    }

    #[test]
    fn a_storm_makes_one_call_and_is_counted_in_the_next() {
        let mut herald = herald(Notify::Osc9, None);
        let first = herald.call(pressing(), at(0)).expect("a call");
        assert_eq!(first, Called { bytes: "\u{1b}]9;irate: #2818 is urgent\u{1b}\\".into(), held: 0 });
        for second in 1..30 {
            assert_eq!(herald.call(pressing(), at(second)), None);
        }
        let many = vec![Call::Proposed("#1".into()), Call::Down("the judge"), Call::Failed("#3".into())];
        let next = herald.call(many, at(30)).expect("a call");
        assert_eq!(next.held, 29);
        assert!(next.bytes.contains("the judge is down and 2 more (29 held back before)"), "{}", next.bytes);
    }

    #[test]
    fn an_hour_has_ten_calls() {
        let mut herald = herald(Notify::Bell, None);
        let made = |herald: &mut Herald, from: i64| {
            (0..120).filter(|step| herald.call(pressing(), at(from + step * 30)).is_some()).count()
        };
        assert_eq!(made(&mut herald, 0), 10);
        assert_eq!(made(&mut herald, 3600), 10);
    }

    #[test]
    fn quiet_hours_hold_back_and_off_says_nothing_at_all() {
        let mut quiet = herald(Notify::Bell, Some("18:00-08:00"));
        assert_eq!(quiet.call(pressing(), at(3600)), None);
        assert_eq!(
            quiet.call(pressing(), at(15 * 3600)).map(|called| (called.bytes, called.held)),
            Some(("\u{7}".into(), 1))
        );
        assert_eq!(herald(Notify::Off, None).call(pressing(), at(0)), None);
        assert_eq!(quiet.call(Vec::new(), at(20 * 3600)), None);
    }
}
