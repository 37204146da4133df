//! The order of rows: what `sort:` asks for.

use std::cmp::Ordering;
use std::fmt;
use std::iter::Peekable;

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

    pub(super) fn compare(&self, a: &Row, b: &Row, now: Timestamp) -> Ordering {
        let order = match (self.place(a, now), self.place(b, now)) {
            (Some(Place::Text(a)), Some(Place::Text(b))) => natural(a, b),
            (Some(Place::Number(a)), Some(Place::Number(b))) => a.total_cmp(&b),
            (a, b) => return a.is_none().cmp(&b.is_none()),
        };
        if self.reversed { order.reverse() } else { order }
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

/// Compares texts without their case, and the numbers in them by their value.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (folded(a).peekable(), folded(b).peekable());
    loop {
        let order = match (a.peek(), b.peek()) {
            (None, None) => return Ordering::Equal,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => numbers(&mut a, &mut b),
            _ => a.next().cmp(&b.next()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Takes a run of digits from both and compares their values.
fn numbers(a: &mut Peekable<impl Iterator<Item = char>>, b: &mut Peekable<impl Iterator<Item = char>>) -> Ordering {
    while a.next_if_eq(&'0').is_some() {}
    while b.next_if_eq(&'0').is_some() {}
    let mut same_length = Ordering::Equal;
    loop {
        match (a.next_if(char::is_ascii_digit), b.next_if(char::is_ascii_digit)) {
            (None, None) => return same_length,
            (Some(x), Some(y)) => same_length = same_length.then(x.cmp(&y)),
            (x, y) => return x.is_some().cmp(&y.is_some()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_texts_count_by_their_value() {
        assert_eq!(natural("Priority 2", "priority 10"), Ordering::Less);
        assert_eq!(natural("T20260814.0009", "T20260814.0010"), Ordering::Less);
        assert_eq!(natural("a", "A"), Ordering::Equal);
        assert_eq!(natural("a1", "a01"), Ordering::Equal);
        assert_eq!(natural("a1b", "a01c"), Ordering::Less);
        assert_eq!(natural("high", "High 1"), Ordering::Less);
        assert_eq!(natural("9", "a"), Ordering::Less);
    }
}
