//! Between Autotask's tickets and ours. Pure.
//!
//! Autotask's oddities end here: everything is an id, an owner is a resource in a role, and a category
//! is an issue type and a sub-issue type.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::messages::author;
use super::names::{Parties, PartyId, Role};
use super::wire;
use crate::domain::{Contact, Field, FieldValue, Named, Picklists, Plain, Ticket, TicketId};
use crate::psa::PsaError;
use crate::psa::deed::{invalid, never_empty};
use crate::psa::held::{self, Held};
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

/// The id as we have it.
pub(super) fn ticket_id(number: i64) -> TicketId {
    TicketId::new(number.to_string())
}

/// When anything last changed.
pub(super) fn changed_at(row: &wire::Ticket) -> Option<Timestamp> {
    row.last_activity_at.or(*row.created_at)
}

/// The ticket; `None` without any time.
pub(super) fn ticket(number: i64, row: &wire::Ticket, lookups: Lookups<'_>) -> Option<Ticket> {
    let id = ticket_id(number);
    let changed_at = changed_at(row)?;
    Some(Ticket {
        number: Plain::new(row.number.as_deref().unwrap_or(id.as_str())),
        summary: plain(&row.title),
        client: row.company.map(|company| client(company, lookups.parties)),
        contact: contact(*row.contact, lookups.parties),
        fields: held::fields(&held(row, lookups.parties), lookups.lists),
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

/// The list fields that are set. Who owns a ticket is no list, so the name comes along.
fn held(row: &wire::Ticket, parties: &Parties) -> Vec<Held> {
    let picked = |field, id: &Option<i64>| Held::numbered(field, *id, -1, None);
    let category = row.issue.map(|issue| Held {
        field: Field::Category,
        token: category_token(issue, *row.sub_issue),
        name: None,
    });
    let owner = row.assigned_resource.zip(*row.assigned_role).map(|(resource, role)| Held {
        field: Field::Owner,
        token: Plain::new(&owner_token(resource, role)),
        name: Some(parties.name(Role::Resource, resource)),
    });
    [
        picked(Field::Board, &row.queue),
        picked(Field::Status, &row.status),
        picked(Field::Priority, &row.priority),
        picked(Field::Type, &row.kind),
        category,
        owner,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The fields of `row` whose names `lists` do not tell.
pub(super) fn unnamed(row: &wire::Ticket, lists: &Picklists) -> BTreeSet<Field> {
    held::unnamed(&held(row, &Parties::default()), lists)
}

/// A resource in a role: `29683500:29682834`.
pub(super) fn owner_token(resource: i64, role: i64) -> String {
    format!("{resource}:{role}")
}

/// An issue type, with a sub-issue type or alone: `10/136`, `10`.
fn category_token(issue: i64, sub_issue: Option<i64>) -> Plain {
    Plain::new(&sub_issue.map_or_else(|| issue.to_string(), |sub| format!("{issue}/{sub}")))
}

/// The body that sets `values` on a ticket and leaves the rest alone.
pub(super) fn update(number: i64, values: &[(Field, Option<FieldValue>)]) -> Result<Value, PsaError> {
    let mut record = Map::from_iter([("id".to_owned(), number.into())]);
    for (field, value) in values {
        let parts = match value {
            Some(value) => written(*field, value.token.as_str())?,
            None if *field == Field::Owner => vec![("assignedResourceID", None), ("assignedResourceRoleID", None)],
            None => return Err(never_empty("Datto PSA (Autotask)", *field)),
        };
        record.extend(parts.into_iter().map(|(key, id)| (key.to_owned(), id.into())));
    }
    Ok(record.into())
}

/// What a field is called and holds on the wire; the parts of a value go together.
fn written(field: Field, token: &str) -> Result<Vec<(&'static str, Option<i64>)>, PsaError> {
    let id = |text: &str| {
        let wrong = || invalid(&format!("{token} is no id of a Datto PSA (Autotask) {field}"));
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
        _ => Err(invalid(&format!("Datto PSA (Autotask) has no {field} that can be set"))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::super::names::Party;
    use super::*;
    use crate::domain::PickValue;

    fn row(changes: Value) -> wire::Ticket {
        let mut row = json!({
            "id": 7001, "ticketNumber": "T20260814.0001", "title": "VPN drops every hour",
            "companyID": 175, "contactID": 903, "queueID": 29683481,
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
        assert_eq!(unnamed(&stranger, &lists()), BTreeSet::from([Field::Status]));
        assert!(unnamed(&row(json!({})), &lists()).is_empty());
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
    fn an_update_holds_plain_numbers_and_nothing_else() {
        let values = [
            (Field::Priority, Some(FieldValue::new("High", 1))),
            (Field::Board, Some(FieldValue::new("2nd Line", 29682833))),
            (Field::Status, Some(FieldValue::new("In Progress", 8))),
            (Field::Type, Some(FieldValue::new("Incident", 2))),
            (Field::Category, Some(FieldValue::new("Network>VPN", "10/136"))),
            (Field::Owner, Some(FieldValue::new("Sam Lee", "29683500:29682834"))),
        ];
        assert_eq!(
            update(7001, &values).expect("a body"),
            json!({
                "id": 7001, "priority": 1, "queueID": 29682833, "status": 8, "ticketType": 2, "issueType": 10,
                "subIssueType": 136, "assignedResourceID": 29683500, "assignedResourceRoleID": 29682834,
            })
        );
        let alone = [(Field::Category, Some(FieldValue::new("Network", 10)))];
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
            let refused = update(1, &[(field, Some(FieldValue::new("x", token)))]);
            assert!(matches!(refused, Err(PsaError::Invalid { .. })), "{field} {token}");
        }
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
                "lastActivityDate", "title", "companyID", "assignedResourceID", "assignedResourceRoleID", "issueType",
                "status", "ticketNumber",
            ];
            let row: Value = keys.into_iter().map(str::to_owned).zip(values).collect::<Map<_, _>>().into();
            let row: wire::Ticket = serde_json::from_value(row).expect("any object is a row");
            ticket(1, &row, Lookups { lists: &lists(), parties: &people(), link: None });
            unnamed(&row, &lists());
        }

        #[test]
        fn no_token_can_break_it(token in "[0-9:/x-]{0,24}") {
            for field in Field::ALL {
                let _ = update(1, &[(field, Some(FieldValue::new("x", &token)))]);
            }
        }
    }
}
