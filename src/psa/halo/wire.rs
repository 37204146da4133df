//! Halo's JSON as it comes: numbers as `2`, `2.0` or `"2"`, times without an offset, lists bare or
//! wrapped, fields under two spellings. A value of the wrong kind reads as absent; nothing here
//! fails because of one field.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::psa::loose::{FromLoose, Loose};

/// A list, bare or wrapped.
#[derive(Debug, PartialEq)]
pub(super) struct List<T> {
    pub(super) rows: Vec<T>,
    /// All rows that came, those that cannot be read among them.
    pub(super) count: usize,
    /// How many rows there are over all pages, where it says so.
    pub(super) total: Option<u64>,
    /// How many rows make a full page, where it says so.
    pub(super) page_size: Option<usize>,
}

impl<T> List<T> {
    /// A page without rows.
    pub(super) fn nothing(total: Option<u64>) -> Self {
        Self { rows: Vec::new(), count: 0, total, page_size: None }
    }
}

impl<T: DeserializeOwned> List<T> {
    /// Reads the list `name`; rows that are no objects are left out. `None` where there is no list.
    pub(super) fn read(body: Value, name: &str) -> Option<Self> {
        let (rows, total, page_size) = match body {
            Value::Array(rows) => (rows, None, None),
            Value::Object(mut wrapper) => {
                let mut number = |key| i64::from_loose(wrapper.remove(key)?);
                let (total, page_size) = (number("record_count"), number("page_size"));
                let rows = match wrapper.remove(name).or_else(|| only_list(&mut wrapper)) {
                    Some(Value::Array(rows)) => rows,
                    None | Some(Value::Null) if total == Some(0) => Vec::new(),
                    _ => return None,
                };
                (rows, total, page_size)
            }
            _ => return None,
        };
        Some(Self {
            count: rows.len(),
            rows: rows.into_iter().filter_map(|row| serde_json::from_value(row).ok()).collect(),
            total: total.and_then(|total| total.try_into().ok()),
            page_size: page_size.and_then(|size| size.try_into().ok()),
        })
    }
}

/// The one list in `wrapper`, whatever its name.
fn only_list(wrapper: &mut Map<String, Value>) -> Option<Value> {
    let mut lists = wrapper.values_mut().filter(|value| value.is_array());
    let only = lists.next()?;
    lists.next().is_none().then(|| only.take())
}

/// The record in the answer to a write: alone, in an array, or wrapped as `name`.
pub(super) fn written<T: DeserializeOwned>(body: Value, name: &str) -> Option<T> {
    match body {
        Value::Object(ref record) if !record.contains_key(name) => serde_json::from_value(body).ok(),
        body => List::read(body, name)?.rows.pop(),
    }
}

/// A ticket, in a list or alone.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ticket {
    pub(super) id: Loose<i64>,
    pub(super) summary: Loose<String>,
    pub(super) details: Loose<String>,
    pub(super) client_id: Loose<i64>,
    pub(super) client_name: Loose<String>,
    pub(super) user_name: Loose<String>,
    pub(super) user_email: Loose<String>,
    pub(super) useremail: Loose<String>,
    pub(super) reportedby: Loose<String>,
    pub(super) team: Loose<String>,
    pub(super) agent_id: Loose<i64>,
    pub(super) agent_name: Loose<String>,
    pub(super) status_id: Loose<i64>,
    pub(super) status_name: Loose<String>,
    pub(super) priority_id: Loose<i64>,
    pub(super) priority_name: Loose<String>,
    pub(super) sla_id: Loose<i64>,
    pub(super) sla_name: Loose<String>,
    pub(super) tickettype_id: Loose<i64>,
    pub(super) tickettype_name: Loose<String>,
    pub(super) category_1: Loose<String>,
    pub(super) category1: Loose<String>,
    pub(super) impact: Loose<i64>,
    pub(super) urgency: Loose<i64>,
    pub(super) fixbydate: Loose<Timestamp>,
    pub(super) dateoccurred: Loose<Timestamp>,
    pub(super) last_update: Loose<Timestamp>,
    pub(super) lastupdate: Loose<Timestamp>,
    pub(super) lastactiondate: Loose<Timestamp>,
    pub(super) dateclosed: Loose<Timestamp>,
    pub(super) hasbeenclosed: Loose<bool>,
    pub(super) inactive: Loose<bool>,
    pub(super) deleted: Loose<bool>,
    pub(super) merged_into_id: Loose<i64>,
}

/// An action: a note, a mail, a reply.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Action {
    pub(super) id: Loose<i64>,
    pub(super) ticket_id: Loose<i64>,
    pub(super) who: Loose<String>,
    pub(super) who_type: Loose<i64>,
    pub(super) who_agentid: Loose<i64>,
    pub(super) actionby_agent_id: Loose<i64>,
    pub(super) actionby_user_id: Loose<i64>,
    pub(super) datetime: Loose<Timestamp>,
    pub(super) actiondatecreated: Loose<Timestamp>,
    pub(super) note: Loose<String>,
    pub(super) note_html: Loose<String>,
    pub(super) emailbody: Loose<String>,
    pub(super) emailbody_html: Loose<String>,
    pub(super) emailsubject: Loose<String>,
    pub(super) emailfrom: Loose<String>,
    pub(super) emaildirection: Loose<String>,
    pub(super) hiddenfromuser: Loose<bool>,
    pub(super) outcome: Loose<String>,
    pub(super) outcome_id: Loose<i64>,
    pub(super) old_status: Loose<i64>,
    pub(super) new_status: Loose<i64>,
    pub(super) actionby_application_id: Loose<String>,
}

/// A status. Type 0 is for tickets.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    pub(super) id: Loose<i64>,
    pub(super) name: Loose<String>,
    pub(super) r#type: Loose<i64>,
}

/// A priority of one SLA.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Priority {
    pub(super) slaid: Loose<i64>,
    pub(super) priorityid: Loose<i64>,
    pub(super) name: Loose<String>,
    pub(super) fixtime: Loose<f64>,
    pub(super) fixunits: Loose<String>,
    pub(super) ishidden: Loose<bool>,
}

/// An SLA, a team, an agent or a ticket type: an id with a name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    pub(super) id: Loose<i64>,
    pub(super) name: Loose<String>,
    pub(super) email: Loose<String>,
    pub(super) inactive: Loose<bool>,
    pub(super) isdisabled: Loose<bool>,
    pub(super) visible: Loose<bool>,
}

/// A category; `type_id` says which of the four category fields it is for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Category {
    pub(super) value: Loose<String>,
    pub(super) category_name: Loose<String>,
    pub(super) type_id: Loose<i64>,
}

/// One value of one of Halo's many small lists.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Lookup {
    pub(super) id: Loose<i64>,
    pub(super) lookupid: Loose<i64>,
    pub(super) name: Loose<String>,
}

/// A note type.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Outcome {
    pub(super) id: Loose<i64>,
    pub(super) outcome: Loose<String>,
    pub(super) buttonname: Loose<String>,
    pub(super) hidefromuser: Loose<bool>,
    pub(super) sendemail: Loose<i64>,
    pub(super) newstatus: Loose<i64>,
}

/// Where to log in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AuthInfo {
    pub(super) auth_url: Loose<String>,
    pub(super) tenant_id: Loose<String>,
}

/// The right to call, for a while.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Grant {
    pub(super) access_token: Loose<String>,
    pub(super) expires_in: Loose<f64>,
    pub(super) scope: Loose<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_odd_field_does_not_cost_the_row() {
        let row = json!({"id": 2818.0, "summary": null, "agent_id": {"id": 5}, "hasbeenclosed": "True", "new": [1]});
        let ticket: Ticket = serde_json::from_value(row).expect("lenient");
        assert_eq!((*ticket.id, ticket.summary.as_deref(), *ticket.agent_id), (Some(2818), None, None));
        assert_eq!(*ticket.hasbeenclosed, Some(true));
    }

    #[test]
    fn lists_come_bare_or_wrapped() {
        let ids = |body: Value| {
            let list = List::<Ticket>::read(body, "tickets")?;
            Some((list.rows.iter().filter_map(|row| *row.id).collect::<Vec<_>>(), list.total, list.page_size))
        };
        assert_eq!(ids(json!([{"id": 1}, null, {"id": 2}])), Some((vec![1, 2], None, None)));
        let wrapped = json!({"record_count": 7.0, "page_size": 2, "columns": [{"id": 9}], "tickets": [{"id": 1}]});
        assert_eq!(ids(wrapped), Some((vec![1], Some(7), Some(2))));
        assert_eq!(ids(json!({"record_count": 0})), Some((vec![], Some(0), None)));
        assert_eq!(ids(json!({"record_count": 1, "faults": [{"id": 3}]})), Some((vec![3], Some(1), None)));
        assert_eq!(ids(json!({"these": [{"id": 3}], "those": [{"id": 4}]})), None);
        assert_eq!(ids(json!({"error": "no"})), None);
        assert_eq!(ids(json!("<html>")), None);
    }

    #[test]
    fn a_write_is_answered_in_three_ways() {
        for body in [
            json!({"id": 3, "hiddenfromuser": true}),
            json!([{"id": 2}, {"id": 3, "hiddenfromuser": true}]),
            json!({"actions": [{"id": 3, "hiddenfromuser": true}]}),
        ] {
            let action: Action = written(body, "actions").expect("an action");
            assert_eq!((*action.id, *action.hiddenfromuser), (Some(3), Some(true)));
        }
        assert!(written::<Action>(json!([]), "actions").is_none());
    }
}
