//! Tickets as BMS spells them. Stamps are UTC in whole seconds, and so is what filters compare.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Serialize;
use serde_json::{Value, json};

use super::ids::{self, NO_USER, SYSTEM_USER, SYSTEM_USER_NAME, TENANT, TENANT_NAME};
use super::lookups::{WORK_TYPE, status_order};
use crate::practice::ticket::{Author, Change, Channel, Entry, Ticket, whole_seconds};
use crate::practice::world::desk::{Agent, machine_address};
use crate::practice::world::story::Voice;

/// The one field that this tenant added.
const CUSTOM_FIELD: u32 = 3208;

pub(super) const STATUS_COLOR: &str = "#2e86c1";
pub(super) const STATUS_FONT_COLOR: &str = "#ffffff";
pub(super) const PRIORITY_COLOR: &str = "#c0392b";

/// A moment with its `Z`.
pub(super) fn stamp(at: Timestamp) -> String {
    whole_seconds(at).to_string()
}

/// A moment without saying that it is UTC.
pub(super) fn bare_stamp(at: Timestamp) -> String {
    Offset::UTC.to_datetime(whole_seconds(at)).to_string()
}

pub(super) fn opened_at(ticket: &Ticket) -> Option<Timestamp> {
    Some(whole_seconds(ticket.opened_at))
}

pub(super) fn completed_at(ticket: &Ticket) -> Option<Timestamp> {
    ticket.closed_at.map(whole_seconds)
}

pub(super) fn changed_at(ticket: &Ticket) -> Option<Timestamp> {
    Some(whole_seconds(ticket.changed_at))
}

pub(super) fn status_at(ticket: &Ticket) -> Option<Timestamp> {
    last_change(ticket, |change| matches!(change, Change::Status { .. }))
}

pub(super) fn queue_at(ticket: &Ticket) -> Option<Timestamp> {
    last_change(ticket, |change| matches!(change, Change::Team { .. }))
}

pub(super) fn priority_at(ticket: &Ticket) -> Option<Timestamp> {
    Some(whole_seconds(ticket.prioritized_at))
}

pub(super) fn due_at(ticket: &Ticket) -> Option<Timestamp> {
    Some(whole_seconds(ticket.due().1))
}

/// The opening counts as the first change.
fn last_change(ticket: &Ticket, wanted: fn(Change) -> bool) -> Option<Timestamp> {
    let made = |entry: &&Entry| matches!(entry.channel, Channel::System(change) if wanted(change));
    let last = ticket.entries.iter().rfind(made).map_or(ticket.opened_at, |entry| entry.at);
    Some(whole_seconds(last))
}

/// When the desk first answered the customer.
pub(super) fn answered_at(ticket: &Ticket) -> Option<Timestamp> {
    let answers = |entry: &&Entry| !entry.internal && matches!(entry.author, Author::Agent(_) | Author::Api(_));
    ticket.entries.iter().find(answers).map(|entry| whole_seconds(entry.at))
}

/// The number people see.
pub(super) fn number_of(ticket: &Ticket) -> String {
    let opened = Offset::UTC.to_datetime(ticket.opened_at);
    format!("{}-{:02}{:02}", ticket.number, opened.month(), opened.day())
}

/// A machine is no contact.
pub(super) fn contact_id(ticket: &Ticket) -> Option<u32> {
    match ticket.opening.voice {
        Voice::Machine(_) => None,
        _ => Some(ids::contact(ticket.client, ticket.contact)),
    }
}

/// Name and address of whoever it was raised for.
pub(super) fn raised_for(ticket: &Ticket) -> (&str, String) {
    match &ticket.opening.voice {
        Voice::Machine(name) => (name, machine_address(name)),
        _ => (&ticket.contact.name, ticket.contact.email.clone()),
    }
}

/// Id and name of whoever opened it; contacts and machines have no id.
fn created_by(ticket: &Ticket) -> (u32, &str) {
    match &ticket.opening.voice {
        Voice::Agent(agent) | Voice::Internal(agent) => (ids::agent(*agent), agent.name()),
        Voice::Machine(name) => (NO_USER, name),
        Voice::AutoReply => (SYSTEM_USER, SYSTEM_USER_NAME),
        Voice::Customer => (NO_USER, &ticket.contact.name),
    }
}

/// How it stands with the agreement.
pub(super) struct SlaState {
    /// 1 in time, 2 overdue, 3 paused, 4 met, 5 missed.
    pub(super) status: u8,
    pub(super) is_met: bool,
    pub(super) is_paused: bool,
}

impl SlaState {
    pub(super) fn of(ticket: &Ticket, now: Timestamp) -> Self {
        let (_, due) = ticket.due();
        let is_met = ticket.closed_at.is_some_and(|closed| closed <= due);
        let is_paused = ticket.status.on_hold();
        let status = match ticket.closed_at {
            Some(_) if is_met => 4,
            Some(_) => 5,
            None if is_paused => 3,
            None if now > due => 2,
            None => 1,
        };
        Self { status, is_met, is_paused }
    }
}

/// What rows and single tickets have in common.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TicketWire<'a> {
    id: u32,
    ticket_number: String,
    title: &'a str,
    details: String,
    account_id: u32,
    account_name: &'a str,
    account_code: String,
    location_id: u32,
    location_name: &'static str,
    contact_id: Option<u32>,
    contact_name: &'a str,
    queue_id: u32,
    queue_name: &'static str,
    status_id: u32,
    status_name: &'static str,
    status_order: usize,
    priority_id: u32,
    priority_name: &'static str,
    type_id: u32,
    type_name: &'static str,
    issue_type_id: u32,
    issue_type_name: &'static str,
    sub_issue_type_id: u32,
    sub_issue_type_name: &'static str,
    assignee_id: Option<u32>,
    assignee_name: Option<&'static str>,
    source_id: u32,
    open_date: Option<String>,
    due_date: Option<String>,
    completed_date: Option<String>,
    re_opened_date: Option<String>,
    created_on: Option<String>,
    created_by: u32,
    created_by_name: &'a str,
    modified_on: Option<String>,
    last_activity_update: Option<String>,
    last_status_update: Option<String>,
    last_priority_update: Option<String>,
    last_queue_update: Option<String>,
    sla_id: u32,
    sla_name: &'static str,
    sla_status_enum: u8,
    #[serde(rename = "hasMetSLA")]
    has_met_sla: u8,
    #[serde(rename = "isSLAPaused")]
    is_sla_paused: u8,
    first_response_target_time: String,
    first_response_actual_time: Option<String>,
    actual_first_response_minutes: Option<i64>,
    actual_resolution_minutes: Option<i64>,
    resolution_target_time: Option<String>,
    resolution_actual_time: Option<String>,
    is_scheduled: u8,
}

/// What the vendor's models have for every ticket, and this desk leaves empty or at one value.
fn unused() -> Value {
    json!({
        "modifiedBy": null, "statusColor": STATUS_COLOR, "statusForeColor": STATUS_FONT_COLOR,
        "priorityColor": PRIORITY_COLOR, "contractId": null, "contractNumber": null, "contractName": null,
        "workTypeId": WORK_TYPE.0, "workTypeName": WORK_TYPE.1, "ticketRecurringMasterId": null, "recurring": null,
        "slaStatusEventId": null, "slaObjectiveId": null, "slaLastPausedTime": null, "slaLastResumedTime": null,
        "actualPauseMinutes": null, "hardwareAssetName": null,
    })
}

/// What only rows of lists have.
fn unused_in_rows() -> Value {
    json!({ "tenantName": TENANT_NAME, "hardwareAssetId": 0 })
}

/// What only single tickets have.
fn unused_alone() -> Value {
    json!({
        "tenantId": TENANT, "contactPhone": null, "locationPhone": null, "softwareAssetId": null,
        "softwareAssetName": null, "hardwareAssetId": null, "vsaAssetId": null, "hasVsaAgent": null,
        "occurrenceCount": null, "lastOccurrenceDate": null, "cCs": [], "rmmTicketReference": null,
        "hasPostedEntries": false, "totalExpenses": 0.0, "totalTimeSpent": 0.0, "isReadOnly": false,
        "openDateLocked": false, "integrationTypeId": null, "secondaryAssignees": [],
    })
}

/// One object of the fields of several.
fn joined<const N: usize>(parts: [Value; N]) -> Value {
    let fields = parts.into_iter().filter_map(|part| match part {
        Value::Object(fields) => Some(fields),
        _ => None,
    });
    Value::Object(fields.flatten().collect())
}

/// A ticket as a row of a list.
pub(super) fn row(ticket: &Ticket, now: Timestamp) -> Value {
    // JSON inside a text.
    let custom = json!({ format!("cf_{CUSTOM_FIELD}"): "no" }).to_string();
    joined([common(ticket, now), unused(), unused_in_rows(), json!({ "customFields": custom })])
}

/// A ticket alone: with what rows leave out, and without its custom fields.
pub(super) fn alone(ticket: &Ticket, now: Timestamp) -> Value {
    let more = json!({ "contactEmail": raised_for(ticket).1, "sourceName": ids::source(ticket.source).1 });
    joined([common(ticket, now), unused(), unused_alone(), more])
}

fn common(ticket: &Ticket, now: Timestamp) -> Value {
    let stamp_of = |at: Option<Timestamp>| at.map(stamp);
    let (issue_type_name, sub_issue_type_name) = ids::issue_parts(ticket.category);
    let (created_by, created_by_name) = created_by(ticket);
    let sla = SlaState::of(ticket, now);
    let minutes = |at: Timestamp| at.duration_since(ticket.opened_at).as_mins().max(0);
    let was_reopened = ticket.was_closed && ticket.closed_at.is_none();
    let wire = TicketWire {
        id: ticket.number,
        ticket_number: number_of(ticket),
        title: &ticket.summary,
        details: ticket.opening.body.to_html(),
        account_id: ids::account(ticket.client),
        account_name: &ticket.client.name,
        account_code: format!("AC{:04}", ticket.client.place + 1),
        location_id: ids::location(ticket.client),
        location_name: "Main",
        contact_id: contact_id(ticket),
        contact_name: raised_for(ticket).0,
        queue_id: ids::queue(ticket.team),
        queue_name: ticket.team.name(),
        status_id: ids::status(ticket.status),
        status_name: ticket.status.name(),
        status_order: status_order(ticket.status),
        priority_id: ids::priority(ticket.priority),
        priority_name: ticket.priority.name(),
        type_id: ids::kind(ticket.kind),
        type_name: ticket.kind.name(),
        issue_type_id: ids::issue_type(ticket.category),
        issue_type_name,
        sub_issue_type_id: ids::sub_issue_type(ticket.category),
        sub_issue_type_name,
        assignee_id: ticket.agent.map(ids::agent),
        assignee_name: ticket.agent.map(Agent::name),
        source_id: ids::source(ticket.source).0,
        open_date: stamp_of(opened_at(ticket)),
        due_date: stamp_of(due_at(ticket)),
        completed_date: stamp_of(completed_at(ticket)),
        re_opened_date: stamp_of(status_at(ticket).filter(|_| was_reopened)),
        created_on: stamp_of(opened_at(ticket)),
        created_by,
        created_by_name,
        modified_on: stamp_of(changed_at(ticket)),
        last_activity_update: stamp_of(changed_at(ticket)),
        last_status_update: stamp_of(status_at(ticket)),
        last_priority_update: stamp_of(priority_at(ticket)),
        last_queue_update: stamp_of(queue_at(ticket)),
        sla_id: ids::sla(ticket.sla()),
        sla_name: ticket.sla().name(),
        sla_status_enum: sla.status,
        has_met_sla: sla.is_met.into(),
        is_sla_paused: sla.is_paused.into(),
        first_response_target_time: stamp(ticket.due().0),
        first_response_actual_time: stamp_of(answered_at(ticket)),
        actual_first_response_minutes: answered_at(ticket).map(minutes),
        actual_resolution_minutes: completed_at(ticket).map(minutes),
        resolution_target_time: stamp_of(due_at(ticket)),
        resolution_actual_time: stamp_of(completed_at(ticket)),
        is_scheduled: 0,
    };
    serde_json::to_value(wire).expect("plain fields with text keys always become JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_hold_whole_seconds() {
        let at = "2026-08-14T06:30:12.957Z".parse().expect("a time");
        assert_eq!(stamp(at), "2026-08-14T06:30:12Z");
        assert_eq!(bare_stamp(at), "2026-08-14T06:30:12");
    }
}
