//! Exactly once: what receipts say against what a practice desk took.

use std::collections::BTreeMap;

use irate::domain::{Change, Field, FieldOutcome, NoteOutcome, PsaKind, Receipt, ReceiptId};
use irate::practice::{PracticePsa, Written};

/// What the practice world calls a field.
pub(crate) fn world_word(kind: PsaKind, field: Field) -> Option<&'static str> {
    match (kind, field) {
        (_, Field::Sla) | (PsaKind::Connectwise, Field::Board | Field::Type | Field::Subtype | Field::Item) => None,
        (PsaKind::Halo, Field::Board) => Some("team"),
        (PsaKind::Autotask | PsaKind::KaseyaBms, Field::Board) => Some("team"),
        (_, Field::Severity) => Some("urgency"),
        _ => Some(field.word()),
    }
}

/// A ticket, a field in the world's words, and the label it was set to.
type Set = (String, &'static str, String);

/// Every note of `receipts` stands there once, every change of theirs was written, and nothing beside that.
pub(crate) fn check_written_once(psa: &PracticePsa, receipts: &[Receipt]) {
    let mut notes: BTreeMap<ReceiptId, u32> = BTreeMap::new();
    let mut sets: BTreeMap<Set, u32> = BTreeMap::new();
    for write in psa.writes() {
        match write.what {
            Written::Note { internal, text, .. } => {
                assert!(internal, "{text}");
                *notes.entry(ReceiptId::find_in(&text).expect("our marker")).or_default() += 1;
            }
            Written::Fields(fields) => {
                for (word, label) in fields {
                    *sets.entry((write.ticket.to_string(), word, label.to_string())).or_default() += 1;
                }
            }
            other => panic!("nobody asked for {other:?}"),
        }
    }
    for receipt in receipts {
        // A colleague may have been quicker.
        let as_it_should = |outcome: &FieldOutcome| {
            matches!(outcome, FieldOutcome::Changed | FieldOutcome::AlreadySo | FieldOutcome::LeftAlone(_))
        };
        assert!(receipt.fields.iter().all(|field| as_it_should(&field.outcome)), "{receipt:?}");
        assert!(matches!(receipt.note, NoteOutcome::Written(_)), "{receipt:?}");
        assert_eq!(notes.remove(&receipt.id), Some(1), "one note: {receipt:?}");
        for field in receipt.fields.iter().filter(|field| field.outcome == FieldOutcome::Changed) {
            let found = take_one(&mut sets, psa.kind(), &receipt.ticket.to_string(), &field.change);
            // Whoever answered a ticket meanwhile took it, perhaps the very one it was to go to.
            let took_it = field.change.field == Field::Owner
                && psa.written_by(&receipt.ticket).contains_key(after_label(&field.change));
            assert!(found || took_it, "{} of {} was never written", field.change, receipt.ticket);
        }
    }
    assert!(notes.is_empty(), "notes nobody knows of: {notes:?}");
    sets.retain(|_, count| *count > 0);
    assert!(sets.is_empty(), "written more often than asked for: {sets:?}");
}

fn after_label(change: &Change) -> &str {
    change.after.as_ref().map_or("", |value| value.label.as_str())
}

/// Takes one write of this change out of what the desk noted down, if there is one.
fn take_one(sets: &mut BTreeMap<Set, u32>, kind: PsaKind, ticket: &str, change: &Change) -> bool {
    let word = world_word(kind, change.field).unwrap_or(change.field.word());
    let ours = after_label(change);
    let set = sets.iter_mut().find(|((of, field, label), count)| {
        of == ticket && *field == word && **count > 0 && ours.starts_with(label.as_str())
    });
    set.map(|(_, count)| *count -= 1).is_some()
}
