//! When customers are much less pleased than usual: the last hour against the same hour of the same
//! weekday in the four weeks before.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::Label;

/// How long the window is that is looked at.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// How far the windows lie apart.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How many weeks make what is usual.
const WEEKS: i32 = 4;

/// From when on a share is an alarm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alarm {
    /// How many times the usual share of negative messages.
    pub factor: f64,
    /// Negative messages within the hour, at least; and as many judged messages to know what is usual.
    pub minimum: u32,
}

impl Default for Alarm {
    fn default() -> Self {
        Self { factor: 2.0, minimum: 8 }
    }
}

/// Judged customer messages, now and in the weeks before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    now: Timestamp,
    last: Count,
    before: Count,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    negative: u32,
    judged: u32,
}

/// An alarm: what is, and what is usual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// When the hour began.
    pub from: Timestamp,
    /// When it ended.
    pub to: Timestamp,
    /// Judged customer messages that were negative or urgent.
    pub negative: u32,
    /// Judged customer messages.
    pub judged: u32,
    /// The share of the negative ones, 0 to 1.
    pub share: f64,
    /// The share in the weeks before, 0 to 1.
    pub usual_share: f64,
    /// Judged customer messages in the weeks before.
    pub usual_judged: u32,
    /// How many times the usual share is an alarm.
    pub factor: f64,
}

impl Usual {
    /// Nothing counted yet, at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self { now, last: Count::default(), before: Count::default() }
    }

    /// Counts a judged message, if it falls into one of the windows.
    pub fn count(&mut self, at: Timestamp, label: Label) {
        let age = self.now.duration_since(at);
        let week = age.as_secs().div_euclid(WEEK.as_secs());
        if age - WEEK * i32::try_from(week).unwrap_or(i32::MAX) >= HOUR {
            return;
        }
        let count = match week {
            0 => &mut self.last,
            1.. if week <= i64::from(WEEKS) => &mut self.before,
            _ => return,
        };
        count.judged += 1;
        count.negative += u32::from(label >= Label::Negative);
    }

    /// Whether that is an alarm. Where nothing is known of the weeks before, nothing is unusual.
    pub fn alarm(&self, alarm: &Alarm) -> Option<Finding> {
        let (share, usual_share) = (self.last.share(), self.before.share());
        let enough = self.last.negative >= alarm.minimum && self.before.judged >= alarm.minimum;
        (enough && share > usual_share * alarm.factor).then(|| Finding {
            from: self.now.saturating_sub(HOUR).unwrap_or(self.now),
            to: self.now,
            negative: self.last.negative,
            judged: self.last.judged,
            share: hundredths(share),
            usual_share: hundredths(usual_share),
            usual_judged: self.before.judged,
            factor: alarm.factor,
        })
    }
}

impl Count {
    fn share(self) -> f64 {
        f64::from(self.negative) / f64::from(self.judged.max(1))
    }
}

impl Finding {
    /// One to try templates with.
    pub(super) fn trial() -> Self {
        let (from, to) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + HOUR);
        Self { from, to, negative: 9, judged: 12, share: 0.75, usual_share: 0.2, usual_judged: 50, factor: 2.0 }
    }
}

fn hundredths(share: f64) -> f64 {
    (share * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-03-04T10:30:00Z".parse().expect("a time")
    }

    /// So many negative of so many messages, this many weeks ago.
    fn week(usual: &mut Usual, weeks: i32, negative: u32, judged: u32) {
        for nth in 0..judged {
            let at = now() - WEEK * weeks - SignedDuration::from_mins(i64::from(nth % 60));
            usual.count(at, if nth < negative { Label::Urgent } else { Label::Neutral });
        }
    }

    fn alarm(last: (u32, u32), before: (u32, u32)) -> bool {
        let mut usual = Usual::at(now());
        week(&mut usual, 0, last.0, last.1);
        (1..=4).for_each(|weeks| week(&mut usual, weeks, before.0, before.1));
        usual.alarm(&Alarm::default()).is_some()
    }

    #[test]
    fn an_hour_is_compared_with_the_same_hours_of_the_weeks_before() {
        assert!(alarm((10, 20), (2, 20)));
        assert!(!alarm((10, 20), (6, 20)), "30 % is usual here");
        assert!(!alarm((3, 3), (0, 20)), "three messages are no trend");
        assert!(alarm((8, 8), (0, 20)));
        assert!(!alarm((10, 20), (0, 0)), "nothing is known of what is usual");
        let mut usual = Usual::at(now());
        week(&mut usual, 0, 10, 10);
        week(&mut usual, 5, 0, 50);
        assert!(usual.alarm(&Alarm::default()).is_none(), "five weeks ago is long ago");
        usual.count(now() - WEEK - SignedDuration::from_mins(61), Label::Neutral);
        usual.count(now() + SignedDuration::from_mins(1), Label::Urgent);
        assert_eq!((usual.before.judged, usual.last.judged), (0, 10), "outside of the windows");
    }

    #[test]
    fn the_finding_says_what_was_compared() {
        let mut usual = Usual::at(now());
        week(&mut usual, 0, 10, 30);
        week(&mut usual, 1, 1, 10);
        let finding = usual.alarm(&Alarm::default()).expect("an alarm");
        assert_eq!((finding.negative, finding.judged, finding.share), (10, 30, 0.33));
        assert_eq!((finding.usual_judged, finding.usual_share), (10, 0.1));
        assert_eq!(finding.to.duration_since(finding.from), HOUR);
    }
}
