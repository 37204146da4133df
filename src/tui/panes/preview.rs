//! One ticket: its fields, why it ranks where it does, what is proposed and what was done, then the
//! conversation.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Layout, draw_lines, messages};
use crate::domain::{
    Actor, Field, Flag, Judgement, NoteOutcome, Proposal, ProposalState, Receipt, ReceiptState, Row, Tone, Triage,
};
use crate::seat::Spoken;
use crate::tui::app::{App, Extent, Focus};
use crate::tui::look::{Look, span};
use crate::tui::theme::Meaning;
use crate::tui::widgets::sheet::Sheet;
use crate::tui::widgets::tone;

/// Draws the preview where the desk has one, with the rule that sets it off.
pub(super) fn draw_beside(app: &App, look: &Look, layout: &Layout, buffer: &mut Buffer) -> Extent {
    let Some(area) = layout.preview else { return Extent::default() };
    let style = look.style(if app.focus == Focus::Preview { Meaning::Accent } else { Meaning::Border });
    let rule = if layout.rule.width == 1 { look.glyphs.column } else { look.glyphs.rule };
    for y in layout.rule.y..layout.rule.bottom() {
        buffer.set_stringn(layout.rule.x, y, rule.repeat(layout.rule.width.into()), layout.rule.width.into(), style);
    }
    draw(app, look, area, buffer)
}

/// Draws the ticket under the cursor.
pub(super) fn draw(app: &App, look: &Look, area: Rect, buffer: &mut Buffer) -> Extent {
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let Some(row) = app.previewed() else { return Extent::default() };
    let lines = lines(app, row, look, inner.width.into());
    draw_lines(&lines, app.detail.scroll, inner, buffer)
}

fn lines(app: &App, row: &Row, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let mut sheet = Sheet::new(look, cells);
    let title = format!("{} {}", row.ticket.number, row.ticket.summary);
    sheet.text(0, &title, look.style(Meaning::Title), &[]);
    if app.detail.why {
        why(&mut sheet, row, look);
    }
    facts(&mut sheet, app, row, look);
    let conversation = app.detail.conversation();
    if let Some(proposal) = conversation.and_then(|c| c.proposal.as_ref()) {
        proposed(&mut sheet, app, proposal, look);
    }
    for receipt in app.detail.receipts() {
        done(&mut sheet, app, receipt, look);
    }
    let triage = conversation.and_then(|c| c.triage.as_ref()).and_then(|t| t.judgement.reading());
    triaged(&mut sheet, row, triage.map(|triage| &triage.value), look);
    messages::add(&mut sheet, app, look);
    sheet.into_lines()
}

/// Whose ticket it is, what the PSA holds, and what calls for attention.
fn facts(sheet: &mut Sheet<'_>, app: &App, row: &Row, look: &Look) {
    let plain = |text: &str| Span::raw(text.to_owned());
    let vip = if row.vip { Span::styled("VIP", look.style(Meaning::Accent)) } else { Span::raw("") };
    sheet.pieces("client", vec![plain(row.ticket.client_name()), vip, plain(row.ticket.contact.name.as_str())]);
    sheet.pieces("fields", fields(row, &[Field::Priority, Field::Status, Field::Owner], look));
    sheet.pieces("tone", tone_pieces(row, look));
    timeline(sheet, app, look);
    sheet.labelled("reason", &reason(app, row), look.style(Meaning::Text));
    sheet.pieces("waiting", waiting_pieces(app, row, look));
    sheet.pieces("here", standing_pieces(app, row, look));
}

/// Why the judge says so; where a person heard it otherwise, that these are the judge's words.
fn reason(app: &App, row: &Row) -> String {
    let conversation = app.detail.conversation().filter(|conversation| conversation.ticket == row.ticket.id);
    let read = |spoken: &&Spoken| spoken.tone.as_ref().is_some_and(|tone| tone.reading().is_some());
    let latest = conversation.and_then(|conversation| conversation.messages.iter().rfind(read));
    // Before the conversation is here nobody knows which message it was.
    let corrected = latest.map_or(row.standing.corrected, |spoken| spoken.corrected.is_some());
    match corrected && !row.reason.is_empty() {
        true => format!("the judge's: {}", row.reason),
        false => row.reason.to_string(),
    }
}

/// What people here said of it, apart from the PSA.
fn standing_pieces(app: &App, row: &Row, look: &Look) -> Vec<Span<'static>> {
    let standing = &row.standing;
    let rests = standing.snoozed_until.filter(|until| app.now < *until);
    let held: Vec<&str> = standing.held.iter().map(|field| field.word()).collect();
    let pieces = [
        standing.acknowledged.then(|| "somebody is on it".to_owned()),
        rests.map(|until| format!("rests until {}", look.time(app.now, until))),
        standing.muted.then(|| "muted: no rule acts".to_owned()),
        standing.reviewed.then(|| "read up to here".to_owned()),
        standing.corrected.then(|| "corrected by a person".to_owned()),
        (!held.is_empty()).then(|| format!("rules keep off {}", held.join(", "))),
    ];
    pieces.into_iter().flatten().map(Span::raw).collect()
}

/// The scores of the customer's messages as steps, the oldest first, higher is better; what has none
/// says so by its sign.
fn timeline(sheet: &mut Sheet<'_>, app: &App, look: &Look) {
    let tones = app.detail.conversation().into_iter().flat_map(|c| &c.messages).filter_map(|m| m.tone.as_ref());
    let steps = look.glyphs.spark;
    let step = |tone: &Judgement<Tone>| match tone {
        Judgement::Read(reading) => {
            let place = (reading.value.score.get() + 1.0) / 2.0 * (steps.len() - 1) as f64;
            steps[(place.round() as usize).min(steps.len() - 1)]
        }
        Judgement::Abstained(_) => look.glyphs.abstained,
        Judgement::Pending(_) => look.glyphs.pending,
    };
    let line: Vec<&str> = tones.map(step).collect();
    if line.len() > 1 {
        let text = format!("{} oldest to newest, higher is better", line.concat());
        sheet.labelled("timeline", &text, look.style(Meaning::Muted));
    }
}

fn fields(row: &Row, shown: &[Field], look: &Look) -> Vec<Span<'static>> {
    let worded = |field: &Field| match (row.ticket.label(*field), field) {
        ("", Field::Owner) => Some(Span::styled("owner nobody", look.style(Meaning::Warning))),
        ("", _) => None,
        (label, field) => Some(Span::raw(format!("{field} {label}"))),
    };
    shown.iter().filter_map(worded).collect()
}

/// What the ticket is about, and where the PSA keeps it.
fn triaged(sheet: &mut Sheet<'_>, row: &Row, triage: Option<&Triage>, look: &Look) {
    sheet.pieces("triage", triage_pieces(row));
    if let Some(triage) = triage {
        let because = [("urgency", &triage.urgency), ("impact", &triage.impact)];
        for (word, judged) in because.into_iter().filter(|(_, judged)| !judged.reason.is_empty()) {
            sheet.labelled("", &format!("{word}: {}", judged.reason), look.style(Meaning::Muted));
        }
    }
    let kept =
        [Field::Board, Field::Team, Field::Category, Field::Type, Field::Impact, Field::Urgency, Field::Severity];
    sheet.pieces("kept as", fields(row, &kept, look));
}

fn tone_pieces(row: &Row, look: &Look) -> Vec<Span<'static>> {
    let Some(track) = &row.tone else { return vec![tone::unscored(row.counts, look)] };
    let score = track.latest();
    vec![
        tone::message(track.label, score, row.embedded, look),
        Span::raw(format!("frustration {}/5", score.frustration())),
        Span::raw(format!("first {}", track.first)),
        Span::raw(format!("lowest {}", track.lowest)),
    ]
}

fn triage_pieces(row: &Row) -> Vec<Span<'static>> {
    let level = |word, level: Option<crate::domain::Level>| level.map(|level| format!("{word} {level}/5"));
    let category = row.category.as_ref().map(|category| format!("category {}", category.label));
    let pieces = [level("urgency", row.urgency), level("impact", row.impact), category];
    pieces.into_iter().flatten().map(Span::raw).collect()
}

fn waiting_pieces(app: &App, row: &Row, look: &Look) -> Vec<Span<'static>> {
    let since = row.waiting_since.map(|at| match row.waited(app.now).filter(|_| look.ages) {
        Some(waited) => format!("{} on us", span(waited)),
        None => format!("on us since {}", look.time(app.now, at)),
    });
    let follow_ups = match row.follow_ups {
        0 => None,
        1 => Some("1 follow-up".to_owned()),
        more => Some(format!("{more} follow-ups")),
    };
    let due = row.ticket.due_at.map(|at| match row.left(app.now).filter(|_| look.ages) {
        Some(left) if left.is_negative() => format!("overdue {}", span(left.abs())),
        Some(left) => format!("due in {}", span(left)),
        None => format!("due {}", look.time(app.now, at)),
    });
    let reopened = row.reopened.then(|| "came back after closing".to_owned());
    let mut pieces: Vec<Span<'static>> =
        [since, follow_ups, due, pause(app, row, look), reopened].into_iter().flatten().map(Span::raw).collect();
    if !row.flags.is_empty() {
        let words: Vec<&str> = row.flags.iter().copied().map(Flag::word).collect();
        pieces.push(Span::styled(format!("flags {}", words.join(", ")), look.style(Meaning::Warning)));
    }
    pieces
}

/// Why its times stand still.
fn pause(app: &App, row: &Row, look: &Look) -> Option<String> {
    let due = row.ticket.due_at.is_some() && !row.ticket.closed;
    match (row.hours.customers_turn, row.hours.opens_at.filter(|opens| *opens > app.now)) {
        (Some(_), _) if due => Some("SLA paused: the customer's turn".into()),
        (_, Some(opens)) if due || row.waiting_since.is_some() => {
            Some(format!("paused until {}", look.time(app.now, opens)))
        }
        _ => None,
    }
}

/// The rank, term by term.
fn why(sheet: &mut Sheet<'_>, row: &Row, look: &Look) {
    let muted = look.style(Meaning::Muted);
    let heading = format!("attention {:.0}: the sum of these, at most 100", row.attention.total + 0.0);
    sheet.text(0, &heading, muted, &[]);
    for term in row.attention.terms.iter() {
        let bar = tone::meter(term.points / 40.0, 16, look);
        sheet.line(vec![
            Span::raw(format!("  {:<20}", term.kind.word())),
            Span::raw(format!("{:>5.1}  ", term.points)),
            Span::styled(bar.trim_end().to_owned(), look.style(Meaning::Accent)),
        ]);
    }
    if row.attention.terms.is_empty() {
        sheet.line(vec![Span::styled("  nothing asks for attention", muted)]);
    }
}

fn proposed(sheet: &mut Sheet<'_>, app: &App, proposal: &Proposal, look: &Look) {
    let draft = &proposal.draft;
    let (state, meaning) = match &proposal.state {
        ProposalState::Waiting if app.may_write() => ("waits: a approves, x dismisses".into(), Meaning::Accent),
        ProposalState::Waiting => ("waits".into(), Meaning::Accent),
        // The receipt that follows says the rest.
        ProposalState::Approved(_) => return,
        ProposalState::Dismissed(why) => (format!("dismissed: {why}"), Meaning::Muted),
        ProposalState::Lapsed => ("lapsed: no rule asks for it now".into(), Meaning::Muted),
    };
    let rule = Span::raw(draft.purpose.title(&draft.rule, draft.level));
    let when = Span::styled(look.ago(app.now, proposal.at), look.style(Meaning::Muted));
    sheet.pieces("proposal", vec![rule, when, Span::styled(state, look.style(meaning))]);
    if proposal.state == ProposalState::Waiting {
        draft.changes.iter().for_each(|change| sheet.change("", change, ""));
        draft.left_out.iter().for_each(|left| sheet.labelled("", left.as_str(), look.style(Meaning::Warning)));
        if let Some(why) = &proposal.held_back {
            sheet.labelled("", &format!("the rule may not do it by itself now: {why}"), look.style(Meaning::Muted));
        }
    }
}

fn done(sheet: &mut Sheet<'_>, app: &App, receipt: &Receipt, look: &Look) {
    let (state, meaning) = match receipt.state {
        ReceiptState::UnderWay => ("under way", Meaning::Accent),
        ReceiptState::Done => ("done", Meaning::Good),
        ReceiptState::Partial => ("not all of it happened", Meaning::Danger),
        ReceiptState::Dropped => ("the rest is dropped", Meaning::Muted),
    };
    let by = match &receipt.by {
        Actor::Rule => "by itself".into(),
        Actor::Person(name) => format!("by {name}"),
    };
    let note = match &receipt.note {
        NoteOutcome::Planned => "internal note not sent yet",
        NoteOutcome::Written(_) => "internal note written",
        NoteOutcome::Refused(_) => "",
    };
    let pieces = vec![
        Span::styled(state, look.style(meaning)),
        Span::raw(by),
        Span::raw(receipt.purpose.title(&receipt.rule, receipt.level)),
        Span::raw(note),
        Span::styled(look.ago(app.now, receipt.at), look.style(Meaning::Muted)),
    ];
    sheet.pieces("receipt", pieces);
    receipt.fields.iter().for_each(|field| sheet.change("", &field.change, &field.remark()));
    receipt.side_effects.iter().for_each(|change| sheet.change("", change, " (the PSA's own doing)"));
    if let Some(due) = receipt.due_at {
        sheet.labelled("", &format!("the agreement now wants it fixed by {}", look.time(app.now, due)), Style::new());
    }
    if let NoteOutcome::Refused(why) = &receipt.note {
        sheet.labelled("", &format!("the PSA refused the note: {why}"), look.style(Meaning::Danger));
    }
}
