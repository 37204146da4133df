//! Reading tickets, and the answer to writing them.

use std::cmp::Ordering;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::ids::{self, API_AGENT_NAME, Listed, agent_id};
use super::refusal::Refusal;
use super::ticket_edits::edits;
use super::wire::{self, View};
use super::{Answer, Halo, no_such, whole_number};
use crate::practice::fault::Paged;
use crate::practice::params::Params;
use crate::practice::ticket::{Author, Edit, Ticket};
use crate::practice::world::desk::Status;

/// What a list holds where the call does not say.
const USUAL_COUNT: u32 = 50;
const LARGEST_PAGE: u32 = 100;

impl Halo {
    /// `GET /Tickets`.
    pub(super) fn list_tickets(&self, params: &Params) -> Response {
        let state = self.site.state();
        let mut found: Vec<&Ticket> = state.tickets().filter(|ticket| is_wanted(ticket, params)).collect();
        sort(&mut found, params);
        let view = View::Row { agent_name: params.flag("includeagent") };
        let rows = |page: &[&Ticket]| -> Vec<Value> {
            let row = |ticket: &&Ticket| match params.flag("ticketidonly") {
                true => json!({ "id": ticket.number }),
                false => wire::ticket(ticket, view),
            };
            page.iter().map(row).collect()
        };
        if !params.flag("pageinate") {
            let count = params.number("count").unwrap_or(USUAL_COUNT) as usize;
            let rows = rows(&found[..count.min(found.len())]);
            return Json(json!({ "record_count": found.len(), "tickets": rows })).into_response();
        }
        let size = params.number("page_size").unwrap_or(USUAL_COUNT).clamp(1, LARGEST_PAGE);
        let number = params.number("page_no").unwrap_or(1).max(1);
        let rows = rows(page(&found, number, size));
        let answer = json!({ "page_no": number, "page_size": size, "record_count": found.len(), "tickets": rows });
        let paged = Paged { rows: "/tickets", first: number == 1 };
        (Extension(paged), Json(answer)).into_response()
    }

    /// `GET /Tickets/{id}`.
    pub(super) fn one_ticket(&self, id: &str) -> Answer {
        let state = self.site.state();
        let ticket = id.parse().ok().and_then(|number| state.ticket(number)).ok_or_else(|| no_such("Ticket"))?;
        Ok(Json(wire::ticket(ticket, View::Detail)).into_response())
    }

    /// `POST /Tickets`: all records are checked before the first is changed; the last is returned.
    pub(super) fn post_tickets(&self, records: &[Map<String, Value>]) -> Answer {
        let mut state = self.site.state();
        let mut checked: Vec<(u32, Vec<Edit>)> = Vec::new();
        for record in records {
            let Some(id) = whole_number(record, "id")? else {
                let words = "The agent of this application may not log new tickets.";
                return Err(Refusal::described(StatusCode::FORBIDDEN, words));
            };
            let number = u32::try_from(id).map_err(|_| no_such("Ticket"))?;
            let ticket = state.ticket(number).ok_or_else(|| no_such("Ticket"))?;
            checked.push((number, edits(ticket, record)?));
        }
        let (author, now) = (Author::Api(API_AGENT_NAME.into()), self.site.now());
        let mut last = Value::Null;
        for (number, edits) in checked {
            last = state.edit(number, &edits, &author, now).map_or(Value::Null, wire::posted_ticket);
        }
        Ok((StatusCode::CREATED, Json(last)).into_response())
    }
}

/// Past the last page comes the last page again.
fn page<'a>(found: &'a [&'a Ticket], number: u32, size: u32) -> &'a [&'a Ticket] {
    let pages = found.chunks(size as usize);
    let last = pages.len().saturating_sub(1);
    found.chunks(size as usize).nth((number as usize - 1).min(last)).unwrap_or_default()
}

fn is_wanted(ticket: &Ticket, params: &Params) -> bool {
    let closed = ticket.status == Status::Closed;
    let since = params.moment("lastupdatefromdate").is_none_or(|from| ticket.changed_at >= from);
    let until = params.moment("lastupdatetodate").is_none_or(|to| ticket.changed_at <= to);
    let is = |name: &str, held: u32| params.number(name).is_none_or(|wanted| wanted == held);
    since
        && until
        && lies_in_dates(ticket, params)
        && (!closed || !params.flag("open_only"))
        && (closed || !params.flag("closed_only"))
        && is("search_id", ticket.number)
        && is("status_id", ticket.status.id())
        && is("client_id", ids::client_id(ticket.client))
        && is("agent_id", agent_id(ticket.agent))
        && is("requesttype_id", ticket.kind.id())
        && is_in_team(ticket, params.text("team"))
}

/// By name or by id.
fn is_in_team(ticket: &Ticket, wanted: Option<&str>) -> bool {
    let team = ticket.team;
    wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(team.name()) || wanted.parse() == Ok(team.id()))
}

/// `datesearch` names the field that `startdate` and `enddate` are about.
fn lies_in_dates(ticket: &Ticket, params: &Params) -> bool {
    let held: Option<Timestamp> = match params.text("datesearch") {
        Some("last_update") => Some(ticket.changed_at),
        Some("dateoccured") => Some(ticket.opened_at),
        Some("datecleared") => ticket.closed_at,
        _ => return true,
    };
    let Some(held) = held else { return false };
    let (from, to) = (params.moment("startdate"), params.moment("enddate"));
    from.is_none_or(|from| held >= from) && to.is_none_or(|to| held <= to)
}

/// Newest number first, where the call does not name an order it knows.
fn sort(found: &mut [&Ticket], params: &Params) {
    let by: fn(&Ticket, &Ticket) -> Ordering = match params.text("order") {
        Some("id") => |a, b| a.number.cmp(&b.number),
        Some("last_update") => |a, b| a.changed_at.cmp(&b.changed_at),
        Some("dateoccurred") => |a, b| a.opened_at.cmp(&b.opened_at),
        Some("summary") => |a, b| a.summary.cmp(&b.summary),
        _ => return found.reverse(),
    };
    found.sort_by(|a, b| by(a, b));
    if params.flag("orderdesc") {
        found.reverse();
    }
}
