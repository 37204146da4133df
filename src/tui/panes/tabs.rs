//! The saved views as numbered tabs with counts.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use crate::tui::app::{App, Pointable, Tab};
use crate::tui::look::Look;
use crate::tui::theme::Meaning;
use crate::tui::widgets::text::{fit, width};

/// Cells between tabs.
const GAP: usize = 3;

/// Draws the tabs, then the filter in force, which keeps tickets out and so has its place. When the tabs
/// do not all fit, those before the one in use go first. Says where each tab stands.
pub(super) fn draw(app: &App, look: &Look, area: Rect, buffer: &mut Buffer) -> Vec<(Rect, Pointable)> {
    let filter = filter(app, look, area);
    let room = usize::from(area.width).saturating_sub(1 + width(&filter));
    let label = |index: usize| label(index, &app.tabs[index], app.as_of.is_none());
    let cells = |index: usize| width(&label(index)) + GAP;
    let mut first = 0;
    while first < app.tab && (first..=app.tab).map(cells).sum::<usize>() > room {
        first += 1;
    }
    // Behind the last tab only the filter needs a gap.
    let spare = if filter.is_empty() { GAP } else { 0 };
    let mut spans = vec![Span::raw(" ")];
    let mut used = 0;
    let mut spots = Vec::new();
    for (index, tab) in app.tabs.iter().enumerate().skip(first) {
        used += cells(index);
        if used > room + spare && index != app.tab {
            break;
        }
        let meaning = match (index == app.tab, &tab.lens) {
            (_, Err(_)) => Meaning::Warning,
            (true, _) => Meaning::Title,
            _ => Meaning::Muted,
        };
        let mut style = look.style(meaning);
        if index == app.tab {
            style = style.add_modifier(Modifier::UNDERLINED);
        }
        let place = Rect { x: area.x + 1 + (used - cells(index)) as u16, width: (cells(index) - GAP) as u16, ..area };
        spots.push((place.intersection(area), Pointable::Tab(u8::try_from(index + 1).unwrap_or(u8::MAX))));
        spans.push(Span::styled(label(index), style));
        spans.push(Span::raw(" ".repeat(GAP)));
    }
    if app.filter.is_set() {
        let place = Rect { x: area.x + 1 + used as u16, width: width(&filter) as u16, ..area };
        spots.push((place.intersection(area), Pointable::Tab(SCRATCH)));
    }
    spans.push(Span::styled(filter, look.style(Meaning::Accent)));
    buffer.set_line(area.x, area.y, &Line::from(spans), area.width);
    spots
}

/// The scratch view's number.
const SCRATCH: u8 = 0;

/// The filter in force as the scratch view, on at most half the line.
fn filter(app: &App, look: &Look, area: Rect) -> String {
    let drill = app.trending.drill.as_ref().map(|drill| format!("[{}]", drill.title));
    let filter = Some(app.filter.text()).filter(|_| !app.filter.is_typed() && app.filter.is_set());
    let filter = filter.map(|text| format!("{SCRATCH} / {text} {}", app.queue.len()));
    let text = drill.into_iter().chain(filter).collect::<Vec<_>>().join(" ");
    fit(&text, usize::from(area.width / 2), look.glyphs.ellipsis).into_owned()
}

/// What stands on a tab; rows of an earlier time are too few to be counted.
fn label(index: usize, tab: &Tab, counts: bool) -> String {
    let count = if counts { format!(" {}", tab.count) } else { String::new() };
    format!("{} {}{count}", index + 1, tab.name)
}
