//! How much the rules may do by themselves in a time, and when.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::domain::Plain;

/// What holds rules back, beside their own conditions. What is held back waits as a proposal.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Escalations by themselves in any hour: what the people who get them can take.
    pub capacity_per_hour: Option<u32>,
    /// The least time between two escalations of one ticket by themselves.
    pub cool_down: SignedDuration,
    /// When nobody is there to take what is handed over.
    pub quiet: Option<Quiet>,
}

/// Hours of every day, in one time zone.
#[derive(Clone, Debug)]
pub struct Quiet {
    /// From this time on.
    pub from: Time,
    /// Up to this time; before `from` means the next morning.
    pub to: Time,
    /// Whose clocks.
    pub zone: TimeZone,
}

impl Quiet {
    /// Whether `now` lies in them.
    pub fn covers(&self, now: Timestamp) -> bool {
        let time = now.to_zoned(self.zone.clone()).time();
        match self.from <= self.to {
            true => self.from <= time && time < self.to,
            false => self.from <= time || time < self.to,
        }
    }
}

/// Whether a rule may act now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leave {
    /// It may.
    Granted,
    /// A person may approve it meanwhile. Why.
    Held(Plain),
    /// It was escalated a moment ago: not yet.
    NotYet,
}

impl Limits {
    /// Whether a rule may act at `now`, after `acted` acts by rules in the last hour and one on the
    /// same ticket at `last`.
    pub fn leave(&self, now: Timestamp, acted: usize, last: Option<Timestamp>) -> Leave {
        if last.is_some_and(|last| now.duration_since(last) < self.cool_down) {
            return Leave::NotYet;
        }
        if let Some(quiet) = self.quiet.as_ref().filter(|quiet| quiet.covers(now)) {
            return Leave::Held(Plain::new(&format!("quiet hours until {}", quiet.to.strftime("%H:%M"))));
        }
        match self.capacity_per_hour {
            Some(capacity) if acted >= capacity as usize => {
                Leave::Held(Plain::new(&format!("{capacity} an hour is what the desk can take")))
            }
            _ => Leave::Granted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn quiet_hours_go_over_midnight_and_follow_the_zone() {
        let zone = TimeZone::get("Europe/London").expect("known");
        let time = |text: &str| text.parse::<Time>().expect("a time");
        let night = Quiet { from: time("22:00"), to: time("06:00"), zone: zone.clone() };
        // London is an hour ahead of UTC in summer.
        for (moment, quiet) in [
            ("2026-07-01T20:59:59Z", false),
            ("2026-07-01T21:00:00Z", true),
            ("2026-07-02T04:59:59Z", true),
            ("2026-07-02T05:00:00Z", false),
            ("2026-01-02T05:30:00Z", true),
        ] {
            assert_eq!(night.covers(at(moment)), quiet, "{moment}");
        }
        let noon = Quiet { from: time("12:00"), to: time("13:00"), zone };
        assert!(noon.covers(at("2026-01-02T12:30:00Z")) && !noon.covers(at("2026-01-02T13:00:00Z")));
    }

    #[test]
    fn the_cool_down_waits_and_the_capacity_asks_a_person() {
        let now = at("2026-07-01T12:00:00Z");
        let limits = Limits { capacity_per_hour: Some(2), cool_down: SignedDuration::from_mins(30), quiet: None };
        assert_eq!(limits.leave(now, 0, None), Leave::Granted);
        assert_eq!(limits.leave(now, 1, Some(at("2026-07-01T11:31:00Z"))), Leave::NotYet);
        assert_eq!(limits.leave(now, 1, Some(at("2026-07-01T11:30:00Z"))), Leave::Granted);
        assert!(matches!(limits.leave(now, 2, None), Leave::Held(why) if why.as_str().contains("2 an hour")));
        assert_eq!(Limits::default().leave(now, 1000, Some(now)), Leave::Granted);
    }
}
