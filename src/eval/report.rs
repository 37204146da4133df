//! All figures of one judge over one labelled file.

use std::collections::BTreeMap;

use serde::Serialize;

use super::confusion::{Figures, share};
use super::labelled::Row;
use super::threshold::Threshold;
use super::{Agreement, Disagreement};
use crate::domain::{Abstention, Edges, Label, Pending, Score};
use crate::judge::cost::Tokens;

/// What a judge made of one message, and what that used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// What it made of it.
    pub verdict: Verdict,
    /// What it used.
    pub used: Used,
}

/// The three ends of asking a judge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// It was read.
    Read(Score),
    /// It cannot be judged.
    Abstained(Abstention),
    /// It could not be judged now.
    Pending(Pending),
}

/// What asking used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Used {
    /// Requests sent.
    pub calls: u32,
    /// Of those, the ones whose cost is unknown: `micros` lacks them.
    pub unpriced: u32,
    /// Tokens of all calls.
    pub tokens: Tokens,
    /// Millionths of a US dollar.
    pub micros: u64,
}

impl Used {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            unpriced: self.unpriced + other.unpriced,
            tokens: self.tokens.plus(other.tokens),
            micros: self.micros.saturating_add(other.micros),
        }
    }
}

/// All figures of one judge. Labels and scores are compared on the messages it read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Messages it was given.
    pub messages: usize,
    /// Of those, read.
    pub read: usize,
    /// Abstained, by the reason.
    pub abstained: BTreeMap<String, usize>,
    /// The share of messages it abstained from, in [0, 1]; `None` of nothing.
    pub abstained_share: Option<f64>,
    /// Not judged for a reason that may pass, by the reason.
    pub pending: BTreeMap<String, usize>,
    /// Positive, neutral, and negative with urgent.
    pub three: Figures,
    /// All four labels.
    pub four: Figures,
    /// Each step of frustration as an alarm.
    pub thresholds: Vec<Threshold>,
    /// By the language the file tells, in their order; messages without one under "unknown".
    pub languages: BTreeMap<String, LanguageFigures>,
    /// What it used in all.
    pub used: Used,
}

/// The figures of one language.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LanguageFigures {
    /// Messages in it.
    pub messages: usize,
    /// Of those, read.
    pub read: usize,
    /// Over three classes.
    pub accuracy: Option<f64>,
    /// Over three classes.
    pub macro_f1: Option<f64>,
}

impl Report {
    /// The figures of `answers`, which belong to `rows` one by one; `None` where it was not asked.
    /// Labels begin where `edges` says.
    pub fn of(rows: &[Row], answers: &[Option<Answer>], edges: &Edges) -> Self {
        let asked: Vec<(&Row, &Answer)> =
            rows.iter().zip(answers).filter_map(|(row, answer)| Some((row, answer.as_ref()?))).collect();
        let pairs = pairs(&asked, edges);
        let scores: Vec<(Label, Score)> =
            asked.iter().filter_map(|(row, answer)| Some((row.truth, answer.score()?))).collect();
        let (mut abstained, mut pending) = (BTreeMap::new(), BTreeMap::new());
        for (_, answer) in &asked {
            match answer.verdict {
                Verdict::Read(_) => {}
                Verdict::Abstained(why) => *abstained.entry(why.to_string()).or_default() += 1,
                Verdict::Pending(why) => *pending.entry(why.to_string()).or_default() += 1,
            }
        }
        Self {
            messages: asked.len(),
            read: pairs.len(),
            abstained_share: share(abstained.values().sum(), asked.len()),
            abstained,
            pending,
            three: Figures::of_three(&pairs),
            four: Figures::of_four(&pairs),
            thresholds: Threshold::all(&scores),
            languages: languages(&asked, edges),
            used: asked.iter().fold(Used::default(), |used, (_, answer)| used.plus(answer.used)),
        }
    }

    /// How far two judges agree; each with where its labels begin.
    pub fn agreement(
        rows: &[Row],
        (answers, edges): (&[Option<Answer>], &Edges),
        (others, other_edges): (&[Option<Answer>], &Edges),
    ) -> Agreement {
        let label = |answer: &Option<Answer>, edges: &Edges| answer.as_ref()?.score().map(|score| edges.label(score));
        let both = rows.iter().zip(answers.iter().zip(others)).filter_map(|(row, (answer, other))| {
            let (judged, against) = (label(answer, edges)?, label(other, other_edges)?);
            Some(Disagreement { id: row.id.clone(), truth: row.truth, judged, against })
        });
        Agreement::of(both.collect())
    }
}

impl Answer {
    fn score(&self) -> Option<Score> {
        match self.verdict {
            Verdict::Read(score) => Some(score),
            Verdict::Abstained(_) | Verdict::Pending(_) => None,
        }
    }
}

/// The label of each message that was read, and what was judged.
fn pairs(asked: &[(&Row, &Answer)], edges: &Edges) -> Vec<(Label, Label)> {
    asked.iter().filter_map(|(row, answer)| Some((row.truth, edges.label(answer.score()?)))).collect()
}

fn languages(asked: &[(&Row, &Answer)], edges: &Edges) -> BTreeMap<String, LanguageFigures> {
    let mut by_language: BTreeMap<&str, Vec<(&Row, &Answer)>> = BTreeMap::new();
    for (row, answer) in asked {
        by_language.entry(row.language.as_deref().unwrap_or("unknown")).or_default().push((row, answer));
    }
    let figures = |asked: Vec<(&Row, &Answer)>| {
        let pairs = pairs(&asked, edges);
        let Figures { accuracy, macro_f1, .. } = Figures::of_three(&pairs);
        LanguageFigures { messages: asked.len(), read: pairs.len(), accuracy, macro_f1 }
    };
    by_language.into_iter().map(|(language, asked)| (language.to_owned(), figures(asked))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, truth: Label, language: Option<&str>) -> Row {
        Row { id: id.into(), truth, language: language.map(str::to_owned), ..Row::default() }
    }

    fn answer(verdict: Verdict, micros: u64) -> Option<Answer> {
        Some(Answer { verdict, used: Used { calls: 1, micros, ..Used::default() } })
    }

    fn read(value: f64) -> Verdict {
        Verdict::Read(Score::new(value).expect("in range"))
    }

    #[test]
    fn what_was_not_read_is_counted_by_its_reason_and_what_was_not_asked_is_left_out() {
        let rows = [
            row("a", Label::Positive, Some("en")),
            row("b", Label::Urgent, Some("en")),
            row("c", Label::Neutral, Some("de")),
            row("d", Label::Neutral, None),
            row("e", Label::Neutral, Some("en")),
        ];
        let answers = [
            answer(read(0.7), 10),
            answer(read(-0.5), 20),
            answer(Verdict::Abstained(Abstention::LanguageNotTrusted), 0),
            answer(Verdict::Pending(Pending::Outage), 0),
            None,
        ];
        let report = Report::of(&rows, &answers, &Edges::default());
        assert_eq!((report.messages, report.read, report.used.calls, report.used.micros), (4, 2, 4, 30));
        assert_eq!(report.abstained_share, Some(0.25));
        assert_eq!(report.abstained.len() + report.pending.len(), 2);
        assert_eq!((report.three.accuracy, report.four.accuracy), (Some(1.0), Some(0.5)));
        let english = &report.languages["en"];
        assert_eq!((english.messages, english.read, english.accuracy), (2, 2, Some(1.0)));
        assert_eq!((report.languages["unknown"].read, report.languages["de"].macro_f1), (0, None));
    }

    #[test]
    fn judges_are_compared_where_both_read() {
        let rows = [row("a", Label::Positive, None), row("b", Label::Urgent, None), row("c", Label::Neutral, None)];
        let one = [answer(read(0.7), 0), answer(read(-0.8), 0), answer(read(0.0), 0)];
        let other = [answer(read(0.6), 0), answer(read(0.0), 0), None];
        let edges = Edges::default();
        let agreement = Report::agreement(&rows, (&one, &edges), (&other, &edges));
        assert_eq!((agreement.both_read, agreement.same), (2, 1));
        assert_eq!(agreement.disagreements[0].id, "b");
    }
}
