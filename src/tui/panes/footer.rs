//! The two lowest lines: what just happened and where one is, then the keys or the filter.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use tui_input::Input;

use super::Drawn;
use crate::tui::app::{App, Dialog, Held, Notice, Page};
use crate::tui::keymap::Binding;
use crate::tui::look::Look;
use crate::tui::theme::Meaning;
use crate::tui::widgets::text::{fit, width, wrap};

/// Below this many cells a notice needs the room.
const ROOMY: u16 = 60;

/// Cells at the sides of the status line and between notice and place.
const GAPS: usize = 4;

/// The most lines of an error.
const MOST_LINES: usize = 6;

/// What is wrong with what is typed, on lines of so many cells.
pub(super) fn trouble(app: &App, cells: u16) -> Vec<String> {
    let why = match &app.dialog {
        Some(Dialog::Command(prompt)) => prompt.refused.clone(),
        _ => app.filter.error.as_ref().filter(|_| app.filter.is_typed()).map(ToString::to_string),
    };
    let Some(why) = why else { return Vec::new() };
    let pieces = wrap(&why, usize::from(cells).saturating_sub(2));
    pieces.into_iter().take(MOST_LINES).map(|piece| why[piece].to_owned()).collect()
}

/// Draws what is wrong, its last line on the status line.
fn draw_trouble(lines: &[String], look: &Look, area: Rect, buffer: &mut Buffer) {
    let top = area.y.saturating_sub(lines.len().saturating_sub(1) as u16);
    for (line, y) in lines.iter().zip(top..) {
        let whole = Rect { y, ..area };
        Clear.render(whole, buffer);
        buffer.set_stringn(area.x + 1, y, line, area.width.saturating_sub(1).into(), look.style(Meaning::Danger));
    }
}

/// Draws the status line: notice or error to the left, place to the right.
pub(super) fn draw_status(app: &App, look: &Look, area: Rect, buffer: &mut Buffer) {
    let trouble = trouble(app, area.width);
    if !trouble.is_empty() {
        return draw_trouble(&trouble, look, area, buffer);
    }
    let place = place(app, look);
    let crowded = app.notice.as_ref().is_some_and(|notice| crowds_out(notice, &place, area.width.into()));
    let place = if crowded { String::new() } else { place };
    let wide = width(&place) as u16;
    let x = area.right().saturating_sub(wide + 1).max(area.x);
    let room = usize::from((x - area.x).saturating_sub(2));
    buffer.set_stringn(x, area.y, place, (area.right() - x).into(), look.style(Meaning::Muted));
    if let Some(notice) = &app.notice {
        let text = format!(" {}", notice.text);
        let style = look.style(notice.meaning);
        buffer.set_stringn(area.x, area.y, fit(&text, room, look.glyphs.ellipsis), room, style);
    } else if let Some(held) = app.queue.held().filter(|_| sorts_here(app)) {
        let text = fit(&held_words(held), room, look.glyphs.ellipsis).into_owned();
        buffer.set_stringn(area.x, area.y, text, room, look.style(Meaning::Fresh));
    }
}

/// Whether a notice needs the room of the place: an answer to a key does before it is cut, and what comes by
/// itself only where it would not fit on a line of its own.
fn crowds_out(notice: &Notice, place: &str, cells: usize) -> bool {
    let beside = if notice.meaning == Meaning::Fresh { 1 } else { width(place) };
    width(&notice.text) + beside + GAPS > cells
}

/// Whether the key that sorts again means that here.
fn sorts_here(app: &App) -> bool {
    app.dialog.is_none() && !app.filter.is_typed() && matches!(app.page, Page::Desk | Page::Ticket)
}

fn held_words(held: Held) -> String {
    let parts = [(held.new, "new"), (held.moved, "moved"), (held.gone, "gone")];
    let parts: Vec<String> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    format!(" {}: press . to re-sort", parts.join(", "))
}

fn place(app: &App, look: &Look) -> String {
    match app.page {
        Page::Desk | Page::Ticket => {
            let at = app.queue.index().map_or(0, |index| index + 1);
            let form = format!("{} text {} ", app.detail.form.word(), look.glyphs.dot);
            let form = if app.size.width < ROOMY { "" } else { &form };
            let marked = app.tagged.len();
            let marked = if marked > 0 { format!("{marked} marked {} ", look.glyphs.dot) } else { String::new() };
            let count = app.count.map_or_else(String::new, |count| format!("{count} times {} ", look.glyphs.dot));
            format!("{count}{marked}{form}{at}/{}", app.queue.len())
        }
        Page::Proposals => {
            let count = app.proposals.list().map_or(0, <[_]>::len);
            format!("{}/{count}", app.proposals.index().map_or(0, |index| index + 1))
        }
        Page::Activity => {
            let (at, count) = (app.activity.index().map_or(0, |index| index + 1), app.activity.events().len());
            let lost = app.activity.lost;
            let lost = if lost > 0 { format!(", {lost} lost") } else { String::new() };
            format!("{at}/{count} events{lost}")
        }
        Page::Trends => format!("last {}", app.trending.range.title()),
        Page::Pulse => "last 24 hours".into(),
        Page::Sent => "what left".into(),
        Page::Doctor => "the checks".into(),
    }
}

/// Draws the filter while it is typed, else the keys of this place.
pub(super) fn draw(app: &App, look: &Look, area: Rect, buffer: &mut Buffer, drawn: &mut Drawn) {
    match &app.dialog {
        Some(Dialog::Command(prompt)) => {
            drawn.cursor = Some(draw_typed(&prompt.input, ":", look, area, buffer));
            return;
        }
        None if app.filter.is_typed() => {
            drawn.cursor = Some(draw_filter(app, look, area, buffer));
            return;
        }
        _ => {}
    }
    let room = usize::from(area.width).saturating_sub(1);
    let mut spans = vec![Span::raw(" ")];
    let mut used = 0;
    for binding in hints(app) {
        let keys = binding.keys().into_iter().next().unwrap_or_default();
        let wide = width(&keys) + 1 + width(&binding.hint) + 2;
        if used + wide > room + 2 {
            break;
        }
        used += wide;
        let key = if binding.dangerous() { Meaning::Danger } else { Meaning::Key };
        spans.push(Span::styled(keys, look.style(key)));
        spans.push(Span::styled(format!(" {}  ", binding.hint), look.style(Meaning::Muted)));
    }
    buffer.set_line(area.x, area.y, &Line::from(spans), area.width);
}

/// The keys worth a place, help and quit always among the first.
fn hints(app: &App) -> impl Iterator<Item = &Binding> {
    let hinted = |binding: &&Binding| !binding.hint.is_empty();
    let all = move || app.keymap.bindings(app.context(), app.may_write()).filter(hinted);
    let pinned = |binding: &&Binding| matches!(&*binding.hint, "help" | "quit");
    all().filter(pinned).chain(all().filter(move |binding| !pinned(binding)))
}

/// The input, with the place of an error marked in it.
fn draw_filter(app: &App, look: &Look, area: Rect, buffer: &mut Buffer) -> Position {
    let input = &app.filter.input;
    let cursor = draw_typed(input, "/", look, area, buffer);
    let room = usize::from(area.width).saturating_sub(4);
    let (scroll, x) = (input.visual_scroll(room), area.x + 3);
    if let Some(error) = &app.filter.error {
        let before: String = input.value().chars().take(error.column.saturating_sub(1)).collect();
        let column = width(&before).saturating_sub(scroll).min(room.saturating_sub(1)) as u16;
        buffer.set_style(Rect { x: x + column, y: area.y, width: 1, height: 1 }, look.style(Meaning::Alarm));
    }
    cursor
}

/// A line that is typed behind its sign; says where the cursor is.
fn draw_typed(input: &Input, sign: &str, look: &Look, area: Rect, buffer: &mut Buffer) -> Position {
    let room = usize::from(area.width).saturating_sub(4);
    let scroll = input.visual_scroll(room);
    let x = area.x + 3;
    buffer.set_stringn(area.x + 1, area.y, sign, 1, look.style(Meaning::Key));
    draw_input(input.value(), scroll, room, x, area.y, look, buffer);
    Position { x: x + input.visual_cursor().saturating_sub(scroll).min(room) as u16, y: area.y }
}

/// One line of typed text, scrolled by `scroll` cells.
pub(super) fn draw_input(value: &str, scroll: usize, room: usize, x: u16, y: u16, look: &Look, buffer: &mut Buffer) {
    let mut skipped = 0;
    let from = value.char_indices().find(|(_, c)| {
        let at_start = skipped >= scroll;
        skipped += width(c.encode_utf8(&mut [0; 4]));
        at_start
    });
    let shown = &value[from.map_or(value.len(), |(at, _)| at)..];
    buffer.set_stringn(x, y, shown, room, look.style(Meaning::Text));
}
