//! The conversation, newest last, with what was judged beside each message.

use std::ops::Range;

use ratatui::style::Style;
use ratatui::text::Span;

use crate::domain::{Confidence, Judgement, Label, Quote, Reading, Speaker, Tone, Visibility};
use crate::seat::Spoken;
use crate::tui::app::{App, Form};
use crate::tui::look::Look;
use crate::tui::theme::Meaning;
use crate::tui::widgets::sheet::Sheet;
use crate::tui::widgets::text::find_quote;
use crate::tui::widgets::tone;

/// Cells before a message's text.
const INDENT: usize = 2;

/// Adds the conversation, or why there is none.
pub(super) fn add(sheet: &mut Sheet<'_>, app: &App, look: &Look) {
    sheet.rule(&format!("conversation, {} text", app.detail.form.word()));
    match (app.detail.conversation(), &app.detail.refused) {
        (Some(conversation), _) => {
            let mut theirs = 0;
            for spoken in &conversation.messages {
                theirs += usize::from(spoken.speaker == Speaker::Customer);
                message(sheet, app, spoken, theirs, look);
            }
        }
        (None, Some(why)) => sheet.text(INDENT, why, look.style(Meaning::Danger), &[]),
        (None, None) => sheet.text(INDENT, "being fetched", look.style(Meaning::Muted), &[]),
    }
}

/// `number` counts the customer's messages: the word by which one is corrected.
fn message(sheet: &mut Sheet<'_>, app: &App, spoken: &Spoken, number: usize, look: &Look) {
    let muted = look.style(Meaning::Muted);
    let (who, name) = match (spoken.speaker, spoken.visibility) {
        (Speaker::Customer, _) => (format!("customer {number}"), look.style(Meaning::Customer)),
        (Speaker::Agent, Visibility::Public) => ("answer".into(), Style::new()),
        (Speaker::Agent, Visibility::Internal) => ("internal note".into(), muted),
        (Speaker::System, _) => ("system".into(), muted),
    };
    let dot = look.glyphs.dot;
    let head = vec![
        Span::styled(spoken.author.to_string(), name),
        Span::styled(format!(" {dot} {who} {dot} {}", look.ago(app.now, spoken.at)), muted),
    ];
    sheet.line(head);
    match (&spoken.corrected, &spoken.tone) {
        (Some(correction), Some(Judgement::Read(reading))) => {
            let score = reading.value.score;
            let tone = tone::message(app.welcome.edges.label(score), score, false, look);
            let text = format!("{} {dot} as {} heard it; the judge:", tone.content, correction.by);
            sheet.text(INDENT, &text, muted, &[(0..tone.content.len(), Style::reset().patch(tone.style))]);
            judged(sheet, app, &correction.judged, look);
        }
        (_, Some(judgement)) => judged(sheet, app, judgement, look),
        (_, None) => {}
    }
    let reading = spoken.tone.as_ref().and_then(Judgement::reading);
    text(sheet, app, spoken, reading.map_or(&[], |reading| &reading.value.quotes), look);
    sheet.blank();
}

/// The tone, then the reason, how far it is trusted and what made it; or why there is none.
fn judged(sheet: &mut Sheet<'_>, app: &App, judgement: &Judgement<Tone>, look: &Look) {
    let muted = look.style(Meaning::Muted);
    match judgement {
        Judgement::Read(reading) => {
            let score = reading.value.score;
            let tone = tone::message(app.welcome.edges.label(score), score, reading.origin.embedded, look);
            let text = format!("{} {} {}", tone.content, look.glyphs.dot, account(app, reading, look));
            sheet.text(INDENT, &text, muted, &[(0..tone.content.len(), Style::reset().patch(tone.style))]);
        }
        Judgement::Abstained(why) => {
            sheet.text(
                INDENT,
                &format!("{} abstained: {why}", look.glyphs.abstained),
                look.style(Meaning::Unscored),
                &[],
            );
        }
        Judgement::Pending(why) => {
            sheet.text(INDENT, &format!("{} pending: {why}", look.glyphs.pending), look.style(Meaning::Unscored), &[]);
        }
    }
}

fn account(app: &App, reading: &Reading<Tone>, look: &Look) -> String {
    let (tone, origin) = (&reading.value, &reading.origin);
    let confidence = if reading.confidence == Confidence::Low { "low confidence" } else { "" };
    let bad = app.welcome.edges.label(tone.score) > Label::Neutral;
    let unproven = if bad && tone.quotes.is_empty() { "no quote proves it" } else { "" };
    let made_by = if origin.embedded { format!("~ {}", origin.model) } else { origin.model.to_string() };
    let parts = [tone.reason.as_str(), confidence, unproven, &made_by];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(&format!(" {} ", look.glyphs.dot))
}

fn text(sheet: &mut Sheet<'_>, app: &App, spoken: &Spoken, quotes: &[Quote], look: &Look) {
    let text = match app.detail.form {
        Form::Cleaned => Some(spoken.cleaned.as_deref().unwrap_or(&spoken.text)),
        Form::Raw => Some(spoken.raw.as_str()),
        Form::Sent => spoken.sent.as_deref(),
    };
    match text {
        Some(text) => {
            let text = text.trim_end();
            sheet.text(INDENT, text, Style::new(), &marks(text, quotes, look.style(Meaning::Quote)));
        }
        None => sheet.text(INDENT, "not sent to a judge", look.style(Meaning::Unscored), &[]),
    }
}

/// Where the quotes stand, in order and without overlap.
fn marks(text: &str, quotes: &[Quote], style: Style) -> Vec<(Range<usize>, Style)> {
    let mut found: Vec<_> = quotes.iter().filter_map(|quote| find_quote(text, quote.as_str())).collect();
    found.sort_by_key(|range| range.start);
    found.into_iter().map(|range| (range, style)).collect()
}
