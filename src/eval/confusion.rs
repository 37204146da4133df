//! Confusion of labels, and the figures that follow from it.

use serde::Serialize;

use crate::domain::Label;

/// The figures of a judge over a set of classes. Shares are in [0, 1]; `None` where there was
/// nothing to divide by.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// The share of messages that got their own label.
    pub accuracy: Option<f64>,
    /// The mean F1 of the classes that occur, in the labels or in the answers.
    pub macro_f1: Option<f64>,
    /// Each class by itself, best to worst tone.
    pub classes: Vec<ClassFigures>,
    /// A row for each class as labelled, a column for each as judged, both in the order of `classes`.
    pub confusion: Vec<Vec<usize>>,
}

/// The figures of one class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassFigures {
    /// Which.
    pub class: Label,
    /// Messages labelled so.
    pub messages: usize,
    /// Of the messages judged so, the share that is labelled so.
    pub precision: Option<f64>,
    /// Of the messages labelled so, the share that is judged so.
    pub recall: Option<f64>,
    /// The harmonic mean of both; `None` where the class does not occur at all.
    pub f1: Option<f64>,
}

impl Figures {
    /// Over the four labels. Each pair is a label and what was judged.
    pub fn of_four(pairs: &[(Label, Label)]) -> Self {
        Self::of(&Label::ALL, pairs.iter().copied())
    }

    /// Over three classes: the worst tone counts as negative.
    pub fn of_three(pairs: &[(Label, Label)]) -> Self {
        let classes = [Label::Positive, Label::Neutral, Label::Negative];
        Self::of(&classes, pairs.iter().map(|(truth, judged)| (coarse(*truth), coarse(*judged))))
    }

    fn of(classes: &[Label], pairs: impl Iterator<Item = (Label, Label)>) -> Self {
        let mut confusion = vec![vec![0; classes.len()]; classes.len()];
        let place = |label: Label| classes.iter().position(|class| *class == label);
        for (truth, judged) in pairs {
            if let (Some(row), Some(column)) = (place(truth), place(judged)) {
                confusion[row][column] += 1;
            }
        }
        let total = confusion.iter().flatten().sum();
        let right = (0..classes.len()).map(|at| confusion[at][at]).sum();
        let classes: Vec<ClassFigures> =
            classes.iter().enumerate().map(|(at, class)| ClassFigures::of(*class, at, &confusion)).collect();
        let occurring: Vec<f64> = classes.iter().filter_map(|class| class.f1).collect();
        let macro_f1 = (!occurring.is_empty()).then(|| occurring.iter().sum::<f64>() / occurring.len() as f64);
        Self { accuracy: share(right, total), macro_f1, classes, confusion }
    }
}

impl ClassFigures {
    fn of(class: Label, at: usize, confusion: &[Vec<usize>]) -> Self {
        let hits = confusion[at][at];
        let labelled: usize = confusion[at].iter().sum();
        let judged: usize = confusion.iter().map(|row| row[at]).sum();
        Self {
            class,
            messages: labelled,
            precision: share(hits, judged),
            recall: share(hits, labelled),
            f1: share(2 * hits, labelled + judged),
        }
    }
}

fn coarse(label: Label) -> Label {
    if label == Label::Urgent { Label::Negative } else { label }
}

/// `part` of `whole`; `None` of nothing.
pub(super) fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use Label::{Negative, Neutral, Positive, Urgent};

    use super::*;

    const PAIRS: [(Label, Label); 8] = [
        (Positive, Positive),
        (Positive, Neutral),
        (Neutral, Neutral),
        (Neutral, Neutral),
        (Neutral, Negative),
        (Negative, Negative),
        (Urgent, Negative),
        (Urgent, Neutral),
    ];

    #[test]
    fn four_classes_count_each_confusion() {
        let figures = Figures::of_four(&PAIRS);
        assert_eq!(figures.confusion, [[1, 1, 0, 0], [0, 2, 1, 0], [0, 0, 1, 0], [0, 1, 1, 0]]);
        assert_eq!(figures.accuracy, Some(0.5));
        let neutral = &figures.classes[1];
        assert_eq!((neutral.messages, neutral.precision, neutral.recall), (3, Some(0.5), Some(2.0 / 3.0)));
        assert_eq!(neutral.f1, Some(4.0 / 7.0));
        let urgent = &figures.classes[3];
        assert_eq!((urgent.precision, urgent.recall, urgent.f1), (None, Some(0.0), Some(0.0)));
        let mean = (2.0 / 3.0 + 4.0 / 7.0 + 0.5 + 0.0) / 4.0;
        assert!((figures.macro_f1.expect("a mean") - mean).abs() < 1e-12);
    }

    #[test]
    fn three_classes_count_the_worst_tone_as_negative() {
        let figures = Figures::of_three(&PAIRS);
        assert_eq!(figures.confusion, [[1, 1, 0], [0, 2, 1], [0, 1, 2]]);
        assert_eq!(figures.classes[2].recall, Some(2.0 / 3.0));
    }

    #[test]
    fn classes_that_do_not_occur_do_not_count() {
        let figures = Figures::of_four(&[(Neutral, Neutral), (Positive, Positive)]);
        assert_eq!(figures.macro_f1, Some(1.0));
        let none = Figures::of_three(&[]);
        assert_eq!((none.accuracy, none.macro_f1), (None, None));
    }
}
