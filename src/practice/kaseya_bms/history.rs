//! What happened on a ticket: activities of all kinds, the audit log, and how the agreement stands.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Kaseya;
use super::conversation::{Who, begun, details, hours_spent, logged_by, newest_first};
use super::envelope::{Answer, success, success_of};
use super::ids;
use super::paging::Page;
use super::ticket_wire::{PRIORITY_COLOR, SlaState, answered_at, completed_at, stamp};
use super::tickets::ticket;
use crate::practice::params::Params;
use crate::practice::ticket::{Change, Channel, Entry, Ticket};

/// The kinds of activity, by number and name.
const NOTE: (u8, &str) = (1, "Note");
const TIME_LOG: (u8, &str) = (2, "TimeLog");
const CHANGE: (u8, &str) = (3, "Change");

impl Kaseya {
    /// `GET …/{id}/activities`, newest first: of one kind or all, only internal ones on request.
    pub(super) fn list_activities(&self, id: &str, params: &Params) -> Answer {
        let filter = params.under("filter.");
        let wanted = |entry: &&Entry| {
            let (_, name) = kind(entry);
            let of_kind = filter.text("activitytype").is_none_or(|wanted| wanted.eq_ignore_ascii_case(name));
            entry.channel != Channel::Opened && of_kind && (entry.internal || !filter.flag("onlyinternal"))
        };
        let state = self.site.state();
        let ticket = ticket(&state, id)?;
        let found: Vec<&Entry> = newest_first(ticket).into_iter().filter(wanted).collect();
        let rows = Page::of(params).cut(&found).map(|entry| activity(ticket, entry)).collect();
        Ok(success_of(rows, found.len()))
    }

    /// `GET …/{id}/auditlogs`, newest first.
    pub(super) fn list_audit_logs(&self, id: &str) -> Answer {
        let state = self.site.state();
        let ticket = ticket(&state, id)?;
        let rows = newest_first(ticket).into_iter().filter_map(|entry| audit(ticket, entry));
        Ok(success(rows.collect::<Vec<_>>()))
    }

    /// `GET …/{id}/slainfo`.
    pub(super) fn sla_info(&self, id: &str) -> Answer {
        let now = self.site.now();
        let state = self.site.state();
        let ticket = ticket(&state, id)?;
        let (answered, completed) = (answered_at(ticket), completed_at(ticket));
        // Unanswered, answered, paused, done; the vendor's model has four stages without names.
        let stage = match (completed, SlaState::of(ticket, now).is_paused, answered) {
            (Some(_), ..) => 3,
            (None, true, _) => 2,
            (None, false, Some(_)) => 1,
            (None, false, None) => 0,
        };
        let hours = |until: Timestamp| until.duration_since(ticket.opened_at).as_secs_f64() / 3600.0;
        let (respond, resolve) = ticket.due();
        let (respond, resolve) = (hours(respond), hours(resolve));
        let (responded, resolved) = (hours(answered.unwrap_or(now)), hours(completed.unwrap_or(now)));
        Ok(success(json!({
            "slaStage": stage,
            "slaName": ticket.sla().name(),
            "ticketPriorityName": ticket.priority.name(),
            "ticketPriorityColor": PRIORITY_COLOR,
            "respondGoal": respond,
            "respondActual": responded,
            "respondRemaining": respond - responded,
            "resolveGoal": resolve,
            "resolveActual": resolved,
            "resolveRemaining": resolve - resolved,
            "waitingActual": 0.0,
            "reopenActual": 0.0,
            "timeTotalGoal": resolve,
            "timeTotalActual": resolved,
            "timeTotalRemaining": resolve - resolved,
        })))
    }
}

fn kind(entry: &Entry) -> (u8, &'static str) {
    match entry.channel {
        Channel::System(_) => CHANGE,
        _ if logged_by(entry).is_some() => TIME_LOG,
        _ => NOTE,
    }
}

/// Flags are numbers here that are flags elsewhere.
fn activity(ticket: &Ticket, entry: &Entry) -> Value {
    let (log_type, name) = kind(entry);
    let who = Who::of(ticket, entry);
    let is_time_log = (log_type, name) == TIME_LOG;
    let text = if is_time_log { entry.body.text.clone() } else { details(ticket, entry) };
    let (notes, internal_notes) = if entry.internal { (None, Some(text)) } else { (Some(text), None) };
    json!({
        "id": ids::entry(ticket, entry),
        "logType": log_type,
        "activityType": name,
        "notes": notes,
        "internalNotes": internal_notes,
        "isInternal": u8::from(entry.internal),
        "isUser": u8::from(who.is_user()),
        "userId": who.id,
        "createdByName": who.name,
        "createdOn": stamp(entry.at),
        "startDate": stamp(if is_time_log { begun(entry) } else { entry.at }),
        "timeSpent": is_time_log.then(hours_spent),
        "isMerged": false,
    })
}

/// Only what BMS records by itself.
fn audit(ticket: &Ticket, entry: &Entry) -> Option<Value> {
    let Channel::System(change) = entry.channel else { return None };
    let action = match change {
        Change::Status { .. } => "Status changed",
        Change::Agent { .. } => "Assignee changed",
        Change::Team { .. } => "Queue changed",
        Change::Priority { .. } => "Priority changed",
    };
    Some(json!({
        "id": ids::entry(ticket, entry),
        "createdOn": stamp(entry.at),
        "source": "Ticket",
        "action": action,
        "details": details(ticket, entry),
    }))
}
