//! Kaseya's JSON as it comes. The vendor writes keys as `StatusId`, servers send `statusId`, and runs
//! of capitals come either way, so keys are put into lower case before anything is read. A value of
//! the wrong kind reads as absent; nothing here fails because of one field.

use std::ops::Deref;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::client::PAGE_SIZE;
use crate::psa::loose::{FromLoose, Loose, Moment};
use crate::psa::walk::Paged;

/// What is wrong with an answer that [`Envelope::read`] cannot read.
pub(super) const NO_ENVELOPE: &str = "it says neither success nor result";

/// `value` with all keys in lower case. Of keys that are the same then, the one that says something
/// counts.
pub(super) fn lower_keys(value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(lower_keys).collect(),
        Value::Object(fields) => {
            let mut lowered = Map::with_capacity(fields.len());
            for (key, value) in fields {
                let known = lowered.entry(key.to_lowercase()).or_insert(Value::Null);
                if known.is_null() {
                    *known = lower_keys(value);
                }
            }
            Value::Object(lowered)
        }
        value => value,
    }
}

/// What every answer comes in.
#[derive(Debug, PartialEq)]
pub(super) struct Envelope {
    pub(super) success: bool,
    pub(super) result: Value,
    /// How many rows there are over all pages, where it says so.
    pub(super) total: Option<u64>,
}

impl Envelope {
    /// `None` where `body` is something else.
    pub(super) fn read(body: Value) -> Option<Self> {
        let Value::Object(mut fields) = lower_keys(body) else { return None };
        let success = fields.remove("success").and_then(bool::from_loose);
        let result = fields.remove("result");
        if success.is_none() && result.is_none() {
            return None;
        }
        let total = fields.remove("totalrecords").and_then(i64::from_loose);
        Some(Self {
            success: success.unwrap_or(true),
            result: result.unwrap_or_default(),
            total: total.and_then(|total| total.try_into().ok()),
        })
    }

    /// The rows of a list; one that is null is empty. `None` where there is no list.
    pub(super) fn list<T: DeserializeOwned>(self) -> Option<List<T>> {
        let rows = match self.result {
            Value::Array(rows) => rows,
            Value::Null => Vec::new(),
            _ => return None,
        };
        let count = rows.len();
        Some(List { rows: rows.into_iter().filter_map(Row::read).collect(), count, total: self.total })
    }
}

/// One page of a list.
#[derive(Debug)]
pub(super) struct List<T> {
    /// The rows that can be read.
    pub(super) rows: Vec<Row<T>>,
    /// All rows that came.
    pub(super) count: usize,
    /// How many rows there are over all pages, where it says so.
    pub(super) total: Option<u64>,
}

impl<T> List<T> {
    /// A page without rows.
    pub(super) fn nothing(total: Option<u64>) -> Self {
        Self { rows: Vec::new(), count: 0, total }
    }
}

impl<T> Paged for List<T> {
    fn ids(&self) -> impl Iterator<Item = i64> {
        self.rows.iter().map(|row| row.id)
    }

    fn count(&self) -> usize {
        self.count
    }

    fn total(&self) -> Option<u64> {
        self.total
    }

    fn full(&self) -> usize {
        PAGE_SIZE
    }
}

/// A record with its id; one without is none.
#[derive(Debug)]
pub(super) struct Row<T> {
    pub(super) id: i64,
    data: T,
}

impl<T: DeserializeOwned> Row<T> {
    /// Reads a record whose keys are in lower case.
    pub(super) fn read(value: Value) -> Option<Self> {
        let id = value.get("id").cloned().and_then(i64::from_loose)?;
        Some(Self { id, data: serde_json::from_value(value).ok()? })
    }
}

impl<T> Deref for Row<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.data
    }
}

/// The right to call, for a while.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Grant {
    pub(super) accesstoken: Loose<String>,
    pub(super) accesstokenexpireon: Loose<Moment>,
}

/// The API user.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UserInfo {
    pub(super) userid: Loose<i64>,
    pub(super) emailaddress: Loose<String>,
    pub(super) isusersystemadmin: Loose<bool>,
    pub(super) useraccessrights: Value,
}

/// A ticket, in a list or alone.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ticket {
    pub(super) ticketnumber: Loose<String>,
    pub(super) title: Loose<String>,
    pub(super) details: Loose<String>,
    pub(super) accountid: Loose<i64>,
    pub(super) accountname: Loose<String>,
    pub(super) contactid: Loose<i64>,
    pub(super) contactname: Loose<String>,
    pub(super) createdby: Loose<i64>,
    pub(super) createdbyname: Loose<String>,
    /// Only where the ticket comes alone.
    pub(super) contactemail: Loose<String>,
    pub(super) queueid: Loose<i64>,
    pub(super) queuename: Loose<String>,
    pub(super) statusid: Loose<i64>,
    pub(super) statusname: Loose<String>,
    pub(super) priorityid: Loose<i64>,
    pub(super) priorityname: Loose<String>,
    pub(super) typeid: Loose<i64>,
    pub(super) typename: Loose<String>,
    pub(super) issuetypeid: Loose<i64>,
    pub(super) issuetypename: Loose<String>,
    pub(super) subissuetypeid: Loose<i64>,
    pub(super) subissuetypename: Loose<String>,
    pub(super) assigneeid: Loose<i64>,
    pub(super) assigneename: Loose<String>,
    pub(super) slaid: Loose<i64>,
    pub(super) slaname: Loose<String>,
    pub(super) opendate: Loose<Moment>,
    pub(super) createdon: Loose<Moment>,
    pub(super) modifiedon: Loose<Moment>,
    pub(super) lastactivityupdate: Loose<Moment>,
    pub(super) laststatusupdate: Loose<Moment>,
    pub(super) lastpriorityupdate: Loose<Moment>,
    pub(super) lastqueueupdate: Loose<Moment>,
    pub(super) duedate: Loose<Moment>,
    pub(super) resolutiontargettime: Loose<Moment>,
    pub(super) completeddate: Loose<Moment>,
}

/// A line of a ticket's audit log.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AuditLog {
    pub(super) createdon: Loose<Moment>,
    pub(super) action: Loose<String>,
    pub(super) details: Loose<String>,
}

/// A note on a ticket.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Note {
    pub(super) details: Loose<String>,
    pub(super) isinternal: Loose<bool>,
    pub(super) typeid: Loose<i64>,
    pub(super) createdby: Loose<i64>,
    pub(super) createdbyname: Loose<String>,
    pub(super) createdbyemail: Loose<String>,
    pub(super) createdon: Loose<Moment>,
    pub(super) modifiedon: Loose<Moment>,
}

/// Time that somebody spent on a ticket.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TimeLog {
    pub(super) startdate: Loose<Moment>,
    pub(super) starttime: Loose<String>,
    pub(super) notes: Loose<String>,
    pub(super) internalnotes: Loose<String>,
    pub(super) employeename: Loose<String>,
}

/// A value of a look-up: an id with a name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    pub(super) name: Loose<String>,
    pub(super) emailaddress: Loose<String>,
    pub(super) isactive: Loose<bool>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_envelope_is_read_in_any_case() {
        for body in [
            json!({"success": true, "error": null, "totalRecords": 1, "result": [{"id": 7, "slaId": 4}]}),
            json!({"Success": true, "Error": null, "TotalRecords": "1", "Result": [{"Id": "7", "SLAId": 4.0}]}),
        ] {
            let envelope = Envelope::read(body).expect("an envelope");
            assert!(envelope.success);
            let list: List<Ticket> = envelope.list().expect("a list");
            assert_eq!((list.count, list.total, list.rows[0].id, *list.rows[0].slaid), (1, Some(1), 7, Some(4)));
        }
    }

    #[test]
    fn a_failure_is_one_though_it_brings_a_result() {
        let failed = json!({"success": false, "error": {"code": 1004, "message": "no"}, "result": [{"id": 7}]});
        assert!(!Envelope::read(failed).expect("an envelope").success);
        assert!(Envelope::read(json!({"result": []})).expect("an envelope").success);
        for other in [json!([]), json!({"id": 7}), json!("no"), json!(null)] {
            assert_eq!(Envelope::read(other.clone()), None, "{other}");
        }
    }

    #[test]
    fn bad_rows_cost_nothing_but_themselves() {
        let rows = json!([{"id": 1}, null, 5, {"title": "no id"}, {"ID": "2", "title": {"odd": 1}, "new": [1]}]);
        let list: List<Ticket> = Envelope::read(json!({"result": rows})).expect("one").list().expect("a list");
        assert_eq!((list.rows.iter().map(|row| row.id).collect::<Vec<_>>(), list.count), (vec![1, 2], 5));
        let list = |result: Value| Envelope::read(json!({"success": true, "result": result}))?.list::<Ticket>();
        assert_eq!(list(json!(null)).map(|list| list.count), Some(0));
        assert!(list(json!({"id": 7})).is_none() && list(json!("x")).is_none());
    }

    #[test]
    fn of_two_spellings_the_one_that_says_something_counts() {
        assert_eq!(lower_keys(json!({"Id": null, "iD": {"A": 1}, "id": 3})), json!({"id": {"a": 1}}));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[A-Za-z0-9 :.-]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let key = prop_oneof!["[A-Za-z]{1,6}", Just("Result".to_owned()), Just("success".to_owned())];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(key, inner, 0..5).prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_case_of_the_keys_reads_the_same(value in any_json()) {
            fn shouted(value: Value) -> Value {
                match value {
                    Value::Array(values) => values.into_iter().map(shouted).collect(),
                    Value::Object(fields) => {
                        fields.into_iter().map(|(key, value)| (key.to_uppercase(), shouted(value))).collect()
                    }
                    value => value,
                }
            }
            let lowered = lower_keys(value);
            prop_assert_eq!(&lower_keys(shouted(lowered.clone())), &lowered);
        }

        #[test]
        fn nothing_that_comes_can_break_it(value in any_json()) {
            if let Some(envelope) = Envelope::read(value) {
                let _ = envelope.list::<Ticket>();
            }
        }
    }
}
