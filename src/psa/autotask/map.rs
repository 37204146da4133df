//! Between Autotask's rows and our words. Pure.
//!
//! Autotask's oddities end here: everything is an id, an owner is a resource in a role, a category is
//! an issue type and a sub-issue type, and a time entry holds two texts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::names::{Parties, PartyId, Role};
use super::note::{self, NoteFields};
use super::wire;
use crate::domain::{
    Body, Contact, Field, FieldValue, Message, MessageId, MessageKind, Named, Picklists, Plain, Speaker, Ticket,
    TicketId, Visibility,
};
use crate::psa::PsaError;
use crate::psa::link::Link;

/// The status that the vendor calls Complete; all others are the tenant's own.
pub(super) const COMPLETE: i64 = 5;

/// What rows leave to be looked up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lookups<'a> {
    pub(super) lists: &'a Picklists,
    pub(super) parties: &'a Parties,
    pub(super) link: Option<&'a Link>,
}

/// The id as Autotask has it.
pub(super) fn native(id: &TicketId) -> Result<i64, PsaError> {
    id.as_str().parse().map_err(|_| PsaError::NotFound { what: Plain::new(&noun(id)) })
}

/// The id as we have it.
pub(super) fn ticket_id(native: i64) -> TicketId {
    TicketId::new(native.to_string())
}

/// How errors name a ticket.
pub(super) fn noun(id: &TicketId) -> String {
    format!("ticket {id}")
}

/// When anything last changed.
pub(super) fn changed_at(row: &wire::Ticket) -> Option<Timestamp> {
    row.last_activity_at.or(*row.created_at)
}

/// The ticket; `None` without any time.
pub(super) fn ticket(native: i64, row: &wire::Ticket, lookups: Lookups<'_>) -> Option<Ticket> {
    let id = ticket_id(native);
    let changed_at = changed_at(row)?;
    Some(Ticket {
        number: Plain::new(row.number.as_deref().unwrap_or(id.as_str())),
        summary: plain(&row.title),
        client: row.company.map(|company| client(company, lookups.parties)),
        contact: contact(*row.contact, lookups.parties),
        fields: fields(row, lookups),
        opened_at: row.created_at.unwrap_or(changed_at),
        changed_at,
        closed_at: *row.completed_at,
        closed: row.completed_at.is_some() || *row.status == Some(COMPLETE),
        due_at: row.resolved_due_at.or(*row.due_at),
        link: lookups.link.map(|link| link.of(&id)),
        id,
    })
}

fn plain(text: &Option<String>) -> Plain {
    text.as_deref().map(Plain::new).unwrap_or_default()
}

fn client(company: i64, parties: &Parties) -> Named {
    Named { id: Plain::new(&company.to_string()), name: parties.name(Role::Company, company) }
}

fn contact(contact: Option<i64>, parties: &Parties) -> Contact {
    let party = parties.get(Role::Contact, contact).cloned().unwrap_or_default();
    Contact { name: party.name, email: party.email }
}

/// Those whose names a ticket and its opening need.
pub(super) fn parties(row: &wire::Ticket) -> impl Iterator<Item = PartyId> + use<> {
    let company = row.company.map(|id| (Role::Company, id));
    let contact = row.contact.map(|id| (Role::Contact, id));
    let owner = row.assigned_resource.map(|id| (Role::Resource, id));
    [company, contact, owner, author(*row.created_by_contact, *row.created_by_resource)].into_iter().flatten()
}

/// Those whose names a conversation needs.
pub(super) fn authors<'a>(
    notes: impl IntoIterator<Item = &'a wire::Note>,
    entries: impl IntoIterator<Item = &'a wire::TimeEntry>,
) -> impl Iterator<Item = PartyId> {
    let of_notes = notes.into_iter().filter_map(|note| author(*note.created_by_contact, *note.created_by_resource));
    of_notes.chain(entries.into_iter().filter_map(|entry| author(None, *entry.resource)))
}

/// A contact's mail that a resource's rule brought in is the contact's.
fn author(contact: Option<i64>, resource: Option<i64>) -> Option<PartyId> {
    contact.map(|id| (Role::Contact, id)).or(resource.map(|id| (Role::Resource, id)))
}

fn speaker(author: Option<PartyId>) -> Speaker {
    match author {
        Some((Role::Contact, _)) => Speaker::Customer,
        Some(_) => Speaker::Agent,
        None => Speaker::System,
    }
}

/// The fields that are set and named by picklists, with their tokens.
fn picked(row: &wire::Ticket) -> impl Iterator<Item = (Field, Plain)> + use<> {
    let token = |id: &Option<i64>| id.map(|id| Plain::new(&id.to_string()));
    let held = [
        (Field::Board, token(&row.queue)),
        (Field::Status, token(&row.status)),
        (Field::Priority, token(&row.priority)),
        (Field::Type, token(&row.kind)),
        (Field::Category, row.issue.map(|issue| category_token(issue, *row.sub_issue))),
    ];
    held.into_iter().filter_map(|(field, token)| Some((field, token?)))
}

fn looked_up<'a>(lists: &'a Picklists, field: Field, token: &Plain) -> Option<&'a Plain> {
    let found = lists.lists.get(&field)?.iter().find(|pick| pick.value.token == *token);
    found.map(|pick| &pick.value.label)
}

fn fields(row: &wire::Ticket, lookups: Lookups<'_>) -> BTreeMap<Field, FieldValue> {
    let named = picked(row).map(|(field, token)| {
        let label = looked_up(lookups.lists, field, &token).unwrap_or(&token).clone();
        (field, FieldValue { label, token })
    });
    let owner = row.assigned_resource.zip(*row.assigned_role).map(|(resource, role)| {
        let token = Plain::new(&owner_token(resource, role));
        (Field::Owner, FieldValue { label: lookups.parties.name(Role::Resource, resource), token })
    });
    named.chain(owner).collect()
}

/// Whether `row` holds a value that `lists` do not name.
pub(super) fn is_unnamed(row: &wire::Ticket, lists: &Picklists) -> bool {
    picked(row).any(|(field, token)| looked_up(lists, field, &token).is_none())
}

/// A resource in a role: `29683500:29682834`.
pub(super) fn owner_token(resource: i64, role: i64) -> String {
    format!("{resource}:{role}")
}

/// An issue type, with a sub-issue type or alone: `10/136`, `10`.
fn category_token(issue: i64, sub_issue: Option<i64>) -> Plain {
    Plain::new(&sub_issue.map_or_else(|| issue.to_string(), |sub| format!("{issue}/{sub}")))
}

/// The text the ticket was opened with.
pub(super) fn opening(native: i64, row: &wire::Ticket, parties: &Parties) -> Option<Message> {
    let author = author(*row.created_by_contact, *row.created_by_resource);
    Some(Message {
        id: MessageId::opening(ticket_id(native)),
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

/// The body that sets `values` on a ticket and leaves the rest alone.
pub(super) fn update(native: i64, values: &[(Field, FieldValue)]) -> Result<Value, PsaError> {
    let mut record = Map::from_iter([("id".to_owned(), native.into())]);
    for (field, value) in values {
        let parts = written(*field, value.token.as_str())?;
        record.extend(parts.into_iter().map(|(key, id)| (key.to_owned(), id.into())));
    }
    Ok(record.into())
}

/// What a field is called and holds on the wire; the parts of a value go together.
fn written(field: Field, token: &str) -> Result<Vec<(&'static str, Option<i64>)>, PsaError> {
    let id = |text: &str| {
        let wrong = || PsaError::invalid(&format!("{token} is no id of a Datto PSA (Autotask) {field}"));
        text.parse().map(Some).map_err(|_| wrong())
    };
    let one = |key| Ok(vec![(key, id(token)?)]);
    match field {
        Field::Board => one("queueID"),
        Field::Status => one("status"),
        Field::Priority => one("priority"),
        Field::Type => one("ticketType"),
        Field::Owner => {
            let (resource, role) = token.split_once(':').unwrap_or((token, ""));
            Ok(vec![("assignedResourceID", id(resource)?), ("assignedResourceRoleID", id(role)?)])
        }
        Field::Category => {
            let (issue, sub) = token.split_once('/').map_or((token, None), |(issue, sub)| (issue, Some(sub)));
            let sub = sub.map_or(Ok(None), id)?;
            Ok(vec![("issueType", id(issue)?), ("subIssueType", sub)])
        }
        _ => Err(PsaError::invalid(&format!("Datto PSA (Autotask) has no {field} that can be set"))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::names::Party;
    use super::*;
    use crate::domain::PickValue;

    fn row(changes: Value) -> wire::Ticket {
        let mut row = json!({
            "id": 7001, "ticketNumber": "T20260814.0001", "title": "VPN drops every hour",
            "description": "It drops at ten past each hour.", "companyID": 175, "contactID": 903, "queueID": 29683481,
            "status": 1, "priority": 2, "ticketType": 2, "ticketCategory": 3, "issueType": 10, "subIssueType": 136,
            "assignedResourceID": null, "assignedResourceRoleID": null, "createDate": "2026-08-14T05:58:01.12Z",
            "createdByContactID": 903, "creatorResourceID": null, "creatorType": 2,
            "lastActivityDate": "2026-08-14T06:30:12.457", "dueDateTime": "2026-08-15T17:00:00Z",
            "resolvedDueDateTime": "2026-08-14T13:58:01Z", "completedDate": null, "userDefinedFields": [],
        });
        let fields = row.as_object_mut().expect("an object");
        fields.extend(changes.as_object().expect("an object").clone());
        serde_json::from_value(row).expect("a ticket")
    }

    fn lists() -> Picklists {
        let pick = |label: &str, token: &str| PickValue {
            value: FieldValue::new(label, token),
            alias: None,
            active: true,
            scope: None,
            rank: None,
        };
        Picklists {
            lists: BTreeMap::from([
                (Field::Board, vec![pick("1st Line", "29683481")]),
                (Field::Status, vec![pick("New", "1"), pick("Complete", "5")]),
                (Field::Priority, vec![pick("Medium", "2")]),
                (Field::Type, vec![pick("Incident", "2")]),
                (Field::Category, vec![pick("Network>VPN", "10/136"), pick("Network", "10")]),
            ]),
        }
    }

    fn people() -> Parties {
        let party = |name: &str, email: Option<&str>| Party { name: name.into(), email: email.map(Plain::new) };
        Parties::from_iter([
            ((Role::Company, 175), party("Acme Ltd", None)),
            ((Role::Contact, 903), party("Jo Field", Some("jo@acme.example"))),
            ((Role::Resource, 29683500), party("Sam Lee", Some("sam@desk.example"))),
        ])
    }

    fn mapped(changes: Value) -> Ticket {
        let link = Link::checked("https://ww14.autotask.net/t?TicketID={id}".into()).expect("a template");
        let lookups = Lookups { lists: &lists(), parties: &people(), link: Some(&link) };
        ticket(7001, &row(changes), lookups).expect("a ticket")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_row_becomes_a_ticket() {
        let ticket = mapped(json!({"assignedResourceID": 29683500, "assignedResourceRoleID": 29682834}));
        assert_eq!((ticket.id.as_str(), ticket.number.as_str()), ("7001", "T20260814.0001"));
        assert_eq!((ticket.client_name(), ticket.contact.name.as_str()), ("Acme Ltd", "Jo Field"));
        assert_eq!(ticket.contact.email, Some(Plain::new("jo@acme.example")));
        assert_eq!(ticket.opened_at, at("2026-08-14T05:58:01.12Z"));
        assert_eq!(ticket.changed_at, at("2026-08-14T06:30:12.457Z"));
        assert_eq!(ticket.due_at, Some(at("2026-08-14T13:58:01Z")));
        assert_eq!((ticket.closed, ticket.closed_at), (false, None));
        assert_eq!(ticket.link, Some(Plain::new("https://ww14.autotask.net/t?TicketID=7001")));
        let fields: Vec<_> = ticket.fields.iter().map(|(f, v)| (*f, v.label.as_str(), v.token.as_str())).collect();
        assert_eq!(
            fields,
            [
                (Field::Board, "1st Line", "29683481"),
                (Field::Owner, "Sam Lee", "29683500:29682834"),
                (Field::Status, "New", "1"),
                (Field::Priority, "Medium", "2"),
                (Field::Type, "Incident", "2"),
                (Field::Category, "Network>VPN", "10/136"),
            ]
        );
    }

    #[test]
    fn any_field_may_be_null() {
        let bare = mapped(json!({
            "ticketNumber": null, "title": null, "companyID": null, "contactID": null, "queueID": null, "status": null,
            "priority": null, "ticketType": null, "issueType": null, "resolvedDueDateTime": null, "createDate": null,
        }));
        assert_eq!((bare.number.as_str(), bare.client.as_ref(), bare.contact.name.as_str()), ("7001", None, ""));
        assert!(bare.fields.is_empty());
        assert_eq!((bare.due_at, bare.opened_at), (Some(at("2026-08-15T17:00:00Z")), bare.changed_at));
        assert_eq!(mapped(json!({"subIssueType": null})).fields[&Field::Category], FieldValue::new("Network", "10"));
        assert_eq!(mapped(json!({"companyID": 0})).client_name(), "0", "the desk's own company");
        let nameless = row(json!({"lastActivityDate": null, "createDate": null}));
        assert!(ticket(1, &nameless, Lookups { lists: &lists(), parties: &people(), link: None }).is_none());
    }

    #[test]
    fn what_has_no_name_is_told_and_shown_by_its_id() {
        let stranger = row(json!({"status": 77, "assignedResourceID": 6, "assignedResourceRoleID": 1, "companyID": 9}));
        assert!(is_unnamed(&stranger, &lists()) && !is_unnamed(&row(json!({})), &lists()));
        let asked: Vec<PartyId> = parties(&stranger).collect();
        assert_eq!(asked, [(Role::Company, 9), (Role::Contact, 903), (Role::Resource, 6), (Role::Contact, 903)]);
        let shown = mapped(json!({"status": 77, "assignedResourceID": 6, "assignedResourceRoleID": 1, "companyID": 9}));
        assert_eq!((shown.label(Field::Status), shown.label(Field::Owner), shown.client_name()), ("77", "6", "9"));
    }

    #[test]
    fn a_ticket_is_closed_by_its_date_or_by_the_vendors_status() {
        let dated = mapped(json!({"status": 1, "completedDate": "2026-08-15T10:00:00.5"}));
        assert_eq!((dated.closed, dated.closed_at), (true, Some(at("2026-08-15T10:00:00.5Z"))));
        let complete = mapped(json!({"status": 5}));
        assert_eq!((complete.closed, complete.closed_at), (true, None));
    }

    #[test]
    fn the_opening_is_of_whoever_created_the_ticket() {
        let open = |changes: Value| opening(7001, &row(changes), &people());
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
        let mut row = json!({
            "id": 90011, "ticketID": 7001, "title": "RE: VPN drops", "description": "Still dropping.", "noteType": 101,
            "publish": 1, "createDateTime": "2026-08-14T06:30:12.457Z", "lastActivityDate": "2026-08-14T07:00:00Z",
            "creatorResourceID": null, "createdByContactID": 903,
        });
        row.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
        let row: wire::Note = serde_json::from_value(row).expect("a note");
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
            let mut row = json!({
                "id": 5, "ticketID": 7001, "resourceID": 29683500, "summaryNotes": null, "internalNotes": null,
                "createDateTime": "2026-08-14T06:41:00Z",
            });
            row.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
            let row: wire::TimeEntry = serde_json::from_value(row).expect("a time entry");
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
        assert_eq!(read(said), [summary.clone()]);
        assert_eq!(read(noted), [internal.clone()]);
        assert_eq!(read(json!({"summaryNotes": "Lease raised.", "internalNotes": "Bill it."})), [summary, internal]);
        assert!(read(json!({})).is_empty());
    }

    #[test]
    fn an_update_holds_plain_numbers_and_nothing_else() {
        let values = [
            (Field::Priority, FieldValue::new("High", 1)),
            (Field::Board, FieldValue::new("2nd Line", 29682833)),
            (Field::Status, FieldValue::new("In Progress", 8)),
            (Field::Type, FieldValue::new("Incident", 2)),
            (Field::Category, FieldValue::new("Network>VPN", "10/136")),
            (Field::Owner, FieldValue::new("Sam Lee", "29683500:29682834")),
        ];
        assert_eq!(
            update(7001, &values).expect("a body"),
            json!({
                "id": 7001, "priority": 1, "queueID": 29682833, "status": 8, "ticketType": 2, "issueType": 10,
                "subIssueType": 136, "assignedResourceID": 29683500, "assignedResourceRoleID": 29682834,
            })
        );
        let alone = [(Field::Category, FieldValue::new("Network", 10))];
        assert_eq!(update(1, &alone).expect("a body"), json!({"id": 1, "issueType": 10, "subIssueType": null}));
        for (field, token) in [
            (Field::Team, "1"),
            (Field::Sla, "1"),
            (Field::Owner, "29683500"),
            (Field::Owner, "29683500:x"),
            (Field::Category, "10/"),
            (Field::Status, "5; drop"),
            (Field::Priority, ""),
        ] {
            let refused = update(1, &[(field, FieldValue::new("x", token))]);
            assert!(matches!(refused, Err(PsaError::Invalid { .. })), "{field} {token}");
        }
        assert!(matches!(native(&TicketId::new("../Users")), Err(PsaError::NotFound { .. })));
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
        fn no_row_can_break_it(values in prop::collection::vec(anything(), 16)) {
            let ticket_keys =
                ["lastActivityDate", "title", "companyID", "assignedResourceID", "assignedResourceRoleID", "issueType", "status", "description"];
            let note_keys =
                ["ticketID", "createDateTime", "description", "summaryNotes", "internalNotes", "noteType", "publish", "creatorResourceID"];
            let object = |keys: [&str; 8], values: &[Value]| -> Value {
                keys.into_iter().map(str::to_owned).zip(values.iter().cloned()).collect::<Map<_, _>>().into()
            };
            let row: wire::Ticket = serde_json::from_value(object(ticket_keys, &values[..8])).expect("lenient");
            ticket(1, &row, Lookups { lists: &lists(), parties: &people(), link: None });
            opening(1, &row, &people());
            let written = object(note_keys, &values[8..]);
            let entry: wire::TimeEntry = serde_json::from_value(written.clone()).expect("lenient");
            time_entry(1, &entry, &people());
            note(1, &serde_json::from_value(written).expect("lenient"), &NoteFields::default(), &people());
        }

        #[test]
        fn no_token_can_break_it(token in "[0-9:/x-]{0,24}") {
            for field in Field::ALL {
                let _ = update(1, &[(field, FieldValue::new("x", &token))]);
            }
        }
    }
}
