//! The values that stand behind operators: read from text, and written back.

use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::ast::{Bound, Operator, When};
use super::error::{QueryError, shown};
use super::field::{FIELDS, Field, STATES, State};
use super::order::SortKey;
use super::pattern::Pattern;
use crate::domain::{Flag, Label, Level};

/// A value as it stands in the query.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) text: String,
    /// Quoted: a literal.
    pub(super) quoted: bool,
    /// Where it begins.
    pub(super) column: usize,
}

/// The word for the configured threshold.
pub(super) const THRESHOLD: &str = "threshold";

/// Seconds in each unit, largest first.
const UNITS: [(char, i64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

/// The longest span, in seconds: about three thousand years, so that no arithmetic can overflow.
const LONGEST_SPAN: i64 = 100_000_000_000;

impl Value {
    fn wrong(&self, what: impl fmt::Display) -> QueryError {
        QueryError::new(self.column, format!("{} is not {what}", shown(&self.text)))
    }

    /// What a text is compared with. Stars are stars in literals and behind `=`.
    pub(super) fn pattern(&self, operator: Operator) -> Pattern {
        let stars = !self.quoted && !matches!(operator, Operator::Compare(_));
        Pattern::new(&self.text, stars, operator == Operator::Holds)
    }

    /// A number within the bounds of the field named `word`.
    pub(super) fn number(&self, word: &str, [low, high]: [f64; 2]) -> Result<f64, QueryError> {
        let number = self.text.parse().ok().filter(|number| (low..=high).contains(number));
        number.ok_or_else(|| {
            let error = self.wrong(format_args!("a number from {low} to {high}, as `{word}` has them"));
            if self.text == THRESHOLD { error.suggest("only frustration, urgency and impact have one") } else { error }
        })
    }

    /// One of the words that the field named `field` knows.
    pub(super) fn word_of(&self, field: &str, known: &[&'static str]) -> Result<&'static str, QueryError> {
        let found = known.iter().find(|word| word.eq_ignore_ascii_case(&self.text.replace('-', "_"))).copied();
        let unknown = || QueryError::unknown(self.column, &self.text, &format!("a value of `{field}`"), known);
        found.ok_or_else(unknown)
    }

    /// A step on a 1-5 scale, or its threshold.
    pub(super) fn level(&self) -> Result<Bound, QueryError> {
        if self.text.eq_ignore_ascii_case(THRESHOLD) {
            return Ok(Bound::Threshold);
        }
        let level = self.text.parse().ok().and_then(|step| Level::new(step).ok()).map(Bound::Level);
        level.ok_or_else(|| self.wrong("a level").suggest("write 1 to 5, or `threshold` for the configured one"))
    }

    /// A label.
    pub(super) fn label(&self) -> Result<Label, QueryError> {
        Label::from_word(&self.text)
            .ok_or_else(|| QueryError::unknown(self.column, &self.text, "a label", &Label::ALL.map(Label::word)))
    }

    /// A flag; `follow-up` is as good as `follow_up`.
    pub(super) fn flag(&self) -> Result<Flag, QueryError> {
        Flag::from_word(&self.text.to_ascii_lowercase().replace('-', "_"))
            .ok_or_else(|| QueryError::unknown(self.column, &self.text, "a flag", &Flag::ALL.map(Flag::word)))
    }

    /// A state. A tone is none, since its worst label would be taken for the matter's urgency.
    pub(super) fn state(&self) -> Result<&'static State, QueryError> {
        let known: Vec<_> = STATES.iter().map(|state| state.entry.word).collect();
        State::named(&self.text).ok_or_else(|| match Label::from_word(&self.text) {
            Some(label) => self
                .wrong("a state")
                .suggest(format!("write `label:{label}` for the tone, or `urgency>=4` for how pressing the matter is")),
            None => QueryError::unknown(self.column, &self.text, "a state", &known),
        })
    }

    /// A span of time in seconds, perhaps negative.
    pub(super) fn span(&self) -> Result<i64, QueryError> {
        span(&self.text).ok_or_else(|| self.wrong("a span of time").suggest("write it as 30s, 90m, 2h, 1d12h or 1w"))
    }

    /// How long ago, or a date or time (UTC unless it says otherwise).
    pub(super) fn when(&self) -> Result<When, QueryError> {
        let when = span(&self.text)
            .filter(|seconds| *seconds >= 0)
            .map(When::Ago)
            .or_else(|| self.text.parse().ok().map(When::At))
            .or_else(|| day_or_time(&self.text));
        when.ok_or_else(|| {
            self.wrong("a time").suggest("write how long ago (24h, 2d) or a date (2026-08-14, 2026-08-14T10:30)")
        })
    }

    /// The sort keys, with commas between.
    pub(super) fn sort(&self) -> Result<Vec<SortKey>, QueryError> {
        let mut column = self.column;
        let mut keys = Vec::new();
        for key in self.text.split(',') {
            let (word, reversed) = key.strip_prefix('-').map_or((key, false), |word| (word, true));
            let field = Field::named(word).filter(|field| field.is_sortable()).last();
            let unknown = || QueryError::unknown(column, word, "a field to sort by", &sortable_words());
            keys.push(SortKey::new(field.ok_or_else(unknown)?, reversed));
            column += key.chars().count() + 1;
        }
        Ok(keys)
    }
}

/// Every word that `sort:` knows.
pub(super) fn sortable_words() -> Vec<&'static str> {
    let mut words: Vec<_> = FIELDS.iter().filter(|field| field.is_sortable()).map(Field::word).collect();
    words.dedup();
    words
}

pub(super) fn span(text: &str) -> Option<i64> {
    let (sign, mut rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    if rest == "0" {
        return Some(0);
    }
    let mut total: i64 = 0;
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: i64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let (_, seconds) = UNITS.into_iter().find(|(known, _)| *known == unit.to_ascii_lowercase())?;
        total = count.checked_mul(seconds).and_then(|part| total.checked_add(part))?;
        rest = &rest[digits + unit.len_utf8()..];
        if rest.is_empty() {
            return (total <= LONGEST_SPAN).then_some(sign * total);
        }
    }
}

fn day_or_time(text: &str) -> Option<When> {
    let utc = |time: DateTime| Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp());
    match text.contains([':', 'T', 't', ' ']) {
        true => utc(text.parse().ok()?).map(When::At),
        false => utc(text.parse::<Date>().ok()?.to_datetime(Default::default())).map(When::Day),
    }
}

/// A span as it is written: `-1d12h`.
pub(super) struct Span(pub(super) i64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0");
        }
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let mut left = self.0.abs();
        for (unit, seconds) in UNITS {
            if left >= seconds {
                write!(f, "{}{unit}", left / seconds)?;
                left %= seconds;
            }
        }
        Ok(())
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ago(seconds) => Span(*seconds).fmt(f),
            Self::Day(start) => start.to_zoned(TimeZone::UTC).date().fmt(f),
            Self::At(time) => time.fmt(f),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level(level) => level.fmt(f),
            Self::Threshold => f.write_str(THRESHOLD),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value { text: text.into(), quoted: false, column: 7 }
    }

    #[test]
    fn spans_are_sums_of_their_units() {
        let cases = [
            ("30s", Some(30)),
            ("90m", Some(5400)),
            ("1d12h", Some(129_600)),
            ("1W", Some(604_800)),
            ("0", Some(0)),
            ("-1h", Some(-3600)),
            ("2", None),
            ("h", None),
            ("1h30", None),
            ("1.5h", None),
            ("--1h", None),
            ("", None),
            ("99999999999999999999w", None),
            ("9000000000000000000s9000000000000000000s", None),
            ("200000w", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(span(text), seconds, "{text}");
        }
        assert_eq!(Span(-131_415).to_string(), "-1d12h30m15s");
        assert_eq!(Span(0).to_string(), "0");
    }

    #[test]
    fn times_are_ago_days_or_moments_in_utc() {
        let at = |text: &str| text.parse().expect("a time");
        let cases = [
            ("24h", When::Ago(86_400)),
            ("2026-08-14", When::Day(at("2026-08-14T00:00:00Z"))),
            ("2026-08-14T10:30", When::At(at("2026-08-14T10:30:00Z"))),
            ("2026-08-14T10:30:05Z", When::At(at("2026-08-14T10:30:05Z"))),
            ("2026-08-14T10:30+02:00", When::At(at("2026-08-14T08:30:00Z"))),
        ];
        for (text, when) in cases {
            assert_eq!(value(text).when(), Ok(when), "{text}");
        }
        for text in ["-2h", "2026-13-01", "yesterday", "", "9999-12-31"] {
            assert!(value(text).when().is_err(), "{text}");
        }
    }
}
