//! A text seen as lines and paragraphs, and the parts of it that may go.

use std::ops::Range;

/// Characters of a message that are looked at; more is a pasted file.
pub(super) const MOST_CHARS: usize = 60_000;

/// A run of lines to take out.
#[derive(Debug, PartialEq)]
pub(super) struct Part {
    /// The lines, by number.
    pub(super) lines: Range<usize>,
    /// The reason that is recorded.
    pub(super) why: &'static str,
}

/// The runs of lines between blank ones.
pub(super) fn paragraphs(lines: &[&str]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        match found.last_mut() {
            _ if line.trim().is_empty() => {}
            Some(last) if last.end == at => last.end = at + 1,
            _ => found.push(at..at + 1),
        }
    }
    found
}

/// The number of the first line at or after `at` that is not blank.
pub(super) fn next_written(lines: &[&str], at: usize) -> Option<usize> {
    (at..lines.len()).find(|&n| !lines[n].trim().is_empty())
}

/// The number of the last line before `at` that is not blank.
pub(super) fn last_written(lines: &[&str], at: usize) -> Option<usize> {
    (0..at.min(lines.len())).rev().find(|&n| !lines[n].trim().is_empty())
}

/// Whether a line is nothing but a drawn rule.
pub(super) fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 3 && line.chars().all(|c| matches!(c, '_' | '-' | '=' | '*' | '–' | '—' | '─'))
}

/// Every kind of space is a space, no line ends in one, and no two blank lines stand together.
pub(super) fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = 0;
    for line in text.lines() {
        if line.trim().is_empty() {
            blank += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if blank > 0 { "\n\n" } else { "\n" });
        }
        blank = 0;
        out.extend(line.trim_end().chars().map(|c| if c.is_whitespace() { ' ' } else { c }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_stand_between_blank_lines() {
        assert_eq!(paragraphs(&["", "a", "b", " ", "", "c"]), [1..3, 5..6]);
    }

    #[test]
    fn white_space_is_evened_out() {
        assert_eq!(tidy("\n\n  a\u{a0}b \n\n\n\nc\n"), "  a b\n\nc");
    }
}
