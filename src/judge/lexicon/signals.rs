//! The phrases of the tone table that a text holds, each weighed by the words around it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::passage::{Passage, Sentence, Word};
use super::phrases::{Classes, Found, PhraseBook};

/// The table, as it is written.
pub(super) const TABLE: &str = include_str!("tables/tone.toml");

/// The table of everyday feeling words, as it is written: more groups.
pub(super) const FEELINGS: &str = include_str!("tables/feelings.toml");

static BOOK: LazyLock<Book> =
    LazyLock::new(|| Book::parse(TABLE, FEELINGS).expect("a test parses the embedded tables"));

/// How many words back a "not" reaches.
const NEGATION_REACH: usize = 3;

/// How many words back "very" and "a bit" reach.
const DEGREE_REACH: usize = 2;

/// A phrase that was found.
#[derive(Clone, Debug)]
pub(super) struct Signal {
    pub(super) kind: Kind,
    /// What it shows, with "the customer" before it.
    pub(super) seen: &'static str,
    /// Below 0 is displeasure.
    pub(super) weight: f64,
    /// Where it stands.
    pub(super) found: Found,
}

/// What the rules need to know of a group of phrases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// Nothing but its weight.
    #[default]
    Mood,
    Thanks,
    Praise,
    /// The fault is gone.
    Solved,
    /// What a desk says of its own work; hollow in quotation marks.
    Claim,
    Sarcasm,
    /// "Hello?": counts only where it is a whole question.
    Outcry,
    /// The matter, not the mood.
    Trouble,
    /// Makes what is said milder.
    Softener,
    /// Protects its words from shorter phrases.
    Harmless,
}

#[derive(Debug)]
struct Book {
    near: Near,
    capitals: Capitals,
    groups: Vec<Group>,
    phrases: PhraseBook,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    classes: Classes,
    near: Near,
    capitals: Capitals,
    group: Vec<Group>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MoreGroups {
    group: Vec<Group>,
}

/// Words that change what stands near them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Near {
    negations: BTreeSet<String>,
    /// Where a negation ends.
    stops: BTreeSet<String>,
    stronger: BTreeSet<String>,
    weaker: BTreeSet<String>,
    /// What follows them counts more than what went before.
    turns: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Capitals {
    /// Written in capitals by everybody.
    names: BTreeSet<String>,
    /// Short words that are no abbreviations.
    shouted: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    seen: String,
    /// What a "not" makes of it; without it a negation takes the weight away.
    negated: Option<String>,
    weight: f64,
    #[serde(default)]
    kind: Kind,
    /// Neither a question nor a "not" before it weakens it.
    #[serde(default)]
    firm: bool,
    phrases: Vec<String>,
}

impl Book {
    fn parse(table: &str, feelings: &str) -> Result<Self, String> {
        let Table { classes, near, capitals, group: mut groups } = toml::from_str(table).map_err(|e| e.to_string())?;
        let feelings: MoreGroups = toml::from_str(feelings).map_err(|e| e.to_string())?;
        groups.extend(feelings.group);
        let mut phrases = PhraseBook::default();
        for (index, group) in groups.iter().enumerate() {
            for phrase in &group.phrases {
                phrases.add(index, phrase, &classes)?;
            }
        }
        Ok(Self { near, capitals, groups, phrases })
    }
}

/// All signals of `passage`, in order.
pub(super) fn signals(passage: &Passage<'_>) -> Vec<Signal> {
    let mut said = 0;
    let signal = |found: Found| {
        let sentence = &passage.sentences[found.sentence];
        let group = &BOOK.groups[found.group];
        // "Still isn't resolved": what is solved is denied by a "not" of another phrase too.
        let begin = if group.kind == Kind::Solved { sentence.words.start } else { sentence.words.start.max(said) };
        let before = &passage.words[begin..found.words.start];
        if group.kind != Kind::Trouble {
            said = found.words.end;
        }
        weighed(group, before, sentence, found)
    };
    BOOK.phrases.find(passage).into_iter().map(signal).collect()
}

/// The signal of `group` where the words `before` it, back to the last phrase, stand in `sentence`.
fn weighed(group: &'static Group, before: &[Word], sentence: &Sentence, found: Found) -> Signal {
    let mut signal = Signal { kind: group.kind, seen: &group.seen, weight: group.weight, found };
    signal.weight *= degree(before);
    if group.kind == Kind::Outcry && !(sentence.asks && sentence.words == signal.found.words) {
        signal.weight = 0.0;
    }
    if group.firm {
        return signal;
    }
    if negated(before) {
        signal.kind = Kind::Mood;
        match &group.negated {
            Some(negated) => (signal.seen, signal.weight) = (negated, -0.6 * signal.weight),
            None if signal.weight > 0.0 => (signal.seen, signal.weight) = ("is not content", -0.6 * signal.weight),
            None => signal.weight = 0.0,
        }
    }
    // Only thanks are meant as they stand in a question.
    if sentence.asks && (signal.weight < 0.0 || matches!(signal.kind, Kind::Praise | Kind::Solved)) {
        signal.weight *= 0.6;
    }
    signal
}

fn degree(before: &[Word]) -> f64 {
    let near = || before.iter().rev().take(DEGREE_REACH).take_while(|word| !word.pause);
    if near().any(|word| BOOK.near.weaker.contains(&word.norm)) {
        0.7
    } else if near().any(|word| BOOK.near.stronger.contains(&word.norm)) {
        1.25
    } else {
        1.0
    }
}

fn negated(before: &[Word]) -> bool {
    before
        .iter()
        .rev()
        .take(NEGATION_REACH)
        .take_while(|word| !word.pause && !BOOK.near.stops.contains(&word.norm))
        .any(|word| BOOK.near.negations.contains(&word.norm))
}

/// Whether `word` turns against what was said before it.
pub(super) fn turns(word: &Word) -> bool {
    BOOK.near.turns.contains(&word.norm)
}

/// Whether the word at `index` is shouted: capitals that are no name, abbreviation or part of a path.
pub(super) fn shouted(passage: &Passage<'_>, index: usize) -> bool {
    let word = &passage.words[index];
    let lower = word.norm.as_str();
    let letters = word.norm.chars().all(char::is_alphabetic);
    let long = lower.chars().count() >= 4 && !BOOK.capitals.names.contains(lower);
    let before = passage.text[..word.span.start].chars().next_back();
    let after = passage.text[word.span.end..].chars().next();
    let part = [before, after].into_iter().flatten().any(|c| matches!(c, '_' | '-' | '/' | '\\' | '.' | '@' | '='));
    let ends = after == Some('.');
    word.capitals && letters && (long || BOOK.capitals.shouted.contains(lower)) && (!part || ends)
}

/// The phrases that no text can match, because a word of theirs is no word.
#[cfg(test)]
pub(super) fn dead_phrases() -> Vec<String> {
    BOOK.phrases.dead()
}
