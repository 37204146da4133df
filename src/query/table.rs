//! The same grammar over another table than that of the tickets: whoever has rows of their own
//! describes the fields, and gets a [`Filter`] with the same joining, quotes and errors. No order.

use std::fmt;

use jiff::Timestamp;

use super::ast::{Comparison, Expr, Operator, When};
use super::error::QueryError;
use super::eval::compares;
use super::parse::{Meaning, no_field, parse, wrong_operator};
use super::pattern::Pattern;
use super::value::Value;

/// The fields of rows of one kind.
pub struct Table<R: 'static> {
    /// Each field.
    pub columns: &'static [Column<R>],
    /// Where free words are looked for.
    pub free: fn(&R) -> Vec<&str>,
}

/// A word that can stand before an operator, and what it asks about.
pub struct Column<R> {
    /// The word.
    pub word: &'static str,
    /// What it means, in one line.
    pub help: &'static str,
    /// How it is read.
    pub read: Read<R>,
}

/// How a field is read from a row.
pub enum Read<R> {
    /// Texts of which one must fit.
    Texts(fn(&R) -> Vec<&str>),
    /// Words of which one must be the one that is asked for; others than those known are refused.
    Words {
        /// All there are.
        known: fn() -> Vec<&'static str>,
        /// Those of the row.
        read: fn(&R) -> Vec<&'static str>,
    },
    /// A number between two bounds.
    Number {
        /// The lowest and the highest.
        bounds: [f64; 2],
        /// That of the row.
        read: fn(&R) -> Option<f64>,
    },
    /// A moment that is not before the one that is asked for.
    Since(fn(&R) -> Timestamp),
    /// A moment before the one that is asked for.
    Before(fn(&R) -> Timestamp),
}

/// Conditions on the rows of one table.
pub struct Filter<R: 'static> {
    table: &'static Table<R>,
    condition: Expr<Test<R>>,
}

enum Test<R: 'static> {
    Free(Pattern),
    Texts(fn(&R) -> Vec<&str>, Pattern),
    Word(fn(&R) -> Vec<&'static str>, &'static str),
    Number(fn(&R) -> Option<f64>, Comparison, f64),
    Since(fn(&R) -> Timestamp, When),
    Before(fn(&R) -> Timestamp, When),
}

impl<R> Filter<R> {
    /// Reads a query on `table`; white space alone asks for nothing.
    ///
    /// # Errors
    /// As [`super::Query::parse`].
    pub fn parse(text: &str, table: &'static Table<R>) -> Result<Self, QueryError> {
        Ok(Self { table, condition: parse(text, &mut Rows(table))? })
    }

    /// Whether `row` is what it asks for.
    pub fn matches(&self, row: &R, now: Timestamp) -> bool {
        self.condition.holds(&|test| self.holds(test, row, now))
    }

    fn holds(&self, test: &Test<R>, row: &R, now: Timestamp) -> bool {
        match test {
            Test::Free(pattern) => (self.table.free)(row).into_iter().any(|text| pattern.matches(text)),
            Test::Texts(read, pattern) => read(row).into_iter().any(|text| pattern.matches(text)),
            Test::Word(read, word) => read(row).contains(word),
            Test::Number(read, comparison, bound) => compares(read(row), *comparison, bound, f64::total_cmp),
            Test::Since(read, when) => read(row).as_second() >= when.begins(now.as_second()),
            Test::Before(read, when) => read(row).as_second() < when.begins(now.as_second()),
        }
    }
}

impl<R> fmt::Debug for Filter<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filter({} conditions)", self.condition.tests().len())
    }
}

/// What the leaves mean on the rows of a table.
struct Rows<R: 'static>(&'static Table<R>);

impl<R> Column<R> {
    fn operators(&self) -> &'static [Operator] {
        match self.read {
            Read::Texts(_) => Operator::OF_TEXT,
            Read::Words { .. } => Operator::OF_WORDS,
            Read::Number { .. } => Operator::OF_ORDERED,
            Read::Since(_) | Read::Before(_) => &[Operator::Is],
        }
    }
}

impl<R: 'static> Meaning for Rows<R> {
    type Field = &'static Column<R>;
    type Test = Test<R>;

    fn field(&self, word: &str, operator: Operator, columns: [usize; 2]) -> Result<&'static Column<R>, QueryError> {
        let known = self.0.columns;
        match known.iter().find(|column| column.word.eq_ignore_ascii_case(word)) {
            Some(column) if column.operators().contains(&operator) => Ok(column),
            Some(column) => Err(wrong_operator(column.word, column.operators(), operator, columns[1])),
            None => {
                let words: Vec<&str> = known.iter().map(|column| column.word).collect();
                Err(no_field(columns[0], word, &words))
            }
        }
    }

    fn word(&self, column: &'static Column<R>) -> &'static str {
        column.word
    }

    fn takes_several(&self, column: &'static Column<R>) -> bool {
        matches!(column.read, Read::Texts(_) | Read::Words { .. })
    }

    fn is_order(&self, _: &'static Column<R>) -> bool {
        false
    }

    fn order(&mut self, value: &Value) -> Result<(), QueryError> {
        Err(QueryError::new(value.column, "these rows have one order"))
    }

    fn test(&self, column: &'static Column<R>, operator: Operator, value: &Value) -> Result<Test<R>, QueryError> {
        let wrong = || wrong_operator(column.word, column.operators(), operator, value.column);
        match &column.read {
            Read::Texts(read) => Ok(Test::Texts(*read, value.pattern(operator))),
            Read::Words { known, read } => Ok(Test::Word(*read, value.word_of(column.word, &known())?)),
            Read::Number { bounds, read } => {
                let number = value.number(column.word, *bounds)?;
                Ok(Test::Number(*read, operator.comparison().ok_or_else(wrong)?, number))
            }
            Read::Since(read) => Ok(Test::Since(*read, value.when()?)),
            Read::Before(read) => Ok(Test::Before(*read, value.when()?)),
        }
    }

    fn compares(&self, test: &Test<R>) -> bool {
        matches!(test, Test::Number(..))
    }

    fn free(&self, text: &str, quoted: bool) -> Test<R> {
        Test::Free(Pattern::new(text, !quoted, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Deed {
        by: &'static str,
        kinds: Vec<&'static str>,
        level: Option<f64>,
        at: Timestamp,
    }

    static DEEDS: Table<Deed> = Table {
        columns: &[
            Column { word: "by", help: "", read: Read::Texts(|deed| vec![deed.by]) },
            Column {
                word: "kind",
                help: "",
                read: Read::Words { known: || vec!["sent", "settled"], read: |deed| deed.kinds.clone() },
            },
            Column { word: "level", help: "", read: Read::Number { bounds: [0.0, 9.0], read: |deed| deed.level } },
            Column { word: "since", help: "", read: Read::Since(|deed| deed.at) },
            Column { word: "before", help: "", read: Read::Before(|deed| deed.at) },
        ],
        free: |deed| vec![deed.by],
    };

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn matches(query: &str) -> bool {
        let deed = Deed { by: "Kim Li", kinds: vec!["sent"], level: Some(2.0), at: at("2026-11-20T12:00:00Z") };
        Filter::parse(query, &DEEDS)
            .unwrap_or_else(|error| panic!("{query}: {error}"))
            .matches(&deed, at("2026-11-27T12:00:00Z"))
    }

    fn error(query: &str) -> String {
        Filter::parse(query, &DEEDS).expect_err("wrong").to_string()
    }

    #[test]
    fn rows_are_asked_in_the_grammar_of_the_tickets() {
        for query in ["", "kim", "by:kim*", "by:\"Kim Li\"", "kind:(settled or sent)", "level>=2 -kind:settled"] {
            assert!(matches(query), "{query}");
        }
        for query in ["jo", "by:kim", "kind:settled", "kind!=sent", "level>2", "not (by~kim or kind:sent)"] {
            assert!(!matches(query), "{query}");
        }
    }

    #[test]
    fn moments_are_since_or_before_a_day_a_time_or_a_span() {
        for query in ["since:7d", "since:2026-11-20", "before:2026-11-21", "before:6d", "before:2026-11-20T12:01"] {
            assert!(matches(query), "{query}");
        }
        for query in ["since:6d", "since:2026-11-21", "before:2026-11-20", "before:7d", "since:2026-11-20T12:01"] {
            assert!(!matches(query), "{query}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_column_and_what_is_known() {
        assert_eq!(
            error("a lvel:2"),
            "column 3: `lvel` is not a field; did you mean `level`?; in quotes it is searched for"
        );
        assert_eq!(error("kind:send"), "column 6: `send` is not a value of `kind`; did you mean `sent`?");
        assert_eq!(error("since>2d"), "column 6: `since` does not know `>`; it takes `:`");
        assert!(error("level:(1 or 2)").starts_with("column 7: `level:` takes one value"));
        assert!(error("(by:kim").starts_with("column 1: this parenthesis is not closed"));
        assert!(error("sort:by").starts_with("column 1: `sort` is not a field"));
    }
}
