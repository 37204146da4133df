//! A query as a tree. Every way to write the same conditions in the same order becomes one tree:
//! groups of values, `!=` on texts and nested groups of one kind are written out when it is built.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::field::{Column, Graded, ReadLabel, ReadSpan, ReadTime, Scale, State, Wording};
use super::pattern::Pattern;
use crate::domain::{Flag, Label, Level};

/// What stands between a field and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// `:`
    Is,
    /// `~` or `:~`
    Holds,
    /// The rest.
    Compare(Comparison),
}

impl Operator {
    /// What a text knows.
    pub(super) const OF_TEXT: &'static [Self] =
        &[Self::Is, Self::Holds, Self::Compare(Comparison::Equal), Self::Compare(Comparison::NotEqual)];

    /// What a word out of a list knows.
    pub(super) const OF_WORDS: &'static [Self] =
        &[Self::Is, Self::Compare(Comparison::Equal), Self::Compare(Comparison::NotEqual)];

    /// What a value that has an order knows.
    pub(super) const OF_ORDERED: &'static [Self] = &[
        Self::Compare(Comparison::Below),
        Self::Compare(Comparison::AtMost),
        Self::Compare(Comparison::Above),
        Self::Compare(Comparison::AtLeast),
        Self::Compare(Comparison::Equal),
        Self::Compare(Comparison::NotEqual),
        Self::Is,
    ];

    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Is => ":",
            Self::Holds => "~",
            Self::Compare(comparison) => comparison.symbol(),
        }
    }

    /// How it compares values that have an order.
    pub(super) fn comparison(self) -> Option<Comparison> {
        match self {
            Self::Is => Some(Comparison::Equal),
            Self::Holds => None,
            Self::Compare(comparison) => Some(comparison),
        }
    }
}

/// A comparison of values that have an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Below,
    AtMost,
    Above,
    AtLeast,
}

impl Comparison {
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::AtLeast => ">=",
        }
    }

    /// Whether it holds for a value that compares so with the bound.
    pub(super) fn holds(self, value: Ordering) -> bool {
        match self {
            Self::Equal => value.is_eq(),
            Self::NotEqual => value.is_ne(),
            Self::Below => value.is_lt(),
            Self::AtMost => value.is_le(),
            Self::Above => value.is_gt(),
            Self::AtLeast => value.is_ge(),
        }
    }
}

/// Conditions and how they are joined; those on tickets unless it says otherwise.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr<T = Test> {
    /// Every one holds; none at all always does. Never holds another `All`, never a single one.
    All(Vec<Self>),
    /// At least one holds. Never holds another `Any`, never less than two.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// One condition.
    Test(T),
}

impl<T> Default for Expr<T> {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl<T> Expr<T> {
    /// All of `parts`.
    pub(super) fn all(parts: Vec<Self>) -> Self {
        let flat = parts.into_iter().flat_map(|part| match part {
            Self::All(inner) => inner,
            other => vec![other],
        });
        single_or(flat.collect(), Self::All)
    }

    /// Any of `parts`.
    pub(super) fn any(parts: Vec<Self>) -> Self {
        let flat = parts.into_iter().flat_map(|part| match part {
            Self::Any(inner) => inner,
            other => vec![other],
        });
        single_or(flat.collect(), Self::Any)
    }

    /// The opposite of `part`.
    pub(super) fn not(part: Self) -> Self {
        Self::Not(Box::new(part))
    }

    /// Whether it holds for every row because it asks for nothing.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::All(parts) if parts.is_empty())
    }

    /// Whether it holds, where `test` says so of each condition.
    pub(super) fn holds(&self, test: &dyn Fn(&T) -> bool) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(test)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(test)),
            Self::Not(part) => !part.holds(test),
            Self::Test(condition) => test(condition),
        }
    }

    /// Every condition in it, in order.
    pub(super) fn tests(&self) -> Vec<&T> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::tests).collect(),
            Self::Not(part) => part.tests(),
            Self::Test(test) => vec![test],
        }
    }
}

fn single_or<T>(mut parts: Vec<Expr<T>>, join: fn(Vec<Expr<T>>) -> Expr<T>) -> Expr<T> {
    if parts.len() == 1 { parts.remove(0) } else { join(parts) }
}

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// Number, client or summary holds it.
    Words(Pattern),
    /// A text is or holds it.
    Text { column: &'static Column<Wording>, pattern: Pattern },
    /// A number compares so.
    Number { column: &'static Column<Scale>, comparison: Comparison, value: f64 },
    /// A step on a 1-5 scale compares so.
    Level { column: &'static Column<Graded>, comparison: Comparison, bound: Bound },
    /// The label compares so, worse being more.
    Label { column: &'static Column<ReadLabel>, comparison: Comparison, label: Label },
    /// A span of time compares so, in seconds.
    Span { column: &'static Column<ReadSpan>, comparison: Comparison, seconds: i64 },
    /// A moment compares so.
    Moment { column: &'static Column<ReadTime>, comparison: Comparison, when: When },
    /// A customer message says so.
    Flag(Flag),
    /// The ticket is so.
    State(&'static State),
    /// The conversation holds it.
    Phrase(String),
}

/// What a level is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// A step.
    Level(Level),
    /// The configured threshold of that scale.
    Threshold,
}

/// What a moment is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// How long ago it is, in seconds.
    Ago(i64),
    /// The whole day (UTC) that begins here.
    Day(Timestamp),
    /// That moment.
    At(Timestamp),
}
