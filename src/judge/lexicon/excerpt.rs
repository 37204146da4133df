//! A short readable piece of a sentence, around the words that mattered.

use super::passage::Passage;
use super::phrases::Found;
use crate::domain::Quote;

const FEWEST: usize = 3;
const MOST: usize = 12;

/// How long a piece is when its clause is too long to be quoted whole.
const SOME: usize = 7;

/// 3 to 12 words around `found`: the clause it stands in, or a piece of it where that is longer, or
/// the neighbouring words too where it is shorter. `None` when they cannot be verified.
pub(super) fn excerpt(passage: &Passage<'_>, found: &Found) -> Option<Quote> {
    let (bounds, words) = (&passage.sentences[found.sentence].words, &found.words);
    let pause = |index: usize| passage.words[index].pause;
    let clause_end = (words.end..bounds.end).find(|end| pause(end - 1)).unwrap_or(bounds.end);
    let clause_start = (bounds.start + 1..=words.start).rev().find(|at| pause(at - 1)).unwrap_or(bounds.start);
    let piece_end = words.end.max(words.start + SOME).min(words.start + MOST).min(bounds.end);
    let mut end = if clause_end - words.start <= MOST { clause_end } else { piece_end };
    let mut start = if end - clause_start <= MOST { clause_start } else { words.start };
    while end - start < FEWEST && end < bounds.end {
        end += 1;
    }
    while end - start < FEWEST && start > bounds.start {
        start -= 1;
    }
    Quote::verified(passage.piece(start..end), passage.text)
}

/// The words a text opens with, at most twelve.
pub(super) fn opening(passage: &Passage<'_>) -> Option<Quote> {
    let first = passage.sentences.first()?;
    let end = first.words.end.min(first.words.start + MOST);
    Quote::verified(passage.piece(first.words.start..end), passage.text)
}
