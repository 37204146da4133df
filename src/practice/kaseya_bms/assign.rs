//! Assigning a ticket, which writes a note beside it.

use axum::extract::Request;

use super::body::{self, Record};
use super::edits::{Target, Wanted};
use super::envelope::{Answer, success};
use super::notes::NoteDraft;
use super::ticket_wire::alone;
use super::tickets::ticket;
use super::{Kaseya, api_user};

impl Kaseya {
    /// `POST …/{id}/assignticket`: note and status are required. The ticket comes back.
    pub(super) async fn assign_ticket(&self, id: &str, request: Request) -> Answer {
        let record = Record::of(body::read(request).await?)?;
        let draft = NoteDraft::read(&record)?.entry();
        let mut wanted = Wanted::default();
        wanted.set(Target::Status, "statusId", record.required("statusId")?)?;
        for (field, target) in [("assigneeId", Target::Assignee), ("queueId", Target::Queue)] {
            record.get(field).map_or(Ok(()), |value| wanted.set(target, field, value))?;
        }
        let now = self.site.now();
        let mut state = self.site.state();
        let held = ticket(&state, id)?;
        let (number, edits) = (held.number, wanted.edits(held)?);
        state.edit(number, &edits, &api_user(), now);
        state.write(number, draft, now);
        Ok(success(alone(ticket(&state, id)?, now)))
    }
}
