//! The proposals that wait, two lines each: whose ticket and which rule, then what would change.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::domain::Proposal;
use crate::tui::app::{App, Extent};
use crate::tui::look::Look;
use crate::tui::theme::Meaning;
use crate::tui::widgets::text::{fit, width, wrap};

/// Lines of one proposal.
const LINES: usize = 2;

/// Draws the list, the cursor's proposal always on it.
pub(super) fn draw(app: &App, look: &Look, area: Rect, buffer: &mut Buffer) -> Extent {
    let muted = look.style(Meaning::Muted);
    let empty = match app.proposals.list() {
        None => "Fetching the proposals from the engine",
        Some([]) => {
            "No proposal waits. Rules propose here what they may not do by themselves; e on a ticket escalates by hand"
        }
        Some(_) => "",
    };
    for (y, piece) in (area.y + 1..area.bottom()).zip(wrap(empty, usize::from(area.width).saturating_sub(4))) {
        buffer.set_stringn(area.x + 2, y, &empty[piece], area.width.saturating_sub(4).into(), muted);
    }
    let list = app.proposals.list().unwrap_or_default();
    let shown = (usize::from(area.height) / LINES).max(1);
    let at = app.proposals.index().unwrap_or(0);
    let first = (at + 1).saturating_sub(shown);
    for (index, proposal) in list.iter().enumerate().skip(first).take(shown) {
        let y = area.y + ((index - first) * LINES) as u16;
        let lines = Rect { y, height: (LINES as u16).min(area.bottom().saturating_sub(y)), ..area };
        draw_proposal(app, proposal, index == at, look, lines, buffer);
    }
    Extent { lines: list.len() * LINES, height: area.height.into() }
}

fn draw_proposal(app: &App, proposal: &Proposal, selected: bool, look: &Look, area: Rect, buffer: &mut Buffer) {
    let draft = &proposal.draft;
    let row = app.mirror.row(&draft.ticket);
    let (client, summary) = row.map_or(("", ""), |row| (row.ticket.client_name(), row.ticket.summary.as_str()));
    let cursor = if selected { look.glyphs.cursor } else { " " };
    let tagged = if app.tagged.contains(&draft.ticket) { look.glyphs.tagged } else { " " };
    let dot = look.glyphs.dot;
    let number = format!("{} ", app.number(&draft.ticket));
    let title = draft.purpose.title(&draft.rule, draft.level);
    let whose = format!("{client} {dot} {title} {dot} {} {dot} ", look.ago(app.now, proposal.at));
    let room = usize::from(area.width).saturating_sub(3 + width(&number));
    let whose = fit(&whose, room, look.glyphs.ellipsis).into_owned();
    let summary = fit(summary, room.saturating_sub(width(&whose)), look.glyphs.ellipsis).into_owned();
    let head = Line::from(vec![
        Span::styled(format!("{cursor}{tagged} "), look.style(Meaning::Fresh)),
        Span::styled(number, look.style(Meaning::Title)),
        Span::styled(whose, look.style(Meaning::Muted)),
        Span::raw(summary),
    ]);
    buffer.set_line(area.x, area.y, &head, area.width);
    if selected {
        let whole = Rect { height: 1, ..area };
        buffer.set_style(whole, Style::reset().patch(look.style(Meaning::Selection)));
    }
    if area.height == LINES as u16 {
        let changes: Vec<String> = draft.changes.iter().map(ToString::to_string).collect();
        let held = proposal.held_back.as_ref().map(|why| format!("not by itself: {why}"));
        let text = changes.into_iter().chain(held).collect::<Vec<_>>().join("; ");
        let text = if text.is_empty() { "only the internal note".to_owned() } else { text };
        let room = usize::from(area.width).saturating_sub(6);
        let text = fit(&text, room, look.glyphs.ellipsis);
        buffer.set_stringn(area.x + 5, area.y + 1, text, room, look.style(Meaning::After));
    }
}
