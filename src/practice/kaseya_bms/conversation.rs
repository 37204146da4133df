//! What was said on a ticket: notes, and the time that agents logged with a word about it.
//!
//! An agent's internal note is a time log where its number is even. The opening is the ticket's own
//! `details` and stands nowhere else.

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};

use super::Kaseya;
use super::envelope::{Answer, Refusal, success};
use super::ids::{self, API_USER, NO_USER, SYSTEM_USER, SYSTEM_USER_NAME, api_address};
use super::lookups::WORK_TYPE;
use super::notes::NoteType;
use super::paging::Page;
use super::ticket_wire::{bare_stamp, stamp};
use super::tickets::ticket;
use crate::practice::params::Params;
use crate::practice::ticket::{Author, Change, Channel, Entry, Ticket};
use crate::practice::world::desk::{Agent, machine_address};
use crate::practice::world::story::Body;

const ONE_WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What all who log time work as.
const ROLE: (u32, &str) = (5301, "Technician");

/// What an agent books with a word about it.
const TIME_SPENT: SignedDuration = SignedDuration::from_mins(6);

impl Kaseya {
    /// `GET …/{id}/notes`, newest first. The notes of a ticket that was merged cannot be read.
    pub(super) fn list_notes(&self, id: &str, params: &Params) -> Answer {
        let state = self.site.state();
        let ticket = ticket(&state, id)?;
        if ticket.merged_into.is_some() {
            return Err(Refusal::bad("The notes of a merged ticket cannot be read."));
        }
        let notes = newest_first(ticket).into_iter().filter(|entry| is_note(entry));
        Ok(success(Page::of(params).cut(notes).map(|entry| note(ticket, entry)).collect::<Vec<_>>()))
    }

    /// `GET …/{id}/timelogs`, newest first.
    pub(super) fn list_time_logs(&self, id: &str, params: &Params) -> Answer {
        let state = self.site.state();
        let ticket = ticket(&state, id)?;
        let logs = newest_first(ticket).into_iter().filter_map(|entry| time_log(ticket, entry));
        Ok(success(Page::or_whole(params).cut(logs).collect::<Vec<_>>()))
    }
}

pub(super) fn newest_first(ticket: &Ticket) -> Vec<&Entry> {
    let mut entries: Vec<&Entry> = ticket.entries.iter().collect();
    entries.sort_by_key(|entry| std::cmp::Reverse((entry.at, entry.number)));
    entries
}

/// Whether an entry stands among the notes.
pub(super) fn is_note(entry: &Entry) -> bool {
    entry.channel != Channel::Opened && logged_by(entry).is_none()
}

/// The agent that logged time by an entry.
pub(super) fn logged_by(entry: &Entry) -> Option<Agent> {
    match entry.author {
        Author::Agent(agent) if entry.channel == Channel::Note && entry.number.is_multiple_of(2) => Some(agent),
        _ => None,
    }
}

/// A note; its `createdOn` does not say that it is UTC.
pub(super) fn note(ticket: &Ticket, entry: &Entry) -> Value {
    let who = Who::of(ticket, entry);
    let note_type = NoteType::of(entry);
    json!({
        "id": ids::entry(ticket, entry),
        "details": details(ticket, entry),
        "isInternal": entry.internal,
        "typeId": note_type.id(),
        "typeName": note_type.name(),
        "createdBy": who.id,
        "createdByName": who.name,
        "createdByEmail": who.address,
        "createdOn": bare_stamp(entry.at),
        "modifiedBy": null,
        "modifiedByName": null,
        "modifiedOn": null,
        "attachments": [],
    })
}

/// Logged when the work was done. The word about it is plain text, for the desk alone.
fn time_log(ticket: &Ticket, entry: &Entry) -> Option<Value> {
    let agent = logged_by(entry)?;
    let time_of_day = |at: Timestamp| Offset::UTC.to_datetime(at).strftime("%H:%M:%S").to_string();
    let begun = begun(entry);
    Some(json!({
        "id": ids::entry(ticket, entry),
        "startDate": stamp(begun),
        "startTime": time_of_day(begun),
        "endTime": time_of_day(entry.at),
        "timespent": hours_spent(),
        "notes": null,
        "internalNotes": entry.body.text,
        "userId": ids::agent(agent),
        "employeeName": agent.name(),
        "workTypeId": WORK_TYPE.0,
        "workTypeName": WORK_TYPE.1,
        "roleId": ROLE.0,
        "roleName": ROLE.1,
        "timeSpentBy": agent.name(),
        "createdBy": ids::agent(agent),
        "createdOn": stamp(entry.at),
        "modifiedBy": null,
        "modifiedOn": null,
        "approved": false,
        "billed": false,
        "posted": false,
        "weekStart": stamp(week_start(begun)),
        "weekEnd": stamp(week_start(begun).saturating_add(ONE_WEEK).unwrap_or(begun)),
        "customFields": [],
    }))
}

/// The Sunday that a week of work begins with.
fn week_start(at: Timestamp) -> Timestamp {
    let day = Offset::UTC.to_datetime(at).start_of_day();
    let since_sunday = day.weekday().to_sunday_zero_offset();
    let sunday = day.checked_sub(since_sunday.days()).unwrap_or(day);
    Offset::UTC.to_timestamp(sunday).unwrap_or(at)
}

/// When the work began that an entry logs.
pub(super) fn begun(entry: &Entry) -> Timestamp {
    entry.at.saturating_sub(TIME_SPENT).unwrap_or(entry.at)
}

pub(super) fn hours_spent() -> f64 {
    TIME_SPENT.as_secs_f64() / 3600.0
}

/// Who wrote an entry, as BMS says it.
pub(super) struct Who<'a> {
    pub(super) id: u32,
    pub(super) name: &'a str,
    address: Option<String>,
}

impl<'a> Who<'a> {
    pub(super) fn of(ticket: &'a Ticket, entry: &'a Entry) -> Self {
        let system = Self { id: SYSTEM_USER, name: SYSTEM_USER_NAME, address: None };
        match &entry.author {
            _ if matches!(entry.channel, Channel::System(_)) => system,
            Author::Rules => system,
            Author::Agent(agent) => Self { id: ids::agent(*agent), name: agent.name(), address: Some(agent.email()) },
            Author::Api(name) => Self { id: API_USER, name, address: Some(api_address()) },
            Author::Contact => {
                Self { id: NO_USER, name: &ticket.contact.name, address: Some(ticket.contact.email.clone()) }
            }
            Author::Machine(name) => Self { id: NO_USER, name, address: Some(machine_address(name)) },
        }
    }

    /// Whether it is one of the desk, or a client of the API.
    pub(super) fn is_user(&self) -> bool {
        ![NO_USER, SYSTEM_USER].contains(&self.id)
    }
}

/// The text of an entry in HTML; the PSA's own lines tell who brought them about.
pub(super) fn details(ticket: &Ticket, entry: &Entry) -> String {
    match entry.channel {
        Channel::System(change) => Body::plain(&automatic_line(change, by(ticket, &entry.author))).to_html(),
        _ => entry.body.to_html(),
    }
}

fn by<'a>(ticket: &'a Ticket, author: &'a Author) -> &'a str {
    match author {
        Author::Agent(agent) => agent.name(),
        Author::Api(name) | Author::Machine(name) => name,
        Author::Contact => &ticket.contact.name,
        Author::Rules => "Workflow",
    }
}

fn automatic_line(change: Change, by: &str) -> String {
    match change {
        Change::Agent { to: Some(agent) } => format!("Ticket has been assigned to {} by {by}.", agent.name()),
        Change::Agent { to: None } => format!("Ticket has been unassigned by {by}."),
        Change::Team { to } => format!("Ticket has been moved to queue {} by {by}.", to.name()),
        Change::Priority { from, to } => {
            format!("Ticket priority has been changed from {} to {} by {by}.", from.name(), to.name())
        }
        Change::Status { from, to } => {
            format!("Ticket status has been changed from {} to {} by {by}.", from.name(), to.name())
        }
    }
}
