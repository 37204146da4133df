//! Whether a row is what a query asks for.

use std::cmp::Ordering;

use super::Context;
use super::ast::{Bound, Comparison, Test, When};
use super::field::{FLAG, Graded, IS, TEXT};
use crate::domain::{Level, Row};

/// Seconds in a day: days are UTC, which has no shorter or longer ones.
const DAY: i64 = 86_400;

impl Test {
    /// The word of the field it asks about; free words ask about none.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Words(_) => "",
            Self::Text { column, .. } => column.entry.word,
            Self::Number { column, .. } => column.entry.word,
            Self::Level { column, .. } => column.entry.word,
            Self::Label { column, .. } => column.entry.word,
            Self::Span { column, .. } => column.entry.word,
            Self::Moment { column, .. } => column.entry.word,
            Self::Flag(_) => FLAG,
            Self::State(_) => IS,
            Self::Phrase(_) => TEXT,
        }
    }

    /// An absent value compares with nothing, not even by `!=`.
    pub(super) fn holds(&self, row: &Row, context: &Context<'_>) -> bool {
        match self {
            Self::Words(pattern) => {
                let ticket = &row.ticket;
                [ticket.summary.as_str(), ticket.client_name(), ticket.number.as_str()]
                    .into_iter()
                    .any(|text| pattern.matches(text))
            }
            Self::Text { column, pattern } => pattern.matches(column.read.of(row)),
            Self::Number { column, comparison, value } => {
                compares((column.read.read)(row), *comparison, value, f64::total_cmp)
            }
            Self::Level { column, comparison, bound } => {
                compares((column.read.read)(row), *comparison, &bound.level(&column.read, context), Ord::cmp)
            }
            Self::Label { column, comparison, label } => compares((column.read)(row), *comparison, label, Ord::cmp),
            Self::Span { column, comparison, seconds } => {
                compares((column.read)(row, context.now), *comparison, seconds, Ord::cmp)
            }
            Self::Moment { column, comparison, when } => {
                comparison.holds(when.place((column.read)(row).as_second(), context.now.as_second()))
            }
            Self::Flag(flag) => row.flags.contains(flag),
            Self::State(state) => (state.holds)(row, context.now),
            Self::Phrase(phrase) => (context.text)(phrase, &row.ticket.id),
        }
    }
}

pub(super) fn compares<T>(
    value: Option<T>,
    comparison: Comparison,
    bound: &T,
    compare: fn(&T, &T) -> Ordering,
) -> bool {
    value.is_some_and(|value| comparison.holds(compare(&value, bound)))
}

impl Bound {
    fn level(self, graded: &Graded, context: &Context<'_>) -> Level {
        match self {
            Self::Level(level) => level,
            Self::Threshold => (graded.threshold)(context.thresholds),
        }
    }
}

impl When {
    /// The second it begins at.
    pub(super) fn begins(self, now: i64) -> i64 {
        match self {
            Self::Ago(seconds) => now - seconds,
            Self::At(time) | Self::Day(time) => time.as_second(),
        }
    }

    /// How `moment` compares with it, both in seconds: how long ago it is with a span, and where it
    /// lies with a date.
    fn place(self, moment: i64, now: i64) -> Ordering {
        match self {
            Self::Ago(seconds) => (now - moment).cmp(&seconds),
            Self::At(time) => moment.cmp(&time.as_second()),
            Self::Day(start) => (moment - start.as_second()).div_euclid(DAY).cmp(&0),
        }
    }
}
