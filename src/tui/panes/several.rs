//! Several exact changes, ticket by ticket, and something of the person's own that asks first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::dialog::{Buttons, draw_buttons, draw_more, frame, width_inside};
use super::{Drawn, draw_lines};
use crate::tui::app::{App, Item, ItemState, Question, Several};
use crate::tui::look::Look;
use crate::tui::theme::Meaning;
use crate::tui::widgets::sheet::Sheet;

pub(super) fn draw(app: &App, several: &Several, look: &Look, area: Rect, buffer: &mut Buffer, drawn: &mut Drawn) {
    let lines = lines(app, several, look, width_inside(area));
    let title = format!("{} {}?", several.verb.word(), counted(several.items.len()));
    let inner = frame(&title, lines.len() + 2, look, area, buffer);
    let text = Rect { height: inner.height.saturating_sub(2), ..inner };
    drawn.extents.dialog = draw_lines(&lines, several.scroll, text, buffer);
    draw_more(drawn.extents.dialog, several.scroll, look, text, buffer);
    let place = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    let wait = match several {
        _ if !several.is_whole() => Some("Asking what each would change"),
        _ if several.sent && several.items.iter().any(|item| matches!(item.state, ItemState::Sent(_))) => {
            Some("Sending")
        }
        _ if several.sent => Some("Esc closes; what was refused keeps its mark"),
        _ if several.ready() == 0 => Some("Nothing can be done; Esc closes"),
        _ => None,
    };
    let yes = format!("Yes, {} {}", several.verb.word().to_lowercase(), counted(several.ready()));
    draw_buttons(Buttons { yes: &yes, focus_on_yes: several.yes, instead: wait }, look, place, buffer);
}

fn counted(count: usize) -> String {
    format!("{count} ticket{}", if count == 1 { "" } else { "s" })
}

fn lines(app: &App, several: &Several, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let mut sheet = Sheet::new(look, cells);
    for item in &several.items {
        add(app, item, look, &mut sheet);
    }
    sheet.into_lines()
}

fn add(app: &App, item: &Item, look: &Look, sheet: &mut Sheet<'_>) {
    let number = app.number(&item.ticket);
    let summary = app.mirror.row(&item.ticket).map_or("", |row| row.ticket.summary.as_str());
    sheet.text(0, &format!("{number} {summary}"), look.style(Meaning::Title), &[]);
    let (word, meaning) = match &item.state {
        ItemState::Asking => ("asking", Meaning::Muted),
        ItemState::Ready(_) => ("", Meaning::Text),
        ItemState::Sent(_) => ("sending", Meaning::Accent),
        ItemState::Done => ("under way", Meaning::Good),
        ItemState::Refused(why) => (why.as_str(), Meaning::Danger),
    };
    if !word.is_empty() {
        let label = if matches!(item.state, ItemState::Refused(_)) { "refused" } else { "" };
        sheet.labelled(label, word, look.style(meaning));
    }
    let Some(draft) = &item.draft else { return };
    sheet.labelled("rule", &draft.purpose.title(&draft.rule, draft.level), look.style(Meaning::Muted));
    draft.changes.iter().for_each(|change| sheet.change("", change, ""));
    draft.left_out.iter().for_each(|left| sheet.labelled("left out", left.as_str(), look.style(Meaning::Warning)));
    if draft.changes.is_empty() {
        sheet.labelled("", "no field; only the note", Style::new());
    }
}

/// A program with all its arguments, to be run or not.
pub(super) fn draw_question(question: &Question, look: &Look, area: Rect, buffer: &mut Buffer) {
    let mut sheet = Sheet::new(look, width_inside(area));
    for (index, arg) in question.running.args.iter().enumerate() {
        sheet.labelled(if index == 0 { "program" } else { "with" }, arg, Style::new());
    }
    sheet.text(0, "No shell reads any of it.", look.style(Meaning::Muted), &[]);
    let lines = sheet.into_lines();
    let inner = frame(&question.title, lines.len() + 2, look, area, buffer);
    draw_lines(&lines, 0, Rect { height: inner.height.saturating_sub(2), ..inner }, buffer);
    let place = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    draw_buttons(Buttons { yes: "Yes, run it", focus_on_yes: question.yes, instead: None }, look, place, buffer);
}
