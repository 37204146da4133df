//! What the leaves of the grammar mean on tickets: the table of fields, the states, and `sort:`.

use super::ast::{Operator, Test};
use super::error::QueryError;
use super::field::{Field, State, Wording};
use super::order::SortKey;
use super::parse::{Meaning, no_field, wrong_operator};
use super::pattern::Pattern;
use super::value::Value;

/// Tickets.
#[derive(Default)]
pub(super) struct Tickets {
    /// What the last `sort:` asked for.
    pub(super) sort: Vec<SortKey>,
}

impl Meaning for Tickets {
    type Field = &'static Field;
    type Test = Test;

    fn field(&self, word: &str, operator: Operator, columns: [usize; 2]) -> Result<&'static Field, QueryError> {
        if let Some(field) = Field::named(word).find(|field| field.operators().contains(&operator)) {
            return Ok(field);
        }
        match Field::named(word).next() {
            Some(field) => Err(wrong_operator(field.word(), field.operators(), operator, columns[1])),
            None => Err(no_field(columns[0], word, &Field::words())),
        }
    }

    fn word(&self, field: &'static Field) -> &'static str {
        field.word()
    }

    fn takes_several(&self, field: &'static Field) -> bool {
        !matches!(field, Field::Number(_) | Field::Span(_) | Field::Moment(_))
    }

    fn is_order(&self, field: &'static Field) -> bool {
        matches!(field, Field::Sort(_))
    }

    fn order(&mut self, value: &Value) -> Result<(), QueryError> {
        self.sort = value.sort()?;
        Ok(())
    }

    fn test(&self, field: &'static Field, operator: Operator, value: &Value) -> Result<Test, QueryError> {
        let wrong = || wrong_operator(field.word(), field.operators(), operator, value.column);
        let comparison = || operator.comparison().ok_or_else(wrong);
        Ok(match field {
            Field::Text(column) => Test::Text { column, pattern: pattern(&column.read, operator, value) },
            Field::Number(column) => {
                let number = value.number(column.entry.word, [column.read.low, column.read.high])?;
                Test::Number { column, comparison: comparison()?, value: number }
            }
            Field::Level(column) => Test::Level { column, comparison: comparison()?, bound: value.level()? },
            Field::Label(column) => Test::Label { column, comparison: comparison()?, label: value.label()? },
            Field::Span(column) => Test::Span { column, comparison: comparison()?, seconds: value.span()? },
            Field::Moment(column) => Test::Moment { column, comparison: comparison()?, when: value.when()? },
            Field::Flag(_) => Test::Flag(value.flag()?),
            Field::State(_) => Test::State(value.state()?),
            Field::Phrase(_) => Test::Phrase(value.text.clone()),
            Field::Sort(_) => return Err(wrong()),
        })
    }

    fn compares(&self, test: &Test) -> bool {
        matches!(
            test,
            Test::Number { .. } | Test::Level { .. } | Test::Label { .. } | Test::Span { .. } | Test::Moment { .. }
        )
    }

    fn free(&self, text: &str, quoted: bool) -> Test {
        match State::named(text).filter(|_| !quoted) {
            Some(state) => Test::State(state),
            None => Test::Words(Pattern::new(text, !quoted, true)),
        }
    }
}

fn pattern(wording: &Wording, operator: Operator, value: &Value) -> Pattern {
    let pattern = value.pattern(operator);
    match wording.mark {
        Some(mark) => pattern.ignoring(mark),
        None => pattern,
    }
}
