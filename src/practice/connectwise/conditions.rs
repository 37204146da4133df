//! The language of `conditions`: what it means for a record.

use std::cmp::Ordering;

use jiff::Timestamp;
use regex::Regex;
use serde_json::Value;

use super::parser;
use super::record::{Path, Record, whole_seconds};
use crate::practice::params::moment;

/// A filter that a client wrote.
#[derive(Debug)]
pub(super) struct Conditions(Expr);

/// Why a filter cannot be used.
#[derive(Debug, PartialEq)]
pub(super) struct BadConditions(pub(super) String);

#[derive(Debug)]
pub(super) enum Expr {
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Not(Box<Expr>),
    Test(Path, Test),
}

/// What is asked of one field.
#[derive(Debug)]
pub(super) enum Test {
    IsNull,
    Compare(Comparison, Literal),
    /// Lower-case.
    Contains(String),
    Like(Regex),
    In(Vec<Literal>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Number(f64),
    Text(String),
    Flag(bool),
    /// `None` is a date without a time, which was seen to match nothing.
    Moment(Option<Timestamp>),
}

impl Conditions {
    pub(super) fn parse(text: &str) -> Result<Self, BadConditions> {
        parser::parse(text).map(Self)
    }

    /// Refuses fields that `record` does not have.
    pub(super) fn check(&self, record: &dyn Record) -> Result<(), BadConditions> {
        self.0.check(record)
    }

    pub(super) fn hold(&self, record: &dyn Record) -> bool {
        self.0.holds(record)
    }

    /// Whether they go on after some id, as a walk by id does on every page but its first.
    pub(super) fn go_on(&self) -> bool {
        self.0.goes_on()
    }
}

impl Expr {
    fn check(&self, record: &dyn Record) -> Result<(), BadConditions> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().try_for_each(|part| part.check(record)),
            Self::Not(inner) => inner.check(record),
            Self::Test(path, _) => {
                path.read(record).map(|_| ()).ok_or_else(|| BadConditions(format!("{path} is no field")))
            }
        }
    }

    fn holds(&self, record: &dyn Record) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(record)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(record)),
            Self::Not(inner) => !inner.holds(record),
            Self::Test(path, test) => path.read(record).is_some_and(|held| test.holds(&held)),
        }
    }

    fn goes_on(&self) -> bool {
        match self {
            Self::All(parts) => parts.iter().any(Self::goes_on),
            Self::Any(parts) => parts.iter().all(Self::goes_on),
            Self::Test(path, Test::Compare(Comparison::More | Comparison::AtLeast, Literal::Number(after))) => {
                path.is("id") && *after > 0.0
            }
            _ => false,
        }
    }
}

impl Test {
    fn holds(&self, held: &Value) -> bool {
        match self {
            Self::IsNull => held.is_null(),
            Self::Compare(comparison, literal) => compare(held, literal).is_some_and(|is| comparison.allows(is)),
            Self::Contains(part) => held.as_str().is_some_and(|text| text.to_lowercase().contains(part)),
            Self::Like(pattern) => held.as_str().is_some_and(|text| pattern.is_match(text)),
            Self::In(literals) => literals.iter().any(|literal| compare(held, literal) == Some(Ordering::Equal)),
        }
    }
}

impl Comparison {
    fn allows(self, is: Ordering) -> bool {
        match self {
            Self::Equal => is.is_eq(),
            Self::NotEqual => is.is_ne(),
            Self::Less => is.is_lt(),
            Self::AtMost => is.is_le(),
            Self::More => is.is_gt(),
            Self::AtLeast => is.is_ge(),
        }
    }
}

/// How a field compares; what is empty or of another kind does not. Text has no case, and moments
/// are compared in whole seconds.
fn compare(held: &Value, literal: &Literal) -> Option<Ordering> {
    match (held, literal) {
        (Value::Number(held), Literal::Number(wanted)) => held.as_f64()?.partial_cmp(wanted),
        (Value::Bool(held), Literal::Flag(wanted)) => Some(held.cmp(wanted)),
        (Value::String(held), Literal::Text(wanted)) => Some(held.to_lowercase().cmp(&wanted.to_lowercase())),
        (Value::String(held), Literal::Moment(wanted)) => {
            Some(whole_seconds(moment(held)?).cmp(&whole_seconds((*wanted)?)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn ticket() -> Value {
        json!({ "id": 48213, "summary": "VPN drops [daily] every hour", "closedFlag": false, "owner": null,
            "board": { "id": 1, "name": "Help Desk" }, "severity": "Medium",
            "_info": { "lastUpdated": "2026-08-14T06:30:12Z" } })
    }

    fn holds(conditions: &str) -> bool {
        let parsed = Conditions::parse(conditions).unwrap_or_else(|error| panic!("{conditions}: {error:?}"));
        assert_eq!(parsed.check(&ticket()), Ok(()), "{conditions}");
        parsed.hold(&ticket())
    }

    #[test]
    fn what_holds() {
        for conditions in [
            "id = 48213",
            "id=48213 and closedFlag=False",
            "id != 5 AND id > 48212 and id >= 48213 and id < 48214 and id <= 48213",
            "id in (1, 48213)",
            "id not in (1,2)",
            "not id in (1,2)",
            "board/id=1 and Board/Name=\"help desk\"",
            "summary contains \"DROPS\"",
            "summary like \"vpn*hour\" and summary like \"%drops%\"",
            "summary like \"*[[]daily]*\"",
            "summary not like \"vpn\"",
            "owner/id = null and owner = null and board/id != null",
            "not (closedFlag = true or id = 1)",
            "closedFlag = true or id = 48213 and severity = \"medium\"",
            "severity in (\"High\", \"Medium\")",
            "lastUpdated = [2026-08-14T06:30:12Z] and lastUpdated = [2026-08-14T08:30:12.900+02:00]",
            "lastUpdated > [2026-08-14T06:30:11Z] and _info/lastUpdated < [2026-08-14T06:30:13]",
        ] {
            assert!(holds(conditions), "{conditions}");
        }
    }

    #[test]
    fn what_does_not_hold() {
        for conditions in [
            "id = \"48213\"",
            "(closedFlag = true or id = 48213) and severity = \"high\"",
            "owner/id = 3",
            "owner/id != 3",
            "lastUpdated > [2026-08-14T06:30:12Z]",
            "lastUpdated >= [2026-08-13]",
            "summary like \"drops\"",
            "summary contains \"a.*b\"",
        ] {
            assert!(!holds(conditions), "{conditions}");
        }
    }

    #[test]
    fn unknown_fields_are_refused() {
        for conditions in ["colour = 1", "board/colour = 1", "closedFlag = true and not (id = 1 or id/x = 1)"] {
            assert!(Conditions::parse(conditions).expect("well written").check(&ticket()).is_err(), "{conditions}");
        }
    }

    #[test]
    fn a_walk_by_id_is_seen() {
        let goes_on = |text: &str| Conditions::parse(text).expect("well written").go_on();
        assert!(goes_on("lastUpdated >= [2026-08-14T06:30:12Z] and id > 7") && goes_on("id>=1"));
        assert!(!goes_on("id > 0") && !goes_on("id = 7") && !goes_on("id > 7 or closedFlag = true"));
    }

    proptest! {
        #[test]
        fn whatever_was_written_it_is_read_or_refused(text in "[ -~é]{0,80}") {
            if let Ok(conditions) = Conditions::parse(&text) {
                prop_assert!(conditions.check(&ticket()).is_ok() || !text.is_empty());
            }
        }

        #[test]
        fn whatever_the_tokens_they_are_read_or_refused(tokens in prop::collection::vec(prop::sample::select(vec![
            "id", "board/id", "and", "or", "not", "in", "like", "contains", "(", ")", ",", "=", "!=", "<", ">=", "5",
            "-1.5", "\"x\"", "[2026-08-14T06:30:12Z]", "null", "true",
        ]), 0..40)) {
            if let Ok(conditions) = Conditions::parse(&tokens.join(" ")) {
                // A word of the language may stand where a field should, and is none.
                let words = ["and", "or", "not", "in", "like", "contains", "null", "true"];
                let known = conditions.check(&ticket());
                prop_assert!(known.is_ok() || tokens.iter().any(|token| words.contains(token)));
                let read = conditions.hold(&ticket());
                prop_assert_eq!(read, conditions.hold(&ticket()));
            }
        }
    }
}
