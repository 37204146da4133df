//! Between what Autotask keeps of a conversation and our messages. Pure.

use super::map::{changed_at, ticket_id};
use super::names::{Parties, PartyId, Role};
use super::note::{self, NoteFields};
use super::wire;
use crate::domain::{Body, Message, MessageId, MessageKind, Plain, Speaker, Visibility};

/// Those whose names a conversation needs.
pub(super) fn authors<'a>(
    notes: impl IntoIterator<Item = &'a wire::Note>,
    entries: impl IntoIterator<Item = &'a wire::TimeEntry>,
) -> impl Iterator<Item = PartyId> {
    let of_notes = notes.into_iter().filter_map(|note| author(*note.created_by_contact, *note.created_by_resource));
    of_notes.chain(entries.into_iter().filter_map(|entry| author(None, *entry.resource)))
}

/// A contact's mail that a resource's rule brought in is the contact's.
pub(super) fn author(contact: Option<i64>, resource: Option<i64>) -> Option<PartyId> {
    contact.map(|id| (Role::Contact, id)).or(resource.map(|id| (Role::Resource, id)))
}

fn speaker(author: Option<PartyId>) -> Speaker {
    match author {
        Some((Role::Contact, _)) => Speaker::Customer,
        Some(_) => Speaker::Agent,
        None => Speaker::System,
    }
}

/// The text the ticket was opened with.
pub(super) fn opening(ticket: i64, row: &wire::Ticket, parties: &Parties) -> Option<Message> {
    let author = author(*row.created_by_contact, *row.created_by_resource);
    Some(Message {
        id: MessageId::opening(ticket_id(ticket)),
        at: row.created_at.or_else(|| changed_at(row))?,
        author: author.map(|(role, id)| parties.name(role, id)).unwrap_or_default(),
        email: email(author, parties),
        speaker: speaker(author),
        subject: row.title.as_deref().map(Plain::new),
        visibility: Visibility::Public,
        body: Body { raw: (*row.description).clone()?, html: false },
    })
}

fn email(author: Option<PartyId>, parties: &Parties) -> Option<Plain> {
    let (role, id) = author?;
    parties.get(role, Some(id))?.email.clone()
}

/// A note as a message; `None` where the PSA wrote it beside a change, or it says nothing.
pub(super) fn note(native: i64, row: &wire::Note, fields: &NoteFields, parties: &Parties) -> Option<Message> {
    if note::is_systems(*row.kind) {
        return None;
    }
    let author = author(*row.created_by_contact, *row.created_by_resource);
    Some(Message {
        id: MessageId::note(ticket_id((*row.ticket)?), native),
        at: row.created_at.or(*row.last_activity_at)?,
        speaker: speaker(author),
        author: author.map(|(role, id)| parties.name(role, id)).unwrap_or_default(),
        email: email(author, parties),
        subject: row.title.as_deref().map(Plain::new),
        visibility: if fields.is_internal(*row.publish) { Visibility::Internal } else { Visibility::Public },
        body: Body { raw: row.description.as_ref().or(row.title.as_ref())?.clone(), html: false },
    })
}

/// The texts of a time entry: the summary that the client may see, and the internal one. Each has a
/// name of its own, whether or not the other is there, since either may be added later.
pub(super) fn time_entry(native: i64, row: &wire::TimeEntry, parties: &Parties) -> [Option<Message>; 2] {
    let author = author(None, *row.resource);
    let message = |native: String, visibility, text: &Option<String>| {
        Some(Message {
            id: MessageId {
                ticket: ticket_id((*row.ticket)?),
                kind: MessageKind::TimeEntry,
                native: Plain::new(&native),
            },
            at: row.created_at.or(*row.modified_at)?,
            speaker: Speaker::Agent,
            author: author.map(|(role, id)| parties.name(role, id)).unwrap_or_default(),
            email: email(author, parties),
            subject: None,
            visibility,
            body: Body { raw: text.clone()?, html: false },
        })
    };
    [
        message(native.to_string(), Visibility::Public, &row.summary_notes),
        message(format!("{native}-internal"), Visibility::Internal, &row.internal_notes),
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::super::names::Party;
    use super::*;

    fn people() -> Parties {
        let party = |name: &str, email: &str| Party { name: name.into(), email: Some(email.into()) };
        Parties::from_iter([
            ((Role::Contact, 903), party("Jo Field", "jo@acme.example")),
            ((Role::Resource, 29683500), party("Sam Lee", "sam@desk.example")),
        ])
    }

    /// `row` with some fields changed.
    fn changed(mut row: Value, changes: &Value) -> Value {
        row.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
        row
    }

    fn at(text: &str) -> jiff::Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn the_opening_is_of_whoever_created_the_ticket() {
        let row = json!({
            "title": "VPN drops every hour", "description": "It drops at ten past each hour.", "createdByContactID": 903,
            "createDate": "2026-08-14T05:58:01.12Z", "lastActivityDate": "2026-08-14T06:30:12.457",
        });
        let open = |changes: Value| {
            let row: wire::Ticket = serde_json::from_value(changed(row.clone(), &changes)).expect("a ticket");
            opening(7001, &row, &people())
        };
        let contacts = open(json!({})).expect("an opening");
        assert_eq!(contacts.id.to_string(), "7001/opening");
        assert!(contacts.is_customers());
        assert_eq!((contacts.author.as_str(), contacts.at), ("Jo Field", at("2026-08-14T05:58:01.12Z")));
        assert_eq!(contacts.email, Some(Plain::new("jo@acme.example")));
        assert_eq!(contacts.body, Body { raw: "It drops at ten past each hour.".into(), html: false });
        let agents = open(json!({"createdByContactID": null, "creatorResourceID": 29683500})).expect("an opening");
        assert_eq!((agents.speaker, agents.author.as_str()), (Speaker::Agent, "Sam Lee"));
        let nobodys = open(json!({"createdByContactID": null})).expect("an opening");
        assert_eq!((nobodys.speaker, nobodys.author.as_str()), (Speaker::System, ""));
        assert_eq!(open(json!({"description": " "})), None);
    }

    fn written_note(changes: Value) -> Option<Message> {
        let row = json!({
            "id": 90011, "ticketID": 7001, "title": "RE: VPN drops", "description": "Still dropping.", "noteType": 101,
            "publish": 1, "createDateTime": "2026-08-14T06:30:12.457Z", "lastActivityDate": "2026-08-14T07:00:00Z",
            "creatorResourceID": null, "createdByContactID": 903,
        });
        let row: wire::Note = serde_json::from_value(changed(row, &changes)).expect("a note");
        note(90011, &row, &NoteFields::default(), &people())
    }

    #[test]
    fn a_note_becomes_a_message() {
        let mail = written_note(json!({})).expect("a message");
        assert!(mail.is_customers());
        assert_eq!(mail.id.to_string(), "7001/note/90011");
        assert_eq!((mail.author.as_str(), mail.at), ("Jo Field", at("2026-08-14T06:30:12.457Z")));
        assert_eq!(
            (mail.subject, mail.body),
            (Some(Plain::new("RE: VPN drops")), Body { raw: "Still dropping.".into(), html: false })
        );
        let agents = json!({"createdByContactID": null, "creatorResourceID": 29683500, "noteType": 1, "publish": 2});
        let agents = written_note(agents).expect("a message");
        assert_eq!(
            (agents.speaker, agents.author.as_str(), agents.visibility),
            (Speaker::Agent, "Sam Lee", Visibility::Internal)
        );
        let nobodys = written_note(json!({"createdByContactID": null, "noteType": 99})).expect("a message");
        assert_eq!(nobodys.speaker, Speaker::System);
        let untexted = written_note(json!({"description": null})).expect("a message");
        assert_eq!(untexted.body.raw, "RE: VPN drops");
        for nothing in [
            json!({"description": "", "title": ""}),
            json!({"ticketID": null}),
            json!({"createDateTime": null, "lastActivityDate": "soon"}),
        ] {
            assert_eq!(written_note(nothing.clone()), None, "{nothing}");
        }
    }

    #[test]
    fn what_the_psa_writes_beside_a_change_is_left_out() {
        for kind in [13, 91, 92, 93, 94, 95] {
            assert_eq!(written_note(json!({"noteType": kind})), None, "{kind}");
        }
        for kind in [json!(1), json!(18), json!(101), json!(205), json!(null), json!("odd")] {
            assert!(written_note(json!({"noteType": kind})).is_some(), "{kind}");
        }
    }

    #[test]
    fn a_time_entry_is_one_text_or_two() {
        let read = |changes: Value| {
            let row = json!({
                "id": 5, "ticketID": 7001, "resourceID": 29683500, "summaryNotes": null, "internalNotes": null,
                "createDateTime": "2026-08-14T06:41:00Z",
            });
            let row: wire::TimeEntry = serde_json::from_value(changed(row, &changes)).expect("a time entry");
            let texts = time_entry(5, &row, &people()).into_iter().flatten();
            let read = texts.map(|text| {
                assert_eq!((text.speaker, text.author.as_str()), (Speaker::Agent, "Sam Lee"));
                (text.id.to_string(), text.visibility, text.body.raw)
            });
            read.collect::<Vec<_>>()
        };
        let summary = ("7001/time/5".to_owned(), Visibility::Public, "Lease raised.".to_owned());
        let internal = ("7001/time/5-internal".to_owned(), Visibility::Internal, "Bill it.".to_owned());
        let (said, noted) = (json!({"summaryNotes": "Lease raised."}), json!({"internalNotes": "Bill it."}));
        assert_eq!(read(said), std::slice::from_ref(&summary));
        assert_eq!(read(noted), std::slice::from_ref(&internal));
        assert_eq!(read(json!({"summaryNotes": "Lease raised.", "internalNotes": "Bill it."})), [summary, internal]);
        assert!(read(json!({})).is_empty());
    }

    fn anything() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            Just(json!("2026-08-14T06:30:12.457")),
            Just(json!([{}])),
        ]
    }

    proptest! {
        #[test]
        fn no_row_can_break_it(values in prop::collection::vec(anything(), 8)) {
            let keys = [
                "ticketID", "createDateTime", "description", "summaryNotes", "internalNotes", "noteType", "publish",
                "creatorResourceID",
            ];
            let row: Value = keys.into_iter().map(str::to_owned).zip(values).collect::<Map<_, _>>().into();
            let read = "any object is a row";
            opening(1, &serde_json::from_value(row.clone()).expect(read), &people());
            time_entry(1, &serde_json::from_value(row.clone()).expect(read), &people());
            note(1, &serde_json::from_value(row).expect(read), &NoteFields::default(), &people());
        }
    }
}
