//! The scales of displeasure. Two directions never meet on one screen: a *score* falls as the
//! customer's mood falls, *frustration* rises; every place that shows one says which.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How far the latest score must pass an edge before a ticket's label moves.
pub const HYSTERESIS: f64 = 0.05;

/// A number outside its scale.
#[derive(Debug, Error, Clone, PartialEq)]
#[error("{value} is outside {low} to {high}")]
pub struct OutOfRange {
    value: f64,
    low: f64,
    high: f64,
}

/// The sentiment of one message in [-1, 1]; lower is worse. Displeasure only: how pressing the
/// matter is stands apart.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Score(f64);

impl Score {
    /// # Errors
    /// When `value` is not a number in [-1, 1].
    pub fn new(value: f64) -> Result<Self, OutOfRange> {
        if (-1.0..=1.0).contains(&value) { Ok(Self(value)) } else { Err(OutOfRange { value, low: -1.0, high: 1.0 }) }
    }

    /// The nearest score to `value`; not-a-number is 0.
    pub fn clamped(value: f64) -> Self {
        Self(if value.is_nan() { 0.0 } else { value.clamp(-1.0, 1.0) })
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }

    /// Frustration 1-5, higher is worse, by one monotone table.
    pub fn frustration(self) -> Level {
        Level(match self.0 {
            s if s >= 0.5 => 1,
            s if s >= -0.2 => 2,
            s if s >= -0.45 => 3,
            s if s >= -0.7 => 4,
            _ => 5,
        })
    }
}

impl TryFrom<f64> for Score {
    type Error = OutOfRange;
    fn try_from(value: f64) -> Result<Self, OutOfRange> {
        Self::new(value)
    }
}

impl From<Score> for f64 {
    fn from(score: Score) -> Self {
        score.0
    }
}

impl fmt::Display for Score {
    /// Always signed, two decimals: `-0.40`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = (self.0 * 100.0).round() / 100.0 + 0.0;
        f.pad(&format!("{hundredths:+.2}"))
    }
}

/// A step on a 1-5 scale (frustration, urgency, impact); higher is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Level(u8);

impl Level {
    /// The least.
    pub const MIN: Self = Self(1);
    /// The worst.
    pub const MAX: Self = Self(5);

    /// # Errors
    /// When `value` is not 1 to 5.
    pub fn new(value: u8) -> Result<Self, OutOfRange> {
        if (1..=5).contains(&value) {
            Ok(Self(value))
        } else {
            Err(OutOfRange { value: value.into(), low: 1.0, high: 5.0 })
        }
    }

    /// The nearest level to `value`.
    pub fn clamped(value: u8) -> Self {
        Self(value.clamp(1, 5))
    }

    /// 1 to 5.
    pub fn get(self) -> u8 {
        self.0
    }

    /// How far up the scale, in [0, 1].
    pub fn share(self) -> f64 {
        f64::from(self.0 - 1) / 4.0
    }
}

impl TryFrom<u8> for Level {
    type Error = OutOfRange;
    fn try_from(value: u8) -> Result<Self, OutOfRange> {
        Self::new(value)
    }
}

impl From<Level> for u8 {
    fn from(level: Level) -> Self {
        level.0
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The word for a score. Shown as "tone: urgent", never beside urgency without its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// [0.5, 1]
    Positive,
    /// [-0.2, 0.5)
    Neutral,
    /// [-0.7, -0.2)
    Negative,
    /// [-1, -0.7): the worst tone. How urgent the matter is, is another scale.
    Urgent,
}

impl Label {
    /// Best to worst.
    pub const ALL: [Self; 4] = [Self::Positive, Self::Neutral, Self::Negative, Self::Urgent];

    /// The word in lower case.
    pub fn word(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Neutral => "neutral",
            Self::Negative => "negative",
            Self::Urgent => "urgent",
        }
    }

    /// The label whose word this is.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|label| label.word().eq_ignore_ascii_case(word))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Edges that do not fall, or leave the scale.
#[derive(Debug, Error, Clone, PartialEq)]
#[error("label edges must fall within -1 to 1: positive {positive} > neutral {neutral} > negative {negative}")]
pub struct BadEdges {
    positive: f64,
    neutral: f64,
    negative: f64,
}

/// The lower edges of the labels; each label is half-open upwards.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawEdges", into = "RawEdges")]
pub struct Edges {
    positive: f64,
    neutral: f64,
    negative: f64,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEdges {
    positive: f64,
    neutral: f64,
    negative: f64,
}

impl Default for Edges {
    fn default() -> Self {
        Self { positive: 0.5, neutral: -0.2, negative: -0.7 }
    }
}

impl TryFrom<RawEdges> for Edges {
    type Error = BadEdges;
    fn try_from(RawEdges { positive, neutral, negative }: RawEdges) -> Result<Self, BadEdges> {
        Self::new(positive, neutral, negative)
    }
}

impl From<Edges> for RawEdges {
    fn from(Edges { positive, neutral, negative }: Edges) -> Self {
        Self { positive, neutral, negative }
    }
}

impl Edges {
    /// The least scores that are Positive, Neutral and Negative; what is below is Urgent.
    ///
    /// # Errors
    /// When they do not fall, or leave (-1, 1].
    pub fn new(positive: f64, neutral: f64, negative: f64) -> Result<Self, BadEdges> {
        let falls = 1.0 >= positive && positive > neutral && neutral > negative && negative > -1.0;
        if falls { Ok(Self { positive, neutral, negative }) } else { Err(BadEdges { positive, neutral, negative }) }
    }

    /// The middle of a label, as a person means it who names no number.
    pub fn middle(&self, label: Label) -> Score {
        let (low, high) = match label {
            Label::Positive => (self.positive, 1.0),
            Label::Neutral => (self.neutral, self.positive),
            Label::Negative => (self.negative, self.neutral),
            Label::Urgent => (-1.0, self.negative),
        };
        Score::clamped(f64::midpoint(low, high))
    }

    /// The label of one score, without memory.
    pub fn label(&self, score: Score) -> Label {
        match score.0 {
            s if s >= self.positive => Label::Positive,
            s if s >= self.neutral => Label::Neutral,
            s if s >= self.negative => Label::Negative,
            _ => Label::Urgent,
        }
    }

    /// The label after `score` where `held` stood: it moves only when the score passes the edge it
    /// leaves by [`HYSTERESIS`].
    pub fn relabel(&self, held: Label, score: Score) -> Label {
        let fresh = self.label(score);
        let s = score.0;
        let left = match held {
            _ if fresh == held => return held,
            _ if fresh > held => self.lower_edge(held).is_some_and(|edge| s < edge - HYSTERESIS),
            _ => self.upper_edge(held).is_some_and(|edge| s >= edge + HYSTERESIS),
        };
        if left { fresh } else { held }
    }

    fn lower_edge(&self, label: Label) -> Option<f64> {
        match label {
            Label::Positive => Some(self.positive),
            Label::Neutral => Some(self.neutral),
            Label::Negative => Some(self.negative),
            Label::Urgent => None,
        }
    }

    fn upper_edge(&self, label: Label) -> Option<f64> {
        match label {
            Label::Positive => None,
            Label::Neutral => Some(self.positive),
            Label::Negative => Some(self.neutral),
            Label::Urgent => Some(self.negative),
        }
    }
}

/// The scores of a ticket's customer messages, folded: averages would hide the turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToneTrack {
    /// The score of the first judged message.
    pub first: Score,
    /// The worst so far.
    pub lowest: Score,
    /// The best so far.
    pub highest: Score,
    /// Whether a message was ever negative or urgent.
    #[serde(default)]
    pub soured: bool,
    /// Up to three latest scores, oldest first; never empty.
    recent: Vec<Score>,
    /// The ticket's label, with hysteresis.
    pub label: Label,
}

impl ToneTrack {
    /// Folds `scores`, oldest first; `None` when there are none.
    pub fn fold(scores: impl IntoIterator<Item = Score>, edges: &Edges) -> Option<Self> {
        let mut scores = scores.into_iter();
        let first = scores.next()?;
        let label = edges.label(first);
        let soured = label >= Label::Negative;
        let mut track = Self { first, lowest: first, highest: first, soured, recent: vec![first], label };
        for score in scores {
            track.push(score, edges);
        }
        Some(track)
    }

    fn push(&mut self, score: Score, edges: &Edges) {
        if score < self.lowest {
            self.lowest = score;
        }
        if score > self.highest {
            self.highest = score;
        }
        self.soured |= edges.label(score) >= Label::Negative;
        if self.recent.len() == 3 {
            self.recent.remove(0);
        }
        self.recent.push(score);
        self.label = edges.relabel(self.label, score);
    }

    /// The score of the latest judged message.
    pub fn latest(&self) -> Score {
        self.recent.last().copied().unwrap_or(self.first)
    }

    /// How far the score fell from the best of the last three messages to the latest; 0 or more.
    pub fn drop(&self) -> f64 {
        let best = self.recent.iter().map(|s| s.0).fold(f64::MIN, f64::max);
        (best - self.latest().0).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn score(value: f64) -> Score {
        Score::new(value).expect("in range")
    }

    #[test]
    fn edges_are_half_open() {
        let edges = Edges::default();
        let cases = [
            (1.0, Label::Positive),
            (0.5, Label::Positive),
            (0.499_999, Label::Neutral),
            (-0.2, Label::Neutral),
            (-0.200_001, Label::Negative),
            (-0.7, Label::Negative),
            (-0.700_001, Label::Urgent),
            (-1.0, Label::Urgent),
        ];
        for (value, label) in cases {
            assert_eq!(edges.label(score(value)), label, "{value}");
        }
    }

    #[test]
    fn frustration_steps_where_the_table_says() {
        let cases =
            [(0.5, 1), (0.49, 2), (-0.2, 2), (-0.21, 3), (-0.45, 3), (-0.46, 4), (-0.7, 4), (-0.71, 5), (-1.0, 5)];
        for (value, level) in cases {
            assert_eq!(score(value).frustration().get(), level, "{value}");
        }
    }

    #[test]
    fn a_label_moves_only_past_the_edge_by_the_hysteresis() {
        let edges = Edges::default();
        assert_eq!(edges.relabel(Label::Neutral, score(-0.24)), Label::Neutral);
        assert_eq!(edges.relabel(Label::Neutral, score(-0.26)), Label::Negative);
        assert_eq!(edges.relabel(Label::Negative, score(-0.16)), Label::Negative);
        assert_eq!(edges.relabel(Label::Negative, score(-0.14)), Label::Neutral);
        assert_eq!(edges.relabel(Label::Positive, score(-0.9)), Label::Urgent);
        assert_eq!(edges.relabel(Label::Urgent, score(0.9)), Label::Positive);
    }

    #[test]
    fn scores_are_checked_and_shown_with_their_sign() {
        assert!(Score::new(f64::NAN).is_err() && Score::new(1.01).is_err());
        assert_eq!(score(-0.004).to_string(), "+0.00");
        assert_eq!(score(-0.456).to_string(), "-0.46");
        assert!(serde_json::from_str::<Score>("-1.5").is_err());
        assert!(serde_json::from_str::<Level>("0").is_err());
    }

    #[test]
    fn edges_must_fall() {
        assert!(Edges::new(0.2, 0.2, -0.7).is_err());
        assert!(serde_json::from_str::<Edges>(r#"{"positive":0.1,"neutral":0.4,"negative":-0.7}"#).is_err());
    }

    #[test]
    fn a_track_remembers_the_turn() {
        let track = ToneTrack::fold([0.6, 0.1, -0.1, -0.8].map(score), &Edges::default()).expect("scores");
        assert_eq!(
            (track.first, track.lowest, track.highest, track.latest()),
            (score(0.6), score(-0.8), score(0.6), score(-0.8))
        );
        assert!((track.drop() - 0.9).abs() < 1e-9);
        assert_eq!(track.label, Label::Urgent);
    }

    proptest! {
        #[test]
        fn worse_scores_never_mean_better_words(a in -1.0..=1.0, b in -1.0..=1.0) {
            let (low, high) = if a < b { (a, b) } else { (b, a) };
            let edges = Edges::default();
            prop_assert!(edges.label(score(low)) >= edges.label(score(high)));
            prop_assert!(score(low).frustration() >= score(high).frustration());
        }

        #[test]
        fn frustration_and_label_agree_on_the_default_edges(value in -1.0..=1.0) {
            let frustration = score(value).frustration().get();
            let label = Edges::default().label(score(value));
            prop_assert_eq!(match label {
                Label::Positive => frustration == 1,
                Label::Neutral => frustration == 2,
                Label::Negative => frustration == 3 || frustration == 4,
                Label::Urgent => frustration == 5,
            }, true);
        }

        #[test]
        fn scores_within_the_hysteresis_of_an_edge_never_flap(values in prop::collection::vec(-0.249..-0.151, 1..20)) {
            let track = ToneTrack::fold(values.iter().map(|v| score(*v)), &Edges::default()).expect("scores");
            prop_assert_eq!(track.label, Edges::default().label(score(values[0])));
        }
    }
}
