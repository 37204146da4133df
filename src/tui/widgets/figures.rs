//! Tables of names with figures behind them. Where it is narrow, the figures that matter least go first.

use ratatui::text::{Line, Span};

use super::text::{pad, pad_left};
use crate::tui::look::Look;
use crate::tui::theme::Meaning;

/// A column of figures: heading, cells with the gap before it, and what stands there, on so many cells.
pub(crate) struct Column<T> {
    pub(crate) heading: &'static str,
    pub(crate) cells: usize,
    pub(crate) read: fn(&T, &Look, usize) -> Vec<Span<'static>>,
}

/// Cells between two columns.
const GAP: usize = 2;

/// The columns that fit, and the cells that are left for the name.
pub(crate) struct Figures<T> {
    name: usize,
    columns: Vec<Column<T>>,
}

impl<T> Figures<T> {
    /// As many of `columns` as fit `cells`, the first ones first, behind a name of `least` cells and at
    /// most `most`.
    pub(crate) fn fitting(
        columns: impl IntoIterator<Item = Column<T>>,
        least: usize,
        most: usize,
        cells: usize,
    ) -> Self {
        let mut used = least;
        let fits = |column: &Column<T>| {
            used += column.cells;
            used <= cells
        };
        let columns: Vec<Column<T>> = columns.into_iter().take_while(fits).collect();
        let taken: usize = columns.iter().map(|column| column.cells).sum();
        Self { name: cells.saturating_sub(taken).min(most), columns }
    }

    /// The headings, `name` above the names.
    pub(crate) fn headings(&self, name: &str) -> String {
        let heads: String = self.columns.iter().map(|column| pad_left(column.heading, column.cells, "")).collect();
        format!("{}{heads}", pad(name, self.name, ""))
    }

    /// The line of `of`, which is called `name`.
    pub(crate) fn line(&self, name: &str, of: &T, look: &Look) -> Line<'static> {
        let mut spans = vec![Span::raw(pad(name, self.name, look.glyphs.ellipsis))];
        for column in &self.columns {
            let read = (column.read)(of, look, column.cells - GAP);
            let taken: usize = read.iter().map(Span::width).sum();
            spans.push(Span::raw(" ".repeat(column.cells.saturating_sub(taken))));
            spans.extend(read);
        }
        Line::from(spans).style(look.style(Meaning::Text))
    }
}
