//! Sentiment over time: counts by label in equal buckets, with what was not scored beside them.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::sentiment::Label;

/// Counts over a window, oldest bucket first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// Where the first bucket begins.
    pub from: Timestamp,
    /// How long a bucket is, in seconds.
    pub step_seconds: i64,
    /// The buckets.
    pub buckets: Vec<Bucket>,
}

/// The customer messages written within one bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Judged, by label, best to worst.
    pub by_label: [u32; 4],
    /// Abstained or pending: written but without a reading.
    pub unscored: u32,
}

impl Bucket {
    /// How many have the label.
    pub fn count(&self, label: Label) -> u32 {
        self.by_label[label as usize]
    }

    /// How many were judged.
    pub fn judged(&self) -> u32 {
        self.by_label.iter().sum()
    }

    /// How many were written.
    pub fn volume(&self) -> u32 {
        self.judged() + self.unscored
    }
}

impl Trend {
    /// An empty trend of `count` buckets that ends with the bucket holding `now`; buckets begin on
    /// multiples of `step`, so that a chart moves only when a bucket ends.
    pub fn ending(now: Timestamp, step: SignedDuration, count: usize) -> Self {
        let step_seconds = step.as_secs().max(1);
        let last = now.as_second().div_euclid(step_seconds) * step_seconds;
        let first = last - step_seconds * (count as i64 - 1);
        let from = Timestamp::from_second(first).unwrap_or(Timestamp::UNIX_EPOCH);
        Self { from, step_seconds, buckets: vec![Bucket::default(); count] }
    }

    /// Counts one message; ignored outside the window.
    pub fn count(&mut self, at: Timestamp, label: Option<Label>) {
        let offset = at.as_second() - self.from.as_second();
        let Ok(index) = usize::try_from(offset.div_euclid(self.step_seconds)) else { return };
        let Some(bucket) = self.buckets.get_mut(index) else { return };
        match label {
            Some(label) => bucket.by_label[label as usize] += 1,
            None => bucket.unscored += 1,
        }
    }

    /// All buckets together.
    pub fn total(&self) -> Bucket {
        self.buckets.iter().fold(Bucket::default(), |mut sum, bucket| {
            for (sum, count) in sum.by_label.iter_mut().zip(bucket.by_label) {
                *sum += count;
            }
            sum.unscored += bucket.unscored;
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_fall_into_their_hour() {
        let now: Timestamp = "2026-03-04T10:20:00Z".parse().expect("a time");
        let mut trend = Trend::ending(now, SignedDuration::from_hours(1), 24);
        assert_eq!(trend.from.to_string(), "2026-03-03T11:00:00Z");
        trend.count("2026-03-04T10:00:00Z".parse().expect("a time"), Some(Label::Urgent));
        trend.count("2026-03-04T09:59:59Z".parse().expect("a time"), None);
        trend.count("2026-03-03T10:59:59Z".parse().expect("a time"), Some(Label::Neutral));
        assert_eq!(trend.buckets[23].count(Label::Urgent), 1);
        assert_eq!((trend.buckets[22].judged(), trend.buckets[22].volume()), (0, 1));
        assert_eq!(trend.total().volume(), 2);
    }
}
