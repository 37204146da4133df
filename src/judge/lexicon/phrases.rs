//! A table of phrases, found in a list of words.
//!
//! A phrase is words with blanks between. `wait*` is any word that begins so, `a|b` one of several,
//! `<unit>` a word of that class, `very?` may be missing, and `...` stands for up to three words.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::passage::{Passage, Sentence, Word, normal};

/// Words that `...` may stand for.
const WIDEST_GAP: usize = 3;

/// Named sets of words.
pub(super) type Classes = HashMap<String, BTreeSet<String>>;

/// Phrases in groups, ready to be found.
#[derive(Debug, Default)]
pub(super) struct PhraseBook {
    phrases: Vec<Phrase>,
    /// The phrases that may begin with a word.
    by_first: HashMap<String, Vec<usize>>,
    /// The phrases whose first word is only known by its beginning.
    open: Vec<usize>,
}

#[derive(Debug)]
struct Phrase {
    group: usize,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    One(Vec<Form>),
    Maybe(Vec<Form>),
    Gap,
}

#[derive(Debug)]
enum Form {
    Exact(String),
    Prefix(String),
}

/// A phrase that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The group it belongs to.
    pub(super) group: usize,
    /// The sentence it stands in.
    pub(super) sentence: usize,
    /// Which words of the passage.
    pub(super) words: Range<usize>,
}

impl PhraseBook {
    /// A book of one group.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub(super) fn of(phrases: &[String], classes: &Classes) -> Result<Self, String> {
        let mut book = Self::default();
        phrases.iter().try_for_each(|phrase| book.add(0, phrase, classes))?;
        Ok(book)
    }

    /// Adds one phrase to `group`.
    ///
    /// # Errors
    /// When it names an unknown class, begins with a gap, or every word of it may be missing.
    pub(super) fn add(&mut self, group: usize, phrase: &str, classes: &Classes) -> Result<(), String> {
        let pieces: Vec<Piece> =
            phrase.split_whitespace().map(|piece| parse(piece, classes)).collect::<Result<_, _>>()?;
        let certain = pieces.iter().position(|piece| matches!(piece, Piece::One(_)));
        let Some(openers) = certain.map(|at| &pieces[..=at]) else {
            return Err(format!("`{phrase}` must hold a word that is always there"));
        };
        let index = self.phrases.len();
        for opener in openers {
            let (Piece::One(forms) | Piece::Maybe(forms)) = opener else {
                return Err(format!("`{phrase}` must not begin with a gap"));
            };
            for form in forms {
                match form {
                    Form::Exact(word) => self.by_first.entry(word.clone()).or_default().push(index),
                    Form::Prefix(_) => self.open.push(index),
                }
            }
        }
        self.phrases.push(Phrase { group, pieces });
        Ok(())
    }

    /// Every phrase in `passage`, in order, the longest where several begin at one word; what one
    /// phrase covers no other may use. None reaches over the end of a sentence.
    pub(super) fn find(&self, passage: &Passage<'_>) -> Vec<Found> {
        let mut found = Vec::new();
        for (sentence, Sentence { words, .. }) in passage.sentences.iter().enumerate() {
            let mut at = words.start;
            while at < words.end {
                match self.longest(&passage.words[at..words.end]) {
                    Some((group, length)) => {
                        found.push(Found { group, sentence, words: at..at + length });
                        at += length;
                    }
                    None => at += 1,
                }
            }
        }
        found
    }

    /// Forms that no text can match, because a text is never cut into such words.
    #[cfg(test)]
    pub(super) fn dead(&self) -> Vec<String> {
        let forms = self.phrases.iter().flat_map(|phrase| &phrase.pieces).flat_map(|piece| match piece {
            Piece::One(forms) | Piece::Maybe(forms) => forms.as_slice(),
            Piece::Gap => &[],
        });
        let whole = |word: &str| {
            let passage = Passage::new(word);
            word == "#" || matches!(passage.words.as_slice(), [only] if only.norm == *word)
        };
        forms.map(|(Form::Exact(word) | Form::Prefix(word))| word).filter(|word| !whole(word)).cloned().collect()
    }

    /// Which phrase begins at the first of `words`, and how many words it covers.
    fn longest(&self, words: &[Word]) -> Option<(usize, usize)> {
        let first = words.first()?;
        let known = self.by_first.get(&first.norm).into_iter().flatten();
        known
            .chain(&self.open)
            .filter_map(|index| {
                let phrase = &self.phrases[*index];
                Some((phrase.group, length(&phrase.pieces, words)?))
            })
            // Of equally long ones the first in the table wins.
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
    }
}

/// How many words `pieces` cover from the first word on, at most.
fn length(pieces: &[Piece], words: &[Word]) -> Option<usize> {
    let Some((piece, rest)) = pieces.split_first() else { return Some(0) };
    let take = |forms: &[Form]| {
        let (word, after) = words.split_first()?;
        forms.iter().any(|form| form.fits(&word.norm)).then(|| length(rest, after))?.map(|n| n + 1)
    };
    match piece {
        Piece::One(forms) => take(forms),
        Piece::Maybe(forms) => take(forms).or_else(|| length(rest, words)),
        Piece::Gap => (0..=WIDEST_GAP.min(words.len())).rev().find_map(|n| Some(n + length(rest, &words[n..])?)),
    }
}

impl Form {
    fn fits(&self, word: &str) -> bool {
        match self {
            Self::Exact(exact) => word == exact,
            Self::Prefix(prefix) => word.starts_with(prefix.as_str()),
        }
    }
}

fn parse(piece: &str, classes: &Classes) -> Result<Piece, String> {
    if piece == "..." {
        return Ok(Piece::Gap);
    }
    match piece.strip_suffix('?') {
        Some(inner) => forms(inner, classes).map(Piece::Maybe),
        None => forms(piece, classes).map(Piece::One),
    }
}

fn forms(piece: &str, classes: &Classes) -> Result<Vec<Form>, String> {
    let mut forms = Vec::new();
    for form in piece.split('|') {
        if let Some(class) = form.strip_prefix('<').and_then(|name| name.strip_suffix('>')) {
            let class = classes.get(class).ok_or_else(|| format!("there is no class <{class}>"))?;
            forms.extend(class.iter().map(|word| Form::Exact(normal(word))));
        } else if let Some(prefix) = form.strip_suffix('*') {
            forms.push(Form::Prefix(normal(prefix)));
        } else {
            forms.push(Form::Exact(normal(form)));
        }
    }
    Ok(forms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(phrases: &[&str], text: &str) -> Vec<String> {
        let classes = Classes::from([("unit".to_owned(), BTreeSet::from(["day".to_owned(), "days".to_owned()]))]);
        let phrases: Vec<String> = phrases.iter().map(|p| (*p).to_owned()).collect();
        let passage = Passage::new(text);
        let book = PhraseBook::of(&phrases, &classes).expect("phrases");
        book.find(&passage).into_iter().map(|found| passage.piece(found.words).to_owned()).collect()
    }

    #[test]
    fn each_notation_finds_what_it_says() {
        assert_eq!(
            found(&["wait* for|on you"], "Waiting on you, waited for you, wait with you"),
            ["Waiting on you", "waited for you"]
        );
        assert_eq!(found(&["# <unit>"], "3 days, 4 weeks"), ["3 days"]);
        assert_eq!(found(&["not very? good"], "not good, not very good, not that good"), ["not good", "not very good"]);
        assert_eq!(
            found(&["lost ... work"], "lost all of my work. lost a lot more than just work"),
            ["lost all of my work"]
        );
    }

    #[test]
    fn the_longest_wins_and_covers_its_words() {
        assert_eq!(
            found(&["problem", "no problem", "no problem at all"], "No problem at all, a problem"),
            ["No problem at all", "problem"]
        );
    }

    #[test]
    fn no_phrase_reaches_into_the_next_sentence() {
        assert!(found(&["still down"], "It works still. Down the road").is_empty());
    }

    #[test]
    fn bad_phrases_are_refused() {
        for phrase in ["<nothing> here", "... then", "maybe?", ""] {
            assert!(PhraseBook::of(&[phrase.to_owned()], &Classes::new()).is_err(), "{phrase}");
        }
    }
}
