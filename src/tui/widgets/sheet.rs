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
        let before = change.before.as_ref().map_or(glyphs.dash, |value| value.label.as_str());
        let name = pad(change.field.word(), LABEL, glyphs.ellipsis);
        let mut spans = vec![
            self.label(label),
            Span::raw(name),
            Span::styled(before.to_owned(), self.look.style(Meaning::Before)),
            Span::raw(format!(" {} ", glyphs.arrow)),
            Span::styled(change.after.label.to_string(), self.look.style(Meaning::After)),
        ];
        let used: usize = spans.iter().map(|span| width(&span.content)).sum();
        if used + width(remark) <= self.cells {
            spans.push(Span::styled(remark.to_owned(), self.look.style(Meaning::Warning)));
            return self.line(spans);
        }
        self.line(spans);
        self.text(2 * LABEL, remark.trim(), self.look.style(Meaning::Warning), &[]);
    }

    fn label(&self, label: &str) -> Span<'static> {
        Span::styled(pad(label, LABEL, self.look.glyphs.ellipsis), self.look.style(Meaning::Muted))
    }

    fn room(&self) -> usize {
        self.cells.saturating_sub(LABEL).max(1)
    }
}
