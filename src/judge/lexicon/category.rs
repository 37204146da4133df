//! Which of the offered categories a text is about, by topic words and the words of the labels.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::excerpt::excerpt;
use super::passage::{Passage, Sentence};
use super::phrases::{Classes, Found, PhraseBook};
use crate::domain::{FieldValue, Judged, Plain};

/// The table, as it is written.
pub(super) const TABLE: &str = include_str!("tables/topics.toml");

static BOOK: LazyLock<Book> = LazyLock::new(|| Book::parse(TABLE).expect("a test parses the embedded table"));

/// What a word in favour of the last part of a category's name counts.
const LEAF: f64 = 1.0;

/// What one in favour of an upper part counts.
const PARENT: f64 = 0.4;

/// Words of one topic counted at most.
const MOST_WORDS: usize = 3;

/// Words of names that say nothing.
const IDLE_WORDS: [&str; 9] = ["and", "or", "of", "the", "other", "general", "misc", "line", "new"];

#[derive(Debug)]
struct Book {
    topics: Vec<Topic>,
    /// One book a topic: the phrases of one never hide those of another.
    books: Vec<PhraseBook>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    classes: Classes,
    topic: Vec<Topic>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Topic {
    /// Words of the categories it speaks for.
    labels: BTreeSet<String>,
    phrases: Vec<String>,
}

/// What was found in favour of a category: each word once, where it stands first.
type Hits = BTreeMap<String, Found>;

impl Book {
    fn parse(table: &str) -> Result<Self, String> {
        let Table { classes, topic: topics } = toml::from_str(table).map_err(|e| e.to_string())?;
        let books = topics.iter().map(|topic| PhraseBook::of(&topic.phrases, &classes)).collect::<Result<_, _>>()?;
        Ok(Self { topics, books })
    }
}

/// The best of `categories` for `passage`, the first of equals; `None` when none fits.
pub(super) fn category(passage: &Passage<'_>, categories: &[FieldValue]) -> Option<Judged<FieldValue>> {
    let topics: Vec<Hits> = BOOK.books.iter().map(|book| hits(passage, book)).collect();
    let words = own_words(passage);
    let mut best: Option<Fit<'_>> = None;
    for category in categories {
        let fit = Fit::of(category, &topics, &words);
        if fit.score > best.as_ref().map_or(0.0, |best| best.score) {
            best = Some(fit);
        }
    }
    best.map(|fit| fit.judged(passage))
}

fn hits(passage: &Passage<'_>, book: &PhraseBook) -> Hits {
    let mut hits = Hits::new();
    for found in book.find(passage) {
        hits.entry(passage.piece(found.words.clone()).to_lowercase()).or_insert(found);
    }
    hits
}

/// The words of `passage` themselves, without the plural's "s".
fn own_words(passage: &Passage<'_>) -> Hits {
    let mut hits = Hits::new();
    for (sentence, Sentence { words, .. }) in passage.sentences.iter().enumerate() {
        for at in words.clone() {
            let found = Found { group: 0, sentence, words: at..at + 1 };
            hits.entry(singular(&passage.words[at].norm).to_owned()).or_insert(found);
        }
    }
    hits
}

fn singular(word: &str) -> &str {
    if word.len() > 3 { word.strip_suffix('s').unwrap_or(word) } else { word }
}

/// How well a text fits one category.
struct Fit<'a> {
    category: &'a FieldValue,
    score: f64,
    /// The words in favour, the weightiest first.
    words: Vec<(&'a str, &'a Found)>,
}

impl<'a> Fit<'a> {
    fn of(category: &'a FieldValue, topics: &'a [Hits], own: &'a Hits) -> Self {
        let (parents, leaf) = parts(category.label.as_str());
        let mut fit = Self { category, score: 0.0, words: Vec::new() };
        for (names, weight) in [(leaf, LEAF), (parents, PARENT)] {
            for (topic, hits) in BOOK.topics.iter().zip(topics) {
                if names.iter().any(|name| topic.labels.contains(name)) {
                    fit.add(hits.iter(), weight);
                }
            }
            fit.add(names.iter().filter_map(|name| own.get_key_value(singular(name))), weight);
        }
        fit
    }

    fn add(&mut self, hits: impl Iterator<Item = (&'a String, &'a Found)>, weight: f64) {
        for (word, found) in hits.take(MOST_WORDS) {
            if !self.words.iter().any(|(_, known)| known.words == found.words) {
                self.score += weight;
                self.words.push((word, found));
            }
        }
    }

    fn judged(self, passage: &Passage<'_>) -> Judged<FieldValue> {
        let names: Vec<String> = self.words.iter().take(2).map(|(word, _)| format!("\"{word}\"")).collect();
        let (verb, names) = (if names.len() == 1 { "points" } else { "point" }, names.join(" and "));
        Judged {
            value: self.category.clone(),
            reason: Plain::new(&format!("{names} {verb} to {}.", self.category.label)),
            quote: self.words.first().and_then(|(_, found)| excerpt(passage, found)),
        }
    }
}

/// The words of a category's upper parts, and those of its last part.
fn parts(label: &str) -> (Vec<String>, Vec<String>) {
    let (parents, leaf) = label.rsplit_once(['>', '/', '\\', '|', ':']).unwrap_or(("", label));
    let words = |part: &str| {
        let words = Passage::new(part).words.into_iter().map(|word| word.norm);
        words.filter(|word| word.len() >= 2 && !IDLE_WORDS.contains(&word.as_str())).collect()
    };
    (words(parents), words(leaf))
}

/// The phrases that no text can match, because a word of theirs is no word.
#[cfg(test)]
pub(super) fn dead_phrases() -> Vec<String> {
    BOOK.books.iter().flat_map(PhraseBook::dead).collect()
}
