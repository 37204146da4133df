//! From tree to text: the shortest plain way to write it, which parses back to the same tree.

use std::fmt;

use super::ast::{Comparison, Expr, Test};
use super::field::State;
use super::pattern::Pattern;
use super::token::{Keyword, Place};
use super::value::Span;

impl<T: fmt::Display> fmt::Display for Expr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) => joined(f, parts, " ", |part| matches!(part, Self::Any(_))),
            Self::Any(parts) => joined(f, parts, " or ", |_| false),
            Self::Not(part) => {
                f.write_str("-")?;
                grouped(f, part, matches!(**part, Self::All(_) | Self::Any(_)))
            }
            Self::Test(test) => test.fmt(f),
        }
    }
}

fn joined<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    parts: &[Expr<T>],
    with: &str,
    group: fn(&Expr<T>) -> bool,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(with)?;
        }
        grouped(f, part, group(part))?;
    }
    Ok(())
}

fn grouped<T: fmt::Display>(f: &mut fmt::Formatter<'_>, part: &Expr<T>, group: bool) -> fmt::Result {
    if group { write!(f, "({part})") } else { write!(f, "{part}") }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.word();
        match self {
            Self::Words(pattern) => write_pattern(f, pattern, Place::Condition),
            Self::Text { pattern, .. } => {
                write!(f, "{word}{}", if pattern.is_anywhere() { "~" } else { ":" })?;
                write_pattern(f, pattern, Place::Value)
            }
            Self::Number { comparison, value, .. } => write!(f, "{word}{comparison}{value}"),
            Self::Level { comparison, bound, .. } => write!(f, "{word}{comparison}{bound}"),
            Self::Label { comparison: Comparison::Equal, label, .. } => write!(f, "{word}:{label}"),
            Self::Label { comparison, label, .. } => write!(f, "{word}{comparison}{label}"),
            Self::Span { comparison, seconds, .. } => write!(f, "{word}{comparison}{}", Span(*seconds)),
            Self::Moment { comparison, when, .. } => write!(f, "{word}{comparison}{when}"),
            Self::Flag(flag) => write!(f, "{word}:{}", flag.word()),
            Self::State(state) => write!(f, "{word}:{}", state.entry.word),
            Self::Phrase(phrase) => {
                write!(f, "{word}:")?;
                write_quoted(f, phrase)
            }
        }
    }
}

fn write_pattern(f: &mut fmt::Formatter<'_>, pattern: &Pattern, place: Place) -> fmt::Result {
    let text = pattern.text();
    if pattern.is_glob() || is_bare(text, place) { f.write_str(text) } else { write_quoted(f, text) }
}

/// Whether `text` means itself without quotes.
fn is_bare(text: &str, place: Place) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@' | '/' | '#' | '+' | '\'' | '&');
    let taken = Keyword::from_word(text).is_some() || (place == Place::Condition && State::named(text).is_some());
    !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) && !taken
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str(&quoted(text))
}

/// `text` as a value that means itself alone, in quotes where it must be.
pub(super) fn value(text: &str) -> String {
    if is_bare(text, Place::Value) { text.to_owned() } else { quoted(text) }
}

/// `text` as a literal.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
