//! From ConnectWise's tickets to ours. Pure.
//!
//! A category is three references in one: type, subtype and item, as far as they go.

use jiff::Timestamp;

use super::lists::Known;
use super::wire::{self, Reference};
use crate::domain::{Contact, Field, FieldValue, Fields, Named, Picklists, Plain, Ticket, TicketId};
use crate::psa::link::Link;
use crate::psa::loose::Loose;

/// When anything last changed.
pub(super) fn changed_at(row: &wire::Ticket) -> Option<Timestamp> {
    let info = row.info.as_ref()?;
    info.last_updated.or(*info.date_entered)
}

/// The ticket; `None` without an id or any time.
pub(super) fn ticket(row: &wire::Ticket, known: &Known, link: &Link) -> Option<Ticket> {
    let number = (*row.id)?;
    let id = TicketId::new(number.to_string());
    let changed_at = changed_at(row)?;
    let opened_at = row.info.as_ref().and_then(|info| *info.date_entered);
    let closed = is_closed(row, known);
    Some(Ticket {
        number: Plain::new(&format!("#{number}")),
        summary: plain(&row.summary),
        client: client(row),
        contact: contact(row),
        fields: fields(row, &known.picklists),
        opened_at: opened_at.unwrap_or(changed_at),
        changed_at,
        closed_at: row.closed_date.filter(|_| closed),
        closed: closed || is_merged(row),
        due_at: *row.required_date,
        link: Some(link.of(&id)),
        id,
    })
}

/// What its status means on its board, where that is known: the flag alone may lag behind.
fn is_closed(row: &wire::Ticket, known: &Known) -> bool {
    let by_status = id(&row.status).and_then(|status| known.closing.get(&status).copied());
    by_status.or(*row.closed_flag).unwrap_or(row.closed_date.is_some())
}

fn is_merged(row: &wire::Ticket) -> bool {
    id(&row.merged_parent_ticket).is_some()
}

fn plain(text: &Option<String>) -> Plain {
    text.as_deref().map(Plain::new).unwrap_or_default()
}

/// The id of a reference that refers to something.
fn id(reference: &Loose<Reference>) -> Option<i64> {
    reference.as_ref()?.id.filter(|id| *id > 0)
}

fn name(reference: &Loose<Reference>) -> Option<&str> {
    reference.as_ref()?.name.as_deref()
}

fn client(row: &wire::Ticket) -> Option<Named> {
    let id = id(&row.company)?;
    let identifier = || row.company.as_ref()?.identifier.as_deref();
    let name = name(&row.company).or_else(identifier).unwrap_or_default();
    Some(Named { id: Plain::new(&id.to_string()), name: Plain::new(name) })
}

fn contact(row: &wire::Ticket) -> Contact {
    let name = name(&row.contact).or(row.contact_name.as_deref()).unwrap_or_default();
    Contact { name: Plain::new(name), email: row.contact_email_address.as_deref().map(Plain::new) }
}

fn fields(row: &wire::Ticket, lists: &Picklists) -> Fields {
    let referred = [
        (Field::Board, &row.board),
        (Field::Team, &row.team),
        (Field::Status, &row.status),
        (Field::Priority, &row.priority),
        (Field::Type, &row.r#type),
        (Field::Subtype, &row.sub_type),
        (Field::Item, &row.item),
    ];
    let mut fields: Fields = referred
        .into_iter()
        .filter_map(|(field, reference)| Some((field, referred_to(field, reference, lists)?)))
        .collect();
    let levels = [(Field::Impact, &row.impact), (Field::Severity, &row.severity)];
    fields.extend(levels.into_iter().filter_map(|(field, word)| Some((field, level(word.as_deref()?)))));
    fields.extend(owner(&row.owner).map(|owner| (Field::Owner, owner)));
    let parts: Vec<&FieldValue> =
        [Field::Type, Field::Subtype, Field::Item].iter().map_while(|field| fields.get(field)).collect();
    let category = category(&parts);
    fields.extend(category.map(|category| (Field::Category, category)));
    fields
}

/// By its name; some roles are not told that, so it may have to come from the lists.
fn referred_to(field: Field, reference: &Loose<Reference>, lists: &Picklists) -> Option<FieldValue> {
    let id = id(reference)?.to_string();
    let listed = || {
        let mut list = lists.lists.get(&field)?.iter();
        list.find(|pick| pick.value.token.as_str() == id).map(|pick| pick.value.label.as_str())
    };
    Some(FieldValue::new(name(reference).or_else(listed).unwrap_or(&id), &id))
}

/// Impacts and severities are words and have no ids.
pub(super) fn level(word: &str) -> FieldValue {
    FieldValue::new(word, word)
}

/// Members are named by their identifier, and so are the authors of notes.
fn owner(reference: &Loose<Reference>) -> Option<FieldValue> {
    let owner = reference.as_ref()?;
    let token = owner.identifier.as_deref().or(owner.name.as_deref())?;
    Some(FieldValue::new(owner.name.as_deref().unwrap_or(token), token))
}

/// A type, perhaps with its subtype and item, as one value: `Network>VPN`, written as `21/44`.
pub(super) fn category(parts: &[&FieldValue]) -> Option<FieldValue> {
    let joined = |text: fn(&FieldValue) -> &Plain, by: &str| {
        parts.iter().map(|part| text(part).as_str()).collect::<Vec<_>>().join(by)
    };
    (!parts.is_empty()).then(|| FieldValue::new(&joined(|part| &part.label, ">"), joined(|part| &part.token, "/")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::PickValue;

    fn row(changes: Value) -> wire::Ticket {
        let mut row = json!({
            "id": 48213, "summary": "VPN drops\u{200e} every hour", "recordType": "ServiceTicket",
            "board": {"id": 1, "name": "Help Desk"}, "status": {"id": 16, "name": "New", "sort": 10},
            "company": {"id": 250, "identifier": "ACME", "name": "Acme Ltd"},
            "contact": {"id": 903, "name": "Jo Field"}, "contactEmailAddress": "jo@acme.example",
            "type": {"id": 21, "name": "Network"}, "subType": {"id": 44, "name": "VPN"}, "item": null,
            "team": {"id": 3, "name": "1st Line"}, "owner": null,
            "priority": {"id": 8, "name": "Priority 3 - Normal", "sort": 30, "level": "Third"},
            "severity": "Medium", "impact": "Low", "requiredDate": "2026-08-15T17:00:00Z", "closedFlag": false,
            "_info": {"lastUpdated": "2026-08-14T06:30:12Z", "updatedBy": "jsmith",
                "dateEntered": "2026-08-14T05:58:01Z", "enteredBy": "EmailConnector"},
        });
        let fields = row.as_object_mut().expect("an object");
        fields.extend(changes.as_object().expect("an object").clone());
        wire::record(row).expect("a ticket")
    }

    fn known() -> Known {
        let status =
            PickValue { value: FieldValue::new("Done", 19), alias: None, active: true, scope: None, rank: None };
        Known {
            picklists: Picklists { lists: BTreeMap::from([(Field::Status, vec![status])]) },
            closing: BTreeMap::from([(16, false), (19, true)]),
        }
    }

    fn link() -> Link {
        Link::checked("https://na.myconnectwise.net/?recid={id}".into()).expect("a template")
    }

    fn mapped(changes: Value) -> Ticket {
        ticket(&row(changes), &known(), &link()).expect("a ticket")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_row_becomes_a_ticket() {
        let ticket = mapped(json!({}));
        assert_eq!((ticket.id.as_str(), ticket.number.as_str()), ("48213", "#48213"));
        assert_eq!(ticket.summary.as_str(), "VPN drops every hour");
        assert_eq!(ticket.client, Some(Named { id: "250".into(), name: "Acme Ltd".into() }));
        assert_eq!(ticket.contact, Contact { name: "Jo Field".into(), email: Some("jo@acme.example".into()) });
        assert_eq!(ticket.opened_at, at("2026-08-14T05:58:01Z"));
        assert_eq!(ticket.changed_at, at("2026-08-14T06:30:12Z"));
        assert_eq!(ticket.due_at, Some(at("2026-08-15T17:00:00Z")));
        assert_eq!((ticket.closed, ticket.closed_at), (false, None));
        assert_eq!(ticket.link, Some("https://na.myconnectwise.net/?recid=48213".into()));
        let fields: Vec<_> = ticket.fields.iter().map(|(f, v)| (*f, v.label.as_str(), v.token.as_str())).collect();
        assert_eq!(
            fields,
            [
                (Field::Board, "Help Desk", "1"),
                (Field::Team, "1st Line", "3"),
                (Field::Status, "New", "16"),
                (Field::Priority, "Priority 3 - Normal", "8"),
                (Field::Impact, "Low", "Low"),
                (Field::Severity, "Medium", "Medium"),
                (Field::Type, "Network", "21"),
                (Field::Subtype, "VPN", "44"),
                (Field::Category, "Network>VPN", "21/44"),
            ]
        );
    }

    #[test]
    fn a_category_goes_as_far_as_its_parts() {
        let category = |changes| mapped(changes).fields.get(&Field::Category).cloned();
        let item = json!({"id": 60, "name": "Client"});
        assert_eq!(category(json!({"item": item})), Some(FieldValue::new("Network>VPN>Client", "21/44/60")));
        assert_eq!(category(json!({"subType": null, "item": item})), Some(FieldValue::new("Network", "21")));
        assert_eq!(category(json!({"type": null})), None);
    }

    #[test]
    fn what_is_trimmed_or_absent_is_told_as_far_as_it_goes() {
        let ticket = mapped(json!({
            "status": {"id": 19}, "team": {"id": 3}, "board": {"id": 0, "name": "None"}, "company": null,
            "contact": null, "contactName": "Jo at reception", "owner": {"id": 154, "name": "John Smith"},
        }));
        assert_eq!((ticket.label(Field::Status), ticket.label(Field::Team)), ("Done", "3"));
        assert_eq!((ticket.label(Field::Board), ticket.client_name()), ("", ""));
        assert_eq!((ticket.contact.name.as_str(), ticket.label(Field::Owner)), ("Jo at reception", "John Smith"));
        let owned = mapped(json!({"owner": {"id": 154, "identifier": "jsmith", "name": "John Smith"}}));
        assert_eq!(owned.fields[&Field::Owner], FieldValue::new("John Smith", "jsmith"));
    }

    #[test]
    fn a_ticket_is_closed_by_its_status_then_by_its_flag() {
        let date = "2026-08-14T07:00:00Z";
        let closed = |status: i64, flag: Value| {
            let ticket = mapped(json!({"status": {"id": status}, "closedFlag": flag, "closedDate": date}));
            assert_eq!(ticket.closed_at.is_some(), ticket.closed, "{status} {flag}");
            ticket.closed
        };
        assert!(closed(19, json!(false)) && !closed(16, json!(true)));
        assert!(closed(99, json!(true)) && !closed(99, json!(false)));
        assert!(closed(99, json!(null)), "it has a date");
        let merged = mapped(json!({"mergedParentTicket": {"id": 7}}));
        assert_eq!((merged.closed, merged.closed_at), (true, None));
        assert!(!mapped(json!({"mergedParentTicket": {"id": 0}})).closed);
    }

    #[test]
    fn without_an_id_or_a_time_there_is_no_ticket() {
        for missing in [json!({"id": null}), json!({"_info": null}), json!({"_info": {"lastUpdated": "soon"}})] {
            assert!(ticket(&row(missing), &known(), &link()).is_none());
        }
    }

    fn anything() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            Just(json!("2026-08-14T06:30:12Z")),
            Just(json!({"id": 7, "name": "x", "lastUpdated": "2026-08-14T06:30:12Z"})),
            Just(json!([{}])),
        ]
    }

    proptest! {
        #[test]
        fn no_row_can_break_it(values in prop::collection::vec(anything(), 8)) {
            let keys = ["id", "_info", "status", "type", "subType", "owner", "closedDate", "impact"];
            let row: Map<String, Value> = keys.into_iter().map(str::to_owned).zip(values).collect();
            let row: wire::Ticket = wire::record(row.into()).expect("lenient");
            ticket(&row, &known(), &link());
        }
    }
}
