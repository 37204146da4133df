//! The last events, newest first, a line each.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{draw_cursor, draw_lines};
use crate::domain::{Proposal, ProposalState, ReceiptState};
use crate::seat::{Asked, News, Read, Update};
use crate::tui::app::{App, Extent};
use crate::tui::look::Look;
use crate::tui::theme::Meaning;
use crate::tui::widgets::text::{fit, pad, width};
use crate::tui::widgets::tone;

/// Cells of the columns, each with the gap behind it.
const WHEN: usize = 7;
const NUMBER: usize = 13;
const WORD: usize = 13;
const FINDING: usize = 20;

/// Below this many cells the last two are not aligned.
const ROOMY: usize = 60;

/// Draws the events.
pub(super) fn draw(app: &App, look: &Look, area: Rect, buffer: &mut Buffer) -> Extent {
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let heading = format!("{:<WHEN$}{:<NUMBER$}what", "when", "number");
    buffer.set_stringn(inner.x, inner.y, heading, inner.width.into(), look.style(Meaning::Muted));
    let body = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    let count = app.activity.events().len();
    if count == 0 {
        let text = "Nothing happened since this screen came up";
        buffer.set_stringn(body.x, body.y + 1, text, body.width.into(), look.style(Meaning::Muted));
        return Extent::default();
    }
    let extent = Extent { lines: count, height: body.height.into() };
    let from = app.activity.top(extent.height);
    let shown = app.activity.events().skip(from).take(extent.height);
    let lines: Vec<Line<'_>> = shown.map(|update| line(app, update, look, inner.width.into())).collect();
    draw_lines(&lines, 0, body, buffer);
    if let Some(at) = app.activity.index().and_then(|at| at.checked_sub(from)).filter(|at| *at < lines.len()) {
        draw_cursor(look, Rect { y: body.y + at as u16, height: 1, ..area }, buffer);
    }
    extent
}

fn line(app: &App, update: &Update, look: &Look, cells: usize) -> Line<'static> {
    let ticket = match &update.news {
        News::Ticket { ticket, .. }
        | News::Reading { ticket, .. }
        | News::Abstained { ticket, .. }
        | News::Pending { ticket, .. }
        | News::Proposal { ticket, .. }
        | News::Receipt { ticket, .. } => app.number(ticket),
        News::Gone { number, .. } => number.clone(),
        News::Status(_) | News::Storms { .. } => Default::default(),
    };
    let Told { word, finding, detail } = told(&update.news, look);
    let column = |text: &str, cells: usize| pad(text, cells, look.glyphs.ellipsis);
    // Where it is narrow, words matter more than columns.
    let loose = |text: &str, wide: usize| if cells < ROOMY { format!("{text} ") } else { column(text, wide) };
    let mut spans = vec![
        Span::styled(column(&look.ago(app.now, update.at), WHEN), look.style(Meaning::Muted)),
        Span::raw(column(ticket.as_str(), NUMBER)),
        Span::styled(loose(&word.content, WORD), word.style),
    ];
    if let Some(finding) = finding {
        spans.push(Span::styled(loose(&finding.content, FINDING), finding.style));
    }
    let used: usize = spans.iter().map(|span| width(&span.content)).sum();
    spans.push(Span::raw(fit(&detail, cells.saturating_sub(used), look.glyphs.ellipsis).into_owned()));
    Line::from(spans)
}

/// An event in words.
struct Told {
    /// What happened.
    word: Span<'static>,
    /// What a judge found, where one did.
    finding: Option<Span<'static>>,
    detail: String,
}

fn told(news: &News, look: &Look) -> Told {
    let plain = |word: String, meaning: Meaning, detail: String| Told {
        word: Span::styled(word, look.style(meaning)),
        finding: None,
        detail,
    };
    match news {
        News::Reading { reading, .. } => read(reading, look),
        News::Abstained { ask, reason, .. } => {
            let word = format!("{} abstained", look.glyphs.abstained);
            plain(word, Meaning::Unscored, format!("{}: {reason}", ask.word()))
        }
        News::Pending { ask, reason, .. } => {
            let word = format!("{} pending", look.glyphs.pending);
            plain(word, Meaning::Unscored, format!("{}: {reason}", ask.word()))
        }
        News::Proposal { proposal, .. } => proposed(proposal, look),
        News::Receipt { receipt, .. } => {
            let (word, meaning) = match receipt.state {
                ReceiptState::UnderWay => ("sending", Meaning::Text),
                ReceiptState::Done => ("done", Meaning::Good),
                ReceiptState::Partial => ("not all done", Meaning::Danger),
                ReceiptState::Dropped => ("dropped", Meaning::Text),
            };
            plain(word.into(), meaning, format!("by {}: {}", receipt.by, receipt.summary()))
        }
        News::Ticket { .. } | News::Gone { .. } | News::Status(_) | News::Storms { .. } => {
            plain(String::new(), Meaning::Text, String::new())
        }
    }
}

fn read(reading: &Read, look: &Look) -> Told {
    let (word, finding, reason) = match reading {
        Read::Tone { score, label, reason, origin, .. } => {
            (Asked::Tone.word(), tone::message(*label, *score, origin.embedded, look), reason)
        }
        Read::Triage { urgency, impact, reason, origin, .. } => {
            let about = if origin.embedded { "~" } else { "" };
            (Asked::Triage.word(), Span::raw(format!("{about}urg {urgency}/5 imp {impact}/5")), reason)
        }
    };
    Told { word: Span::raw(word), finding: Some(finding), detail: reason.to_string() }
}

fn proposed(proposal: &Proposal, look: &Look) -> Told {
    let draft = &proposal.draft;
    let (word, meaning, why) = match &proposal.state {
        ProposalState::Waiting => ("proposed", Meaning::Accent, String::new()),
        ProposalState::Approved(_) => ("approved", Meaning::Good, String::new()),
        ProposalState::Dismissed(why) => ("dismissed", Meaning::Muted, format!(" ({why})")),
        ProposalState::Lapsed => ("lapsed", Meaning::Muted, String::new()),
    };
    let changes: Vec<String> = draft.changes.iter().map(ToString::to_string).collect();
    let detail = format!("by rule {}{why}: {}", draft.rule, changes.join(", "));
    Told { word: Span::styled(word, look.style(meaning)), finding: None, detail }
}
