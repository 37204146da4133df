//! How far back a chart goes, and where its bars begin.
//!
//! Hours begin with the hour. Longer bars begin on the clock of one zone, at midnight, 6, 12 and 18
//! o'clock: a day is the desk's day, of 23 or 25 hours when its clocks change.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How far back a chart goes, and how long its bars are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Range {
    /// 24 hours, one a bar.
    #[default]
    #[serde(rename = "24h")]
    Day,
    /// 7 days, a quarter of a day a bar.
    #[serde(rename = "7d")]
    Week,
    /// 30 days, one a bar.
    #[serde(rename = "30d")]
    Month,
    /// 90 days, one a bar.
    #[serde(rename = "90d")]
    Quarter,
}

impl Range {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Quarter];

    /// The word on the command line and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Quarter => "90d",
        }
    }

    /// As people say it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Day => "24 hours",
            Self::Week => "7 days",
            Self::Month => "30 days",
            Self::Quarter => "90 days",
        }
    }

    /// How long a bar is, in a word.
    pub fn step(self) -> &'static str {
        match self {
            Self::Day => "hourly",
            Self::Week => "6-hourly",
            Self::Month | Self::Quarter => "daily",
        }
    }

    /// The next longer one; itself where there is none.
    pub fn longer(self) -> Self {
        Self::ALL.into_iter().skip_while(|range| *range != self).nth(1).unwrap_or(self)
    }

    /// The next shorter one; itself where there is none.
    pub fn shorter(self) -> Self {
        Self::ALL.into_iter().take_while(|range| *range != self).last().unwrap_or(self)
    }

    /// How many bars it has.
    pub fn bars(self) -> usize {
        match self {
            Self::Day => 24,
            Self::Week => 28,
            Self::Month => 30,
            Self::Quarter => 90,
        }
    }

    /// Hours of a bar on the clock of its zone.
    pub fn hours(self) -> i8 {
        match self {
            Self::Day => 1,
            Self::Week => 6,
            Self::Month | Self::Quarter => 24,
        }
    }

    /// Where the bars begin, and where the last one ends: the one that holds `now`.
    pub fn edges(self, now: Timestamp, zone: &TimeZone) -> Vec<Timestamp> {
        let bars = self.bars() as i64;
        let wall = zone.to_datetime(now);
        let hour = wall.hour() - wall.hour().rem_euclid(self.hours());
        let begun = wall.date().to_datetime(Time::constant(hour, 0, 0, 0));
        // Hours are counted on, for two of them have the same name when the clocks go back.
        let hour_began = now.saturating_sub(wall.duration_since(begun)).unwrap_or(now);
        let edge = |bar: i64| {
            let step = SignedDuration::from_hours(i64::from(self.hours()) * (bar + 1 - bars));
            match self {
                Self::Day => hour_began.saturating_add(step).unwrap_or(now),
                _ => begun.checked_add(step).and_then(|wall| zone.to_timestamp(wall)).unwrap_or(now),
            }
        };
        (0..=bars).map(edge).collect()
    }
}

/// The bar between `edges` that holds `at`.
pub(super) fn bar_at(edges: &[Timestamp], at: Timestamp) -> Option<usize> {
    let after = edges.partition_point(|edge| *edge <= at);
    (after > 0 && after < edges.len()).then(|| after - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect("known")
    }

    #[test]
    fn bars_begin_on_the_clock_of_the_zone() {
        let now = at("2026-03-04T10:20:00Z");
        let edges = Range::Day.edges(now, &zone("Asia/Kolkata"));
        assert_eq!((edges.len(), edges[23], edges[24]), (25, at("2026-03-04T09:30:00Z"), at("2026-03-04T10:30:00Z")));
        let edges = Range::Week.edges(now, &zone("Europe/Berlin"));
        assert_eq!((edges.len(), edges[27], edges[0]), (29, at("2026-03-04T05:00:00Z"), at("2026-02-25T11:00:00Z")));
        let edges = Range::Month.edges(now, &TimeZone::UTC);
        assert_eq!((edges[29], edges[0]), (at("2026-03-04T00:00:00Z"), at("2026-02-03T00:00:00Z")));
    }

    #[test]
    fn a_day_is_as_long_as_the_clocks_make_it() {
        let edges = Range::Month.edges(at("2026-03-30T12:00:00Z"), &zone("Europe/Berlin"));
        let hours: Vec<i64> = edges.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_hours()).collect();
        assert_eq!((hours[28], hours.iter().filter(|hours| **hours == 24).count()), (23, 29));
        let edges = Range::Day.edges(at("2026-10-25T01:30:00Z"), &zone("Europe/Berlin"));
        assert!(edges.windows(2).all(|pair| pair[1].duration_since(pair[0]).as_secs() == 3600));
        assert_eq!(edges[23], at("2026-10-25T01:00:00Z"), "the hour that comes twice is two bars");
    }

    #[test]
    fn ranges_follow_each_other() {
        assert_eq!((Range::Day.longer(), Range::Quarter.longer()), (Range::Week, Range::Quarter));
        assert_eq!((Range::Day.shorter(), Range::Quarter.shorter()), (Range::Day, Range::Month));
        for range in Range::ALL {
            assert_eq!(serde_json::to_value(range).expect("json"), range.word());
        }
    }

    proptest! {
        #[test]
        fn every_moment_of_the_window_is_in_its_bar(
            now in 1_600_000_000i64..2_000_000_000,
            back in 0i64..2_000_000,
            range in 0usize..4,
            berlin in any::<bool>(),
        ) {
            let now = Timestamp::from_second(now).expect("in range");
            let zone = if berlin { zone("Europe/Berlin") } else { TimeZone::UTC };
            let edges = Range::ALL[range].edges(now, &zone);
            prop_assert!(edges.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert_eq!(bar_at(&edges, now), Some(Range::ALL[range].bars() - 1));
            let at = now - SignedDuration::from_secs(back);
            match bar_at(&edges, at) {
                Some(bar) => prop_assert!(edges[bar] <= at && at < edges[bar + 1]),
                None => prop_assert!(at < edges[0]),
            }
        }
    }
}
