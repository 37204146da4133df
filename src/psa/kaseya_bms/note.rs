//! The internal note: its type, its text as HTML, and the proof that it stayed internal.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::lookups::is_active;
use super::search::time;
use super::wire::{Named, Note, Row};
use crate::domain::{MessageId, TicketId};
use crate::psa::PsaError;
use crate::psa::deed::{Deed, invalid};
use crate::psa::html::html;

/// The note type to use, where the config says none: one that reads internal, else the first that may
/// still be chosen, else the one that internal notes were `seen` to have.
pub(super) fn choose(types: &[Row<Named>], seen: Option<i64>) -> Result<i64, PsaError> {
    let active = || types.iter().filter(|kind| is_active(kind));
    let reads_internal =
        |kind: &&Row<Named>| kind.name.as_deref().is_some_and(|name| name.to_lowercase().contains("internal"));
    let best = active().find(reads_internal).or_else(|| active().next());
    best.map(|kind| kind.id).or(seen).ok_or_else(|| {
        invalid(
            "it does not tell its note types; set [psa] note_type to the id of one, such as that of an internal note",
        )
    })
}

/// The body that adds `text` as an internal note. It names nobody to be mailed and no status, so that
/// nobody is mailed and the status stays.
pub(super) fn body(text: &str, kind: i64, now: Timestamp) -> Value {
    json!({"details": html(text), "isInternal": true, "noteDate": time(now), "typeId": kind})
}

/// The note's id, once the answer to `deed` shows that it is internal. Where it leaves that out, nothing
/// is proven either way.
pub(super) fn confirmed(deed: Deed<'_>, ticket: &TicketId, answer: Value) -> Result<MessageId, PsaError> {
    let written: Row<Note> = Row::read(answer).ok_or_else(|| deed.misanswered("it names no note"))?;
    let note = MessageId::note(ticket.clone(), written.id);
    match *written.isinternal {
        Some(true) => Ok(note),
        Some(false) => Err(PsaError::NotInternal { note }),
        None => Err(deed.misanswered("it does not say that the note is internal")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::wire::Envelope;
    use super::*;

    fn types(rows: Value) -> Vec<Row<Named>> {
        Envelope::read(json!({ "result": rows })).expect("an envelope").list().expect("a list").rows
    }

    #[test]
    fn the_type_that_reads_internal_is_best_and_one_that_was_seen_the_last_resort() {
        let list = types(json!([
            {"id": 1, "name": "Internal (old)", "isActive": false},
            {"id": 2, "name": "Customer Note"},
            {"id": 3, "name": "INTERNAL NOTE"},
        ]));
        assert_eq!(choose(&list, Some(9)), Ok(3));
        assert_eq!(choose(&list[..2], Some(9)), Ok(2));
        assert_eq!(choose(&list[..1], Some(9)), Ok(9));
        let error = choose(&[], None).expect_err("none").to_string();
        assert!(error.contains("[psa] note_type"), "{error}");
    }

    #[test]
    fn a_note_says_that_it_is_internal_and_its_text_is_only_text() {
        let now = "2026-08-14T06:45:00.5Z".parse().expect("a time");
        assert_eq!(
            body("Raised \"it\".\r\n<b>\n[triage ref 01J5]\n", 3, now),
            json!({
                "details": "<p>Raised &quot;it&quot;.<br>&lt;b&gt;<br>[triage ref 01J5]</p>", "isInternal": true,
                "noteDate": "2026-08-14T06:45:00Z", "typeId": 3,
            })
        );
    }
}
