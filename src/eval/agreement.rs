//! How far two judges agree on the messages that both read.

use serde::Serialize;

use crate::domain::Label;

/// Agreement over the four labels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// Messages that both read.
    pub both_read: usize,
    /// Of those, the ones with the same label.
    pub same: usize,
    /// Cohen's kappa: 1 is full agreement, 0 what chance would bring, below that less. `None` where
    /// chance alone would always agree.
    pub kappa: Option<f64>,
    /// Where they differ, in the order of the file.
    pub disagreements: Vec<Disagreement>,
}

/// A message that two judges hear differently.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Disagreement {
    /// The message's id.
    pub id: String,
    /// How it is labelled.
    pub truth: Label,
    /// What the one judge says.
    pub judged: Label,
    /// What the other says.
    pub against: Label,
}

impl Agreement {
    /// Of messages that both read.
    pub fn of(both: Vec<Disagreement>) -> Self {
        let count = both.len() as f64;
        let same = both.iter().filter(|pair| pair.judged == pair.against).count();
        let share = |by: fn(&Disagreement) -> Label, label: Label| {
            both.iter().filter(|pair| by(pair) == label).count() as f64 / count
        };
        let chance: f64 =
            Label::ALL.iter().map(|label| share(|pair| pair.judged, *label) * share(|pair| pair.against, *label)).sum();
        let kappa = (!both.is_empty() && chance < 1.0).then(|| (same as f64 / count - chance) / (1.0 - chance));
        let both_read = both.len();
        let disagreements = both.into_iter().filter(|pair| pair.judged != pair.against).collect();
        Self { both_read, same, kappa, disagreements }
    }
}

#[cfg(test)]
mod tests {
    use Label::{Negative, Neutral};

    use super::*;

    fn pair(id: &str, judged: Label, against: Label) -> Disagreement {
        Disagreement { id: id.into(), truth: Neutral, judged, against }
    }

    #[test]
    fn kappa_takes_chance_away() {
        // 20 and 15 agreed of 50, with margins of 25/25 and 30/20: 0.7 observed, 0.5 by chance.
        let mut both = vec![pair("a", Neutral, Neutral); 20];
        both.extend(vec![pair("b", Neutral, Negative); 5]);
        both.extend(vec![pair("c", Negative, Neutral); 10]);
        both.extend(vec![pair("d", Negative, Negative); 15]);
        let agreement = Agreement::of(both);
        assert_eq!((agreement.both_read, agreement.same, agreement.disagreements.len()), (50, 35, 15));
        assert!((agreement.kappa.expect("a kappa") - 0.4).abs() < 1e-12);
    }

    #[test]
    fn no_kappa_of_nothing_or_of_one_label() {
        assert_eq!(Agreement::of(Vec::new()).kappa, None);
        assert_eq!(Agreement::of(vec![pair("a", Neutral, Neutral)]).kappa, None);
    }
}
