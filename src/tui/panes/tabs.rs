//! The saved views as numbered tabs with counts.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::tui::app::{App, Pointable, Tab};
use crate::tui::look::Look;
use crate::tui::theme::Meaning;
use crate::tui::widgets::text::{fit, width};

/// Cells between tabs.
const GAP: usize = 3;

/// Draws the tabs, then the filter in force, which keeps tickets out and so has its place. When the tabs
/// do not all fit, those before the one in use go first, and a sign counts what is left out on either
/// side. Says where each tab stands.
pub(super) fn draw(app: &App, look: &Look, area: Rect, buffer: &mut Buffer) -> Vec<(Rect, Pointable)> {
    let filter = filter(app, look, area);
    let labels: Vec<String> =
        app.tabs.iter().enumerate().map(|(index, tab)| label(index, tab, app.as_of.is_none())).collect();
    // Behind the last piece only the filter needs a gap.
    let spare = if filter.is_empty() { GAP } else { 0 };
    let room = usize::from(area.width).saturating_sub(1 + width(&filter)) + spare;
    let shown = shown(&labels, app.tab, room);
    let mut line = Pieces { spans: vec![Span::raw(" ")], spots: Vec::new(), area, used: 1 };
    let muted = look.style(Meaning::Muted);
    if shown.signs && shown.tabs.start > 0 {
        line.push(sign(shown.tabs.start), muted, tab_number(shown.tabs.start - 1));
    }
    for index in shown.tabs.clone() {
        let meaning = match (index == app.tab, &app.tabs[index].lens) {
            (_, Err(_)) => Meaning::Warning,
            (true, _) => Meaning::Title,
            _ => Meaning::Muted,
        };
        let mut style = look.style(meaning);
        if index == app.tab {
            style = style.add_modifier(Modifier::UNDERLINED);
        }
        line.push(labels[index].clone(), style, tab_number(index));
    }
    if shown.signs && shown.tabs.end < labels.len() {
        line.push(sign(labels.len() - shown.tabs.end), muted, tab_number(shown.tabs.end));
    }
    if app.filter.is_set() {
        let place = Rect { x: area.x + line.used as u16, width: width(&filter) as u16, ..area };
        line.spots.push((place.intersection(area), Pointable::Tab(SCRATCH)));
    }
    line.spans.push(Span::styled(filter, look.style(Meaning::Accent)));
    buffer.set_line(area.x, area.y, &Line::from(line.spans), area.width);
    line.spots
}

/// The line as it is put together.
struct Pieces {
    spans: Vec<Span<'static>>,
    spots: Vec<(Rect, Pointable)>,
    area: Rect,
    used: usize,
}

impl Pieces {
    /// One more piece with the gap behind it; a click on it goes to `tab`.
    fn push(&mut self, text: String, style: Style, tab: u8) {
        let wide = width(&text);
        let place = Rect { x: self.area.x + self.used as u16, width: wide as u16, ..self.area };
        self.spots.push((place.intersection(self.area), Pointable::Tab(tab)));
        self.spans.extend([Span::styled(text, style), Span::raw(" ".repeat(GAP))]);
        self.used += wide + GAP;
    }
}

fn tab_number(index: usize) -> u8 {
    u8::try_from(index + 1).unwrap_or(u8::MAX)
}

/// Which tabs stand on the line.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    tabs: Range<usize>,
    /// Whether there is room to say how many do not.
    signs: bool,
}

/// As many as fit on `room` cells: as little as possible is left out before the tab in use.
fn shown(labels: &[String], tab: usize, room: usize) -> Shown {
    let with_gap = |text: &str| width(text) + GAP;
    let left_out = |count: usize| if count > 0 { with_gap(&sign(count)) } else { 0 };
    let fits = |tabs: &Range<usize>| {
        let words: usize = labels[tabs.clone()].iter().map(|label| with_gap(label)).sum();
        left_out(tabs.start) + words + left_out(labels.len() - tabs.end) <= room
    };
    let last = labels.len().min(tab + 1);
    let windows = (0..=tab.min(labels.len())).flat_map(|first| (last..=labels.len()).rev().map(move |end| first..end));
    match windows.into_iter().find(fits) {
        Some(tabs) => Shown { tabs, signs: true },
        None => Shown { tabs: tab.min(last)..last, signs: false },
    }
}

/// How many tabs are left out there.
fn sign(count: usize) -> String {
    format!("+{count}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_that_do_not_fit_are_counted_on_their_side() {
        // Six cells each, nine with the gap.
        let labels: Vec<String> = (1..=9).map(|number| format!("{number} name")).collect();
        let on = |tab, room| {
            let Shown { tabs, signs } = shown(&labels, tab, room);
            (tabs.start, tabs.end, signs)
        };
        assert_eq!(on(0, 81), (0, 9, true));
        assert_eq!(on(0, 80), (0, 8, true), "the sign takes the room of the last");
        assert_eq!(on(8, 80), (1, 9, true));
        assert_eq!(on(4, 28), (3, 5, true), "on both sides");
        assert_eq!(on(4, 18), (4, 5, false), "the tab in use before all");
        assert_eq!(shown(&[], 0, 80), Shown { tabs: 0..0, signs: true });
    }
}
