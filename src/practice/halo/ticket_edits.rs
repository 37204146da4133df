//! Which fields of a ticket a record sets, and what HaloPSA refuses.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::ids::{self, Listed, UNASSIGNED};
use super::refusal::Refusal;
use super::{text, whole_number};
use crate::practice::ticket::{Edit, Ticket};
use crate::practice::world::desk::{Agent, Category, Degree, Kind, Status, Team};

type Record = Map<String, Value>;

/// The edits `record` asks for; what it does not know it ignores. The team comes before the agent,
/// because a new team may unassign one.
pub(super) fn edits(ticket: &Ticket, record: &Record) -> Result<Vec<Edit>, Refusal> {
    let found = [
        summary(record)?,
        listed::<Kind>(record, "tickettype_id")?.map(Edit::Kind),
        category(record)?.map(Edit::Category),
        team(record)?.map(Edit::Team),
        agent(record)?.map(Edit::Agent),
        status(record)?.map(Edit::Status),
        priority(ticket, record)?,
        listed::<Degree>(record, "impact")?.map(Edit::Impact),
        listed::<Degree>(record, "urgency")?.map(Edit::Urgency),
    ];
    Ok(found.into_iter().flatten().collect())
}

fn summary(record: &Record) -> Result<Option<Edit>, Refusal> {
    match text(record, "summary") {
        Some(summary) if summary.trim().is_empty() => Err(Refusal::required("summary")),
        summary => Ok(summary.map(|summary| Edit::Summary(summary.into()))),
    }
}

fn listed<T: Listed>(record: &Record, name: &str) -> Result<Option<T>, Refusal> {
    let Some(id) = whole_number(record, name)? else { return Ok(None) };
    let value = u32::try_from(id).ok().and_then(T::by_id);
    let unknown = || Refusal::exception(StatusCode::BAD_REQUEST, &format!("{id} is not a valid {name}"));
    value.map(Some).ok_or_else(unknown)
}

fn status(record: &Record) -> Result<Option<Status>, Refusal> {
    let unknown =
        |_| Refusal::coded(StatusCode::BAD_REQUEST, "InvalidStatus", "This status cannot be used for this ticket.");
    match whole_number(record, "status_id")? {
        Some(_) => listed(record, "status_id").map_err(unknown),
        None => Ok(None),
    }
}

/// The text path wins over the id.
fn category(record: &Record) -> Result<Option<Category>, Refusal> {
    match text(record, "category_1") {
        Some("") => Err(Refusal::required("category_1")),
        Some(path) => {
            let known = Category::ALL.iter().copied().find(|category| category.name() == path);
            let unknown = || Refusal::text(StatusCode::BAD_REQUEST, "The category selected does not exist.");
            known.map(Some).ok_or_else(unknown)
        }
        None => listed(record, "categoryid_1"),
    }
}

fn team(record: &Record) -> Result<Option<Team>, Refusal> {
    let Some(name) = text(record, "team") else { return Ok(None) };
    let known = Team::ALL.iter().copied().find(|team| team.name().eq_ignore_ascii_case(name));
    known.map(Some).ok_or_else(|| Refusal::described(StatusCode::BAD_REQUEST, "The team does not exist."))
}

/// Nobody is an agent too.
fn agent(record: &Record) -> Result<Option<Option<Agent>>, Refusal> {
    match whole_number(record, "agent_id")? {
        None => Ok(None),
        Some(id) if id == i64::from(UNASSIGNED) => Ok(Some(None)),
        Some(_) => listed(record, "agent_id").map(Some),
    }
}

/// Only the priorities of the ticket's own SLA.
fn priority(ticket: &Ticket, record: &Record) -> Result<Option<Edit>, Refusal> {
    let Some(id) = whole_number(record, "priority_id")? else { return Ok(None) };
    let held = u32::try_from(id).ok().and_then(|id| ids::priority_by_id(ticket.sla(), id));
    let unknown =
        || Refusal::exception(StatusCode::BAD_REQUEST, "The priority does not exist in the SLA of the ticket");
    held.map(|priority| Some(Edit::Priority(priority))).ok_or_else(unknown)
}
