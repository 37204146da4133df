//! A tone as glyph, word and number: readable without colour.

use ratatui::text::Span;

use crate::domain::{Counts, Label, Row, Score};
use crate::tui::look::Look;
use crate::tui::theme::Meaning;

/// Glyph, word and score of a ticket in exactly 17 cells; without the score where there are fewer.
pub(crate) fn cell(row: &Row, cells: usize, look: &Look) -> Span<'static> {
    let Some(tone) = &row.tone else { return unscored(row.counts, look) };
    let about = if row.embedded { "~" } else { " " };
    let word = format!("{} {:<8}", look.glyphs.tone(tone.label), tone.label.word());
    let text = if cells < 17 { word } else { format!("{word} {about}{:>5}", tone.latest()) };
    Span::styled(text, look.style(tone.label))
}

/// What stands where no tone is known: never a label.
pub(crate) fn unscored(counts: Counts, look: &Look) -> Span<'static> {
    let (glyph, word) = match counts {
        Counts { pending: 1.., .. } => (look.glyphs.pending, "pending"),
        Counts { abstained: 1.., .. } => (look.glyphs.abstained, "abstained"),
        _ => (" ", ""),
    };
    Span::styled(format!("{glyph} {word}"), look.style(Meaning::Unscored))
}

/// Glyph, word and number of one message: `▼ negative ~-0.45`.
pub(crate) fn message(label: Label, score: Score, embedded: bool, look: &Look) -> Span<'static> {
    let about = if embedded { "~" } else { "" };
    Span::styled(format!("{} {} {about}{score}", look.glyphs.tone(label), label.word()), look.style(label))
}

/// A bar of `cells` for `share` in [0, 1].
pub(crate) fn meter(share: f64, cells: usize, look: &Look) -> String {
    let steps = look.glyphs.meter.len() - 1;
    let filled = (share.clamp(0.0, 1.0) * (cells * steps) as f64).round() as usize;
    (0..cells).map(|cell| look.glyphs.meter[filled.saturating_sub(cell * steps).min(steps)]).collect()
}
