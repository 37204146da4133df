//! About how many tokens a text has, without any model's table of tokens.
//!
//! Tokenizers cut words into frequent pieces. English words are mostly one piece each; the words of
//! other languages fall into more, the longer the more. The figures are fitted to `o200k_base`, the
//! tokenizer of OpenAI's models since GPT-4o, and kept within ten per cent of it by a test for English
//! and German; other vendors' tokenizers are of the same size.

/// Thousandths of a token.
const ONE: u64 = 1000;

/// Words that make up a fair part of any English text and of no other.
const ENGLISH: [&str; 20] = [
    "the", "and", "to", "of", "is", "a", "in", "for", "it", "we", "you", "that", "this", "on", "not", "with", "are",
    "have", "my", "our",
];

/// About how many tokens `text` has. Linear in its length.
pub fn count(text: &str) -> u64 {
    let pieces = Pieces { rest: text };
    let english = is_english(text);
    pieces.map(|(kind, piece)| kind.weight(piece, english)).sum::<u64>().div_ceil(ONE)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Word,
    /// Scripts without gaps between words.
    Ideographs,
    Digits,
    Space,
    Marks,
}

impl Kind {
    fn of(c: char) -> Self {
        match c {
            _ if c.is_whitespace() => Self::Space,
            _ if c.is_ascii_digit() => Self::Digits,
            '\u{2e80}'.. if c.is_alphanumeric() => Self::Ideographs,
            _ if c.is_alphanumeric() => Self::Word,
            _ => Self::Marks,
        }
    }

    fn weight(self, piece: &str, english: bool) -> u64 {
        let length = piece.chars().count() as u64;
        match self {
            Self::Word if english => ONE + length.saturating_sub(7) * ONE / 8,
            Self::Word => ONE + length.saturating_sub(5) * ONE / 5,
            Self::Ideographs => (length * ONE * 3).div_ceil(4),
            Self::Digits => length.div_ceil(3) * ONE,
            // A single gap belongs to the word behind it.
            Self::Space if piece == " " => 0,
            Self::Space => ONE,
            Self::Marks if piece.is_ascii() => (length + 2).div_ceil(4).max(1) * ONE,
            Self::Marks => length * ONE,
        }
    }
}

/// A text in runs of one kind.
struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = (Kind, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let kind = Kind::of(self.rest.chars().next()?);
        let end = self.rest.find(|c| Kind::of(c) != kind).unwrap_or(self.rest.len());
        let (piece, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some((kind, piece))
    }
}

/// Whether at least every seventh word is one of the most frequent of English.
fn is_english(text: &str) -> bool {
    let words = Pieces { rest: text }.filter(|(kind, _)| *kind == Kind::Word);
    let (mut all, mut english) = (0usize, 0usize);
    for (_, word) in words {
        all += 1;
        english += usize::from(ENGLISH.iter().any(|known| known.eq_ignore_ascii_case(word)));
    }
    english * 7 >= all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_kind_of_run_has_its_weight() {
        for (text, tokens) in [
            ("", 0),
            ("it is", 2),
            ("it is 1234567", 5),
            ("it is\n\nit", 4),
            ("is it?!", 3),
            ("Drucker", 2),
            ("日本語です", 4),
        ] {
            assert_eq!(count(text), tokens, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_longer_text_has_no_fewer_tokens_and_none_has_more_than_bytes(text in any::<String>()) {
            prop_assert!(count(&text) <= text.len() as u64 + 1);
            prop_assert!(count(&text.repeat(2)) + 1 >= count(&text));
        }
    }
}
