//! The characters of a query, read one piece at a time. Knows columns, quotes and operators, but
//! nothing of fields.

use super::ast::{Comparison, Operator};
use super::error::QueryError;
use crate::domain::Plain;

/// Where a bare word stands, which decides where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// At the beginning of a condition: an operator ends it.
    Condition,
    /// Behind an operator: further operator characters belong to it, as in `10:30`.
    Value,
}

/// The words that join conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    And,
    Or,
    Not,
}

impl Keyword {
    pub(super) const ALL: [Self; 3] = [Self::And, Self::Or, Self::Not];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Or => "or",
            Self::Not => "not",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|keyword| keyword.word().eq_ignore_ascii_case(word))
    }
}

/// Longer ones before those they begin with.
const OPERATORS: [(&str, Operator); 9] = [
    ("!=", Operator::Compare(Comparison::NotEqual)),
    ("<=", Operator::Compare(Comparison::AtMost)),
    (">=", Operator::Compare(Comparison::AtLeast)),
    (":~", Operator::Holds),
    (":", Operator::Is),
    ("=", Operator::Compare(Comparison::Equal)),
    ("<", Operator::Compare(Comparison::Below)),
    (">", Operator::Compare(Comparison::Above)),
    ("~", Operator::Holds),
];

/// A place in a query's text. What cannot be seen is not there, since the rows it is compared with
/// have none of it either.
pub(super) struct Scanner {
    /// Each with its column.
    chars: Vec<(usize, char)>,
    at: usize,
    /// The column behind the last character.
    end: usize,
}

impl Scanner {
    pub(super) fn new(text: &str) -> Self {
        let chars = text.chars().zip(1..).map(|(c, column)| (column, c)).filter(|(_, c)| is_visible(*c)).collect();
        Self { chars, at: 0, end: text.chars().count() + 1 }
    }

    /// The column of the next character, from 1.
    pub(super) fn column(&self) -> usize {
        self.chars.get(self.at).map_or(self.end, |(column, _)| *column)
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).map(|(_, c)| *c)
    }

    pub(super) fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    pub(super) fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// The bare word that begins here; empty if none does.
    pub(super) fn bare(&mut self, place: Place) -> String {
        let mut word = String::new();
        while let Some(c) = self.peek()
            && !ends_word(c)
            && (place == Place::Value || self.operator_here().is_none())
        {
            word.push(c);
            self.at += 1;
        }
        word
    }

    /// The keyword that begins here, without taking it.
    pub(super) fn keyword_ahead(&mut self, place: Place) -> Option<Keyword> {
        let start = self.at;
        let word = self.bare(place);
        self.at = start;
        Keyword::from_word(&word)
    }

    /// Takes `wanted` if it begins here.
    pub(super) fn eat_keyword(&mut self, wanted: Keyword, place: Place) -> bool {
        let found = self.keyword_ahead(place) == Some(wanted);
        if found {
            self.bare(place);
        }
        found
    }

    /// Takes the operator that comes next, perhaps behind white space.
    pub(super) fn operator(&mut self) -> Option<Operator> {
        let start = self.at;
        self.skip_space();
        let found = self.operator_here();
        self.at = found.map_or(start, |(symbol, _)| self.at + symbol.len());
        found.map(|(_, operator)| operator)
    }

    fn operator_here(&self) -> Option<(&'static str, Operator)> {
        let rest = &self.chars[self.at..];
        OPERATORS.into_iter().find(|(symbol, _)| {
            symbol.len() <= rest.len() && symbol.chars().zip(rest).all(|(wanted, (_, found))| wanted == *found)
        })
    }

    /// The quoted text that begins here, white space folded as in a row's text.
    pub(super) fn quoted(&mut self) -> Result<Option<String>, QueryError> {
        let opened = self.column();
        if !self.eat('"') {
            return Ok(None);
        }
        let mut text = String::new();
        loop {
            match self.peek() {
                None => return Err(QueryError::new(opened, "this quote is not closed")),
                Some('"') => break,
                Some('\\') if matches!(self.chars.get(self.at + 1), Some((_, '"' | '\\'))) => self.at += 1,
                Some(_) => {}
            }
            text.extend(self.peek());
            self.at += 1;
        }
        self.at += 1;
        if self.peek().is_some_and(|c| !c.is_whitespace() && c != ')' && c != '|') {
            return Err(QueryError::new(self.column(), "a closing quote ends the text")
                .suggest("put a space behind it; a `*` that stands for anything cannot be in or at quotes"));
        }
        Ok(Some(text.split_whitespace().collect::<Vec<_>>().join(" ")))
    }
}

/// Whether `c` ends a bare word wherever it stands.
fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '"' | '|')
}

/// Whether the text of a row could hold `c`.
pub(super) fn is_visible(c: char) -> bool {
    match c.is_ascii() {
        true => !c.is_ascii_control() || c.is_whitespace(),
        false => c.is_whitespace() || !Plain::new(c.encode_utf8(&mut [0; 4])).is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_with_their_columns() {
        let mut scanner = Scanner::new("wait >= \"a \\\"b\\\"\\n  c\")x");
        assert_eq!((scanner.column(), scanner.bare(Place::Condition).as_str()), (1, "wait"));
        assert_eq!(scanner.operator(), Some(Operator::Compare(Comparison::AtLeast)));
        scanner.skip_space();
        assert_eq!(scanner.column(), 9);
        assert_eq!(scanner.quoted(), Ok(Some("a \"b\"\\n c".into())));
        assert!(scanner.eat(')') && !scanner.eat(')'));
    }

    #[test]
    fn an_operator_ends_a_word_only_where_a_condition_begins() {
        assert_eq!(Scanner::new("a!b!=c").bare(Place::Condition), "a!b");
        assert_eq!(Scanner::new("10:30=x|y").bare(Place::Value), "10:30=x");
    }

    #[test]
    fn what_cannot_be_seen_is_not_there_and_columns_still_count_it() {
        let mut scanner = Scanner::new("a\u{200b}\u{1b}b c");
        assert_eq!(scanner.bare(Place::Condition), "ab");
        scanner.skip_space();
        assert_eq!(scanner.column(), 6);
    }
}
