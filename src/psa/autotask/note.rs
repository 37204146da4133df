//! Notes: which are internal, how one is written so, and the proof that it stayed so.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::wire::{self, Fields};
use crate::domain::MessageId;
use crate::psa::PsaError;
use crate::psa::deed::{Deed, invalid};

/// What `publish` holds for the internal project team, by the vendor's numbering.
const INTERNAL: i64 = 2;

/// The same, and technicians at the client who share the desk.
const INTERNAL_AND_CO_MANAGED: i64 = 4;

/// The usual types of a note that a person writes, the plainest first.
const PLAIN_KINDS: [i64; 3] = [1, 3, 2];

/// What the PSA writes beside a change: workflow rules, forwarding, merging, copying.
const SYSTEM_KINDS: [i64; 6] = [13, 91, 92, 93, 94, 95];

/// A note needs a title where a form says so.
const TITLE: &str = "Triage";

/// What the fields of a note mean at this tenant.
#[derive(Debug)]
pub(super) struct NoteFields {
    internal: BTreeSet<i64>,
    /// What to write into `publish`; `None` where no value keeps a note internal.
    publish: Option<i64>,
    kind: i64,
}

impl NoteFields {
    pub(super) fn read(fields: &Fields) -> Self {
        let publish = fields.values("publish");
        let named = publish.iter().filter(|value| reads(value, "internal")).filter_map(|value| *value.value);
        Self {
            internal: named.chain([INTERNAL, INTERNAL_AND_CO_MANAGED]).collect(),
            publish: publish_internally(publish),
            kind: plainest(fields.values("noteType")),
        }
    }

    /// Whether only the desk sees a note with this `publish`.
    pub(super) fn is_internal(&self, publish: Option<i64>) -> bool {
        publish.is_some_and(|publish| self.internal.contains(&publish))
    }

    /// The body that adds `text` as an internal note.
    pub(super) fn body(&self, text: &str) -> Result<Value, PsaError> {
        let publish = self.publish.ok_or_else(|| invalid("none of its publish values keeps a note internal"))?;
        Ok(json!({"title": TITLE, "description": text, "noteType": self.kind, "publish": publish}))
    }

    /// The note's name, once the note as it stands shows that it is internal. Where that is left out,
    /// nothing is proven either way.
    pub(super) fn confirmed(&self, deed: Deed<'_>, note: MessageId, row: &wire::Note) -> Result<MessageId, PsaError> {
        match *row.publish {
            None => Err(deed.misanswered("the note was written, and is not proven to be internal")),
            publish if publish == self.publish => Ok(note),
            Some(_) => Err(PsaError::NotInternal { note }),
        }
    }
}

/// Where the lists may not be read, the vendor's numbering has to do.
impl Default for NoteFields {
    fn default() -> Self {
        Self::read(&Fields::default())
    }
}

/// Whether the PSA wrote a note of this type by itself.
pub(super) fn is_systems(kind: Option<i64>) -> bool {
    kind.is_some_and(|kind| SYSTEM_KINDS.contains(&kind))
}

fn reads(value: &wire::PickValue, word: &str) -> bool {
    value.label.as_deref().is_some_and(|label| label.to_lowercase().contains(word))
}

/// The vendor's value while its label does not say otherwise, else one that is called internal. One
/// that lets people at the client read along is neither.
fn publish_internally(values: &[wire::PickValue]) -> Option<i64> {
    if values.is_empty() {
        return Some(INTERNAL);
    }
    let active = || values.iter().filter(|value| value.is_active.unwrap_or(true));
    let within = |value: &&wire::PickValue| reads(value, "internal") && !reads(value, "managed");
    let named = || active().filter(within).filter_map(|value| *value.value);
    let usual = || active().filter_map(|value| *value.value).find(|value| *value == INTERNAL);
    named().find(|value| *value == INTERNAL).or_else(|| named().next()).or_else(usual)
}

fn plainest(kinds: &[wire::PickValue]) -> i64 {
    let active = || kinds.iter().filter(|kind| kind.is_active.unwrap_or(true)).filter_map(|kind| *kind.value);
    let usual = PLAIN_KINDS.into_iter().find(|kind| active().any(|known| known == *kind));
    usual.or_else(|| active().find(|kind| !SYSTEM_KINDS.contains(kind))).unwrap_or(PLAIN_KINDS[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TicketId;

    fn read(publish: Value, kinds: Value) -> NoteFields {
        let fields = json!({"fields": [
            {"name": "publish", "picklistValues": publish}, {"name": "noteType", "picklistValues": kinds},
        ]});
        NoteFields::read(&Fields::read(fields).expect("fields"))
    }

    #[test]
    fn the_labels_say_what_is_internal() {
        let usual = json!([
            {"value": "1", "label": "All Autotask Users"}, {"value": "2", "label": "Internal Project Team"},
            {"value": "4", "label": "Internal & Co-Managed"},
        ]);
        let fields =
            read(usual, json!([{"value": "3", "label": "Task Notes"}, {"value": "1", "label": "Task Summary"}]));
        assert_eq!((fields.publish, fields.kind), (Some(2), 1));
        for (publish, internal) in [(Some(1), false), (Some(2), true), (Some(4), true), (Some(9), false), (None, false)]
        {
            assert_eq!(fields.is_internal(publish), internal, "{publish:?}");
        }
        let other = read(
            json!([
                {"value": "2", "label": "Everybody", "isActive": true}, {"value": "4", "label": "Internal & Co-Managed"},
                {"value": "8", "label": "Internal", "isActive": false}, {"value": "7", "label": "INTERNAL only"},
            ]),
            json!([{"value": "13", "label": "Workflow"}, {"value": "205", "label": "Desk"}]),
        );
        assert_eq!((other.publish, other.kind), (Some(7), 205));
        assert!(other.is_internal(Some(7)));
    }

    #[test]
    fn without_labels_the_vendors_numbers_count() {
        let unread = NoteFields::default();
        assert_eq!((unread.publish, unread.kind), (Some(2), 1));
        let translated = read(json!([{"value": "1", "label": "Alle"}, {"value": "2", "label": "Nur wir"}]), json!([]));
        assert_eq!(translated.publish, Some(2));
        let none =
            read(json!([{"value": "1", "label": "All"}, {"value": "4", "label": "Internal & Co-Managed"}]), json!([]));
        assert!(matches!(none.body("x"), Err(PsaError::Invalid { .. })));
    }

    #[test]
    fn a_note_is_plain_text_under_a_title() {
        let body = NoteFields::default().body("Raised \"it\" <b>.\n\n[triage ref 01J5]").expect("a body");
        let text = "Raised \"it\" <b>.\n\n[triage ref 01J5]";
        assert_eq!(body, json!({"title": "Triage", "description": text, "noteType": 1, "publish": 2}));
    }

    #[test]
    fn only_the_note_itself_proves_that_it_is_internal() {
        let name = MessageId::note(TicketId::new("7"), 41);
        let confirmed = |publish: Value| {
            let row = serde_json::from_value(json!({"publish": publish})).expect("a note");
            NoteFields::default().confirmed(Deed { verb: "write", noun: "a note" }, name.clone(), &row)
        };
        assert_eq!(confirmed(json!(2)), Ok(name.clone()));
        assert!(matches!(confirmed(json!(null)), Err(PsaError::BadAnswer { .. })), "nothing is proven");
        for leak in [json!(1), json!(4)] {
            assert_eq!(confirmed(leak.clone()), Err(PsaError::NotInternal { note: name.clone() }), "{leak}");
        }
    }
}
