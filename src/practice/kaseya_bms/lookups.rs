//! The look-ups. What the desk once had stays in them, marked, and no ticket may take it.

use serde_json::{Value, json};

use super::envelope::{Answer, Refusal, success};
use super::ids;
use super::notes::NoteType;
use super::paging::Page;
use super::ticket_wire::{PRIORITY_COLOR, STATUS_COLOR, STATUS_FONT_COLOR};
use crate::practice::params::Params;
use crate::practice::world::desk::{Agent, Category, Kind, Priority, Sla, Status, Team};

const FORMER_QUEUE: (u32, &str) = (38405, "Night Desk");
const FORMER_STATUS: (u32, &str) = (49970, "Parked (old)");
const FORMER_ISSUE_TYPE: (u32, &str) = (60301, "Fax");
const FORMER_SUB_ISSUE_TYPE: (u32, &str) = (220_301, "Paper jam");
const FORMER_KIND: (u32, &str) = (22111, "Change (old)");

/// What the desk books its time on.
pub(super) const WORK_TYPE: (u32, &str) = (17402, "Remote Support");

/// Answers `GET /v2/{path}` for everything but tickets. A short list comes whole where the call names
/// no page size.
pub(super) fn answer(path: &[&str], params: &Params) -> Answer {
    let rows = match path {
        ["hr", "assignees", "lookup"] => return Ok(success(Page::of(params).cut(assignees()).collect::<Vec<_>>())),
        ["system", "queues", "lookup"] => queues(),
        ["system", "statuses", "lookup"] => statuses(),
        ["system", "priorities", "lookup"] => priorities(),
        ["system", "issuetypes", "lookup"] => issue_types(),
        ["system", "issuetypes", id, "issuesubtypes", "lookup"] => sub_issue_types(id)?,
        ["system", "slas", "lookup"] => Sla::ALL.iter().map(|sla| row(ids::sla(*sla), sla.name())).collect(),
        ["system", "worktypes", "lookup"] => {
            vec![json!({ "id": WORK_TYPE.0, "name": WORK_TYPE.1, "isDefault": true, "isActive": true })]
        }
        ["system", "lookup" | "tenantlookup", table] => table_rows(table)?,
        _ => return Err(Refusal::NoRoute),
    };
    Ok(success(Page::or_whole(params).cut(rows).collect::<Vec<_>>()))
}

fn row(id: u32, name: &str) -> Value {
    json!({ "id": id, "name": name })
}

fn switched(id: u32, name: &str, is_active: bool) -> Value {
    json!({ "id": id, "name": name, "isActive": is_active })
}

fn queues() -> Vec<Value> {
    let queues = Team::ALL.iter().map(|team| switched(ids::queue(*team), team.name(), true));
    queues.chain([switched(FORMER_QUEUE.0, FORMER_QUEUE.1, false)]).collect()
}

fn statuses() -> Vec<Value> {
    let row = |id: u32, name: &str, order: usize, is_system: bool, is_active: bool| {
        json!({
            "id": id, "name": name, "statusOrder": order, "typeId": 1, "isSystemStatus": is_system,
            "slaEventId": null, "isActive": is_active, "color": STATUS_COLOR, "fontColor": STATUS_FONT_COLOR,
        })
    };
    let current = Status::ALL.iter().map(|status| {
        let is_system = matches!(status, Status::New | Status::Closed);
        row(ids::status(*status), status.name(), status_order(*status), is_system, true)
    });
    current.chain([row(FORMER_STATUS.0, FORMER_STATUS.1, 90, false, false)]).collect()
}

/// The place of a status among all.
pub(super) fn status_order(status: Status) -> usize {
    1 + Status::ALL.iter().take_while(|other| **other != status).count()
}

/// By name: nothing tells which is more pressing.
fn priorities() -> Vec<Value> {
    let mut all = Priority::ALL.to_vec();
    all.sort_by_key(|priority| priority.name());
    let row = |priority: Priority| {
        let is_default = priority == Priority::Medium;
        json!({ "id": ids::priority(priority), "name": priority.name(), "color": PRIORITY_COLOR, "isDefault": is_default })
    };
    all.into_iter().map(row).collect()
}

fn issue_types() -> Vec<Value> {
    let current = ids::issue_types().into_iter().map(|(id, name)| switched(id, name, true));
    current.chain([switched(FORMER_ISSUE_TYPE.0, FORMER_ISSUE_TYPE.1, false)]).collect()
}

/// Only what lies below one issue type.
fn sub_issue_types(issue_type: &str) -> Result<Vec<Value>, Refusal> {
    let no_such = || Refusal::no_such("Issue type");
    let id: u32 = issue_type.parse().map_err(|_| no_such())?;
    if id == FORMER_ISSUE_TYPE.0 {
        return Ok(vec![row(FORMER_SUB_ISSUE_TYPE.0, FORMER_SUB_ISSUE_TYPE.1)]);
    }
    let below = Category::ALL.iter().filter(|category| ids::issue_type(**category) == id);
    let rows: Vec<Value> =
        below.map(|category| row(ids::sub_issue_type(*category), ids::issue_parts(*category).1)).collect();
    if rows.is_empty() { Err(no_such()) } else { Ok(rows) }
}

fn assignees() -> impl Iterator<Item = Value> {
    Agent::ALL.iter().map(|agent| {
        let job = format!("{} technician", agent.team().name());
        json!({ "id": ids::agent(*agent), "name": agent.name(), "emailAddress": agent.email(), "jobTitle": job })
    })
}

/// The small lists that have no look-up of their own, by the names of their tables.
fn table_rows(table: &str) -> Result<Vec<Value>, Refusal> {
    let row = |id: u32, name: &str, is_default: bool, is_active: bool| json!({ "id": id, "name": name, "isDefault": is_default, "isActive": is_active });
    let rows = match table {
        "tickettypes" => {
            let current =
                Kind::ALL.iter().map(|kind| row(ids::kind(*kind), kind.name(), *kind == Kind::Incident, true));
            current.chain([row(FORMER_KIND.0, FORMER_KIND.1, false, false)]).collect()
        }
        "ticketsources" => ids::SOURCES.map(ids::source).map(|(id, name)| row(id, name, false, true)).into(),
        "notetypes" => NoteType::ALL.map(|of| row(of.id(), of.name(), of == NoteType::Internal, true)).into(),
        _ => return Err(Refusal::no_such("Look-up table")),
    };
    Ok(rows)
}
