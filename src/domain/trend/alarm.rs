//! When customers are much less pleased than usual: the last hours against the same hours of the same
//! weekday in the four weeks before. Shares and counts, nothing cleverer, so that it can be told in one
//! sentence why it fired.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::Label;

/// How far the windows lie apart.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How many weeks make what is usual.
const WEEKS: usize = 4;

/// From when on a share is an alarm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alarm {
    /// How many times the usual share of negative messages.
    pub factor: f64,
    /// Negative messages within the hours, at least; and as many judged messages to know what is usual.
    pub minimum: u32,
    /// How many hours are looked at.
    pub hours: u8,
}

impl Default for Alarm {
    fn default() -> Self {
        Self { factor: 2.0, minimum: 8, hours: 1 }
    }
}

/// Judged customer messages, now and in the weeks before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usual {
    now: Timestamp,
    alarm: Alarm,
    last: Count,
    before: [Count; WEEKS],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    negative: u32,
    judged: u32,
}

/// An alarm: what is, and what is usual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// When the hours began.
    pub from: Timestamp,
    /// When they ended.
    pub to: Timestamp,
    /// Judged customer messages that were negative or urgent.
    pub negative: u32,
    /// Judged customer messages.
    pub judged: u32,
    /// The share of the negative ones, 0 to 1.
    pub share: f64,
    /// The share in the weeks before, 0 to 1.
    pub usual_share: f64,
    /// Negative or urgent messages in the weeks before, together.
    #[serde(default)]
    pub usual_negative: u32,
    /// Judged customer messages in the weeks before, together.
    pub usual_judged: u32,
    /// Negative or urgent messages in the worst of those weeks.
    #[serde(default)]
    pub usual_most: u32,
    /// How many times the usual share is an alarm.
    pub factor: f64,
}

impl Usual {
    /// Nothing counted yet, at `now`.
    pub fn at(now: Timestamp, alarm: Alarm) -> Self {
        Self { now, alarm, last: Count::default(), before: [Count::default(); WEEKS] }
    }

    /// Counts a judged message, if it falls into one of the windows.
    pub fn count(&mut self, at: Timestamp, label: Label) {
        let age = self.now.duration_since(at);
        let week = age.as_secs().div_euclid(WEEK.as_secs());
        if age - WEEK * i32::try_from(week).unwrap_or(i32::MAX) >= self.window() {
            return;
        }
        let count = match usize::try_from(week) {
            Ok(0) => &mut self.last,
            Ok(week) if week <= WEEKS => &mut self.before[week - 1],
            _ => return,
        };
        count.judged += 1;
        count.negative += u32::from(label >= Label::Negative);
    }

    /// Whether that is an alarm: the share is much more than usual, and there are more of them than in
    /// any of the weeks before. Where nothing is known of those, nothing is unusual.
    pub fn alarm(&self) -> Option<Finding> {
        let Alarm { factor, minimum, .. } = self.alarm;
        let usual = self.before.iter().fold(Count::default(), |sum, week| Count {
            negative: sum.negative + week.negative,
            judged: sum.judged + week.judged,
        });
        let most = self.before.iter().map(|week| week.negative).max().unwrap_or(0);
        let (share, usual_share) = (self.last.share(), usual.share());
        let enough = self.last.negative >= minimum && usual.judged >= minimum;
        (enough && share > usual_share * factor && self.last.negative > most).then(|| Finding {
            from: self.now.saturating_sub(self.window()).unwrap_or(self.now),
            to: self.now,
            negative: self.last.negative,
            judged: self.last.judged,
            share: hundredths(share),
            usual_share: hundredths(usual_share),
            usual_negative: usual.negative,
            usual_judged: usual.judged,
            usual_most: most,
            factor,
        })
    }

    fn window(&self) -> SignedDuration {
        SignedDuration::from_hours(self.alarm.hours.into())
    }
}

impl Count {
    fn share(self) -> f64 {
        f64::from(self.negative) / f64::from(self.judged.max(1))
    }
}

impl Finding {
    /// Why it fired, in one sentence, on the clock of `zone`.
    pub fn words(&self, zone: &TimeZone) -> String {
        let from = self.from.to_zoned(zone.clone());
        format!(
            "{} of {} negative or urgent since {}; the same hours on the last four {}s: {} of {}, at most {}",
            self.negative,
            self.judged,
            from.strftime("%H:%M"),
            from.strftime("%A"),
            self.usual_negative,
            self.usual_judged,
            self.usual_most,
        )
    }

    /// One to try templates with.
    pub fn trial() -> Self {
        let (from, to) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1));
        Self {
            from,
            to,
            negative: 9,
            judged: 12,
            share: 0.75,
            usual_share: 0.2,
            usual_negative: 10,
            usual_judged: 50,
            usual_most: 4,
            factor: 2.0,
        }
    }
}

fn hundredths(share: f64) -> f64 {
    (share * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

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
        let mut usual = Usual::at(now(), Alarm::default());
        week(&mut usual, 0, last.0, last.1);
        (1..=4).for_each(|weeks| week(&mut usual, weeks, before.0, before.1));
        usual.alarm().is_some()
    }

    #[test]
    fn an_hour_is_compared_with_the_same_hours_of_the_weeks_before() {
        assert!(alarm((10, 20), (2, 20)));
        assert!(!alarm((10, 20), (6, 20)), "30 % is usual here");
        assert!(!alarm((3, 3), (0, 20)), "three messages are no trend");
        assert!(alarm((8, 8), (0, 20)));
        assert!(!alarm((10, 20), (0, 0)), "nothing is known of what is usual");
        let mut usual = Usual::at(now(), Alarm::default());
        week(&mut usual, 0, 10, 10);
        week(&mut usual, 5, 0, 50);
        assert!(usual.alarm().is_none(), "five weeks ago is long ago");
        usual.count(now() - WEEK - SignedDuration::from_mins(61), Label::Neutral);
        usual.count(now() + SignedDuration::from_mins(1), Label::Urgent);
        assert_eq!((usual.before[0].judged, usual.last.judged), (0, 10), "outside of the windows");
    }

    #[test]
    fn the_finding_says_what_was_compared() {
        let mut usual = Usual::at(now(), Alarm::default());
        week(&mut usual, 0, 10, 30);
        week(&mut usual, 1, 1, 10);
        let finding = usual.alarm().expect("an alarm");
        assert_eq!((finding.negative, finding.judged, finding.share), (10, 30, 0.33));
        assert_eq!((finding.usual_judged, finding.usual_share), (10, 0.1));
        assert_eq!(finding.to.duration_since(finding.from), HOUR);
    }

    #[test]
    fn one_bad_week_before_is_enough_to_call_it_usual() {
        let mut usual = Usual::at(now(), Alarm::default());
        week(&mut usual, 0, 9, 12);
        week(&mut usual, 1, 9, 60);
        week(&mut usual, 2, 0, 60);
        assert!(usual.alarm().is_none(), "nine were there a week ago as well");
        week(&mut usual, 0, 1, 1);
        assert_eq!(usual.alarm().map(|finding| finding.usual_most), Some(9));
    }

    #[test]
    fn the_hours_looked_at_can_be_more() {
        let alarm = Alarm { hours: 3, ..Alarm::default() };
        let mut usual = Usual::at(now(), alarm);
        for weeks in 0..5 {
            usual.count(now() - WEEK * weeks - SignedDuration::from_mins(179), Label::Urgent);
            usual.count(now() - WEEK * weeks - SignedDuration::from_mins(180), Label::Urgent);
        }
        assert_eq!((usual.last.judged, usual.before[3].judged), (1, 1));
    }

    #[test]
    fn why_it_fired_is_one_sentence() {
        let mut usual = Usual::at(now(), Alarm { minimum: 4, ..Alarm::default() });
        week(&mut usual, 0, 12, 20);
        week(&mut usual, 1, 2, 10);
        week(&mut usual, 3, 1, 9);
        let words = usual.alarm().expect("an alarm").words(&TimeZone::get("Europe/Berlin").expect("known"));
        assert_eq!(
            words,
            "12 of 20 negative or urgent since 10:30; the same hours on the last four Wednesdays: 3 of 19, at most 2"
        );
    }
}
