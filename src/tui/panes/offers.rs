//! What could come next, in a box above the lowest lines: keys that can follow, or words that could
//! stand at the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use crate::tui::app::{App, Offer};
use crate::tui::keymap::label;
use crate::tui::look::Look;
use crate::tui::theme::Meaning;
use crate::tui::widgets::text::{fit, pad, width};

/// Lines of offers, at most.
const MOST: usize = 9;

/// Draws what could come next at the bottom of `area`, where anything could.
pub(super) fn draw(app: &App, look: &Look, area: Rect, buffer: &mut Buffer) {
    if !app.pressed.is_empty() {
        let following = app.keymap.following(app.context(), app.may_write(), &app.pressed);
        let lines: Vec<(String, String)> =
            following.into_iter().map(|(keys, binding)| (keys, binding.help.to_string())).collect();
        return draw_lines(&format!("{} then", label(&app.pressed)), &lines, None, look, area, buffer);
    }
    let (offers, at) = app.offers();
    let lines: Vec<(String, String)> =
        offers.into_iter().map(|Offer { text, help, .. }| (text.trim_end().to_owned(), help)).collect();
    draw_lines("Tab writes", &lines, at, look, area, buffer);
}

fn draw_lines(
    title: &str,
    lines: &[(String, String)],
    at: Option<usize>,
    look: &Look,
    area: Rect,
    buffer: &mut Buffer,
) {
    if lines.is_empty() || area.height < 3 {
        return;
    }
    let room = MOST.min(usize::from(area.height) - 2);
    let first = at.map_or(0, |at| (at + 1).saturating_sub(room));
    let shown = &lines[first..lines.len().min(first + room)];
    let words = shown.iter().map(|(word, _)| width(word)).max().unwrap_or(0).min(24);
    let place = Rect { y: area.bottom() - shown.len() as u16 - 1, height: shown.len() as u16 + 1, ..area };
    Clear.render(place, buffer);
    let more = lines.len() - shown.len();
    let more = if more > 0 { format!(", {more} more") } else { String::new() };
    let rule = format!("{0}{0} {title}{more} ", look.glyphs.rule);
    let rest = look.glyphs.rule.repeat(usize::from(area.width).saturating_sub(width(&rule)));
    buffer.set_stringn(area.x, place.y, format!("{rule}{rest}"), area.width.into(), look.style(Meaning::Border));
    for (index, ((word, help), y)) in shown.iter().zip(place.y + 1..).enumerate() {
        let meaning = if at == Some(first + index) { Meaning::Selection } else { Meaning::Key };
        let room = usize::from(area.width).saturating_sub(words + 4);
        let line = Line::from(vec![
            Span::raw(" "),
            Span::styled(pad(word, words, look.glyphs.ellipsis), look.style(meaning)),
            Span::raw("  "),
            Span::styled(fit(help, room, look.glyphs.ellipsis).into_owned(), look.style(Meaning::Muted)),
        ]);
        buffer.set_line(area.x, y, &line, area.width);
    }
}
