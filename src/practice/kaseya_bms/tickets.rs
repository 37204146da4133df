//! Reading tickets: lists, counts, one alone, and what changed.

use std::cmp::Reverse;

use axum::Extension;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Kaseya;
use super::body::{self, Record};
use super::envelope::{Answer, Refusal, success, success_of};
use super::filter::Filter;
use super::paging::Page;
use super::ticket_wire::{self as wire, stamp};
use crate::practice::fault::Paged;
use crate::practice::params::Params;
use crate::practice::state::State;
use crate::practice::ticket::Ticket;

impl Kaseya {
    /// `POST /v2/servicedesk/tickets/search`. What it says of order or of fields to leave out is ignored.
    pub(super) async fn search_tickets(&self, request: Request) -> Answer {
        let search = Record::of(body::read(request).await?)?;
        let filter = search.get("filter").cloned().map(Record::of).transpose()?;
        let filter = filter.map(|filter| filter.params()).unwrap_or_default();
        self.list_tickets(&filter, &search.params())
    }

    /// Newest activity first.
    pub(super) fn list_tickets(&self, filter: &Params, params: &Params) -> Answer {
        let (filter, page, now) = (Filter::read(filter)?, Page::of(params), self.site.now());
        let state = self.site.state();
        let mut found: Vec<&Ticket> = state.tickets().filter(|ticket| filter.admits(ticket)).collect();
        found.sort_by_key(|ticket| Reverse((ticket.changed_at, ticket.number)));
        Ok(paged(page, &found, |ticket| wire::row(ticket, now)))
    }

    /// `GET /v2/servicedesk/tickets/count`: here the filter has no prefix.
    pub(super) fn count_tickets(&self, params: &Params) -> Answer {
        let filter = Filter::read(params)?;
        let count = self.site.state().tickets().filter(|ticket| filter.admits(ticket)).count();
        Ok(success(json!({ "count": count })))
    }

    /// `GET /v2/integrations/itglue/servicedesk/ticketsync`, oldest ticket first.
    pub(super) fn ticket_sync(&self, params: &Params) -> Answer {
        let (filter, page) = (Filter::read_sync(&params.under("filter."))?, Page::of(params));
        let state = self.site.state();
        let found: Vec<&Ticket> = state.tickets().filter(|ticket| filter.admits(ticket)).collect();
        Ok(paged(page, &found, |ticket| {
            let (created, modified) = (stamp(ticket.opened_at), stamp(ticket.changed_at));
            json!({ "id": ticket.number, "createdOn": created, "modifiedOn": modified })
        }))
    }

    /// `GET /v2/servicedesk/tickets/{id}`. Where there is none HTTP says 200 all the same.
    pub(super) fn one_ticket(&self, id: &str) -> Answer {
        let now = self.site.now();
        let state = self.site.state();
        let ticket = ticket(&state, id).map_err(Refusal::under_200)?;
        Ok(success(wire::alone(ticket, now)))
    }
}

/// The ticket that a path names. An id that is no number leads nowhere.
pub(super) fn ticket<'a>(state: &'a State, id: &str) -> Result<&'a Ticket, Refusal> {
    let number: u32 = id.parse().map_err(|_| Refusal::NoRoute)?;
    state.ticket(number).ok_or_else(no_such_ticket)
}

pub(super) fn no_such_ticket() -> Refusal {
    Refusal::no_such("Ticket")
}

fn paged(page: Page, found: &[&Ticket], row: impl Fn(&Ticket) -> Value) -> Response {
    let rows = page.cut(found).map(|ticket| row(ticket)).collect();
    (Extension(Paged { rows: "/result", first: page.is_first() }), success_of(rows, found.len())).into_response()
}
