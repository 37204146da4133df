//! Autotask's JSON as it comes: picklist values are strings where tickets hold numbers, times have
//! none to seven fraction digits and perhaps no offset, and any field may be null. A value of the
//! wrong kind reads as absent; nothing here fails because of one field.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::psa::loose::{FromLoose, Loose};

/// One page of a query.
#[derive(Debug, PartialEq)]
pub(super) struct Page<T> {
    /// The rows that can be read, by their ids.
    pub(super) rows: Vec<(i64, T)>,
    /// How many rows came, those that cannot be read among them.
    pub(super) count: usize,
    /// Whether the answer names a page after it.
    pub(super) names_next: bool,
}

impl<T: DeserializeOwned> Page<T> {
    /// Reads a page; rows without an id are left out. `None` where there is no list.
    pub(super) fn read(body: Value) -> Option<Self> {
        let Value::Object(mut body) = body else { return None };
        let Some(Value::Array(items)) = body.remove("items") else { return None };
        let next =
            body.remove("pageDetails").and_then(|details| String::from_loose(details.get("nextPageUrl")?.clone()));
        let count = items.len();
        Some(Self { rows: items.into_iter().filter_map(row).collect(), count, names_next: next.is_some() })
    }
}

fn row<T: DeserializeOwned>(row: Value) -> Option<(i64, T)> {
    let id = i64::from_loose(row.get("id")?.clone())?;
    Some((id, serde_json::from_value(row).ok()?))
}

/// The record in `{"item":…}`; `None` where there is none.
pub(super) fn item<T: DeserializeOwned>(body: Value) -> Option<(i64, T)> {
    let Value::Object(mut body) = body else { return None };
    row(body.remove("item")?)
}

/// The id in the answer to a write.
pub(super) fn written(body: &Value) -> Option<i64> {
    i64::from_loose(body.get("itemId")?.clone())
}

/// Whether an answer of any status says that something went wrong.
pub(super) fn carries_errors(body: &Value) -> bool {
    body.get("errors").and_then(Value::as_array).is_some_and(|errors| !errors.is_empty())
}

/// Where a tenant's database is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Zone {
    pub(super) url: Loose<String>,
    #[serde(rename = "webUrl")]
    pub(super) web_url: Loose<String>,
}

/// A ticket, in a list or alone.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ticket {
    #[serde(rename = "ticketNumber")]
    pub(super) number: Loose<String>,
    pub(super) title: Loose<String>,
    pub(super) description: Loose<String>,
    #[serde(rename = "companyID")]
    pub(super) company: Loose<i64>,
    #[serde(rename = "contactID")]
    pub(super) contact: Loose<i64>,
    #[serde(rename = "createdByContactID")]
    pub(super) created_by_contact: Loose<i64>,
    #[serde(rename = "creatorResourceID")]
    pub(super) created_by_resource: Loose<i64>,
    #[serde(rename = "queueID")]
    pub(super) queue: Loose<i64>,
    pub(super) status: Loose<i64>,
    pub(super) priority: Loose<i64>,
    #[serde(rename = "ticketType")]
    pub(super) kind: Loose<i64>,
    #[serde(rename = "issueType")]
    pub(super) issue: Loose<i64>,
    #[serde(rename = "subIssueType")]
    pub(super) sub_issue: Loose<i64>,
    #[serde(rename = "assignedResourceID")]
    pub(super) assigned_resource: Loose<i64>,
    #[serde(rename = "assignedResourceRoleID")]
    pub(super) assigned_role: Loose<i64>,
    #[serde(rename = "createDate")]
    pub(super) created_at: Loose<Timestamp>,
    #[serde(rename = "lastActivityDate")]
    pub(super) last_activity_at: Loose<Timestamp>,
    #[serde(rename = "completedDate")]
    pub(super) completed_at: Loose<Timestamp>,
    #[serde(rename = "dueDateTime")]
    pub(super) due_at: Loose<Timestamp>,
    #[serde(rename = "resolvedDueDateTime")]
    pub(super) resolved_due_at: Loose<Timestamp>,
}

impl Ticket {
    /// What a list has to be asked for.
    pub(super) const FIELDS: &[&str] = &[
        "id",
        "ticketNumber",
        "title",
        "description",
        "companyID",
        "contactID",
        "createdByContactID",
        "creatorResourceID",
        "queueID",
        "status",
        "priority",
        "ticketType",
        "issueType",
        "subIssueType",
        "assignedResourceID",
        "assignedResourceRoleID",
        "createDate",
        "lastActivityDate",
        "completedDate",
        "dueDateTime",
        "resolvedDueDateTime",
    ];
}

/// A note on a ticket.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Note {
    #[serde(rename = "ticketID")]
    pub(super) ticket: Loose<i64>,
    pub(super) title: Loose<String>,
    pub(super) description: Loose<String>,
    #[serde(rename = "noteType")]
    pub(super) kind: Loose<i64>,
    pub(super) publish: Loose<i64>,
    #[serde(rename = "createDateTime")]
    pub(super) created_at: Loose<Timestamp>,
    #[serde(rename = "lastActivityDate")]
    pub(super) last_activity_at: Loose<Timestamp>,
    #[serde(rename = "createdByContactID")]
    pub(super) created_by_contact: Loose<i64>,
    #[serde(rename = "creatorResourceID")]
    pub(super) created_by_resource: Loose<i64>,
}

impl Note {
    pub(super) const FIELDS: &[&str] = &[
        "id",
        "ticketID",
        "title",
        "description",
        "noteType",
        "publish",
        "createDateTime",
        "lastActivityDate",
        "createdByContactID",
        "creatorResourceID",
    ];
}

/// A time entry on a ticket.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TimeEntry {
    #[serde(rename = "ticketID")]
    pub(super) ticket: Loose<i64>,
    #[serde(rename = "resourceID")]
    pub(super) resource: Loose<i64>,
    #[serde(rename = "summaryNotes")]
    pub(super) summary_notes: Loose<String>,
    #[serde(rename = "internalNotes")]
    pub(super) internal_notes: Loose<String>,
    #[serde(rename = "createDateTime")]
    pub(super) created_at: Loose<Timestamp>,
    #[serde(rename = "lastModifiedDateTime")]
    pub(super) modified_at: Loose<Timestamp>,
}

impl TimeEntry {
    pub(super) const FIELDS: &[&str] =
        &["id", "ticketID", "resourceID", "summaryNotes", "internalNotes", "createDateTime", "lastModifiedDateTime"];
}

/// A line of a ticket's history.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct History {
    #[serde(rename = "ticketID")]
    pub(super) ticket: Loose<i64>,
    pub(super) action: Loose<String>,
    pub(super) date: Loose<Timestamp>,
    pub(super) detail: Loose<String>,
    #[serde(rename = "resourceID")]
    pub(super) resource: Loose<i64>,
}

impl History {
    pub(super) const FIELDS: &[&str] = &["id", "ticketID", "action", "date", "detail", "resourceID"];
}

/// A company, a contact or a resource: what tells its name and its mail address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Party {
    #[serde(rename = "companyName")]
    pub(super) company_name: Loose<String>,
    #[serde(rename = "firstName")]
    pub(super) first_name: Loose<String>,
    #[serde(rename = "lastName")]
    pub(super) last_name: Loose<String>,
    #[serde(rename = "emailAddress")]
    pub(super) email_address: Loose<String>,
    pub(super) email: Loose<String>,
    #[serde(rename = "isActive")]
    pub(super) is_active: Loose<bool>,
    #[serde(rename = "defaultServiceDeskRoleID")]
    pub(super) default_role: Loose<i64>,
}

/// A role that a resource may be assigned a ticket with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ServiceDeskRole {
    #[serde(rename = "resourceID")]
    pub(super) resource: Loose<i64>,
    #[serde(rename = "roleID")]
    pub(super) role: Loose<i64>,
    #[serde(rename = "isActive")]
    pub(super) is_active: Loose<bool>,
    #[serde(rename = "isDefault")]
    pub(super) is_default: Loose<bool>,
}

impl ServiceDeskRole {
    pub(super) const FIELDS: &[&str] = &["id", "resourceID", "roleID", "isActive", "isDefault"];
}

/// What an entity's fields may hold.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<FieldInfo>);

impl Fields {
    /// `None` where there is no list.
    pub(super) fn read(mut body: Value) -> Option<Self> {
        let Value::Array(fields) = body.get_mut("fields")?.take() else { return None };
        Some(Self(readable(fields)))
    }

    /// The values `field` may hold, in the order they come.
    pub(super) fn values(&self, field: &str) -> &[PickValue] {
        let named = |info: &&FieldInfo| info.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(field));
        self.0.iter().find(named).map_or(&[], |info| &info.values.0)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FieldInfo {
    name: Loose<String>,
    #[serde(rename = "picklistValues")]
    values: Values,
}

#[derive(Debug, Default, Deserialize)]
#[serde(from = "Value")]
struct Values(Vec<PickValue>);

impl From<Value> for Values {
    fn from(values: Value) -> Self {
        Self(if let Value::Array(values) = values { readable(values) } else { Vec::new() })
    }
}

/// One value of a picklist.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PickValue {
    pub(super) value: Loose<i64>,
    pub(super) label: Loose<String>,
    #[serde(rename = "parentValue")]
    pub(super) parent: Loose<i64>,
    #[serde(rename = "isActive")]
    pub(super) is_active: Loose<bool>,
}

fn readable<T: DeserializeOwned>(rows: Vec<Value>) -> Vec<T> {
    rows.into_iter().filter_map(|row| serde_json::from_value(row).ok()).collect()
}

/// What may be done with an entity: by anybody, and by this API user.
#[derive(Debug, Default)]
pub(super) struct Info(Map<String, Value>);

impl Info {
    pub(super) fn read(body: Value) -> Self {
        match body {
            Value::Object(mut body) => match body.remove("info") {
                Some(Value::Object(info)) => Self(info),
                _ => Self(body),
            },
            _ => Self::default(),
        }
    }

    /// Whether this API user may `act` (`Query`, `Create`, `Update`); `None` where only a try tells.
    /// Access is a word, or its number.
    pub(super) fn grants(&self, act: &str) -> Option<bool> {
        let can = self.0.get(&format!("can{act}")).and_then(|can| bool::from_loose(can.clone()));
        let access = self.0.get(&format!("userAccessFor{act}"));
        let access = access.map(|access| access.as_str().map_or_else(|| access.to_string(), str::to_ascii_lowercase));
        match (can, access.as_deref()) {
            (Some(false), _) | (_, Some("none" | "0")) => Some(false),
            (_, Some("all" | "1")) => Some(true),
            (_, Some("restricted" | "2")) => None,
            (can, _) => can,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_is_what_can_be_read_of_it() {
        let page = |body: Value| {
            let page = Page::<Ticket>::read(body)?;
            Some((page.rows.iter().map(|(id, _)| *id).collect::<Vec<_>>(), page.count, page.names_next))
        };
        let rows = json!([{"id": 1, "status": {"odd": true}}, null, {"id": "2"}, {"title": "no id"}, 7]);
        let details = json!({"nextPageUrl": "https://x.example/next"});
        assert_eq!(page(json!({"items": rows, "pageDetails": details})), Some((vec![1, 2], 5, true)));
        assert_eq!(page(json!({"items": [], "pageDetails": {"nextPageUrl": null}})), Some((vec![], 0, false)));
        assert_eq!(page(json!({"items": []})), Some((vec![], 0, false)));
        for none in [json!({"items": null}), json!({"errors": ["no"]}), json!([]), json!("<html>")] {
            assert_eq!(page(none.clone()), None, "{none}");
        }
    }

    #[test]
    fn a_missing_item_is_null_or_nothing() {
        assert_eq!(item::<Ticket>(json!({"item": {"id": 7}})).map(|(id, _)| id), Some(7));
        for none in [json!({"item": null}), json!({}), json!({"item": {"title": "x"}}), json!(null)] {
            assert!(item::<Ticket>(none.clone()).is_none(), "{none}");
        }
        assert_eq!((written(&json!({"itemId": "9"})), written(&json!({"itemId": null}))), (Some(9), None));
    }

    #[test]
    fn only_a_list_with_something_in_it_is_an_error() {
        assert!(carries_errors(&json!({"items": [], "errors": ["no"]})));
        for none in [json!({"errors": []}), json!({"errors": null}), json!({"items": []}), json!(null)] {
            assert!(!carries_errors(&none), "{none}");
        }
    }

    #[test]
    fn picklists_hold_numbers_as_text() {
        let fields = Fields::read(json!({"fields": [
            null,
            {"name": "title", "picklistValues": null},
            {"name": "Status", "picklistValues": [{"value": "5", "label": "Complete", "parentValue": ""}, 7]},
        ]}))
        .expect("fields");
        let values: Vec<_> = fields.values("status").iter().map(|v| (*v.value, v.label.as_deref())).collect();
        assert_eq!(values, [(Some(5), Some("Complete"))]);
        assert!(fields.values("title").is_empty() && fields.values("queueID").is_empty());
        assert!(Fields::read(json!({"fields": null})).is_none() && Fields::read(json!([])).is_none());
    }

    #[test]
    fn a_right_is_granted_refused_or_left_to_a_try() {
        for (info, granted) in [
            (json!({"info": {"canUpdate": true}}), Some(true)),
            (json!({"canUpdate": false}), Some(false)),
            (json!({"info": {"canUpdate": true, "userAccessForUpdate": "None"}}), Some(false)),
            (json!({"info": {"canUpdate": true, "userAccessForUpdate": "All"}}), Some(true)),
            (json!({"info": {"canUpdate": true, "userAccessForUpdate": "Restricted"}}), None),
            (json!({"info": {"userAccessForUpdate": 0}}), Some(false)),
            (json!({"info": {"userAccessForUpdate": 1}}), Some(true)),
            (json!({"info": {}}), None),
            (json!("odd"), None),
        ] {
            assert_eq!(Info::read(info.clone()).grants("Update"), granted, "{info}");
        }
    }

    proptest! {
        #[test]
        fn times_come_with_any_precision_and_perhaps_no_offset(
            fraction in "[0-9]{0,7}",
            offset in prop_oneof![Just(""), Just("Z"), Just("+00:00")],
        ) {
            let dot = if fraction.is_empty() { "" } else { "." };
            let row = json!({"id": 1, "lastActivityDate": format!("2026-08-14T06:30:12{dot}{fraction}{offset}")});
            let (_, ticket) = super::row::<Ticket>(row).expect("a row");
            let nanoseconds: i32 = format!("{fraction:0<9}").parse().expect("digits");
            let expected = Timestamp::new(1_786_689_012, nanoseconds).expect("a time");
            prop_assert_eq!(*ticket.last_activity_at, Some(expected));
        }
    }
}
