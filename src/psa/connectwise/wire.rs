//! ConnectWise's JSON as it comes. A value of the wrong kind reads as absent; nothing here fails
//! because of one field.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::paging::PAGE_SIZE;
use crate::psa::loose::{FromLoose, Loose};

/// One page of a list.
#[derive(Debug, PartialEq)]
pub(super) struct List {
    pub(super) rows: Vec<Value>,
    /// Whether the server names a next page.
    has_next: bool,
}

impl List {
    /// Reads a page and its `Link` header; `None` where the body is no list.
    pub(super) fn read(body: Value, link: Option<&str>) -> Option<Self> {
        let Value::Array(rows) = body else { return None };
        Some(Self { rows, has_next: link.is_some_and(names_next) })
    }

    /// The rows; those that are no objects are left out.
    pub(super) fn read_rows<T: DeserializeOwned>(&self) -> Vec<T> {
        self.rows.iter().filter_map(|row| record(row.clone())).collect()
    }

    /// Whether there is, or may be, another page. Nothing comes after nothing, whatever is named.
    pub(super) fn goes_on(&self) -> bool {
        !self.rows.is_empty() && (self.has_next || self.rows.len() >= PAGE_SIZE)
    }

    /// The ids of the rows that have one.
    pub(super) fn ids(&self) -> impl Iterator<Item = i64> {
        self.rows.iter().filter_map(|row| i64::from_loose(row.get("id")?.clone()))
    }

    /// Whether these are the rows of another page, in any order.
    pub(super) fn holds_the_same(&self, rows: &[Value]) -> bool {
        self.rows.len() == rows.len() && self.rows.iter().all(|row| rows.contains(row))
    }
}

/// Whether a `Link` header (RFC 8288) names a next page. What stands between `<` and `>` is an
/// address and may hold anything else.
fn names_next(link: &str) -> bool {
    let parameters = link.split('>').skip(1).filter_map(|part| part.split('<').next());
    parameters.flat_map(|part| part.split([';', ','])).any(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or_default();
        let mut relations = value.trim().trim_matches('"').split_whitespace();
        name.trim().eq_ignore_ascii_case("rel") && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
    })
}

/// A record; `None` where it is no object.
pub(super) fn record<T: DeserializeOwned>(value: Value) -> Option<T> {
    if value.is_object() { serde_json::from_value(value).ok() } else { None }
}

/// Another record, by id and name. Some roles see less of it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Reference {
    pub(super) id: Loose<i64>,
    pub(super) identifier: Loose<String>,
    pub(super) name: Loose<String>,
}

impl FromLoose for Reference {
    fn from_loose(value: Value) -> Option<Self> {
        record(value)
    }
}

/// Who wrote a record, and when.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Info {
    pub(super) last_updated: Loose<Timestamp>,
    pub(super) updated_by: Loose<String>,
    pub(super) date_entered: Loose<Timestamp>,
    pub(super) entered_by: Loose<String>,
}

impl FromLoose for Info {
    fn from_loose(value: Value) -> Option<Self> {
        record(value)
    }
}

/// The fields of [`Ticket`], to ask for no others.
pub(super) const TICKET_FIELDS: &str = "id,summary,board,status,type,subType,item,team,owner,priority,severity,impact,\
     company,contact,contactName,contactEmailAddress,requiredDate,closedFlag,closedDate,mergedParentTicket,_info";

/// A ticket, in a list or alone.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Ticket {
    pub(super) id: Loose<i64>,
    pub(super) summary: Loose<String>,
    pub(super) board: Loose<Reference>,
    pub(super) status: Loose<Reference>,
    pub(super) r#type: Loose<Reference>,
    pub(super) sub_type: Loose<Reference>,
    pub(super) item: Loose<Reference>,
    pub(super) team: Loose<Reference>,
    pub(super) owner: Loose<Reference>,
    pub(super) priority: Loose<Reference>,
    pub(super) severity: Loose<String>,
    pub(super) impact: Loose<String>,
    pub(super) company: Loose<Reference>,
    pub(super) contact: Loose<Reference>,
    pub(super) contact_name: Loose<String>,
    pub(super) contact_email_address: Loose<String>,
    pub(super) required_date: Loose<Timestamp>,
    pub(super) closed_flag: Loose<bool>,
    pub(super) closed_date: Loose<Timestamp>,
    pub(super) merged_parent_ticket: Loose<Reference>,
    #[serde(rename = "_info")]
    pub(super) info: Loose<Info>,
}

/// A note, the text of a time entry, or the answer to a note that was written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Note {
    pub(super) id: Loose<i64>,
    pub(super) note_type: Loose<String>,
    pub(super) ticket: Loose<NotedTicket>,
    pub(super) text: Loose<String>,
    pub(super) detail_description_flag: Loose<bool>,
    pub(super) internal_analysis_flag: Loose<bool>,
    pub(super) resolution_flag: Loose<bool>,
    /// On some boards: it is what the ticket was opened with.
    pub(super) issue_flag: Loose<bool>,
    pub(super) merged_flag: Loose<bool>,
    pub(super) bundled_flag: Loose<bool>,
    pub(super) member: Loose<Reference>,
    pub(super) contact: Loose<Reference>,
    pub(super) original_author: Loose<String>,
    pub(super) created_by: Loose<String>,
    pub(super) date_created: Loose<Timestamp>,
    pub(super) time_end: Loose<Timestamp>,
    #[serde(rename = "_info")]
    pub(super) info: Loose<Info>,
}

/// The ticket a note stands on.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct NotedTicket {
    pub(super) id: Loose<i64>,
    pub(super) summary: Loose<String>,
}

impl FromLoose for NotedTicket {
    fn from_loose(value: Value) -> Option<Self> {
        record(value)
    }
}

/// An entry of one of the look-up lists, with the flags its list has.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Listed {
    pub(super) id: Loose<i64>,
    pub(super) name: Loose<String>,
    /// Of statuses.
    pub(super) inactive: Loose<bool>,
    /// Of all other lists.
    pub(super) inactive_flag: Loose<bool>,
    /// Of boards: it holds project tickets.
    pub(super) project_flag: Loose<bool>,
    /// Of statuses: a ticket that holds it is closed.
    pub(super) closed_status: Loose<bool>,
}

/// A type with a subtype and an item that a ticket may have together.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Association {
    pub(super) r#type: Loose<Reference>,
    pub(super) sub_type: Loose<Reference>,
    pub(super) item: Loose<Reference>,
}

/// A priority.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Priority {
    pub(super) id: Loose<i64>,
    pub(super) name: Loose<String>,
    pub(super) level: Loose<String>,
    pub(super) sort_order: Loose<i64>,
}

/// The fields of [`Member`], to ask for no others.
pub(super) const MEMBER_FIELDS: &str = "id,identifier,firstName,lastName,primaryEmail,officeEmail,inactiveFlag";

/// Somebody at the desk, or an integration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Member {
    pub(super) identifier: Loose<String>,
    pub(super) first_name: Loose<String>,
    pub(super) last_name: Loose<String>,
    pub(super) primary_email: Loose<String>,
    pub(super) office_email: Loose<String>,
    pub(super) inactive_flag: Loose<bool>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn one_odd_field_does_not_cost_the_row() {
        let row = json!({
            "id": "48213", "summary": null, "board": "Help Desk", "status": {"id": 16.0, "name": ["New"]},
            "closedFlag": "True", "_info": {"lastUpdated": "2026-08-14T06:30:12Z", "new": 1}, "new": [1],
        });
        let ticket: Ticket = record(row).expect("lenient");
        assert_eq!((*ticket.id, *ticket.closed_flag, ticket.board.as_ref()), (Some(48213), Some(true), None));
        let status = ticket.status.as_ref().expect("a reference");
        assert_eq!((*status.id, status.name.as_ref()), (Some(16), None));
        assert!(ticket.info.as_ref().is_some_and(|info| info.last_updated.is_some()));
    }

    #[test]
    fn rows_that_are_no_records_cost_nobody_else() {
        let list = List::read(json!([{"id": 9}, null, ["id"], {"id": "41"}, {}, {"id": 3}]), None).expect("a list");
        assert_eq!(list.read_rows::<Ticket>().len(), 4);
        assert_eq!(list.ids().max(), Some(41));
        assert!(!list.goes_on());
        assert_eq!(List::read(json!({"code": "NotFound"}), None), None);
        let full = List::read(vec![json!({}); PAGE_SIZE].into(), None).expect("a list");
        assert!(full.goes_on() && full.ids().max().is_none());
        let ends = |rows| !List::read(rows, Some("<x>; rel=next")).expect("a list").goes_on();
        assert!(ends(json!([])) && !ends(json!([{"id": 1}])));
    }

    #[test]
    fn a_page_is_the_same_in_any_order() {
        let list = |rows: Value| List::read(rows, None).expect("a list");
        let before = list(json!([{"id": 1}, {"id": 2}])).rows;
        assert!(list(json!([{"id": 2}, {"id": 1}])).holds_the_same(&before));
        assert!(!list(json!([{"id": 2}, {"id": 3}])).holds_the_same(&before));
        assert!(!list(json!([{"id": 1}])).holds_the_same(&before));
    }

    #[test]
    fn the_next_page_is_named_in_a_header() {
        for named in [
            r#"<https://api-na.myconnectwise.net/x?page=2&conditions=id in (1,2);rel=last>; rel="next", <x>; rel="last""#,
            r#"<x>; rel="last", <y>; title="a"; Rel = "Prev NEXT""#,
            "<x>;rel=next",
        ] {
            assert!(names_next(named), "{named}");
        }
        for other in [r#"<x?rel="next">; rel="last""#, r#"<x>; rel="nextish""#, "rel=next", "", "next"] {
            assert!(!names_next(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_header_names_a_next_page_or_none(link in r#"[<>;,=" a-z]{0,60}"#) {
            names_next(&link);
        }
    }
}
