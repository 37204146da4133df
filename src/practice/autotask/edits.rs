//! `PATCH /Tickets`: which fields a record sets, and what Datto PSA refuses.

use axum::Json;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::entity::{Column, Entity};
use super::ids::{self, API_USER_NAME, List, PRIORITY, QUEUE, RESOURCE, STATUS, TYPE};
use super::people::works_as;
use super::record::Record;
use super::refusal::Refusal;
use super::tickets::Tickets;
use super::{Answer, Autotask};
use crate::practice::ticket::{Author, Edit, Ticket};

/// The fields that the practice desk takes.
const SETTABLE: [&str; 9] = [
    "title",
    "queueID",
    "status",
    "priority",
    "ticketType",
    "issueType",
    "subIssueType",
    "assignedResourceID",
    "assignedResourceRoleID",
];

const BOTH_OR_NONE: &str = "When assigning a Resource, you must assign both a assignedResourceID and \
                            assignedResourceRoleID.";

impl Autotask {
    /// Sets the fields given and leaves the others, all or nothing. The answer has only the id.
    pub(super) fn patch_ticket(&self, body: &Value) -> Answer {
        let record = Record::of(body).ok_or_else(|| Refusal::unreadable("A ticket is a JSON object."))?;
        let id = record.number("id")?.flatten().ok_or_else(|| Refusal::required("id"))?;
        let number = u32::try_from(id).map_err(|_| Refusal::no_record())?;
        let mut state = self.site.state();
        let edits = edits(state.ticket(number).ok_or_else(Refusal::no_record)?, record)?;
        if !edits.is_empty() {
            state.edit(number, &edits, &Author::Api(API_USER_NAME.into()), self.site.now());
        }
        Ok(Json(json!({ "itemId": number })).into_response())
    }
}

fn edits(ticket: &Ticket, record: Record<'_>) -> Result<Vec<Edit>, Refusal> {
    only_settable(record)?;
    let found = [
        title(record)?,
        listed(record, "ticketType", &TYPE)?.map(Edit::Kind),
        category(ticket, record)?,
        // The desk keeps who has a ticket when its queue changes.
        listed(record, "queueID", &QUEUE)?.map(Edit::Queue),
        assignment(record)?,
        listed(record, "status", &STATUS)?.map(Edit::Status),
        listed(record, "priority", &PRIORITY)?.map(Edit::Priority),
    ];
    Ok(found.into_iter().flatten().collect())
}

/// Better refused than dropped: what is not kept here must not look as if it were.
fn only_settable(record: Record<'_>) -> Result<(), Refusal> {
    let known = |name: &str| SETTABLE.iter().any(|settable| settable.eq_ignore_ascii_case(name));
    let Some(name) = record.names().find(|name| !name.eq_ignore_ascii_case("id") && !known(name)) else {
        return Ok(());
    };
    Err(match Column::named(Tickets::COLUMNS, name) {
        Some(column) => Refusal::invalid(format!("The field {} cannot be updated.", column.name)),
        None => Refusal::no_field(name, Tickets::NAME),
    })
}

fn title(record: Record<'_>) -> Result<Option<Edit>, Refusal> {
    match record.text("title")? {
        Some(title) if title.trim().is_empty() => Err(Refusal::required("title")),
        title => Ok(title.map(|title| Edit::Summary(title.into()))),
    }
}

/// A value that must be there; former ones may not be taken.
fn listed<T: Copy + PartialEq>(record: Record<'_>, name: &str, list: &List<T>) -> Result<Option<T>, Refusal> {
    let Some(id) = record.number(name)? else { return Ok(None) };
    let id = id.ok_or_else(|| Refusal::required(name))?;
    list.value(id).map(Some).ok_or_else(|| no_value(name))
}

fn no_value(name: &str) -> Refusal {
    Refusal::invalid(format!("Value does not exist for the required picklist field, or is inactive: {name}."))
}

/// An issue type and one of its sub-issue types; what is not given stays, if it still fits.
fn category(ticket: &Ticket, record: Record<'_>) -> Result<Option<Edit>, Refusal> {
    let (issue, sub_issue) = (record.number("issueType")?, record.number("subIssueType")?);
    if issue.is_none() && sub_issue.is_none() {
        return Ok(None);
    }
    let given = |given: Option<Option<i64>>, name: &str, held: i64| {
        given.map_or(Ok(held), |id| id.ok_or_else(|| Refusal::required(name)))
    };
    let issue = given(issue, "issueType", ids::issue_id(ticket.category))?;
    let sub_issue = given(sub_issue, "subIssueType", ids::sub_issue_id(ticket.category))?;
    if !ids::issues().any(|(_, id)| id == issue) {
        return Err(no_value("issueType"));
    }
    let category = ids::category_by_sub_issue(sub_issue).ok_or_else(|| no_value("subIssueType"))?;
    if ids::issue_id(category) != issue {
        return Err(Refusal::invalid("The subIssueType does not belong to the issueType."));
    }
    Ok(Some(Edit::Category(category)))
}

/// Resource and role come together, and both null unassigns.
fn assignment(record: Record<'_>) -> Result<Option<Edit>, Refusal> {
    match (record.number("assignedResourceID")?, record.number("assignedResourceRoleID")?) {
        (None, None) => Ok(None),
        (Some(None), Some(None)) => Ok(Some(Edit::Agent(None))),
        (Some(Some(resource)), Some(Some(role))) => {
            let agent = RESOURCE.value(resource).filter(|_| works_as(resource, role));
            let unknown = "The combination of assignedResourceID and assignedResourceRoleID does not exist.";
            agent.map(|agent| Some(Edit::Agent(Some(agent)))).ok_or_else(|| Refusal::invalid(unknown))
        }
        _ => Err(Refusal::invalid(BOTH_OR_NONE)),
    }
}
