//! Which fields of a ticket a call may set, and what BMS refuses.

use serde_json::Value;

use super::body::{id, unbound};
use super::envelope::Refusal;
use super::ids;
use crate::practice::ticket::{Edit, Ticket};
use crate::practice::world::desk::{Agent, Category, Kind, Priority, Status, Team};

/// A field that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Title,
    Queue,
    Status,
    Priority,
    Type,
    IssueType,
    SubIssueType,
    Assignee,
}

/// The values a call asks for, each checked by itself.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    title: Option<String>,
    kind: Option<Kind>,
    issue_type: Option<u32>,
    sub_issue_type: Option<u32>,
    queue: Option<Team>,
    agent: Option<Option<Agent>>,
    status: Option<Status>,
    priority: Option<Priority>,
}

impl Wanted {
    /// Sets `target` to `value`; `field` is what the call names it. Only the assignee may be null.
    pub(super) fn set(&mut self, target: Target, field: &str, value: &Value) -> Result<(), Refusal> {
        match target {
            Target::Title => self.title = Some(title(field, value)?),
            Target::Queue => self.queue = Some(listed(Team::ALL, ids::queue, field, value)?),
            Target::Status => self.status = Some(status(field, value)?),
            Target::Priority => self.priority = Some(listed(Priority::ALL, ids::priority, field, value)?),
            Target::Type => self.kind = Some(listed(Kind::ALL, ids::kind, field, value)?),
            Target::IssueType => self.issue_type = Some(id(field, value)?),
            Target::SubIssueType => self.sub_issue_type = Some(id(field, value)?),
            Target::Assignee if value.is_null() => self.agent = Some(None),
            Target::Assignee => self.agent = Some(Some(listed(Agent::ALL, ids::agent, field, value)?)),
        }
        Ok(())
    }

    /// What becomes of `ticket` by them. A queue holds the tickets of anybody.
    pub(super) fn edits(&self, ticket: &Ticket) -> Result<Vec<Edit>, Refusal> {
        let found = [
            self.title.clone().map(Edit::Summary),
            self.kind.map(Edit::Kind),
            self.category(ticket)?.map(Edit::Category),
            self.queue.map(Edit::Queue),
            self.agent.map(Edit::Agent),
            self.status.map(Edit::Status),
            self.priority.map(Edit::Priority),
        ];
        Ok(found.into_iter().flatten().collect())
    }

    /// What is not asked for stays, and must go together with what is.
    fn category(&self, ticket: &Ticket) -> Result<Option<Category>, Refusal> {
        if self.issue_type.is_none() && self.sub_issue_type.is_none() {
            return Ok(None);
        }
        let issue_type = self.issue_type.unwrap_or_else(|| ids::issue_type(ticket.category));
        let sub_issue_type = self.sub_issue_type.unwrap_or_else(|| ids::sub_issue_type(ticket.category));
        if !ids::issue_types().iter().any(|(known, _)| *known == issue_type) {
            return Err(not_valid("IssueTypeId", issue_type));
        }
        let category = ids::find(Category::ALL, ids::sub_issue_type, sub_issue_type);
        let category = category.ok_or_else(|| not_valid("SubIssueTypeId", sub_issue_type))?;
        if ids::issue_type(category) != issue_type {
            return Err(Refusal::bad("The sub-issue type does not belong to the issue type."));
        }
        Ok(Some(category))
    }
}

/// A status that a ticket may take.
pub(super) fn status(field: &str, value: &Value) -> Result<Status, Refusal> {
    listed(Status::ALL, ids::status, field, value)
}

fn title(field: &str, value: &Value) -> Result<String, Refusal> {
    let title = value.as_str().ok_or_else(|| unbound(field, "A text is expected."))?;
    if title.trim().is_empty() { Err(Refusal::required(field)) } else { Ok(title.to_owned()) }
}

/// A value that is in use; what the desk once had is not.
fn listed<T: Copy>(all: &[T], id_of: fn(T) -> u32, field: &str, value: &Value) -> Result<T, Refusal> {
    let id = id(field, value)?;
    ids::find(all, id_of, id).ok_or_else(|| not_valid(field, id))
}

fn not_valid(field: &str, id: u32) -> Refusal {
    Refusal::bad(format!("{field} {id} does not exist or is not active."))
}
