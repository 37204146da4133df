//! Reading and changing tickets.

use axum::Extension;
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use serde_json::Value;

use super::ids::API_MEMBER;
use super::listing::Asked;
use super::patch::operations;
use super::refusal::Refusal;
use super::ticket_edits::edits;
use super::ticket_record::{Surroundings, TicketRecord};
use super::{Answer, Call, ConnectWise, number};
use crate::practice::state::State;
use crate::practice::ticket::{Author, Ticket};

impl ConnectWise {
    /// Everything under `/service/tickets`.
    pub(super) fn tickets(&self, path: &[&str], call: &Call) -> Answer {
        match (&call.method, path) {
            (&Method::GET, []) => self.list_tickets(&call.asked()?, call),
            (&Method::GET, ["count"]) => self.count_tickets(&call.asked()?),
            (&Method::POST, []) => {
                let words = "The security role of this member does not allow adding tickets.";
                Err(Refusal::coded(StatusCode::FORBIDDEN, "Security", words))
            }
            (&Method::POST, ["search"]) => self.list_tickets(&searched(call)?, call),
            (&Method::GET, [id]) => self.one_ticket(number(id, "Ticket")?, call),
            (&Method::PATCH, [id]) => self.patch_ticket(number(id, "Ticket")?, call),
            (_, [id, list, rest @ ..]) => self.ticket_notes(number(id, "Ticket")?, list, rest, call),
            _ => Err(Refusal::method_not_allowed()),
        }
    }

    fn list_tickets(&self, asked: &Asked, call: &Call) -> Answer {
        let state = self.site.state();
        let around = Surroundings::of(&self.site, &state);
        let page = asked.page(records(&state, &around), &self.here(call))?;
        Ok((Extension(asked.paged()), page).into_response())
    }

    fn count_tickets(&self, asked: &Asked) -> Answer {
        let state = self.site.state();
        let around = Surroundings::of(&self.site, &state);
        asked.count(records(&state, &around))
    }

    fn one_ticket(&self, id: u32, call: &Call) -> Answer {
        let state = self.site.state();
        let ticket = known(&state, id)?;
        self.told(ticket, &state, call)
    }

    /// All operations are checked before the first is carried out.
    fn patch_ticket(&self, id: u32, call: &Call) -> Answer {
        let operations = operations(&call.body)?;
        let mut state = self.site.state();
        let edits = edits(known(&state, id)?, &operations)
            .map_err(|problems| Refusal::Invalid { resource: "ticket", problems })?;
        if !edits.is_empty() {
            state.edit(id, &edits, &Author::Api(API_MEMBER.name.into()), self.site.now());
        }
        self.told(known(&state, id)?, &state, call)
    }

    fn told(&self, ticket: &Ticket, state: &State, call: &Call) -> Answer {
        let around = Surroundings::of(&self.site, state);
        Ok(call.asked()?.one(&TicketRecord { ticket, around: &around }))
    }
}

fn records<'a>(state: &'a State, around: &'a Surroundings) -> impl Iterator<Item = TicketRecord<'a>> {
    state.tickets().map(move |ticket| TicketRecord { ticket, around })
}

pub(super) fn known(state: &State, id: u32) -> Result<&Ticket, Refusal> {
    state.ticket(id).ok_or_else(|| Refusal::not_found("Ticket"))
}

/// A search has conditions and order in its body; paging stays in the query.
fn searched(call: &Call) -> Result<Asked, Refusal> {
    let body = call.object()?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    Asked::search(&call.params, &call.headers, text("conditions"), text("orderBy"))
}
