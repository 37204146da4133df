//! `PATCH` of one ticket by JSON Patch, and of many by one list of values.

use axum::extract::Request;
use serde_json::Value;

use super::body::{self, Record, id, unbound};
use super::edits::{Target, Wanted};
use super::envelope::{Answer, Refusal, success};
use super::ticket_wire::alone;
use super::tickets::{no_such_ticket, ticket};
use super::{Kaseya, api_user};
use crate::practice::ticket::Edit;

/// The paths of a JSON Patch, in lower case.
const PATHS: [(&str, Target); 8] = [
    ("title", Target::Title),
    ("queueid", Target::Queue),
    ("statusid", Target::Status),
    ("priorityid", Target::Priority),
    ("typeid", Target::Type),
    ("issuetypeid", Target::IssueType),
    ("subissuetypeid", Target::SubIssueType),
    ("assigneeid", Target::Assignee),
];

/// Paths that BMS knows and the role of the API's user may not write.
const LOCKED: [&str; 10] = [
    "details",
    "accountid",
    "locationid",
    "contactid",
    "sourceid",
    "slaid",
    "opendate",
    "duedate",
    "completeddate",
    "customfields",
];

/// The values of a batch, which names some of them otherwise.
const BATCH: [(&str, Target); 7] = [
    ("priorityId", Target::Priority),
    ("queueId", Target::Queue),
    ("statusId", Target::Status),
    ("assigneeId", Target::Assignee),
    ("issueTypeId", Target::IssueType),
    ("subIssueTypeId", Target::SubIssueType),
    ("ticketTypeId", Target::Type),
];

impl Kaseya {
    /// `PATCH /v2/servicedesk/tickets/{id}`: all operations are checked before the first is done. The
    /// ticket comes back.
    pub(super) async fn patch_ticket(&self, id: &str, request: Request) -> Answer {
        let wanted = patched(&body::read(request).await?)?;
        let now = self.site.now();
        let mut state = self.site.state();
        let held = ticket(&state, id)?;
        let (number, edits) = (held.number, wanted.edits(held)?);
        if edits.is_empty() {
            return Ok(success(alone(held, now)));
        }
        let changed = state.edit(number, &edits, &api_user(), now).ok_or_else(no_such_ticket)?;
        Ok(success(alone(changed, now)))
    }

    /// `PATCH /v2/servicedesk/tickets`, done at once: all tickets are checked before the first changes.
    /// Null is no value here, so nobody can be unassigned.
    pub(super) async fn patch_tickets(&self, request: Request) -> Answer {
        let record = Record::of(body::read(request).await?)?;
        let targeted = record.required("targetedIds")?.as_array().filter(|ids| !ids.is_empty());
        let targeted = targeted.ok_or_else(|| Refusal::required("targetedIds"))?;
        if record.get("ticketSourceId").is_some() {
            return Err(locked("ticketSourceId"));
        }
        let mut wanted = Wanted::default();
        for (field, target) in BATCH {
            record.get(field).map_or(Ok(()), |value| wanted.set(target, field, value))?;
        }
        let mut state = self.site.state();
        let mut checked: Vec<(u32, Vec<Edit>)> = Vec::new();
        for value in targeted {
            let held = state.ticket(id("targetedIds", value)?).ok_or_else(no_such_ticket)?;
            checked.push((held.number, wanted.edits(held)?));
        }
        for (number, edits) in checked.into_iter().filter(|(_, edits)| !edits.is_empty()) {
            state.edit(number, &edits, &api_user(), self.site.now());
        }
        Ok(success(true))
    }
}

/// What a JSON Patch asks for.
fn patched(patch: &Value) -> Result<Wanted, Refusal> {
    let operations = patch.as_array().ok_or_else(|| unbound("$", "A JSON Patch is a list of operations."))?;
    let mut wanted = Wanted::default();
    for operation in operations {
        let operation = Record::of(operation.clone())?;
        let path = operation.text("path")?;
        let target = target(path)?;
        let value = match operation.text("op")?.to_ascii_lowercase().as_str() {
            "replace" | "add" => operation.get("value").unwrap_or(&Value::Null),
            "remove" => &Value::Null,
            other => return Err(unbound("op", format!("The operation '{other}' is not supported."))),
        };
        wanted.set(target, path.trim_start_matches('/'), value)?;
    }
    Ok(wanted)
}

/// Paths begin with a slash and have no case.
fn target(path: &str) -> Result<Target, Refusal> {
    let name = path.strip_prefix('/').map(str::to_ascii_lowercase).unwrap_or_default();
    if LOCKED.contains(&name.as_str()) {
        return Err(locked(&name));
    }
    let known = PATHS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target);
    let words = || format!("The target location specified by path segment '{path}' was not found.");
    known.ok_or_else(|| unbound("TicketInputDto", words()))
}

fn locked(field: &str) -> Refusal {
    Refusal::bad(format!("The security role of this user may not change {field}."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_have_no_case_and_begin_with_a_slash() {
        assert_eq!(target("/PriorityId"), Ok(Target::Priority));
        assert_eq!(target("/assigneeid"), Ok(Target::Assignee));
        assert!(target("PriorityId").is_err() && target("/Colour").is_err() && target("/SLAId").is_err());
    }

    #[test]
    fn operations_set_or_clear() {
        let op = |op: &str, path: &str, value: Value| json!([{ "Op": op, "Path": path, "Value": value }]);
        assert!(patched(&op("replace", "/Title", json!("x"))).is_ok());
        assert!(patched(&op("remove", "/AssigneeId", json!(null))).is_ok());
        assert!(patched(&op("remove", "/QueueId", json!(null))).is_err());
        assert!(patched(&op("test", "/Title", json!("x"))).is_err());
        assert!(patched(&json!({ "priorityId": 1 })).is_err());
    }
}
