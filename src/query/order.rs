//! The order of rows: what `sort:` asks for.

use std::fmt;

use jiff::Timestamp;

use super::field::{Field, Leads};
use super::pattern::folded;
use crate::domain::Row;

/// One field to sort by. What needs a person soonest comes first: the worst tone, the longest wait,
/// the least time left; texts go from A to Z, with numbers in them by their value. Rows without a
/// value come last, whichever way round.
#[derive(Clone, Copy)]
pub struct SortKey {
    field: &'static Field,
    reversed: bool,
}

/// Where a row stands in an order: less comes first. Ranks compare without the rows they were made of,
/// so that a long list is sorted by reading each row once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// The first bytes: with a number to sort by, attention and an id of seven digits that is all.
    head: [u64; HEAD],
    tail: Box<[u8]>,
}

/// Words of a rank that are kept in place.
const HEAD: usize = 3;

/// A value's place among its like: less comes first.
enum Place<'a> {
    Text(&'a str),
    Number(f64),
}

impl SortKey {
    pub(super) fn new(field: &'static Field, reversed: bool) -> Self {
        Self { field, reversed }
    }

    /// The field's word.
    pub fn word(&self) -> &'static str {
        self.field.word()
    }

    /// Whether a `-` turned it round.
    pub fn is_reversed(&self) -> bool {
        self.reversed
    }

    /// Writes where `row` stands by this key: what comes first is less, and no place begins like another.
    fn write(&self, row: &Row, now: Timestamp, out: &mut Vec<u8>) {
        let place = self.place(row, now);
        out.push(u8::from(place.is_none()));
        let begun = out.len();
        match place {
            Some(Place::Text(text)) => write_text(text, out),
            Some(Place::Number(number)) => write_number(number, out),
            None => {}
        }
        if self.reversed {
            out[begun..].iter_mut().for_each(|byte| *byte = !*byte);
        }
    }

    fn place<'a>(&self, row: &'a Row, now: Timestamp) -> Option<Place<'a>> {
        let (leads, number) = match self.field {
            Field::Text(column) => {
                let text = column.read.of(row);
                return (!text.is_empty()).then_some(Place::Text(text));
            }
            Field::Number(column) => (column.leads, (column.read.read)(row)?),
            Field::Level(column) => (column.leads, (column.read.read)(row)?.get().into()),
            Field::Label(column) => (column.leads, f64::from((column.read)(row)? as u8)),
            Field::Span(column) => (column.leads, (column.read)(row, now)? as f64),
            Field::Moment(column) => (column.leads, (column.read)(row).as_second() as f64),
            Field::Flag(_) | Field::State(_) | Field::Phrase(_) | Field::Sort(_) => return None,
        };
        Some(Place::Number(if leads == Leads::High { -number } else { number }))
    }
}

impl PartialEq for SortKey {
    fn eq(&self, other: &Self) -> bool {
        (self.word(), self.reversed) == (other.word(), other.reversed)
    }
}

impl fmt::Display for SortKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.reversed { "-" } else { "" }, self.word())
    }
}

impl fmt::Debug for SortKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SortKey({self})")
    }
}

impl Rank {
    /// Where `row` stands by `keys`, then by attention, highest first, then by its id.
    pub(super) fn new(row: &Row, keys: &[SortKey], now: Timestamp) -> Self {
        let mut bytes = Vec::with_capacity(32);
        keys.iter().for_each(|key| key.write(row, now, &mut bytes));
        write_number(-row.attention.total, &mut bytes);
        bytes.extend_from_slice(row.ticket.id.as_str().as_bytes());
        // An id ends before a nought, so that filling up changes no order.
        bytes.resize(bytes.len().max(HEAD * 8), 0);
        let (words, rest) = bytes.as_chunks();
        let mut head = [0; HEAD];
        head.iter_mut().zip(words).for_each(|(word, bytes)| *word = u64::from_be_bytes(*bytes));
        Self { head, tail: [words[HEAD..].as_flattened(), rest].concat().into() }
    }
}

/// Bytes that compare as the numbers do, by their total order.
fn write_number(number: f64, out: &mut Vec<u8>) {
    let bits = number.to_bits();
    let negative = bits >> 63 == 1;
    let ordered = if negative { !bits } else { bits | 1 << 63 };
    out.extend_from_slice(&ordered.to_be_bytes());
}

/// Bytes that compare as the texts do: without their case, and the numbers in them by their value.
fn write_text(text: &str, out: &mut Vec<u8>) {
    let mut chars = folded(text).peekable();
    while let Some(char) = chars.next() {
        if !char.is_ascii_digit() {
            out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let mut digits = vec![char];
        while let Some(digit) = chars.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        let value = digits.iter().skip_while(|digit| **digit == '0');
        let length = value.clone().count();
        // A longer number is the greater one.
        out.push(b'0');
        out.extend(std::iter::repeat_n(u8::MAX, length / 255));
        out.push((length % 255) as u8);
        out.extend(value.map(|digit| *digit as u8));
    }
    // What goes on is greater than what ends.
    out.push(0);
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::*;

    fn natural(a: &str, b: &str) -> Ordering {
        let written = |text| {
            let mut bytes = Vec::new();
            write_text(text, &mut bytes);
            bytes
        };
        written(a).cmp(&written(b))
    }

    #[test]
    fn numbers_in_texts_count_by_their_value() {
        assert_eq!(natural("Priority 2", "priority 10"), Ordering::Less);
        assert_eq!(natural("T20260814.0009", "T20260814.0010"), Ordering::Less);
        assert_eq!(natural("a", "A"), Ordering::Equal);
        assert_eq!(natural("a1", "a01"), Ordering::Equal);
        assert_eq!(natural("a1b", "a01c"), Ordering::Less);
        assert_eq!(natural("high", "High 1"), Ordering::Less);
        assert_eq!(natural("9", "a"), Ordering::Less);
        assert_eq!(natural("a0", "a00b"), Ordering::Less);
        assert_eq!(natural(&"9".repeat(300), &format!("1{}", "0".repeat(300))), Ordering::Less);
    }

    proptest! {
        #[test]
        fn numbers_are_written_in_their_order(a: f64, b: f64) {
            let written = |number| {
                let mut bytes = Vec::new();
                write_number(number, &mut bytes);
                bytes
            };
            prop_assert_eq!(written(a).cmp(&written(b)), a.total_cmp(&b));
        }

        #[test]
        fn plain_words_go_by_the_alphabet(a in "[a-z ]{0,6}", b in "[a-z ]{0,6}") {
            prop_assert_eq!(natural(&a, &b), a.cmp(&b));
        }

        #[test]
        fn whole_numbers_go_by_value(a: u64, b: u64) {
            prop_assert_eq!(natural(&format!("t{a}"), &format!("t00{b}")), a.cmp(&b));
        }
    }
}
