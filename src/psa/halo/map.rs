//! Between Halo's rows and our words. Pure.
//!
//! Halo's oddities end here: agent 1 and client 1 are nobody, a team is a name, a priority belongs
//! to an SLA, and names may have to be looked up.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::wire;
use crate::domain::{
    Body, Contact, Field, FieldValue, Message, MessageId, Named, Picklists, Plain, Speaker, Ticket, TicketId,
    Visibility,
};
use crate::psa::PsaError;
use crate::psa::deed::{invalid, never_empty};
use crate::psa::held::{self, Held};
use crate::psa::link::Link;
use crate::psa::openings::Opened;

/// The agent and the client that stand for nobody.
pub(super) const NOBODY: i64 = 1;

/// When anything last changed.
pub(super) fn changed_at(row: &wire::Ticket) -> Option<Timestamp> {
    row.last_update.or(*row.lastupdate).or(*row.lastactiondate).or(*row.dateoccurred)
}

/// The ticket, with the names it lacks taken from `lists`; `None` without an id or any time.
pub(super) fn ticket(row: &wire::Ticket, lists: &Picklists, link: &Link) -> Option<Ticket> {
    let number = (*row.id)?;
    let id = TicketId::new(number.to_string());
    let changed_at = changed_at(row)?;
    let has_been_closed = row.hasbeenclosed.unwrap_or(true);
    let closed_at = row.dateclosed.filter(|_| has_been_closed);
    let merged = row.merged_into_id.is_some_and(|into| into > 0);
    Some(Ticket {
        number: Plain::new(&format!("#{number}")),
        summary: plain(&row.summary),
        client: client(row),
        contact: Contact { name: requester(row), email: email(row) },
        fields: held::fields(&held(row), lists),
        opened_at: row.dateoccurred.unwrap_or(changed_at),
        changed_at,
        closed_at,
        closed: closed_at.is_some() || merged || row.deleted.unwrap_or(false) || row.inactive.unwrap_or(false),
        due_at: *row.fixbydate,
        link: Some(link.of(&id)),
        id,
    })
}

fn plain(text: &Option<String>) -> Plain {
    text.as_deref().map(Plain::new).unwrap_or_default()
}

fn client(row: &wire::Ticket) -> Option<Named> {
    let id = row.client_id.filter(|id| *id > NOBODY)?;
    Some(Named { id: Plain::new(&id.to_string()), name: plain(&row.client_name) })
}

fn requester(row: &wire::Ticket) -> Plain {
    plain(if row.user_name.is_some() { &row.user_name } else { &row.reportedby })
}

fn email(row: &wire::Ticket) -> Option<Plain> {
    row.user_email.as_deref().or(row.useremail.as_deref()).map(Plain::new)
}

fn held(row: &wire::Ticket) -> Vec<Held> {
    let spelt = |field, text: Option<&String>| {
        let token = Plain::new(text?);
        Some(Held { field, name: Some(token.clone()), token })
    };
    [
        Held::numbered(Field::Status, *row.status_id, 0, row.status_name.as_ref()),
        Held::numbered(Field::Priority, *row.priority_id, 0, row.priority_name.as_ref()),
        Held::numbered(Field::Sla, *row.sla_id, 0, row.sla_name.as_ref()),
        Held::numbered(Field::Owner, *row.agent_id, NOBODY, row.agent_name.as_ref()),
        Held::numbered(Field::Type, *row.tickettype_id, 0, row.tickettype_name.as_ref()),
        Held::numbered(Field::Impact, *row.impact, 0, None),
        Held::numbered(Field::Urgency, *row.urgency, 0, None),
        spelt(Field::Team, row.team.as_ref()),
        spelt(Field::Board, row.team.as_ref()),
        spelt(Field::Category, row.category_1.as_ref().or(row.category1.as_ref())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The fields of `row` whose names neither it nor `lists` tells.
pub(super) fn unnamed(row: &wire::Ticket, lists: &Picklists) -> BTreeSet<Field> {
    held::unnamed(&held(row), lists)
}

/// The text the ticket was opened with.
pub(super) fn opening(row: &wire::Ticket) -> Option<Message> {
    Some(Message {
        id: MessageId::opening(TicketId::new((*row.id)?.to_string())),
        at: row.dateoccurred.or_else(|| changed_at(row))?,
        speaker: Speaker::Customer,
        author: requester(row),
        email: email(row),
        subject: row.summary.as_deref().map(Plain::new),
        visibility: Visibility::Public,
        body: Body { raw: (*row.details).clone()?, html: false },
    })
}

/// An action as a message of `ticket`; `None` where it says nothing or repeats the opening.
pub(super) fn message(action: &wire::Action, ticket: &TicketId, opened: Option<Opened>) -> Option<Message> {
    let at = action.datetime.or(*action.actiondatecreated)?;
    let body = body(action)?;
    let plainest = action.note.as_ref().unwrap_or(&body.raw);
    if opened.is_some_and(|opened| opened.is_repeated_by(plainest, at)) {
        return None;
    }
    // What may be hidden from the client must not be taken for their words.
    let internal = action.hiddenfromuser.unwrap_or(true);
    Some(Message {
        id: MessageId::note(ticket.clone(), (*action.id)?),
        at,
        speaker: speaker(action),
        author: plain(if action.who.is_some() { &action.who } else { &action.emailfrom }),
        email: action.emailfrom.as_deref().map(address),
        subject: action.emailsubject.as_deref().map(Plain::new),
        visibility: if internal { Visibility::Internal } else { Visibility::Public },
        body,
    })
}

fn body(action: &wire::Action) -> Option<Body> {
    let texts =
        [(&action.note_html, true), (&action.note, false), (&action.emailbody_html, true), (&action.emailbody, false)];
    texts.into_iter().find_map(|(text, html)| Some(Body { raw: text.as_ref()?.clone(), html }))
}

/// `Jo Field <jo@acme.example>` or the bare address.
fn address(from: &str) -> Plain {
    let inner = from.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(inner, _)| inner);
    Plain::new(inner.unwrap_or(from))
}

/// Ids are the strongest sign, then the mail's direction, then `who_type`. An action that shows
/// none of them comes from the PSA or an integration.
fn speaker(action: &wire::Action) -> Speaker {
    let is_person = |id: &Option<i64>, above: i64| id.is_some_and(|id| id > above);
    let agent = is_person(&action.who_agentid, NOBODY) || is_person(&action.actionby_agent_id, NOBODY);
    let user = is_person(&action.actionby_user_id, 0);
    let direction = action.emaildirection.as_deref().and_then(|text| text.trim().chars().next());
    match (agent, user, direction.map(|c| c.to_ascii_uppercase()), *action.who_type) {
        (true, false, ..) => Speaker::Agent,
        (false, true, ..) => Speaker::Customer,
        (_, _, Some('I'), _) => Speaker::Customer,
        (_, _, Some('O'), _) => Speaker::Agent,
        (_, _, _, Some(1)) => Speaker::Agent,
        (_, _, _, Some(2)) => Speaker::Customer,
        (true, true, ..) => Speaker::Agent,
        _ => Speaker::System,
    }
}

/// The agent that stands for nobody.
const UNASSIGNED: i64 = 1;

/// The body that sets `values` on a ticket.
pub(super) fn update(id: i64, values: &[(Field, Option<FieldValue>)]) -> Result<Value, PsaError> {
    let mut record = Map::from_iter([("id".to_owned(), id.into())]);
    for (field, value) in values {
        let (key, token) = match value {
            Some(value) => written(*field, value)?,
            None if *field == Field::Owner => ("agent_id", UNASSIGNED.into()),
            None => return Err(never_empty("HaloPSA", *field)),
        };
        record.insert(key.into(), token);
    }
    Ok(Value::Array(vec![record.into()]))
}

fn written(field: Field, value: &FieldValue) -> Result<(&'static str, Value), PsaError> {
    let token = value.token.as_str();
    let key = match field {
        Field::Team => return Ok(("team", token.into())),
        Field::Category => return Ok(("category_1", token.into())),
        Field::Status => "status_id",
        Field::Priority => "priority_id",
        Field::Owner => "agent_id",
        Field::Type => "tickettype_id",
        Field::Impact => "impact",
        Field::Urgency => "urgency",
        _ => return Err(invalid(&format!("HaloPSA has no {field} that can be set"))),
    };
    let id: i64 = token.parse().map_err(|_| invalid(&format!("{token} is no id of a HaloPSA {field}")))?;
    Ok((key, id.into()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::domain::{PickValue, Scope};

    fn row(changes: Value) -> wire::Ticket {
        let mut row = json!({
            "id": 2818, "dateoccurred": "2026-08-14T05:58:01.12", "summary": "VPN drops every hour",
            "details": "It drops at ten past each hour.", "client_id": 12, "client_name": "Acme Ltd",
            "user_id": 301, "user_name": "Jo Field", "user_email": "jo@acme.example", "team": "1st Line",
            "agent_id": 1, "status_id": 1.0, "status_name": "New", "tickettype_id": 1, "sla_id": 1, "priority_id": 3,
            "category_1": "Network>VPN", "impact": 2, "urgency": 2, "fixbydate": "2026-08-14T13:58:01",
            "targetdate": "1900-01-01T00:00:00", "last_update": "2026-08-14T06:30:12.457",
            "dateclosed": "1900-01-01T00:00:00", "hasbeenclosed": false, "parent_id": 0, "merged_into_id": 0,
        });
        let fields = row.as_object_mut().expect("an object");
        fields.extend(changes.as_object().expect("an object").clone());
        serde_json::from_value(row).expect("a ticket")
    }

    fn lists() -> Picklists {
        let pick = |label: &str, token: &str, sla: Option<&str>| PickValue {
            value: FieldValue::new(label, token),
            alias: None,
            active: true,
            scope: sla.map(|sla| Scope { field: Field::Sla, token: sla.into() }),
            rank: None,
        };
        let priorities = vec![pick("P3", "3", Some("2")), pick("Medium", "3", Some("1"))];
        let levels = vec![pick("High", "1", None), pick("Medium", "2", None)];
        Picklists {
            lists: BTreeMap::from([
                (Field::Priority, priorities),
                (Field::Impact, levels.clone()),
                (Field::Urgency, levels),
                (Field::Sla, vec![pick("Gold", "1", None)]),
                (Field::Owner, vec![pick("Sam Lee", "5", None)]),
            ]),
        }
    }

    fn link() -> Link {
        Link::checked("https://acme.halopsa.com/tickets?id={id}".into()).expect("a template")
    }

    fn mapped(changes: Value) -> Ticket {
        ticket(&row(changes), &lists(), &link()).expect("a ticket")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_row_becomes_a_ticket() {
        let ticket = mapped(json!({}));
        assert_eq!((ticket.id.as_str(), ticket.number.as_str()), ("2818", "#2818"));
        assert_eq!(ticket.client_name(), "Acme Ltd");
        assert_eq!(ticket.contact.email, Some(Plain::new("jo@acme.example")));
        assert_eq!(ticket.opened_at, at("2026-08-14T05:58:01.12Z"));
        assert_eq!(ticket.changed_at, at("2026-08-14T06:30:12.457Z"));
        assert_eq!(ticket.due_at, Some(at("2026-08-14T13:58:01Z")));
        assert_eq!((ticket.closed, ticket.closed_at), (false, None));
        assert_eq!(ticket.link, Some(Plain::new("https://acme.halopsa.com/tickets?id=2818")));
        let fields: Vec<_> = ticket.fields.iter().map(|(f, v)| (*f, v.label.as_str(), v.token.as_str())).collect();
        assert_eq!(
            fields,
            [
                (Field::Board, "1st Line", "1st Line"),
                (Field::Team, "1st Line", "1st Line"),
                (Field::Status, "New", "1"),
                (Field::Priority, "Medium", "3"),
                (Field::Impact, "Medium", "2"),
                (Field::Urgency, "Medium", "2"),
                (Field::Type, "1", "1"),
                (Field::Category, "Network>VPN", "Network>VPN"),
                (Field::Sla, "Gold", "1"),
            ]
        );
    }

    #[test]
    fn nobody_is_nobody() {
        let ticket =
            mapped(json!({"client_id": 1, "client_name": "Unassigned", "agent_id": 1, "agent_name": "Unassigned"}));
        assert_eq!((ticket.client.as_ref(), ticket.fields.get(&Field::Owner)), (None, None));
        assert_eq!(mapped(json!({"agent_id": 5})).label(Field::Owner), "Sam Lee");
    }

    #[test]
    fn both_spellings_are_read() {
        let other = json!({
            "last_update": null, "lastupdate": "2026-08-14T07:00:00", "category_1": null, "category1": "Mail",
            "user_email": null, "useremail": "j@acme.example",
        });
        let ticket = mapped(other);
        assert_eq!(ticket.changed_at, at("2026-08-14T07:00:00Z"));
        assert_eq!(ticket.label(Field::Category), "Mail");
        assert_eq!(ticket.contact.email, Some(Plain::new("j@acme.example")));
    }

    #[test]
    fn closed_merged_deleted_and_inactive_tickets_leave_the_queue() {
        let closed = mapped(json!({"hasbeenclosed": true, "dateclosed": "2026-08-15T10:00:00"}));
        assert_eq!((closed.closed, closed.closed_at), (true, Some(at("2026-08-15T10:00:00Z"))));
        for gone in [json!({"merged_into_id": 9}), json!({"deleted": true}), json!({"inactive": true})] {
            assert!(mapped(gone.clone()).closed, "{gone}");
        }
        let reopened = mapped(json!({"hasbeenclosed": true}));
        assert!(!reopened.closed, "closed once, without a date now");
    }

    #[test]
    fn what_has_no_name_is_told_and_shown_by_its_id() {
        let stranger = row(json!({"agent_id": 77, "status_name": null, "sla_id": 2, "sla_name": "Silver"}));
        assert_eq!(unnamed(&stranger, &lists()), BTreeSet::from([Field::Status, Field::Owner, Field::Type]));
        let ticket = ticket(&stranger, &lists(), &link()).expect("a ticket");
        assert_eq!((ticket.label(Field::Owner), ticket.label(Field::Priority)), ("77", "P3"));
    }

    #[test]
    fn the_opening_is_the_customers() {
        let opening = opening(&row(json!({}))).expect("an opening");
        assert_eq!(opening.id.to_string(), "2818/opening");
        assert!(opening.is_customers());
        assert_eq!((opening.author.as_str(), opening.at), ("Jo Field", at("2026-08-14T05:58:01.12Z")));
        assert_eq!(opening.body, Body { raw: "It drops at ten past each hour.".into(), html: false });
        assert_eq!(super::opening(&row(json!({"details": " "}))), None);
    }

    fn action(fields: Value) -> wire::Action {
        let mut action =
            json!({"id": 1, "ticket_id": 2818, "datetime": "2026-08-14T06:30:12", "note": "Still dropping."});
        action.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        serde_json::from_value(action).expect("an action")
    }

    fn read(fields: Value) -> Message {
        message(&action(fields), &TicketId::new("2818"), None).expect("a message")
    }

    #[test]
    fn the_strongest_sign_says_who_speaks() {
        for (signs, speaker) in [
            (json!({"who_agentid": 5, "who_type": 2}), Speaker::Agent),
            (json!({"actionby_agent_id": 5, "emaildirection": "I"}), Speaker::Agent),
            (json!({"actionby_user_id": 301, "who_type": 1}), Speaker::Customer),
            (json!({"actionby_user_id": 301, "who_agentid": 5, "emaildirection": "i"}), Speaker::Customer),
            (json!({"actionby_user_id": 301, "who_agentid": 5, "who_type": 1}), Speaker::Agent),
            (json!({"actionby_user_id": 301, "who_agentid": 5}), Speaker::Agent),
            (json!({"emaildirection": "I", "who_type": 1}), Speaker::Customer),
            (json!({"emaildirection": "O"}), Speaker::Agent),
            (json!({"who_type": 1, "who_agentid": 0}), Speaker::Agent),
            (json!({"who_type": 2, "actionby_application_id": "portal"}), Speaker::Customer),
            (json!({"who_agentid": 1}), Speaker::System),
            (json!({"actionby_application_id": "rmm"}), Speaker::System),
        ] {
            assert_eq!(read(signs.clone()).speaker, speaker, "{signs}");
        }
    }

    #[test]
    fn an_action_becomes_a_message() {
        let mail = read(json!({
            "who": "Jo Field", "actionby_user_id": 301, "emailfrom": "Jo Field <jo@acme.example>",
            "emailsubject": "RE: VPN drops", "note_html": "<p>Still dropping.</p>", "hiddenfromuser": false,
        }));
        assert!(mail.is_customers());
        assert_eq!(
            (mail.email, mail.subject),
            (Some(Plain::new("jo@acme.example")), Some(Plain::new("RE: VPN drops")))
        );
        assert_eq!(mail.body, Body { raw: "<p>Still dropping.</p>".into(), html: true });
        assert_eq!(mail.id.to_string(), "2818/note/1");
        let note = read(json!({"who_agentid": 5, "hiddenfromuser": true}));
        assert_eq!((note.visibility, note.body.html), (Visibility::Internal, false));
        let mail_body = read(json!({"note": null, "emailbody": "Hello"}));
        assert_eq!(mail_body.body.raw, "Hello");
        assert_eq!(message(&action(json!({"note": ""})), &TicketId::new("2818"), None), None, "says nothing");
    }

    #[test]
    fn only_what_is_known_to_be_shown_to_the_client_is_public() {
        for (hidden, visibility) in [
            (json!(false), Visibility::Public),
            (json!("0"), Visibility::Public),
            (json!("1"), Visibility::Internal),
            (json!(1), Visibility::Internal),
            (json!(null), Visibility::Internal),
            (json!("perhaps"), Visibility::Internal),
        ] {
            let message = read(json!({"actionby_user_id": 301, "hiddenfromuser": hidden}));
            assert_eq!(message.visibility, visibility, "{hidden}");
        }
        assert_eq!(read(json!({"actionby_user_id": 301})).visibility, Visibility::Internal, "absent");
    }

    #[test]
    fn the_action_that_repeats_the_opening_is_left_out() {
        let opening = opening(&row(json!({}))).expect("an opening");
        let opened = Some(Opened::by(&opening));
        let id = TicketId::new("2818");
        let first = |datetime: &str| {
            action(json!({
                "note": "It drops at ten past each  hour.\r\n", "note_html": "<p>It drops&nbsp;…</p>", "datetime": datetime,
            }))
        };
        assert_eq!(message(&first("2026-08-14T05:58:02"), &id, opened), None);
        assert!(message(&first("2026-08-14T09:00:00"), &id, opened).is_some(), "said again, and meant");
        assert!(message(&action(json!({})), &id, opened).is_some());
    }

    #[test]
    fn an_update_holds_plain_numbers_and_nothing_else() {
        let values = [
            (Field::Priority, Some(FieldValue::new("High", 2))),
            (Field::Owner, Some(FieldValue::new("Sam Lee", 5))),
            (Field::Team, Some(FieldValue::new("2nd Line", "2nd Line"))),
            (Field::Category, Some(FieldValue::new("Network>VPN", "Network>VPN"))),
            (Field::Status, Some(FieldValue::new("Open", 23))),
            (Field::Impact, Some(FieldValue::new("High", 1))),
            (Field::Urgency, Some(FieldValue::new("High", 1))),
            (Field::Type, Some(FieldValue::new("Incident", 1))),
        ];
        assert_eq!(
            update(2818, &values).expect("a body"),
            json!([{
                "id": 2818, "priority_id": 2, "agent_id": 5, "team": "2nd Line", "category_1": "Network>VPN",
                "status_id": 23, "impact": 1, "urgency": 1, "tickettype_id": 1,
            }])
        );
        for (field, token) in
            [(Field::Board, "1st Line"), (Field::Sla, "1"), (Field::Owner, "5; drop"), (Field::Impact, "")]
        {
            assert!(
                matches!(update(1, &[(field, Some(FieldValue::new("x", token)))]), Err(PsaError::Invalid { .. })),
                "{field}"
            );
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
        fn no_row_and_no_action_can_break_it(values in prop::collection::vec(anything(), 16)) {
            let ticket_keys = ["id", "last_update", "details", "agent_id", "team", "sla_id", "dateclosed", "status_id"];
            let action_keys = ["id", "datetime", "note", "note_html", "emailfrom", "emaildirection", "who_type", "who"];
            let object = |keys: [&str; 8], values: &[Value]| -> Value {
                keys.into_iter().map(str::to_owned).zip(values.iter().cloned()).collect::<Map<_, _>>().into()
            };
            let row: wire::Ticket = serde_json::from_value(object(ticket_keys, &values[..8])).expect("lenient");
            ticket(&row, &lists(), &link());
            unnamed(&row, &lists());
            opening(&row);
            let action: wire::Action = serde_json::from_value(object(action_keys, &values[8..])).expect("lenient");
            message(&action, &TicketId::new("1"), None);
        }
    }
}
