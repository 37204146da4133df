//! Labelled lines under each other, wrapped to a width: what ticket and dialogs are set in.

use std::ops::Range;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::text::{fit, pad, paragraph, width, wrap};
use crate::domain::Change;
use crate::tui::look::Look;
use crate::tui::theme::Meaning;

/// Cells of the label column, with the gap behind it.
const LABEL: usize = 10;

/// Lines in the making.
pub(crate) struct Sheet<'a> {
    look: &'a Look,
    cells: usize,
    lines: Vec<Line<'static>>,
}

impl<'a> Sheet<'a> {
    pub(crate) fn new(look: &'a Look, cells: usize) -> Self {
        Self { look, cells: cells.max(1), lines: Vec::new() }
    }

    pub(crate) fn into_lines(self) -> Vec<Line<'static>> {
        self.lines
    }

    pub(crate) fn blank(&mut self) {
        self.lines.push(Line::default());
    }

    pub(crate) fn line(&mut self, spans: Vec<Span<'static>>) {
        self.lines.push(Line::from(spans));
    }

    /// A line across, with a heading in it.
    pub(crate) fn rule(&mut self, heading: &str) {
        let rule = self.look.glyphs.rule;
        let mut text = format!("{rule}{rule} {heading} ");
        let rest = self.cells.saturating_sub(width(&text));
        text.push_str(&rule.repeat(rest));
        self.lines.push(Line::styled(text, self.look.style(Meaning::Border)));
    }

    /// Text over the whole width.
    pub(crate) fn text(&mut self, indent: usize, text: &str, style: Style, marked: &[(Range<usize>, Style)]) {
        self.lines.extend(paragraph(text, self.cells, &" ".repeat(indent), style, marked));
    }

    /// Text behind a label; nothing when the text is empty.
    pub(crate) fn labelled(&mut self, label: &str, text: &str, style: Style) {
        if text.is_empty() {
            return;
        }
        for (index, piece) in wrap(text, self.room()).into_iter().enumerate() {
            let label = if index == 0 { self.label(label) } else { self.label("") };
            self.lines.push(Line::from(vec![label, Span::styled(text[piece].to_owned(), style)]));
        }
    }

    /// Short pieces behind a label, as many a line as fit.
    pub(crate) fn pieces(&mut self, label: &str, pieces: Vec<Span<'static>>) {
        let separator = Span::styled(format!(" {} ", self.look.glyphs.dot), self.look.style(Meaning::Muted));
        let mut line = vec![self.label(label)];
        let mut used = 0;
        for piece in pieces.into_iter().filter(|piece| !piece.content.is_empty()) {
            let wide = width(&piece.content);
            if used > 0 && used + 3 + wide > self.room() {
                self.lines.push(Line::from(std::mem::replace(&mut line, vec![self.label("")])));
                used = 0;
            }
            if used > 0 {
                line.push(separator.clone());
                used += 3;
            }
            let text = fit(&piece.content, self.room(), self.look.glyphs.ellipsis).into_owned();
            line.push(Span::styled(text, piece.style));
            used += wide;
        }
        if used > 0 {
            self.lines.push(Line::from(line));
        }
    }

    /// A field before and after, with a remark on what became of it.
    pub(crate) fn change(&mut self, label: &str, change: &Change, remark: &str) {
        let glyphs = self.look.glyphs;
        let before = change.before.as_ref().map_or(glyphs.dash, |value| value.label.as_str()).to_owned();
        let after = change.after.as_ref().map_or(glyphs.dash, |value| value.label.as_str()).to_owned();
        let (old, new) = (self.look.style(Meaning::Before), self.look.style(Meaning::After));
        let arrow = format!("{} ", glyphs.arrow);
        let mut spans = vec![self.label(label), Span::raw(pad(change.field.word(), LABEL, glyphs.ellipsis))];
        let room = self.cells.saturating_sub(2 * LABEL);
        if width(&before) + 1 + width(&arrow) + width(&after) > room {
            // What it shall be is never cut: it has lines of its own.
            spans.push(Span::styled(fit(&before, room, glyphs.ellipsis).into_owned(), old));
            self.line(spans);
            self.text(
                2 * LABEL,
                &format!("{arrow}{after}"),
                Style::new(),
                &[(arrow.len()..arrow.len() + after.len(), new)],
            );
            return self.remark(remark);
        }
        spans.extend([Span::styled(before, old), Span::raw(format!(" {arrow}")), Span::styled(after, new)]);
        let used: usize = spans.iter().map(|span| width(&span.content)).sum();
        let fits = used + width(remark) <= self.cells;
        if fits {
            spans.push(Span::styled(remark.to_owned(), self.look.style(Meaning::Warning)));
        }
        self.line(spans);
        if !fits {
            self.remark(remark);
        }
    }

    fn remark(&mut self, remark: &str) {
        if !remark.is_empty() {
            self.text(2 * LABEL, remark.trim(), self.look.style(Meaning::Warning), &[]);
        }
    }

    fn label(&self, label: &str) -> Span<'static> {
        Span::styled(pad(label, LABEL, self.look.glyphs.ellipsis), self.look.style(Meaning::Muted))
    }

    fn room(&self) -> usize {
        self.cells.saturating_sub(LABEL).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Field, FieldValue};
    use crate::tui::fixture::look;

    fn set(cells: usize, remark: &str) -> Vec<String> {
        let (before, after) = (FieldValue::new("Medium impact", 1), FieldValue::new("High impact", 2));
        let change = Change { field: Field::Impact, before: Some(before), after: Some(after) };
        let look = look();
        let mut sheet = Sheet::new(&look, cells);
        sheet.change("changes", &change, remark);
        sheet.into_lines().iter().map(|line| line.to_string().trim_end().to_owned()).collect()
    }

    #[test]
    fn a_change_is_never_cut() {
        assert_eq!(set(47, ""), ["changes   impact    Medium impact → High impact"]);
        assert_eq!(set(46, ""), ["changes   impact    Medium impact", "                    → High impact"]);
        assert_eq!(set(60, " (done)"), ["changes   impact    Medium impact → High impact (done)"]);
        let below = "                    (done)";
        assert_eq!(set(50, " (done)"), ["changes   impact    Medium impact → High impact", below]);
        assert_eq!(set(28, " (done)")[1..3], ["                    → High", "                    impact"]);
    }
}
