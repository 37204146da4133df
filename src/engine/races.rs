//! What a person changed between our last look and our write, as the PSA's history tells afterwards.
//!
//! Nothing can be prevented here any more, and nothing is written: it is told, so that somebody looks.
//! A PSA that keeps no history, or does not answer at once, tells nothing, and that stops no act.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Change, Clock, Edit, FieldOutcome, Plain, Receipt, Ticket, TicketId};
use crate::psa::Psa;

/// How long the history is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Marks the fields of `receipt` on which somebody else's change was overwritten. `seen` is the ticket as
/// it was when we last looked before we wrote.
pub(super) async fn mark(psa: &dyn Psa, clock: &Clock, receipt: &mut Receipt, seen: Option<&Ticket>) {
    let written = receipt.fields.iter().any(|result| result.outcome == FieldOutcome::Changed);
    let Some(seen) = seen.filter(|_| written) else { return };
    let edits = history(psa, clock, &receipt.ticket, seen.changed_at).await;
    for result in receipt.fields.iter_mut().filter(|result| result.outcome == FieldOutcome::Changed) {
        result.raced = race(&edits, &result.change, seen.changed_at);
    }
}

/// What to warn of.
pub(super) fn warnings(receipt: &Receipt) -> Vec<String> {
    let raced = receipt.fields.iter().filter_map(|result| Some((result.change.field, result.raced.as_ref()?)));
    raced.map(|(field, who)| format!("{} {field}: our change overwrote another one ({who})", receipt.number)).collect()
}

/// One try.
async fn history(psa: &dyn Psa, clock: &Clock, ticket: &TicketId, since: Timestamp) -> Vec<Edit> {
    let told = tokio::select! {
        biased;
        told = psa.history(ticket, since) => told,
        () = clock.sleep(PATIENCE) => return Vec::new(),
    };
    match told {
        Ok(edits) => edits.unwrap_or_default(),
        Err(error) => {
            tracing::debug!(%ticket, %error, "the history does not tell whether a change was overwritten");
            Vec::new()
        }
    }
}

/// The last change to the field of `change` that was made after `seen` and before ours. Ours is the one
/// that the PSA says is ours, or that names our value: who sets the same loses nothing by us.
fn race(edits: &[Edit], change: &Change, seen: Timestamp) -> Option<Plain> {
    let ours = |edit: &Edit| {
        edit.ours || change.after.as_ref().is_some_and(|after| names(edit.detail.as_str(), after.label.as_str()))
    };
    let of_field: Vec<&Edit> = edits.iter().filter(|edit| edit.at > seen && edit.field == Some(change.field)).collect();
    let until = of_field.iter().rposition(|edit| ours(edit)).unwrap_or(of_field.len());
    of_field[..until].iter().rev().find(|edit| !ours(edit)).map(|edit| told(edit))
}

fn told(edit: &Edit) -> Plain {
    let at = edit.at.strftime("%H:%M:%S UTC");
    let by = if edit.by.is_empty() { "somebody".into() } else { edit.by.to_string() };
    Plain::new(&format!("{by} at {at}: {}", edit.detail))
}

/// Whether `value` stands in `line` as words of its own.
fn names(line: &str, value: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    !value.is_empty()
        && line
            .match_indices(value)
            .any(|(at, _)| is_edge(line[..at].chars().next_back()) && is_edge(line[at + value.len()..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Field, FieldValue};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn edit(second: i64, by: &str, field: Field, detail: &str) -> Edit {
        Edit { at: at(second), by: Plain::new(by), field: Some(field), detail: Plain::new(detail), ours: false }
    }

    fn raised() -> Change {
        let before = Some(FieldValue::new("Medium", 3));
        Change { field: Field::Priority, before, after: Some(FieldValue::new("High", 1)) }
    }

    fn raced(edits: &[Edit]) -> Option<String> {
        race(edits, &raised(), at(10)).map(|raced| raced.to_string())
    }

    #[test]
    fn a_change_between_our_look_and_our_write_is_told() {
        let theirs = edit(20, "Priya Nair", Field::Priority, "Priority changed from Medium to Low");
        let ours = edit(20, "irate", Field::Priority, "Priority changed from Low to High");
        let told = Some("Priya Nair at 00:00:20 UTC: Priority changed from Medium to Low".to_owned());
        assert_eq!(raced(&[theirs.clone(), ours.clone()]), told);
        assert_eq!(raced(std::slice::from_ref(&theirs)), told, "also where our own is not told");
        assert_eq!(raced(&[ours, theirs]), None, "what came after ours was not overwritten");
    }

    #[test]
    fn what_we_had_seen_what_is_ours_and_what_is_of_other_fields_is_no_race() {
        let seen = edit(10, "Priya Nair", Field::Priority, "Priority changed from Low to Medium");
        let other = edit(20, "Priya Nair", Field::Status, "Status changed from New to Waiting");
        let same = edit(20, "Priya Nair", Field::Priority, "Priority changed from Medium to High");
        let known = Edit { ours: true, ..edit(20, "", Field::Priority, "Priority changed") };
        assert_eq!(raced(&[seen, other, same, known]), None);
    }

    #[test]
    fn a_value_is_named_by_whole_words() {
        assert!(names("from Low to High", "High") && names("High", "High") && names("(High)", "High"));
        assert!(!names("from Low to Higher", "High") && !names("", "High") && !names("x", ""));
    }
}
