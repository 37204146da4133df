//! What lies over the page: the exact change to confirm, a reason to type, a link, the keys.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget};

use super::footer::draw_input;
use super::{Drawn, draw_lines, help, several};
use crate::domain::{Draft, Evidence, Plain, Purpose};
use crate::tui::app::{App, Confirm, Dialog, Extent, Reason};
use crate::tui::look::Look;
use crate::tui::osc;
use crate::tui::theme::Meaning;
use crate::tui::widgets::sheet::Sheet;
use crate::tui::widgets::text::{pad, width, wrap};

/// The widest a dialog gets, with its border.
pub(super) const WIDEST: u16 = 84;

/// Draws the dialog that is open, if one is, within `area`.
pub(super) fn draw(app: &App, look: &Look, area: Rect, buffer: &mut Buffer, drawn: &mut Drawn) {
    match &app.dialog {
        // The command line is the footer's.
        None | Some(Dialog::Command(_)) => {}
        Some(Dialog::Several(of)) => several::draw(app, of, look, area, buffer, drawn),
        Some(Dialog::Question(question)) => several::draw_question(question, look, area, buffer),
        Some(Dialog::Confirm(confirm)) => draw_confirm(app, confirm, look, area, buffer, drawn),
        Some(Dialog::Reason(reason)) => draw_reason(app, reason, look, area, buffer, drawn),
        Some(Dialog::Link(link)) => draw_link(link, look, area, buffer, drawn),
        Some(Dialog::Help { of, scroll }) => {
            let inside = width_inside(area);
            let lines = help::lines(*of, app, look, inside);
            let inner = frame(&format!("Keys of {}", of.title()), lines.len(), look, area, buffer);
            drawn.extents.dialog = draw_lines(&lines, *scroll, inner, buffer);
            draw_more(drawn.extents.dialog, *scroll, look, inner, buffer);
        }
    }
}

pub(super) fn width_inside(area: Rect) -> usize {
    usize::from(area.width.min(WIDEST)).saturating_sub(4)
}

/// A box in the middle, just high enough for `lines`; returns its inside.
pub(super) fn frame(title: &str, lines: usize, look: &Look, area: Rect, buffer: &mut Buffer) -> Rect {
    let wide = area.width.min(WIDEST);
    let high = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(2).min(area.height);
    let outer =
        Rect { x: area.x + (area.width - wide) / 2, y: area.y + (area.height - high) / 2, width: wide, height: high };
    Clear.render(outer, buffer);
    let title = Line::styled(format!(" {title} "), look.style(Meaning::Title));
    Block::bordered()
        .border_set(look.glyphs.border)
        .border_style(look.style(Meaning::Accent))
        .title(title)
        .render(outer, buffer);
    Rect {
        x: outer.x + 2,
        y: outer.y + 1,
        width: outer.width.saturating_sub(4),
        height: outer.height.saturating_sub(2),
    }
}

fn draw_confirm(app: &App, confirm: &Confirm, look: &Look, area: Rect, buffer: &mut Buffer, drawn: &mut Drawn) {
    let lines = confirm_lines(app, confirm, look, width_inside(area));
    let number = app.number(&confirm.draft.ticket);
    let verb = match (&confirm.proposal, &confirm.draft.purpose) {
        (Some(_), _) => "Approve the proposal on",
        (None, Purpose::Undo(_)) => "Take back the latest receipt on",
        (None, _) => "Escalate",
    };
    // The answer always has its place: a blank line, then what was refused or the buttons.
    let inner = frame(&format!("{verb} {number}?"), lines.len() + 2, look, area, buffer);
    let text = Rect { height: inner.height.saturating_sub(2), ..inner };
    drawn.extents.dialog = draw_lines(&lines, confirm.scroll, text, buffer);
    draw_more(drawn.extents.dialog, confirm.scroll, look, text, buffer);
    let buttons = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    let yes = match (&confirm.proposal, &confirm.draft.purpose) {
        (Some(_), _) => "Yes, approve",
        (None, Purpose::Undo(_)) => "Yes, take back",
        (None, _) => "Yes, escalate",
    };
    let instead = confirm.sent.then_some("Sending");
    draw_buttons(Buttons { yes, focus_on_yes: confirm.yes, instead }, look, buttons, buffer);
}

/// Says that there is more above or below.
pub(super) fn draw_more(extent: Extent, scroll: usize, look: &Look, area: Rect, buffer: &mut Buffer) {
    let hidden = extent.last().saturating_sub(scroll);
    if hidden > 0 {
        let text = format!(" {hidden} more: j ");
        let wide = width(&text) as u16;
        let x = area.right().saturating_sub(wide);
        buffer.set_stringn(x, area.bottom(), text, wide.into(), look.style(Meaning::Warning));
    }
}

/// The answer to a dialog.
pub(super) struct Buttons<'a> {
    /// What Yes says.
    pub(super) yes: &'a str,
    pub(super) focus_on_yes: bool,
    /// What stands there while nothing can be answered.
    pub(super) instead: Option<&'a str>,
}

pub(super) fn draw_buttons(buttons: Buttons<'_>, look: &Look, area: Rect, buffer: &mut Buffer) {
    if let Some(instead) = buttons.instead {
        buffer.set_stringn(area.x, area.y, instead, area.width.into(), look.style(Meaning::Accent));
        return;
    }
    let focused = |on: bool, style: Style| if on { look.style(Meaning::Selection) } else { style };
    let line = Line::from(vec![
        Span::styled("  No  ", focused(!buttons.focus_on_yes, Style::new())),
        Span::raw("   "),
        Span::styled(format!("  {}  ", buttons.yes), focused(buttons.focus_on_yes, look.style(Meaning::Danger))),
    ]);
    buffer.set_line(area.x, area.y, &line, area.width);
}

fn confirm_lines(app: &App, confirm: &Confirm, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let draft = &confirm.draft;
    let mut sheet = Sheet::new(look, cells);
    if let Some(why) = &confirm.refused {
        sheet.labelled("refused", why.as_str(), look.style(Meaning::Danger));
        sheet.blank();
    }
    if let Some(row) = app.mirror.row(&draft.ticket) {
        sheet.labelled("ticket", row.ticket.summary.as_str(), look.style(Meaning::Title));
        sheet.labelled("client", row.ticket.client_name(), Style::new());
    }
    sheet.pieces("rule", rules(app, confirm, look));
    sheet.blank();
    for (index, change) in draft.changes.iter().enumerate() {
        sheet.change(if index == 0 { "changes" } else { "" }, change, "");
    }
    if draft.changes.is_empty() {
        sheet.labelled("changes", "no field; only the note", Style::new());
    }
    for (index, left) in draft.left_out.iter().enumerate() {
        sheet.labelled(if index == 0 { "left out" } else { "" }, left.as_str(), look.style(Meaning::Warning));
    }
    for (index, effect) in draft.known_effects.iter().enumerate() {
        sheet.labelled(if index == 0 { "may also" } else { "" }, effect.as_str(), look.style(Meaning::Muted));
    }
    sheet.blank();
    if draft.evidence != (Evidence { message: draft.evidence.message.clone(), ..Evidence::default() }) {
        because(&mut sheet, draft, look);
        sheet.blank();
    }
    sheet.rule("internal note, exactly this and a reference line");
    sheet.text(0, draft.note.trim_end(), Style::new(), &[]);
    sheet.into_lines()
}

/// The rule shown, and the levels a digit would show instead.
fn rules(app: &App, confirm: &Confirm, look: &Look) -> Vec<Span<'static>> {
    let draft = &confirm.draft;
    let mut pieces = vec![Span::styled(draft.purpose.title(&draft.rule, draft.level), look.style(Meaning::Title))];
    if confirm.proposal.is_some() {
        pieces.push(Span::raw("proposed by the rule"));
    }
    pieces.push(Span::raw(format!("by {}", app.user)));
    if confirm.proposal.is_none() && draft.purpose == Purpose::Escalate {
        let others = app.welcome.rules.iter().filter(|rule| rule.level != draft.level);
        pieces.extend(
            others.map(|rule| Span::styled(format!("{} shows {}", rule.level, rule.name), look.style(Meaning::Muted))),
        );
    }
    pieces
}

fn because(sheet: &mut Sheet<'_>, draft: &Draft, look: &Look) {
    let evidence = &draft.evidence;
    let facts: Vec<&str> = evidence.facts.iter().map(Plain::as_str).collect();
    sheet.labelled("because", &facts.join("; "), Style::new());
    for reason in &evidence.reasons {
        sheet.labelled("", reason.as_str(), Style::new());
    }
    for quote in &evidence.quotes {
        sheet.labelled("quote", &format!("\"{}\"", quote.as_str()), look.style(Meaning::Quote));
    }
    let about = if evidence.embedded { "~ " } else { "" };
    let model = evidence.model.as_ref().map_or(String::new(), |model| format!("{about}{model}"));
    sheet.labelled("judged by", &model, look.style(Meaning::Muted));
}

fn draw_reason(app: &App, reason: &Reason, look: &Look, area: Rect, buffer: &mut Buffer, drawn: &mut Drawn) {
    let mut sheet = Sheet::new(look, width_inside(area));
    for proposal in &reason.proposals {
        let draft = &proposal.draft;
        if reason.proposals.len() > 1 {
            sheet.text(0, app.number(&draft.ticket).as_str(), look.style(Meaning::Title), &[]);
        }
        sheet.labelled("rule", &format!("{}, level {}", draft.rule, draft.level), Style::new());
        for (index, change) in draft.changes.iter().enumerate() {
            sheet.change(if index == 0 { "changes" } else { "" }, change, "");
        }
    }
    sheet.blank();
    match &reason.refused {
        Some(why) => sheet.text(0, why.as_str(), look.style(Meaning::Danger), &[]),
        None => sheet.text(0, "Why is it not to be done?", Style::new(), &[]),
    }
    let lines = sheet.into_lines();
    let title = match &reason.proposals[..] {
        [one] => format!("Dismiss the proposal on {}", app.number(&one.draft.ticket)),
        many => format!("Dismiss {} proposals", many.len()),
    };
    let inner = frame(&title, lines.len() + 1, look, area, buffer);
    let text = Rect { height: inner.height.saturating_sub(1), ..inner };
    drawn.extents.dialog = draw_lines(&lines, usize::MAX, text, buffer);
    let room = usize::from(inner.width).saturating_sub(1);
    let scroll = reason.input.visual_scroll(room);
    let y = inner.bottom().saturating_sub(1);
    let value = reason.input.value();
    buffer.set_style(Rect { y, height: 1, ..inner }, look.style(Meaning::Accent));
    draw_input(&pad(value, room.max(width(value)), look.glyphs.ellipsis), scroll, room, inner.x, y, look, buffer);
    let column = reason.input.visual_cursor().saturating_sub(scroll).min(room);
    drawn.cursor = Some(Position { x: inner.x + column as u16, y });
}

fn draw_link(link: &Plain, look: &Look, area: Rect, buffer: &mut Buffer, drawn: &mut Drawn) {
    let url = link.as_str();
    let pieces = wrap(url, width_inside(area));
    let trusted = osc::is_trusted(url);
    let about = if trusted { "y on the ticket copies it" } else { "Not https: shown as text only" };
    let inner = frame("Link", pieces.len() + 2, look, area, buffer);
    for (y, piece) in (inner.y..inner.bottom()).zip(pieces) {
        let text = &url[piece];
        buffer.set_stringn(inner.x, y, text, inner.width.into(), look.style(Meaning::Accent));
        if trusted {
            drawn.link_pieces.push((Position { x: inner.x, y }, text.to_owned()));
        }
    }
    if trusted {
        drawn.link = url.to_owned();
    }
    let y = inner.bottom().saturating_sub(1);
    buffer.set_stringn(inner.x, y, about, inner.width.into(), look.style(Meaning::Muted));
}
