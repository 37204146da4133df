//! The last events, newest first, a line each.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::draw_lines;
use crate::domain::{Proposal, ProposalState, ReceiptState};
use crate::seat::{News, Read, Update};
use crate::tui::app::{App, Extent};
use crate::tui::look::Look;
use crate::tui::theme::Meaning;
use crate::tui::widgets::text::pad;
use crate::tui::widgets::tone;

/// Draws the events.
pub(super) fn draw(app: &App, look: &Look, area: Rect, buffer: &mut Buffer) -> Extent {
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let heading = "when   number       what";
    buffer.set_stringn(inner.x, inner.y, heading, inner.width.into(), look.style(Meaning::Muted));
    let body = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    let count = app.activity.events().len();
    if count == 0 {
        let text = "Nothing happened since this screen came up";
        buffer.set_stringn(body.x, body.y + 1, text, body.width.into(), look.style(Meaning::Muted));
        return Extent::default();
    }
    let extent = Extent { lines: count, height: body.height.into() };
    let from = app.activity.scroll.min(extent.last());
    let shown = app.activity.events().skip(from).take(extent.height);
    let lines: Vec<Line<'_>> = shown.map(|update| line(app, update, look)).collect();
    draw_lines(&lines, 0, body, buffer);
    extent
}

fn line(app: &App, update: &Update, look: &Look) -> Line<'static> {
    let ticket = match &update.news {
        News::Ticket { ticket, .. }
        | News::Reading { ticket, .. }
        | News::Abstained { ticket, .. }
        | News::Pending { ticket, .. }
        | News::Proposal { ticket, .. }
        | News::Receipt { ticket, .. } => app.number(ticket),
        News::Status(_) => Default::default(),
    };
    let ellipsis = look.glyphs.ellipsis;
    let mut spans = vec![
        Span::styled(pad(&look.ago(app.now, update.at), 7, ellipsis), look.style(Meaning::Muted)),
        Span::raw(pad(ticket.as_str(), 13, ellipsis)),
    ];
    spans.extend(words(&update.news, look));
    Line::from(spans)
}

fn words(news: &News, look: &Look) -> Vec<Span<'static>> {
    let unscored = look.style(Meaning::Unscored);
    match news {
        News::Reading { reading, .. } => read(reading, look),
        News::Abstained { reason, .. } => {
            vec![Span::styled(format!("{} abstained: {reason}", look.glyphs.abstained), unscored)]
        }
        News::Pending { reason, .. } => {
            vec![Span::styled(format!("{} pending: {reason}", look.glyphs.pending), unscored)]
        }
        News::Proposal { proposal, .. } => proposed(proposal, look),
        News::Receipt { receipt, .. } => {
            let (word, meaning) = match receipt.state {
                ReceiptState::UnderWay => ("sending", Meaning::Text),
                ReceiptState::Done => ("done", Meaning::Good),
                ReceiptState::Partial => ("not all done", Meaning::Danger),
            };
            let text = format!(" by {}: {}", receipt.by, receipt.summary());
            vec![Span::styled(word, look.style(meaning)), Span::raw(text)]
        }
        News::Ticket { .. } | News::Status(_) => Vec::new(),
    }
}

fn read(reading: &Read, look: &Look) -> Vec<Span<'static>> {
    match reading {
        Read::Tone { score, label, reason, origin, .. } => {
            vec![tone::message(*label, *score, origin.embedded, look), Span::raw(format!("  {reason}"))]
        }
        Read::Triage { urgency, impact, reason, origin, .. } => {
            let about = if origin.embedded { "~" } else { "" };
            vec![Span::raw(format!("{about}urgency {urgency}/5, impact {impact}/5  {reason}"))]
        }
    }
}

fn proposed(proposal: &Proposal, look: &Look) -> Vec<Span<'static>> {
    let draft = &proposal.draft;
    let (word, meaning) = match &proposal.state {
        ProposalState::Waiting => ("proposed".into(), Meaning::Accent),
        ProposalState::Approved(_) => ("approved".into(), Meaning::Good),
        ProposalState::Dismissed(why) => (format!("dismissed ({why})"), Meaning::Muted),
        ProposalState::Lapsed => ("lapsed".into(), Meaning::Muted),
    };
    let changes: Vec<String> = draft.changes.iter().map(ToString::to_string).collect();
    let text = format!(" by rule {}: {}", draft.rule, changes.join(", "));
    vec![Span::styled(word, look.style(meaning)), Span::raw(text)]
}
