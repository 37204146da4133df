//! What left this machine because of a ticket: each request byte for byte, with what came back.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::draw_lines;
use crate::domain::reveal;
use crate::seat::{SentCall, SentMessage};
use crate::tui::app::{App, Extent};
use crate::tui::look::Look;
use crate::tui::theme::Meaning;
use crate::tui::widgets::sheet::Sheet;

/// Where no request is known.
const NOTHING: &str = "Nothing has left because of this ticket, or it was longer than 30 days ago";

/// Draws the requests of the ticket under the cursor.
pub(super) fn draw(app: &App, look: &Look, area: Rect, buffer: &mut Buffer) -> Extent {
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    draw_lines(&lines(app, look, inner.width.into()), app.page_scroll, inner, buffer)
}

fn lines(app: &App, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let mut sheet = Sheet::new(look, cells);
    let Some(row) = app.selected() else { return Vec::new() };
    let title = format!("{} {}: what went to the judge", row.ticket.number, row.ticket.summary);
    sheet.text(0, &title, look.style(Meaning::Title), &[]);
    let known = app.sent.as_ref().filter(|(ticket, _)| *ticket == row.ticket.id);
    match known {
        None => sheet.text(0, "Asking the engine", look.style(Meaning::Muted), &[]),
        Some((_, messages)) if messages.iter().all(|message| message.calls.is_empty()) => {
            sheet.text(0, NOTHING, look.style(Meaning::Muted), &[]);
        }
        Some((_, messages)) => messages.iter().for_each(|message| add(&mut sheet, message, app, look)),
    }
    sheet.into_lines()
}

fn add(sheet: &mut Sheet<'_>, message: &SentMessage, app: &App, look: &Look) {
    sheet.blank();
    sheet.rule(&format!("{}, {}", message.message, look.time(app.now, message.at)));
    if message.calls.is_empty() {
        sheet.text(0, "Nothing has left, or it was longer than 30 days ago", look.style(Meaning::Muted), &[]);
    } else if message.cached {
        let text = "Read from the cache: sent for the same text in another message";
        sheet.text(0, text, look.style(Meaning::Muted), &[]);
    }
    message.calls.iter().for_each(|call| add_call(sheet, call, look));
}

fn add_call(sheet: &mut Sheet<'_>, call: &SentCall, look: &Look) {
    let plain = |text: String| Span::raw(text);
    let (status, meaning) = match call.status {
        Some(status @ 200..300) => (format!("HTTP {status}"), Meaning::Good),
        Some(status) => (format!("HTTP {status}"), Meaning::Danger),
        None => ("no answer".into(), Meaning::Danger),
    };
    sheet.pieces(call.asked.word(), vec![plain(call.model.to_string()), Span::styled(status, look.style(meaning))]);
    sheet.labelled("to", &reveal(&call.url), Style::new());
    let count = |tokens: Option<u32>, what: &str| tokens.map_or(String::new(), |tokens| format!("{tokens} {what}"));
    let cost = call.cost_micros.map_or("price unknown".into(), |micros| format!("${:.6}", micros as f64 / 1e6));
    let cached = call.tokens_cached.filter(|cached| *cached > 0);
    let used = [count(call.tokens_in, "in"), count(cached, "cached"), count(call.tokens_out, "out"), cost];
    sheet.pieces("tokens", used.into_iter().map(plain).collect());
    sheet.labelled("sent", &reveal(&call.body), look.style(Meaning::Quote));
    sheet.labelled("answered", &reveal(&call.answer), Style::new());
}
