//! What is wrong with a query, and where.

use thiserror::Error;
use unicode_width::UnicodeWidthChar;

use crate::domain::Plain;

/// Longest piece of a query that an error repeats, in characters.
const LONGEST_ECHO: usize = 40;

/// Why a text is not a query.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("column {column}: {message}{}", suggestion.as_ref().map(|what| format!("; {what}")).unwrap_or_default())]
pub struct QueryError {
    /// Where, in characters from 1. One past the end when something is missing there.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead, or what is known here.
    pub suggestion: Option<String>,
}

impl QueryError {
    pub(super) fn new(column: usize, message: impl Into<String>) -> Self {
        Self { column, message: message.into(), suggestion: None }
    }

    pub(super) fn suggest(self, what: impl Into<String>) -> Self {
        Self { suggestion: Some(what.into()), ..self }
    }

    /// `word` is none of `known`: names the nearest, or all of them.
    pub(super) fn unknown(column: usize, word: &str, what: &str, known: &[&str]) -> Self {
        let suggestion = match nearest(word, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known: {}", known.join(", ")),
        };
        Self::new(column, format!("{} is not {what}", shown(word))).suggest(suggestion)
    }

    /// The line of `text` that is wrong, with a `^` under the place. `text` is what was parsed.
    pub fn caret(&self, text: &str) -> String {
        let before = text.chars().take(self.column.saturating_sub(1));
        let line_start = before.clone().enumerate().filter(|(_, c)| *c == '\n').last().map_or(0, |(at, _)| at + 1);
        let line: String = text.chars().skip(line_start).take_while(|c| *c != '\n').filter_map(drawable).collect();
        let indent: usize = before.skip(line_start).filter_map(drawable).filter_map(UnicodeWidthChar::width).sum();
        format!("{line}\n{:indent$}^", "")
    }
}

/// A piece of the query as an error shows it.
pub(super) fn shown(piece: &str) -> String {
    format!("`{}`", Plain::new(piece).cut(LONGEST_ECHO))
}

fn drawable(c: char) -> Option<char> {
    if c.is_whitespace() { Some(' ') } else { super::token::is_visible(c).then_some(c) }
}

/// The known word that `word` begins, or that is at most a third of its letters away.
fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    let letters = word.chars().count();
    if letters >= 2
        && let Some(longer) = known.iter().find(|candidate| candidate.starts_with(&word))
    {
        return Some(longer);
    }
    known
        .iter()
        .map(|candidate| (strsim::osa_distance(&word, candidate), *candidate))
        .filter(|(distance, _)| *distance <= (letters / 3).max(1) && letters >= 2)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_near() {
        let known = ["board", "status", "frustration", "owner"];
        assert_eq!(nearest("bord", &known), Some("board"));
        assert_eq!(nearest("Onwer", &known), Some("owner"));
        assert_eq!(nearest("frust", &known), Some("frustration"));
        assert_eq!(nearest("zzz", &known), None);
        assert_eq!(nearest("b", &known), None);
    }

    #[test]
    fn the_caret_stands_under_the_place() {
        assert_eq!(QueryError::new(5, "x").caret("日本 bord:x"), "日本 bord:x\n      ^");
        assert_eq!(QueryError::new(9, "x").caret("is:open\nbord:x\nvip"), "bord:x\n^");
        assert_eq!(QueryError::new(3, "x").caret("ab"), "ab\n  ^");
    }

    #[test]
    fn nothing_unsafe_reaches_the_terminal() {
        let error = QueryError::unknown(1, "\u{1b}[31mbad\u{202e}", "a field", &["board"]);
        assert!(!error.to_string().chars().any(char::is_control), "{error}");
        assert_eq!(error.caret("\u{1b}x\u{202e}"), "x\n^");
    }
}
