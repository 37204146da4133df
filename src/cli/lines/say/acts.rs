//! What would be done to a ticket, and what was.

use jiff::Timestamp;

use crate::domain::{
    Change, Draft, FieldValue, NoteOutcome, Plain, Proposal, ProposalState, Receipt, ReceiptState, Row, block,
};

use super::{ago, number};

/// `priority from Medium to High`
fn change(change: &Change) -> String {
    let label = |value: &Option<FieldValue>| match value {
        Some(value) => value.label.to_string(),
        None => "nothing".into(),
    };
    format!("{} from {} to {}", change.field, label(&change.before), label(&change.after))
}

pub(super) fn changes(draft: &Draft) -> String {
    match draft.changes.is_empty() {
        true => "no field, only the note".into(),
        false => draft.changes.iter().map(change).collect::<Vec<_>>().join(", "),
    }
}

/// A proposal on the ticket that is shown.
pub(in crate::cli::lines) fn proposed(proposal: &Proposal) -> Option<String> {
    let draft = &proposal.draft;
    let waits = proposal.state == ProposalState::Waiting;
    waits.then(|| format!("a proposal waits, {}: {}", draft.purpose.title(&draft.rule, draft.level), changes(draft)))
}

/// A proposal in the list of them.
pub(in crate::cli::lines) fn waiting(place: usize, proposal: &Proposal, row: Option<&Row>) -> String {
    let draft = &proposal.draft;
    let about = match row {
        Some(row) => format!("{}, {}", number(&row.ticket.number), row.ticket.summary),
        None => draft.ticket.to_string(),
    };
    let held = proposal.held_back.as_ref().map(|why| format!("; held back: {why}")).unwrap_or_default();
    format!("{place}. {about}, {}: {}{held}", draft.purpose.title(&draft.rule, draft.level), changes(draft))
}

/// Everything an act would do, one thing a line.
pub(in crate::cli::lines) fn draft(draft: &Draft, ticket: &Plain) -> Vec<String> {
    let mut lines = vec![format!("{}, {}", number(ticket), draft.purpose.title(&draft.rule, draft.level))];
    lines.extend(draft.changes.iter().map(|field| format!("  would change {}", change(field))));
    lines.extend(draft.changes.is_empty().then(|| "  would change no field".to_owned()));
    lines.extend(draft.left_out.iter().map(|why| format!("  leaves out {why}")));
    lines.extend(draft.known_effects.iter().map(|effect| format!("  may also: {effect}")));
    lines.extend(draft.evidence.facts.iter().map(|fact| format!("  because {fact}")));
    lines.extend(draft.evidence.reasons.iter().map(|reason| format!("  because: {reason}")));
    lines.extend(draft.evidence.quotes.iter().map(|quote| format!("  quote: \"{}\"", quote.as_str())));
    lines.push("  and would leave this internal note, with a reference line:".into());
    lines.extend(block(draft.note.trim_end()).lines().map(|line| format!("    {line}")));
    lines
}

/// What was done to the ticket that is shown.
pub(in crate::cli::lines) fn done(receipt: &Receipt, now: Timestamp) -> String {
    let state = match receipt.state {
        ReceiptState::UnderWay => "under way",
        ReceiptState::Done => "done",
        ReceiptState::Partial => "not all of it happened",
        ReceiptState::Dropped => "the rest is dropped",
    };
    let fields: Vec<String> =
        receipt.fields.iter().map(|field| format!("{}{}", change(&field.change), field.remark())).collect();
    let note = match &receipt.note {
        NoteOutcome::Refused(why) => format!("; the note was refused: {why}"),
        _ => String::new(),
    };
    let fields = if fields.is_empty() { "note only".to_owned() } else { fields.join(", ") };
    let title = receipt.purpose.title(&receipt.rule, receipt.level);
    format!("{state}, {title} by {}, {}: {fields}{note}", receipt.by, ago(receipt.at, now))
}
