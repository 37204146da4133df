//! How pressing a matter is and how much it affects, by what the text says. The tone has no say.

use std::sync::LazyLock;

use serde::Deserialize;

use super::category::category;
use super::excerpt::excerpt;
use super::passage::Passage;
use super::phrases::{Classes, Found, PhraseBook};
use crate::domain::{FieldValue, Judged, Level, Plain, Triage};

/// The table, as it is written.
pub(super) const TABLE: &str = include_str!("tables/triage.toml");

static SCALES: LazyLock<Scales> = LazyLock::new(|| Scales::parse(TABLE).expect("a test parses the embedded table"));

/// The level of a matter of which nothing is said.
const USUAL: u8 = 2;

#[derive(Debug)]
struct Scales {
    urgency: Scale,
    impact: Scale,
}

#[derive(Debug)]
struct Scale {
    steps: Vec<Step>,
    /// One book a step: the phrases of one never hide those of another.
    books: Vec<PhraseBook>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    classes: Classes,
    urgency: Vec<Step>,
    impact: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    level: Level,
    /// Caps the levels below 5.
    #[serde(default)]
    calm: bool,
    /// What is seen, with "the message" before it.
    seen: String,
    phrases: Vec<String>,
}

impl Scales {
    fn parse(table: &str) -> Result<Self, String> {
        let Table { classes, urgency, impact } = toml::from_str(table).map_err(|e| e.to_string())?;
        Ok(Self { urgency: Scale::new(urgency, &classes)?, impact: Scale::new(impact, &classes)? })
    }
}

impl Scale {
    fn new(steps: Vec<Step>, classes: &Classes) -> Result<Self, String> {
        let books = steps.iter().map(|step| PhraseBook::of(&step.phrases, classes)).collect::<Result<_, _>>()?;
        Ok(Self { steps, books })
    }

    /// The level that `passage` speaks of, or the usual one.
    fn judge(&self, passage: &Passage<'_>, nothing_said: &str) -> Judged<Level> {
        let said: Vec<(&Step, Found)> = self
            .steps
            .iter()
            .zip(&self.books)
            .filter_map(|(step, book)| Some((step, book.find(passage).into_iter().next()?)))
            .collect();
        let worst = said.iter().filter(|(step, _)| !step.calm).max_by_key(|(step, _)| step.level);
        let calm = said.iter().filter(|(step, _)| step.calm).min_by_key(|(step, _)| step.level);
        let chosen = match (worst, calm) {
            (Some((step, _)), Some(_)) if step.level < Level::MAX => calm,
            _ => worst.or(calm),
        };
        match chosen {
            Some((step, found)) => Judged {
                value: step.level,
                reason: Plain::new(&format!("The message {}.", step.seen)),
                quote: excerpt(passage, found),
            },
            None => Judged { value: Level::clamped(USUAL), reason: Plain::new(nothing_said), quote: None },
        }
    }
}

/// Judges urgency and impact of `text`, and picks one of `categories`.
pub fn triage(text: &str, categories: &[FieldValue]) -> Triage {
    let passage = Passage::new(text);
    Triage {
        urgency: SCALES.urgency.judge(&passage, "Nothing is said about how soon it hurts."),
        impact: SCALES.impact.judge(&passage, "Nothing is said about how many it affects."),
        category: category(&passage, categories),
    }
}

/// The phrases that no text can match, because a word of theirs is no word.
#[cfg(test)]
pub(super) fn dead_phrases() -> Vec<String> {
    [&SCALES.urgency, &SCALES.impact].iter().flat_map(|scale| &scale.books).flat_map(PhraseBook::dead).collect()
}
