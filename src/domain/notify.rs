//! How one person's terminal may be used beside the screen: to call them, and for their clipboard.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};
use thiserror::Error;

/// How a person is called who looks elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Notify {
    /// Not at all.
    Off,
    /// By the terminal's bell.
    #[default]
    Bell,
    /// By OSC 9: iTerm2, WezTerm, Windows Terminal, kitty. Multiplexers swallow it.
    Osc9,
    /// By OSC 777: foot, Ghostty, urxvt, WezTerm. Multiplexers swallow it.
    Osc777,
}

/// How text gets into a person's clipboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Clipboard {
    /// By OSC 52 where the terminal may know it.
    #[default]
    Auto,
    /// By OSC 52.
    Osc52,
    /// Not at all.
    Off,
}

/// Hours of every day, written `18:00-08:00`; where the end comes first it is the next morning's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DailyHours {
    from: Time,
    to: Time,
}

/// It is no span of hours.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0} is no span of hours; write it like 18:00-08:00")]
pub struct NoHours(String);

impl DailyHours {
    /// Whether `now` lies in them, by the clocks of `zone`.
    pub fn cover(&self, now: Timestamp, zone: &TimeZone) -> bool {
        let time = now.to_zoned(zone.clone()).time();
        match self.from <= self.to {
            true => self.from <= time && time < self.to,
            false => self.from <= time || time < self.to,
        }
    }
}

impl FromStr for DailyHours {
    type Err = NoHours;

    fn from_str(text: &str) -> Result<Self, NoHours> {
        let times = text.split_once('-').and_then(|(from, to)| {
            let time = |text: &str| text.trim().parse::<Time>().ok();
            Some(Self { from: time(from)?, to: time(to)? })
        });
        times.ok_or_else(|| NoHours(text.to_owned()))
    }
}

impl fmt::Debug for DailyHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

impl<'de> Deserialize<'de> for DailyHours {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_may_go_over_midnight() {
        let at = |time: &str| format!("2026-03-04T{time}:00Z").parse::<Timestamp>().expect("a time");
        let night: DailyHours = "18:00-08:00".parse().expect("hours");
        let noon: DailyHours = "12:00 - 13:00".parse().expect("hours");
        for (time, in_night, in_noon) in
            [("18:00", true, false), ("07:59", true, false), ("08:00", false, false), ("12:30", false, true)]
        {
            assert_eq!(night.cover(at(time), &TimeZone::UTC), in_night, "{time}");
            assert_eq!(noon.cover(at(time), &TimeZone::UTC), in_noon, "{time}");
        }
        let wrong = "at night".parse::<DailyHours>().expect_err("no hours").to_string();
        assert!(wrong.contains("18:00-08:00"), "{wrong}");
    }
}
