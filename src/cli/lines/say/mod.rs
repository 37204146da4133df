//! Tickets and what becomes of them, in words that a screen reader reads as a person would.

mod acts;
mod news;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Edges, Field, Flag, Judgement, Plain, Row, Speaker, Triaged, Visibility, block};
use crate::seat::Spoken;

pub(super) use acts::{done, draft, proposed, waiting};
pub(super) use news::{announcement, elevated, status};

/// `1. 2818, Acme Dental, tone urgent -0.85, urgency 4, waiting 2 hours: Server down`
pub(super) fn ticket(place: usize, row: &Row, now: Timestamp) -> String {
    let mut parts = vec![number(&row.ticket.number).to_owned()];
    parts.extend(row.ticket.client.iter().map(|client| client.name.to_string()));
    parts.push(tone(row));
    parts.extend(row.urgency.map(|urgency| format!("urgency {urgency}")));
    parts.extend(row.waited(now).map(|waited| format!("waiting {}", span(waited))));
    let more = [(row.proposal.is_some(), "a proposal waits"), (row.episode.is_open(), "escalated")];
    parts.extend(more.into_iter().filter(|(holds, _)| *holds).map(|(_, words)| words.to_owned()));
    format!("{place}. {}: {}", parts.join(", "), row.ticket.summary)
}

/// A screen reader says "number sign" for the mark.
pub(super) fn number(number: &Plain) -> &str {
    number.as_str().trim_start_matches('#')
}

fn tone(row: &Row) -> String {
    match &row.tone {
        Some(track) => format!("tone {} {}{}", track.label, track.latest(), by_word_list(row.embedded)),
        None if row.counts.pending > 0 => "tone not known yet".into(),
        None if row.counts.abstained > 0 => "tone not rated".into(),
        None => "no tone".into(),
    }
}

/// A score is never told without where it comes from; a model goes without saying.
fn by_word_list(embedded: bool) -> &'static str {
    if embedded { " by word list" } else { "" }
}

pub(super) fn count(tickets: usize) -> String {
    match tickets {
        0 => "no tickets".into(),
        1 => "1 ticket".into(),
        more => format!("{more} tickets"),
    }
}

/// The largest unit that there is one of: `2 hours`.
fn span(span: SignedDuration) -> String {
    let minutes = span.as_mins().max(0);
    let (count, unit) = match minutes {
        0 => return "less than a minute".into(),
        1..60 => (minutes, "minute"),
        60..2880 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

fn ago(at: Timestamp, now: Timestamp) -> String {
    format!("{} ago", span(now.duration_since(at)))
}

/// Why a ticket ranks where it does.
pub(super) fn why(row: &Row) -> Vec<String> {
    let mut lines = vec![format!("attention {:.0} of 100, the sum of", row.attention.total + 0.0)];
    lines.extend(row.attention.terms.iter().map(|term| format!("  {} {:.1}", term.kind.word(), term.points)));
    if row.attention.terms.is_empty() {
        lines.push("  nothing".into());
    }
    lines
}

/// Whose ticket it is, what the PSA holds, what is judged.
pub(super) fn facts(row: &Row, triage: Option<&Triaged>, now: Timestamp) -> Vec<String> {
    let ticket = &row.ticket;
    let mut lines = vec![format!("{}: {}", number(&ticket.number), ticket.summary)];
    let vip = if row.vip { ", VIP" } else { "" };
    lines.push(format!(
        "client {}{vip}, contact {}",
        or_none(ticket.client_name()),
        or_none(ticket.contact.name.as_str())
    ));
    let field = |field: Field| (!ticket.label(field).is_empty()).then(|| format!("{field} {}", ticket.label(field)));
    lines.push(Field::ALL.into_iter().filter_map(field).collect::<Vec<_>>().join(", "));
    let frustration = row.tone.as_ref().map(|track| format!(", frustration {} of 5", track.latest().frustration()));
    let judged = format!("{}{}", tone(row), frustration.unwrap_or_default());
    lines.push(format!("attention {:.0} of 100, {judged}", row.attention.total + 0.0));
    if let Some(triage) = triage.and_then(|triage| triage.judgement.reading()).map(|reading| &reading.value) {
        lines.push(format!("urgency {} of 5: {}", triage.urgency.value, triage.urgency.reason));
        lines.push(format!("impact {} of 5: {}", triage.impact.value, triage.impact.reason));
    }
    let follow_ups = (row.follow_ups > 0).then(|| format!("follow-ups {}", row.follow_ups));
    let due = row.left(now).map(|left| match left.is_negative() {
        true => format!("overdue {}", span(left.abs())),
        false => format!("due in {}", span(left)),
    });
    let waits = [row.waited(now).map(|waited| format!("waiting {}", span(waited))), follow_ups, due];
    lines.push(waits.into_iter().flatten().collect::<Vec<_>>().join(", "));
    let flags: Vec<&str> = row.flags.iter().copied().map(Flag::word).collect();
    lines.extend((!flags.is_empty()).then(|| format!("flags {}", flags.join(", "))));
    lines.retain(|line| !line.is_empty());
    lines
}

fn or_none(name: &str) -> &str {
    if name.is_empty() { "nobody" } else { name }
}

/// A message with its tone and the reason; `of` is how many there are.
pub(super) fn message(place: usize, of: usize, spoken: &Spoken, edges: &Edges, now: Timestamp) -> Vec<String> {
    let who = match (spoken.speaker, spoken.visibility) {
        (Speaker::Customer, _) => "customer",
        (Speaker::Agent, Visibility::Public) => "answer by",
        (Speaker::Agent, Visibility::Internal) => "internal note by",
        (Speaker::System, _) => "system",
    };
    let mut lines = vec![format!("message {place} of {of}, {who} {}, {}", spoken.author, ago(spoken.at, now))];
    match &spoken.tone {
        None => {}
        Some(Judgement::Read(reading)) => {
            let (tone, by) = (&reading.value, by_word_list(reading.origin.embedded));
            lines.push(format!("  tone {} {}{by}: {}", edges.label(tone.score), tone.score, tone.reason));
            lines.extend(tone.quotes.iter().map(|quote| format!("  quote: \"{}\"", quote.as_str())));
        }
        Some(Judgement::Abstained(why)) => lines.push(format!("  not rated: {why}")),
        Some(Judgement::Pending(why)) => lines.push(format!("  not rated yet: {why}")),
    }
    let text = spoken.cleaned.as_deref().unwrap_or(&spoken.text);
    lines.extend(block(text.trim()).lines().map(|line| format!("    {line}")));
    lines
}

/// A ticket in the middle of a sentence.
fn about(row: &Row) -> String {
    format!("{}, {}, {}", number(&row.ticket.number), or_none(row.ticket.client_name()), row.ticket.summary)
}
