//! Sentiment over time: by label, the mean and the worst decile, in bars of equal length, for
//! everybody or for each client, board, category or team; with what was not scored beside it.

mod alarm;
mod group;
mod ledger;
mod milestone;
mod range;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::sentiment::{Label, Score};

pub use alarm::{Alarm, Finding, Usual};
pub use group::{Beat, By, Group, Member, Place};
pub use ledger::Ledger;
pub use milestone::{Milestone, MilestoneKind};
pub use range::Range;

/// A window of time in bars, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// How far back it goes.
    pub range: Range,
    /// The zone whose clock says where bars of more than an hour begin, by its name.
    pub zone: String,
    /// Where each bar begins, and where the last one ends.
    pub edges: Vec<Timestamp>,
    /// The bars.
    pub bars: Vec<Bar>,
    /// All of them together.
    pub total: Bar,
    /// What the groups are made by; none where nobody asked for any.
    pub by: Option<By>,
    /// The worst first.
    pub groups: Vec<Group>,
    /// Groups that are left out because there are too many.
    pub left_out: usize,
    /// What people marked on the time axis, and changes of policy, prompt and model.
    pub marks: Vec<Milestone>,
    /// Why customers count as less pleased than usual now.
    pub alert: Option<Finding>,
}

/// The customer messages written within one bar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// How many of each label, and how many were not scored.
    #[serde(flatten)]
    pub counts: Bucket,
    /// The mean score; none where nothing was scored.
    pub mean: Option<Score>,
    /// The score that one in ten is at or below: the lowest while there are ten or fewer.
    pub worst: Option<Score>,
}

/// Counts of customer messages.
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

    /// How many are negative or urgent.
    pub fn bad(&self) -> u32 {
        self.count(Label::Negative) + self.count(Label::Urgent)
    }

    /// How many were written.
    pub fn volume(&self) -> u32 {
        self.judged() + self.unscored
    }

    /// The share of the judged ones that are negative or urgent, 0 to 1; none where none was judged.
    pub fn bad_share(&self) -> Option<f64> {
        (self.judged() > 0).then(|| f64::from(self.bad()) / f64::from(self.judged()))
    }

    /// The share of the written ones that were judged, 0 to 1; none where nothing was written.
    pub fn coverage(&self) -> Option<f64> {
        (self.volume() > 0).then(|| f64::from(self.judged()) / f64::from(self.volume()))
    }

    fn add(&mut self, label: Option<Label>) {
        match label {
            Some(label) => self.by_label[label as usize] += 1,
            None => self.unscored += 1,
        }
    }
}

impl Trend {
    /// When the bar at `index` begins and ends.
    pub fn span(&self, index: usize) -> Option<(Timestamp, Timestamp)> {
        Some((*self.edges.get(index)?, *self.edges.get(index + 1)?))
    }

    /// From where to where it goes.
    pub fn window(&self) -> Option<(Timestamp, Timestamp)> {
        Some((*self.edges.first()?, *self.edges.last()?))
    }

    /// The bar that holds `at`.
    pub fn bar_at(&self, at: Timestamp) -> Option<usize> {
        range::bar_at(&self.edges, at)
    }
}

/// Scores of one bar or group while they are counted, in the ledger's unit.
#[derive(Clone, Debug, Default)]
struct Tally {
    counts: Bucket,
    scores: Vec<i16>,
}

impl Tally {
    fn add(&mut self, score: Option<i16>, label: Option<Label>) {
        self.counts.add(label);
        self.scores.extend(score);
    }

    fn bar(mut self) -> Bar {
        self.scores.sort_unstable();
        let count = self.scores.len();
        let sum: i64 = self.scores.iter().map(|score| i64::from(*score)).sum();
        let mean = (count > 0).then(|| Score::clamped(sum as f64 / count as f64 / ledger::UNIT));
        let worst = self.scores.get(count.div_ceil(10).saturating_sub(1)).map(|score| ledger::score(*score));
        Bar { counts: self.counts, mean, worst }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(scores: &[i16]) -> Bar {
        let mut tally = Tally::default();
        scores.iter().for_each(|score| tally.add(Some(*score), Some(Label::Neutral)));
        tally.bar()
    }

    #[test]
    fn the_worst_decile_is_what_one_in_ten_is_at_or_below() {
        assert_eq!((bar(&[]).mean, bar(&[]).worst), (None, None));
        assert_eq!(bar(&[-9000, 5000]).worst, Some(Score::clamped(-0.9)), "the lowest of a few");
        let many: Vec<i16> = (1..=20).map(|nth| nth * 100).collect();
        assert_eq!(bar(&many).worst, Some(Score::clamped(0.02)), "the second of twenty");
        assert_eq!(bar(&[-10000, 0, 4000]).mean, Some(Score::clamped(-0.2)));
    }

    #[test]
    fn shares_of_nothing_are_none() {
        assert_eq!((Bucket::default().bad_share(), Bucket::default().coverage()), (None, None));
        let counts = Bucket { by_label: [1, 1, 1, 1], unscored: 4 };
        assert_eq!((counts.bad(), counts.bad_share(), counts.coverage()), (2, Some(0.5), Some(0.5)));
    }
}
