//! Which tickets a list holds. Names have no case, and a name that nobody knows is ignored.

use jiff::Timestamp;

use super::body::unbound;
use super::envelope::Refusal;
use super::ids;
use super::ticket_wire::{self as wire, number_of};
use crate::practice::params::Params;
use crate::practice::ticket::Ticket;
use crate::practice::world::desk::{Agent, Kind, Priority, Sla, Status, Team};

/// All of these must hold.
pub(super) struct Filter(Vec<Test>);

type Test = Box<dyn Fn(&Ticket) -> bool>;

type Stamp = fn(&Ticket) -> Option<Timestamp>;

/// Each with a `from` and a `to`, both included.
const STAMPS: [(&str, Stamp); 9] = [
    ("opendate", wire::opened_at),
    ("createdon", wire::opened_at),
    ("completeddate", wire::completed_at),
    ("lastactivityupdate", wire::changed_at),
    ("laststatusupdate", wire::status_at),
    ("lastpriorityupdate", wire::priority_at),
    ("lastqueueupdate", wire::queue_at),
    ("duedate", wire::due_at),
    ("resolutiontargettime", wire::due_at),
];

/// What a list of changes can be asked for, and the list of tickets cannot.
const SYNC_STAMPS: [(&str, Stamp); 2] = [("createdon", wire::opened_at), ("modifiedon", wire::changed_at)];

type Name = fn(&Ticket) -> &'static str;

/// Lists of names with commas between.
const NAMES: [(&str, Name); 7] = [
    ("queuenames", |ticket| Team::name(ticket.team)),
    ("statusnames", |ticket| Status::name(ticket.status)),
    ("prioritynames", |ticket| Priority::name(ticket.priority)),
    ("tickettypenames", |ticket| Kind::name(ticket.kind)),
    ("issuetypenames", |ticket| ids::issue_parts(ticket.category).0),
    ("subissuetypenames", |ticket| ids::issue_parts(ticket.category).1),
    ("servicelevelagreementnames", |ticket| Sla::name(ticket.sla())),
];

type Id = fn(&Ticket) -> Option<u32>;

/// Lists of ids with commas between.
const IDS: [(&str, Id); 4] = [
    ("accountids", |ticket| Some(ids::account(ticket.client))),
    ("ownerids", |ticket| ticket.agent.map(ids::agent)),
    ("sourceids", |ticket| Some(ids::source(ticket.source).0)),
    ("contactid", wire::contact_id),
];

impl Filter {
    /// Reads the filter of a list of tickets, from parameters without a prefix.
    pub(super) fn read(params: &Params) -> Result<Self, Refusal> {
        let mut filter = Self(Vec::new());
        filter.read_stamps(params, &STAMPS)?;
        for (name, of) in NAMES {
            if let Some(wanted) = given(params, name) {
                let wanted: Vec<String> = wanted.split(',').map(|name| name.trim().to_owned()).collect();
                filter.push(move |ticket| wanted.iter().any(|name| name.eq_ignore_ascii_case(of(ticket))));
            }
        }
        for (name, of) in IDS {
            if let Some(wanted) = given(params, name) {
                let wanted: Result<Vec<u32>, _> = wanted.split(',').map(|id| id.trim().parse()).collect();
                let wanted = wanted.map_err(|_| unbound(name, "Ids are expected."))?;
                filter.push(move |ticket| of(ticket).is_some_and(|id| wanted.contains(&id)));
            }
        }
        filter.read_texts(params);
        filter.read_flags(params)?;
        Ok(filter)
    }

    /// Reads the filter of a list of changes.
    pub(super) fn read_sync(params: &Params) -> Result<Self, Refusal> {
        let mut filter = Self(Vec::new());
        filter.read_stamps(params, &SYNC_STAMPS)?;
        Ok(filter)
    }

    fn read_stamps(&mut self, params: &Params, stamps: &'static [(&'static str, Stamp)]) -> Result<(), Refusal> {
        for (name, of) in stamps {
            if let Some(from) = moment(params, &format!("{name}from"))? {
                self.push(move |ticket| of(ticket).is_some_and(|at| at >= from));
            }
            if let Some(to) = moment(params, &format!("{name}to"))? {
                self.push(move |ticket| of(ticket).is_some_and(|at| at <= to));
            }
        }
        Ok(())
    }

    fn read_texts(&mut self, params: &Params) {
        if let Some(wanted) = given(params, "ticketnumber").map(str::to_owned) {
            self.push(move |ticket| number_of(ticket) == wanted);
        }
        if let Some(wanted) = given(params, "title").map(str::to_lowercase) {
            self.push(move |ticket| ticket.summary.to_lowercase().contains(&wanted));
        }
        if let Some(wanted) = given(params, "assigneename").map(str::to_lowercase) {
            let name = |ticket: &Ticket| ticket.agent.map_or("", Agent::name).to_lowercase();
            self.push(move |ticket| name(ticket).contains(&wanted));
        }
    }

    /// No ticket here is scheduled or recurring.
    fn read_flags(&mut self, params: &Params) -> Result<(), Refusal> {
        if flag(params, "excludecompleted")? == Some(true) {
            self.push(|ticket| ticket.closed_at.is_none());
        }
        for name in ["isscheduled", "isrecurringtickets"] {
            if flag(params, name)? == Some(true) {
                self.push(|_| false);
            }
        }
        Ok(())
    }

    fn push(&mut self, test: impl Fn(&Ticket) -> bool + 'static) {
        self.0.push(Box::new(test));
    }

    pub(super) fn admits(&self, ticket: &Ticket) -> bool {
        self.0.iter().all(|test| test(ticket))
    }
}

/// What is empty is as good as absent.
fn given<'a>(params: &'a Params, name: &str) -> Option<&'a str> {
    params.text(name).filter(|value| !value.trim().is_empty())
}

fn moment(params: &Params, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = given(params, name) else { return Ok(None) };
    let moment = params.moment(name);
    moment.map(Some).ok_or_else(|| unbound(name, format!("The value '{text}' is no date.")))
}

/// 0 or 1.
fn flag(params: &Params, name: &str) -> Result<Option<bool>, Refusal> {
    match given(params, name) {
        None => Ok(None),
        Some("0") => Ok(Some(false)),
        Some("1") => Ok(Some(true)),
        Some(text) => Err(unbound(name, format!("The value '{text}' is not 0 or 1."))),
    }
}
