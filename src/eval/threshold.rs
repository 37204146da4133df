//! Where to set a threshold: what an alarm at each step of frustration would catch.

use serde::Serialize;

use super::confusion::share;
use crate::domain::{Label, Level, Score};

/// The steps at which an alarm makes sense: at 1 it would always ring.
const STEPS: [u8; 4] = [2, 3, 4, 5];

/// What an alarm "at or above" one step of frustration would have caught. A message is unhappy when
/// it is labelled negative or urgent. Shares are in [0, 1]; `None` where there was nothing to divide by.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Threshold {
    /// The step, 2 to 5.
    pub frustration: Level,
    /// Of the alarms, the share that is unhappy.
    pub precision: Option<f64>,
    /// Of the unhappy, the share that is caught.
    pub recall: Option<f64>,
    /// Of the messages labelled urgent, the share that is caught.
    pub recall_urgent: Option<f64>,
    /// Alarms for every hundred messages read.
    pub alarms_per_100: Option<f64>,
}

impl Threshold {
    /// Each step. Each pair is a label and the score the judge gave.
    pub(super) fn all(pairs: &[(Label, Score)]) -> Vec<Self> {
        STEPS.iter().map(|step| Self::of(Level::clamped(*step), pairs)).collect()
    }

    fn of(step: Level, pairs: &[(Label, Score)]) -> Self {
        let rings = |score: Score| score.frustration() >= step;
        let count = |wanted: fn(Label) -> bool| pairs.iter().filter(|(truth, _)| wanted(*truth)).count();
        let caught =
            |wanted: fn(Label) -> bool| pairs.iter().filter(|(truth, score)| wanted(*truth) && rings(*score)).count();
        let (unhappy, urgent) = (|label: Label| label >= Label::Negative, |label: Label| label == Label::Urgent);
        let alarms = caught(|_| true);
        Self {
            frustration: step,
            precision: share(caught(unhappy), alarms),
            recall: share(caught(unhappy), count(unhappy)),
            recall_urgent: share(caught(urgent), count(urgent)),
            alarms_per_100: share(100 * alarms, pairs.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_step_rings_less() {
        let score = |value: f64| Score::new(value).expect("in range");
        let pairs = [
            (Label::Positive, score(0.8)),
            (Label::Neutral, score(0.0)),
            (Label::Neutral, score(-0.3)),
            (Label::Negative, score(-0.5)),
            (Label::Urgent, score(-0.9)),
        ];
        let thresholds = Threshold::all(&pairs);
        let alarms: Vec<_> = thresholds.iter().map(|t| t.alarms_per_100).collect();
        assert_eq!(alarms, [Some(80.0), Some(60.0), Some(40.0), Some(20.0)]);
        assert_eq!((thresholds[1].precision, thresholds[1].recall), (Some(2.0 / 3.0), Some(1.0)));
        assert_eq!((thresholds[3].recall, thresholds[3].recall_urgent), (Some(0.5), Some(1.0)));
        assert_eq!(Threshold::all(&[])[0].precision, None);
    }
}
