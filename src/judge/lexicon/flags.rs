//! What a message says beyond its tone: asks for a manager, threatens to leave, and so on.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::passage::Passage;
use super::phrases::{Classes, Found, PhraseBook};
use crate::domain::Flag;

/// The table, as it is written.
pub(super) const TABLE: &str = include_str!("tables/flags.toml");

static BOOK: LazyLock<Book> = LazyLock::new(|| Book::parse(TABLE).expect("a test parses the embedded table"));

/// How many words back a "not" reaches.
const NEGATION_REACH: usize = 3;

#[derive(Debug)]
struct Book {
    negations: BTreeSet<String>,
    /// One book a flag: the phrases of one never hide those of another.
    flags: Vec<(Flag, PhraseBook)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    classes: Classes,
    near: Near,
    flag: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Near {
    negations: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    flag: String,
    phrases: Vec<String>,
}

impl Book {
    fn parse(table: &str) -> Result<Self, String> {
        let Table { classes, near, flag: entries } = toml::from_str(table).map_err(|e| e.to_string())?;
        let mut flags = Vec::new();
        for entry in &entries {
            let flag = Flag::from_word(&entry.flag).ok_or_else(|| format!("no flag {}", entry.flag))?;
            flags.push((flag, PhraseBook::of(&entry.phrases, &classes)?));
        }
        Ok(Self { negations: near.negations, flags })
    }
}

/// The flags that `passage` raises.
pub(super) fn raised(passage: &Passage<'_>) -> BTreeSet<Flag> {
    let says = |book: &PhraseBook| book.find(passage).iter().any(|found| !denied(passage, found));
    BOOK.flags.iter().filter(|(_, book)| says(book)).map(|(flag, _)| *flag).collect()
}

/// Whether a "not" stands shortly before `found`.
fn denied(passage: &Passage<'_>, found: &Found) -> bool {
    let begin = passage.sentences[found.sentence].words.start;
    let before = &passage.words[begin.max(found.words.start.saturating_sub(NEGATION_REACH))..found.words.start];
    before.iter().rev().take_while(|word| !word.pause).any(|word| BOOK.negations.contains(&word.norm))
}

/// The phrases that no text can match, because a word of theirs is no word.
#[cfg(test)]
pub(super) fn dead_phrases() -> Vec<String> {
    BOOK.flags.iter().flat_map(|(_, book)| book.dead()).collect()
}
