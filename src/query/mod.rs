//! The one small language: what is typed after `/`, what saved views keep, what rules ask in `when`
//! and `scope`, what `irate tickets` takes.
//!
//! ```text
//! label:urgent client:"Acme Dental" wait>2h -flag:cancel board:(service or noc) sort:attention
//! ```
//!
//! # The language
//!
//! - **Joining.** Conditions side by side, or with `and` between, must all hold; `or` or `|` between
//!   them asks for one, and binds weaker. `-` directly before a condition, or `not`, negates it.
//!   Parentheses group anything, also values: `board:(service or noc)`, `label:(negative | urgent)`.
//! - **Free words** and `"quoted phrases"` are found anywhere in number, client or summary. A bare
//!   word that is a state (`open`, `unassigned` …) is that state; in quotes it is searched for.
//! - **Texts.** `board:noc` is the whole value, `client:north*` a glob, `summary~vpn` or
//!   `summary:~vpn` a part of it. `=` is the whole value too, with stars as stars; `!=` is its
//!   opposite. Case never matters. `owner:*` has an owner, `owner:""` has none.
//! - **Numbers, levels, spans and times** take `< <= > >= = !=`. A value that is absent compares with
//!   nothing, not even by `!=`; `-` before the condition is plain negation and turns that round.
//! - **Levels** (`frustration`, `urgency`, `impact`: 1-5, higher is worse) are irate's own; what the
//!   PSA calls so is `psa.impact` and `psa.urgency`. `threshold` stands for the configured one.
//! - **Labels** have an order: `label>=negative` is negative or urgent.
//! - **Spans** are `30s 90m 2h 1d12h 1w`. `wait>2h`; `sla<2h` is less than two hours left, `sla<0`
//!   overdue, both in the desk's hours; `sla:Gold` is the agreement by name.
//! - **Times.** `changed<24h` is less than 24 hours ago, `opened>2d` more than two days ago; with a
//!   date (UTC), `opened>2026-08-14` is after that day and `opened>=2026-08-14` from its beginning.
//! - **`text:"still down"`** looks into the conversation, which is not in a row: whoever evaluates a
//!   query brings the answer in its [`Context`].
//! - **`sort:attention`** puts first what needs a person soonest, `sort:-wait` turns it round, and
//!   `sort:label,-wait` sorts by several keys. The last `sort:` wins, so that one can be added to a
//!   saved view. It is no condition, and stands outside parentheses.
//! - **Quotes** make literals, with `\"` and `\\` in them.
//!
//! Another table than that of the tickets can be asked in the same grammar: [`Filter`].
//!
//! Parsing, printing, evaluating and completing only; where queries come from and what is done with
//! the rows is other rooms' matter.

mod ast;
mod complete;
mod error;
mod eval;
mod field;
mod inspect;
mod meaning;
mod order;
mod parse;
mod pattern;
mod print;
mod proof;
mod table;
#[cfg(test)]
mod tests;
mod token;
mod value;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::ast::{Expr, Test};
use self::meaning::Tickets;
use crate::domain::{Level, Row, TicketId};

pub use self::complete::{Completion, Wanted, completions, wanted};
pub use self::error::QueryError;
pub use self::field::Entry;
pub use self::order::{Rank, SortKey};
pub use self::proof::Premises;
pub use self::table::{Column, Filter, Read, Table};

/// Conditions on tickets, and the order they are shown in. The default is every ticket by attention.
///
/// Displayed, and serialised, as text that parses back to an equal query.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Query {
    condition: Expr,
    sort: Vec<SortKey>,
}

/// What a query is evaluated against beside the row.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// What time it is.
    pub now: Timestamp,
    /// What `threshold` stands for.
    pub thresholds: &'a Thresholds,
    /// Whether a ticket's conversation holds one of [`Query::text_terms`].
    pub text: &'a dyn Fn(&str, &TicketId) -> bool,
}

/// What `threshold` stands for on each 1-5 scale: at or above it, something is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// On frustration.
    pub frustration: Level,
    /// On urgency.
    pub urgency: Level,
    /// On impact.
    pub impact: Level,
}

impl Default for Thresholds {
    fn default() -> Self {
        let four = Level::clamped(4);
        Self { frustration: four, urgency: four, impact: four }
    }
}

impl Query {
    /// Reads a query; white space alone is the default one.
    ///
    /// # Errors
    /// When it is not one, with the place and what is known there; when it, or what it becomes
    /// written out, is longer than 4,000 characters; when it nests deeper than 64.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut tickets = Tickets::default();
        let condition = parse::parse(text, &mut tickets)?;
        let query = Self { condition, sort: tickets.sort };
        if query.to_string().chars().nth(parse::LONGEST).is_some() {
            return Err(parse::too_long());
        }
        Ok(query)
    }

    /// The rows whose text in `field` is `value`, stars being stars.
    ///
    /// # Errors
    /// When there is no such field of text, or the value is too long.
    pub fn equals(field: &str, value: &str) -> Result<Self, QueryError> {
        Self::parse(&format!("{field}={}", print::quoted(value)))
    }

    /// Whether `row` is what it asks for.
    pub fn matches(&self, row: &Row, context: &Context<'_>) -> bool {
        self.condition.holds(&|test| test.holds(row, context))
    }

    /// What it asks to be sorted by, in order.
    pub fn sort_keys(&self) -> &[SortKey] {
        &self.sort
    }

    /// Where `row` stands: by the sort keys, then by attention, highest first, then by id. Only a row
    /// and itself stand in one place.
    pub fn rank(&self, row: &Row, now: Timestamp) -> Rank {
        Rank::new(row, &self.sort, now)
    }

    /// What it looks for in conversations.
    pub fn text_terms(&self) -> impl Iterator<Item = &str> {
        self.condition.tests().into_iter().filter_map(|test| match test {
            Test::Phrase(phrase) => Some(phrase.as_str()),
            _ => None,
        })
    }

    /// Whether it has no condition, so that every row matches. It may still have an order.
    pub fn is_empty(&self) -> bool {
        self.condition.is_empty()
    }

    /// Whether a condition asks about the field named `field`.
    pub fn mentions(&self, field: &str) -> bool {
        self.condition.tests().into_iter().any(|test| test.word() == field)
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt(f)?;
        for (index, key) in self.sort.iter().enumerate() {
            let before = match index {
                0 if self.is_empty() => "sort:",
                0 => " sort:",
                _ => ",",
            };
            write!(f, "{before}{key}")?;
        }
        Ok(())
    }
}

impl TryFrom<String> for Query {
    type Error = QueryError;
    fn try_from(text: String) -> Result<Self, QueryError> {
        Self::parse(&text)
    }
}

impl From<Query> for String {
    fn from(query: Query) -> Self {
        query.to_string()
    }
}

/// Whether two texts are the same to the language: case never matters.
pub fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && pattern::folded(a).eq(pattern::folded(b)))
}

/// `text` as it stands behind an operator to mean itself alone, whatever it holds.
pub fn literal(text: &str) -> String {
    print::quoted(text)
}

/// The seconds of a span such as `1d12h`, perhaps negative; `None` where it is none.
pub fn span(text: &str) -> Option<i64> {
    value::span(text)
}

/// Every field, for help. `sla` stands twice: by name, and as the time left.
pub fn fields() -> impl Iterator<Item = &'static Entry> {
    field::FIELDS.iter().map(field::Field::entry)
}

/// The values that `rows` have in the field of text named `field`, the most frequent first.
pub fn values<'a>(field: &str, rows: impl Iterator<Item = &'a Row>) -> Vec<String> {
    let text = field::Field::named(field).find_map(|field| match field {
        field::Field::Text(column) => Some(&column.read),
        _ => None,
    });
    let Some(text) = text else { return Vec::new() };
    let mut counts: HashMap<&str, usize> = HashMap::new();
    rows.map(|row| text.of(row)).filter(|value| !value.is_empty()).for_each(|value| {
        *counts.entry(value).or_default() += 1;
    });
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(value, count)| (Reverse(*count), *value));
    counts.into_iter().map(|(value, _)| value.to_owned()).collect()
}

/// The fields that `sort:` takes.
pub fn sortable() -> impl Iterator<Item = &'static str> {
    value::sortable_words().into_iter()
}

/// Every state that `is:` knows, for help.
pub fn states() -> impl Iterator<Item = &'static Entry> {
    field::STATES.iter().map(|state| &state.entry)
}
