//! Between Kaseya's rows and our words. Pure.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::people::Staff;
use super::wire::{self, Row};
use crate::domain::{
    Body, Contact, Field, Message, MessageId, Named, Picklists, Plain, Speaker, Ticket, TicketId, Visibility,
};
use crate::psa::held::{self, Held};
use crate::psa::link::Link;
use crate::psa::loose::{Loose, Moment};

pub(super) fn plain(text: &Option<String>) -> Plain {
    text.as_deref().map(Plain::new).unwrap_or_default()
}

/// What is the same for all rows of a tenant.
#[derive(Debug)]
pub(super) struct Reader {
    /// Whose clocks the times without an offset are read by.
    pub(super) zone: TimeZone,
    pub(super) link: Link,
}

impl Reader {
    pub(super) fn time(&self, moment: &Loose<Moment>) -> Option<Timestamp> {
        moment.and_then(|moment| moment.within(&self.zone))
    }

    /// When anything last changed: the latest of the stamps, since none covers all changes.
    pub(super) fn changed_at(&self, row: &wire::Ticket) -> Option<Timestamp> {
        let stamps = [
            &row.lastactivityupdate,
            &row.laststatusupdate,
            &row.lastpriorityupdate,
            &row.lastqueueupdate,
            &row.modifiedon,
        ];
        stamps.into_iter().filter_map(|stamp| self.time(stamp)).max().or_else(|| self.opened_at(row))
    }

    fn opened_at(&self, row: &wire::Ticket) -> Option<Timestamp> {
        self.time(&row.opendate).or_else(|| self.time(&row.createdon))
    }

    /// The ticket, with the names it lacks taken from `lists`; `None` without any time. `email` is
    /// the contact's address, which lists leave out.
    pub(super) fn ticket(&self, row: &Row<wire::Ticket>, lists: &Picklists, email: Option<Plain>) -> Option<Ticket> {
        let id = TicketId::new(row.id.to_string());
        let changed_at = self.changed_at(row)?;
        let closed_at = self.time(&row.completeddate);
        Some(Ticket {
            number: Plain::new(row.ticketnumber.as_deref().unwrap_or(id.as_str())),
            summary: plain(&row.title),
            client: client(row),
            contact: Contact { name: plain(&row.contactname), email },
            fields: held::fields(&held(row), lists),
            opened_at: self.opened_at(row).unwrap_or(changed_at),
            changed_at,
            closed_at,
            closed: closed_at.is_some(),
            due_at: self.time(&row.resolutiontargettime).or_else(|| self.time(&row.duedate)),
            link: Some(self.link.of(&id)),
            id,
        })
    }

    /// The text the ticket was opened with, by its contact where that is the customer.
    pub(super) fn opening(&self, row: &Row<wire::Ticket>, email: Option<Plain>, staff: &Staff) -> Option<Message> {
        let speaker = staff.creator(row);
        let (author, email) = match speaker {
            Speaker::Customer => (plain(&row.contactname), email),
            Speaker::Agent | Speaker::System => (plain(&row.createdbyname), None),
        };
        Some(Message {
            id: MessageId::opening(TicketId::new(row.id.to_string())),
            at: self.opened_at(row).or_else(|| self.changed_at(row))?,
            speaker,
            author,
            email,
            subject: row.title.as_deref().map(Plain::new),
            visibility: Visibility::Public,
            body: Body { raw: (*row.details).clone()?, html: true },
        })
    }
}

fn client(row: &wire::Ticket) -> Option<Named> {
    let id = row.accountid.filter(|id| *id > 0)?;
    Some(Named { id: Plain::new(&id.to_string()), name: plain(&row.accountname) })
}

fn held(row: &wire::Ticket) -> Vec<Held> {
    [
        Held::numbered(Field::Board, *row.queueid, 0, row.queuename.as_ref()),
        Held::numbered(Field::Status, *row.statusid, 0, row.statusname.as_ref()),
        Held::numbered(Field::Priority, *row.priorityid, 0, row.priorityname.as_ref()),
        Held::numbered(Field::Owner, *row.assigneeid, 0, row.assigneename.as_ref()),
        Held::numbered(Field::Type, *row.typeid, 0, row.typename.as_ref()),
        Held::numbered(Field::Sla, *row.slaid, 0, row.slaname.as_ref()),
        category(row),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Issue type and sub-issue type as one value.
fn category(row: &wire::Ticket) -> Option<Held> {
    let issue = row.issuetypeid.filter(|id| *id > 0)?;
    let sub_issue = row.subissuetypeid.filter(|id| *id > 0);
    let name = match (row.issuetypename.as_deref(), sub_issue, row.subissuetypename.as_deref()) {
        (Some(issue), None, _) => Some(Plain::new(issue)),
        (Some(issue), Some(_), Some(sub_issue)) => Some(category_name(issue, sub_issue)),
        _ => None,
    };
    Some(Held { field: Field::Category, token: Plain::new(&category_token(issue, sub_issue)), name })
}

/// `Network>VPN`
pub(super) fn category_name(issue: &str, sub_issue: &str) -> Plain {
    Plain::new(&format!("{issue}>{sub_issue}"))
}

/// `610/2204`, or `610` alone.
pub(super) fn category_token(issue: i64, sub_issue: Option<i64>) -> String {
    sub_issue.map_or_else(|| issue.to_string(), |sub_issue| format!("{issue}/{sub_issue}"))
}

/// The fields of `row` whose names neither it nor `lists` tells.
pub(super) fn unnamed(row: &wire::Ticket, lists: &Picklists) -> BTreeSet<Field> {
    held::unnamed(&held(row), lists)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::super::wire::lower_keys;
    use super::*;
    use crate::domain::FieldValue;
    use crate::psa::lists::pick;

    fn row(changes: Value) -> Row<wire::Ticket> {
        let mut row = json!({
            "id": 51234, "ticketNumber": "48213-0814", "title": "VPN drops every hour",
            "details": "<p>It drops at ten past each hour.</p>", "accountId": 250, "accountName": "Acme Ltd",
            "contactId": 903, "contactName": "Jo Field", "queueId": 38402, "queueName": "Help Desk",
            "statusId": 49958, "statusName": "New", "priorityId": 40483, "priorityName": "Medium", "typeId": 8,
            "typeName": "Incident", "issueTypeId": 610, "issueTypeName": "Network", "subIssueTypeId": 2204,
            "subIssueTypeName": "VPN", "assigneeId": null, "assigneeName": null, "slaId": 4, "slaName": "Standard",
            "openDate": "2026-08-14T05:58:01Z", "createdOn": "2026-08-14T05:58:02Z", "dueDate": "2026-08-15T17:00:00Z",
            "completedDate": null, "modifiedOn": "2026-08-14T06:30:10Z", "lastActivityUpdate": "2026-08-14T06:30:12",
            "lastStatusUpdate": "2026-08-14T06:00:00Z", "resolutionTargetTime": "2026-08-14T13:58:01Z",
            "customFields": "{\"cf_3208\":\"yes\"}",
        });
        row.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
        Row::read(lower_keys(row)).expect("a ticket")
    }

    fn reader(zone: TimeZone) -> Reader {
        let link = Link::checked("https://bms.kaseya.com/react/servicedesk/tickets/{id}".into()).expect("a template");
        Reader { zone, link }
    }

    fn lists() -> Picklists {
        let owners = vec![pick(FieldValue::new("Sam Lee", 117))];
        let categories = vec![pick(FieldValue::new("Network>VPN", "610/2204"))];
        Picklists { lists: BTreeMap::from([(Field::Owner, owners), (Field::Category, categories)]) }
    }

    fn mapped(changes: Value) -> Ticket {
        reader(TimeZone::UTC).ticket(&row(changes), &lists(), None).expect("a ticket")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_row_becomes_a_ticket() {
        let ticket = mapped(json!({}));
        assert_eq!((ticket.id.as_str(), ticket.number.as_str()), ("51234", "48213-0814"));
        assert_eq!((ticket.client_name(), ticket.contact.name.as_str()), ("Acme Ltd", "Jo Field"));
        assert_eq!((ticket.opened_at, ticket.changed_at), (at("2026-08-14T05:58:01Z"), at("2026-08-14T06:30:12Z")));
        assert_eq!(ticket.due_at, Some(at("2026-08-14T13:58:01Z")));
        assert_eq!((ticket.closed, ticket.closed_at), (false, None));
        let link = "https://bms.kaseya.com/react/servicedesk/tickets/51234";
        assert_eq!(ticket.link, Some(Plain::new(link)));
        let fields: Vec<_> = ticket.fields.iter().map(|(f, v)| (*f, v.label.as_str(), v.token.as_str())).collect();
        assert_eq!(
            fields,
            [
                (Field::Board, "Help Desk", "38402"),
                (Field::Status, "New", "49958"),
                (Field::Priority, "Medium", "40483"),
                (Field::Type, "Incident", "8"),
                (Field::Category, "Network>VPN", "610/2204"),
                (Field::Sla, "Standard", "4"),
            ]
        );
    }

    #[test]
    fn the_latest_stamp_is_the_time_of_change() {
        for stamp in ["lastStatusUpdate", "lastPriorityUpdate", "lastQueueUpdate", "modifiedOn"] {
            let ticket = mapped(json!({ stamp: "2026-08-14T07:00:00Z" }));
            assert_eq!(ticket.changed_at, at("2026-08-14T07:00:00Z"), "{stamp}");
        }
        let bare = json!({"lastActivityUpdate": null, "lastStatusUpdate": "soon", "modifiedOn": null});
        assert_eq!(mapped(bare).changed_at, at("2026-08-14T05:58:01Z"));
    }

    #[test]
    fn times_without_an_offset_are_read_by_the_tenants_clocks() {
        let zone = TimeZone::get("America/New_York").expect("a zone");
        let ticket = reader(zone).ticket(&row(json!({})), &lists(), None).expect("a ticket");
        assert_eq!(ticket.changed_at, at("2026-08-14T10:30:12Z"));
        assert_eq!(ticket.opened_at, at("2026-08-14T05:58:01Z"), "that one has an offset");
    }

    #[test]
    fn completed_tickets_are_closed_and_1900_is_never() {
        let closed = mapped(json!({"completedDate": "2026-08-15T10:00:00Z", "resolutionTargetTime": null}));
        assert_eq!((closed.closed, closed.closed_at), (true, Some(at("2026-08-15T10:00:00Z"))));
        assert_eq!(closed.due_at, Some(at("2026-08-15T17:00:00Z")));
        assert!(!mapped(json!({"completedDate": "1900-01-01T00:00:00"})).closed);
    }

    #[test]
    fn what_has_no_name_is_looked_up_or_shown_by_its_id() {
        let stranger = row(json!({"assigneeId": 117, "queueName": null, "subIssueTypeName": null}));
        assert_eq!(unnamed(&stranger, &lists()), BTreeSet::from([Field::Board]));
        let ticket = reader(TimeZone::UTC).ticket(&stranger, &lists(), None).expect("a ticket");
        assert_eq!((ticket.label(Field::Owner), ticket.label(Field::Board)), ("Sam Lee", "38402"));
        assert_eq!(ticket.label(Field::Category), "Network>VPN");
        let whole = mapped(json!({"subIssueTypeId": 0, "subIssueTypeName": null}));
        assert_eq!(whole.fields[&Field::Category], FieldValue::new("Network", 610));
        let nothing = mapped(json!({"accountId": 0, "issueTypeId": null, "slaId": "x", "ticketNumber": ""}));
        assert_eq!((nothing.client.as_ref(), nothing.number.as_str(), nothing.fields.len()), (None, "51234", 4));
    }

    #[test]
    fn the_opening_is_the_customers() {
        let email = Some(Plain::new("jo@acme.example"));
        let opening =
            reader(TimeZone::UTC).opening(&row(json!({})), email.clone(), &Staff::default()).expect("an opening");
        assert_eq!(opening.id.to_string(), "51234/opening");
        assert!(opening.is_customers() && opening.body.html);
        assert_eq!(
            (opening.author.as_str(), opening.email, opening.at),
            ("Jo Field", email, at("2026-08-14T05:58:01Z"))
        );
        assert_eq!(reader(TimeZone::UTC).opening(&row(json!({"details": " "})), None, &Staff::default()), None);
        let system = row(json!({"createdBy": 1, "createdByName": "System"}));
        let opening = reader(TimeZone::UTC).opening(&system, None, &Staff::default()).expect("an opening");
        assert_eq!((opening.speaker, opening.author.as_str()), (Speaker::System, "System"));
    }

    fn anything() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            Just(json!("2026-08-14T06:30:12")),
            Just(json!([{}])),
        ]
    }

    proptest! {
        #[test]
        fn no_row_can_break_it(values in prop::collection::vec(anything(), 12)) {
            let keys = [
                "title", "ticketnumber", "details", "accountid", "contactemail", "queueid", "issuetypeid",
                "subissuetypeid", "opendate", "modifiedon", "completeddate", "duedate",
            ];
            let mut row: Map<String, Value> = keys.into_iter().map(str::to_owned).zip(values).collect();
            row.insert("id".into(), json!(7));
            let row: Row<wire::Ticket> = Row::read(row.into()).expect("lenient");
            let reader = reader(TimeZone::get("Europe/Lisbon").expect("a zone"));
            reader.ticket(&row, &lists(), None);
            reader.opening(&row, None, &Staff::default());
            unnamed(&row, &lists());
        }
    }
}
