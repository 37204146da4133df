//! A short readable piece of a sentence, around the words that mattered.

use super::passage::Passage;
use super::phrases::Found;
use crate::domain::Quote;

const FEWEST: usize = 3;
const MOST: usize = 12;

/// 3 to 12 words of the sentence around `found`, to the next pause where that is near; fewer where
/// the sentence is shorter. `None` when they cannot be verified.
pub(super) fn excerpt(passage: &Passage<'_>, found: &Found) -> Option<Quote> {
    let (bounds, words) = (&passage.sentences[found.sentence].words, &found.words);
    let pause = |index: usize| passage.words[index].pause;
    let (mut start, mut end) = (words.start, words.end.min(words.start + MOST));
    while end < bounds.end && end - start < MOST && (!pause(end - 1) || end - start < FEWEST) {
        end += 1;
    }
    while start > bounds.start && end - start < MOST && (!pause(start - 1) || end - start < FEWEST) {
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
