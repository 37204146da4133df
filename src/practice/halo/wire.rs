//! Tickets and actions as HaloPSA spells them.

use jiff::{Timestamp, tz::Offset};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::ids::{self, API_AGENT, Listed, agent_id};
use super::outcomes::outcome_of;
use crate::practice::ticket::{Author, Change, Channel, Entry, Ticket};
use crate::practice::world::desk::{Agent, MAIL_DOMAIN, Status, machine_address};
use crate::practice::world::story::Voice;

/// How much of a ticket is told.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum View {
    /// A row of the list: without names and HTML, the agent's name on request.
    Row { agent_name: bool },
    /// One ticket.
    Detail,
}

/// A moment: UTC without saying so, milliseconds without trailing zeros, 1900 for none.
#[derive(Clone, Copy)]
struct Stamp(Option<Timestamp>);

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(at) = self.0 else { return serializer.serialize_str("1900-01-01T00:00:00") };
        let civil = Offset::UTC.to_datetime(at);
        serializer.collect_str(&civil)
    }
}

/// A number that comes as `2` from some rows and as `2.0` from others.
#[derive(Clone, Copy)]
struct Number {
    value: u32,
    fractional: bool,
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.fractional { serializer.serialize_f64(self.value.into()) } else { serializer.serialize_u32(self.value) }
    }
}

#[derive(Serialize)]
struct TicketWire<'a> {
    id: u32,
    dateoccurred: Stamp,
    summary: &'a str,
    details: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details_html: Option<String>,
    client_id: Number,
    client_name: &'a str,
    site_id: Number,
    site_name: &'static str,
    user_id: u32,
    user_name: &'a str,
    user_email: String,
    reportedby: Option<&'a str>,
    team: &'static str,
    agent_id: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_name: Option<&'static str>,
    status_id: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_name: Option<&'static str>,
    tickettype_id: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    tickettype_name: Option<&'static str>,
    sla_id: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    sla_name: Option<&'static str>,
    priority_id: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority_name: Option<&'static str>,
    category_1: &'static str,
    category_2: Option<&'static str>,
    categoryid_1: Number,
    categoryid_2: u32,
    impact: Number,
    urgency: Number,
    respondbydate: Stamp,
    fixbydate: Stamp,
    targetdate: Stamp,
    deadlinedate: Stamp,
    onhold: bool,
    itil_requesttype_id: u32,
    #[serde(rename = "use")]
    purpose: &'static str,
    flagged: bool,
    excludefromslas: bool,
    reviewed: bool,
    read: bool,
    enduserstatus: u32,
    impactlevel: u32,
    startdate: Stamp,
    dateassigned: Stamp,
    responsedate: Stamp,
    cost: f64,
    estimate: f64,
    estimateddays: f64,
    projecttimeactual: f64,
    last_update: Stamp,
    lastactiondate: Stamp,
    dateclosed: Stamp,
    hasbeenclosed: bool,
    inactive: bool,
    deleted: bool,
    merged_into_id: u32,
    parent_id: u32,
    third_party_id: u32,
    attachment_count: u32,
    customfields: [(); 0],
}

/// A ticket as a GET tells it.
pub(super) fn ticket(ticket: &Ticket, view: View) -> Value {
    let detail = view == View::Detail;
    let number = |value| Number { value, fractional: ticket.number % 7 == 3 };
    let named = |name| detail.then_some(name);
    let (user_id, user_name, user_email) = raised_by(ticket);
    let (respond, fix) = ticket.due();
    let agent_name = ticket.agent.map_or("Unassigned", Agent::name);
    let wire = TicketWire {
        id: ticket.number,
        dateoccurred: Stamp(Some(ticket.opened_at)),
        summary: &ticket.summary,
        details: &ticket.opening.body.text,
        details_html: detail.then(|| ticket.opening.body.to_html()),
        client_id: number(ids::client_id(ticket.client)),
        client_name: &ticket.client.name,
        site_id: number(ids::site_id(ticket.client)),
        site_name: "Main",
        user_id,
        user_name,
        user_email,
        reportedby: None,
        team: ticket.team.name(),
        agent_id: number(agent_id(ticket.agent)),
        agent_name: (detail || view == View::Row { agent_name: true }).then_some(agent_name),
        status_id: number(ticket.status.id()),
        status_name: named(ticket.status.name()),
        tickettype_id: number(ticket.kind.id()),
        tickettype_name: named(ticket.kind.name()),
        sla_id: number(ticket.sla().id()),
        sla_name: named(ticket.sla().name()),
        priority_id: number(ids::priority_id(ticket.sla(), ticket.priority)),
        priority_name: named(ticket.priority.name()),
        category_1: ticket.category.name(),
        category_2: None,
        categoryid_1: number(ticket.category.id()),
        categoryid_2: 0,
        impact: number(ticket.impact.id()),
        urgency: number(ticket.urgency.id()),
        respondbydate: Stamp(Some(respond)),
        fixbydate: Stamp(Some(fix)),
        targetdate: Stamp(None),
        deadlinedate: Stamp(None),
        onhold: ticket.status.on_hold(),
        itil_requesttype_id: ticket.kind.id(),
        purpose: "ticket",
        flagged: false,
        excludefromslas: false,
        reviewed: false,
        read: true,
        enduserstatus: 0,
        impactlevel: 0,
        startdate: Stamp(None),
        dateassigned: Stamp(None),
        responsedate: Stamp(None),
        cost: 0.0,
        estimate: 0.0,
        estimateddays: 0.0,
        projecttimeactual: 0.0,
        last_update: Stamp(Some(ticket.changed_at)),
        lastactiondate: Stamp(ticket.entries.last().map_or(Some(ticket.opened_at), |entry| Some(entry.at))),
        dateclosed: Stamp(ticket.closed_at),
        hasbeenclosed: ticket.was_closed,
        inactive: false,
        deleted: false,
        merged_into_id: ticket.merged_into.unwrap_or(0),
        parent_id: 0,
        third_party_id: 0,
        attachment_count: 0,
        customfields: [],
    };
    value(&wire)
}

/// A ticket as the answer to a POST tells it: some fields are spelt otherwise.
pub(super) fn posted_ticket(held: &Ticket) -> Value {
    let Value::Object(fields) = ticket(held, View::Detail) else { return Value::Null };
    let respelt = |name: String| match name.as_str() {
        "last_update" => "lastupdate".into(),
        "user_email" => "useremail".into(),
        "category_1" => "category1".into(),
        "category_2" => "category2".into(),
        _ => name,
    };
    Value::Object(fields.into_iter().map(|(name, value)| (respelt(name), value)).collect::<Map<_, _>>())
}

/// Id, name and address of whoever raised it; a machine is no user.
fn raised_by(ticket: &Ticket) -> (u32, &str, String) {
    match &ticket.opening.voice {
        Voice::Machine(name) => (0, name, machine_address(name)),
        _ => (ids::user_id(ticket.client, ticket.contact), &ticket.contact.name, ticket.contact.email.clone()),
    }
}

/// What an action tells on request.
#[derive(Clone, Copy)]
pub(super) struct Extras {
    pub(super) html_note: bool,
    pub(super) html_email: bool,
}

#[derive(Serialize)]
struct ActionWire<'a> {
    ticket_id: u32,
    id: u32,
    outcome: &'static str,
    outcome_id: i64,
    who: &'a str,
    who_type: u8,
    who_agentid: u32,
    datetime: Stamp,
    actiondatecreated: Stamp,
    note: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    note_html: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    emailbody_html: Option<String>,
    private_note: Option<&'static str>,
    hiddenfromuser: bool,
    important: bool,
    actionby_agent_id: u32,
    actionby_user_id: u32,
    actionby_application_id: Option<&'a str>,
    emaildirection: Option<&'static str>,
    emailfrom: Option<String>,
    emailto: Option<String>,
    emailsubject: Option<String>,
    old_status: u32,
    new_status: u32,
    timetaken: f64,
    guid: String,
}

/// Who wrote an entry, in HaloPSA's three ways of saying so.
struct Who<'a> {
    name: &'a str,
    kind: u8,
    agent: u32,
    user: u32,
    address: Option<String>,
}

impl<'a> Who<'a> {
    fn of(entry: &'a Entry, ticket: &'a Ticket) -> Self {
        match &entry.author {
            Author::Agent(agent) => {
                Self { name: agent.name(), kind: 1, agent: agent.id(), user: 0, address: Some(agent.email()) }
            }
            Author::Api(name) => {
                let address = Some(format!("desk@{MAIL_DOMAIN}"));
                Self { name, kind: 1, agent: API_AGENT, user: 0, address }
            }
            Author::Contact => Self {
                name: &ticket.contact.name,
                kind: 2,
                agent: 0,
                user: ids::user_id(ticket.client, ticket.contact),
                address: Some(ticket.contact.email.clone()),
            },
            Author::Machine(name) => Self { name, kind: 2, agent: 0, user: 0, address: Some(machine_address(name)) },
            Author::Rules => Self { name: "Halo", kind: 0, agent: 0, user: 0, address: None },
        }
    }
}

/// An action of a ticket; `application` is the API's one client.
pub(super) fn action(entry: &Entry, ticket: &Ticket, extras: Extras, application: &str, guid: String) -> Value {
    let (outcome_id, outcome) = outcome_of(entry);
    let who = Who::of(entry, ticket);
    let mail = mail_direction(entry, ticket);
    let status_id = |status: Option<Status>| status.map_or(0, Status::id);
    let (old, new) = match entry.channel {
        Channel::System(Change::Status { from, to }) => (Some(from), Some(to)),
        _ => (None, None),
    };
    value(&ActionWire {
        ticket_id: ticket.number,
        id: entry.number,
        outcome,
        outcome_id,
        who: who.name,
        who_type: who.kind,
        who_agentid: who.agent,
        datetime: Stamp(Some(entry.at)),
        actiondatecreated: Stamp(Some(entry.at)),
        note: &entry.body.text,
        note_html: extras.html_note.then(|| entry.body.to_html()),
        emailbody_html: mail.filter(|_| extras.html_email).map(|_| entry.body.to_html()),
        private_note: None,
        hiddenfromuser: entry.internal,
        important: false,
        actionby_agent_id: who.agent,
        actionby_user_id: who.user,
        actionby_application_id: matches!(entry.author, Author::Api(_)).then_some(application),
        emaildirection: mail,
        emailfrom: mail.and(who.address),
        emailto: mail.filter(|direction| *direction == "O").map(|_| ticket.contact.email.clone()),
        emailsubject: mail.map(|_| subject(entry, ticket)),
        old_status: status_id(old),
        new_status: status_id(new),
        timetaken: if who.agent > 0 { 0.1 } else { 0.0 },
        guid,
    })
}

fn mail_direction(entry: &Entry, ticket: &Ticket) -> Option<&'static str> {
    let from_us = matches!(entry.author, Author::Agent(_) | Author::Api(_));
    match entry.channel {
        Channel::Mail | Channel::AutoReply => Some(if from_us { "O" } else { "I" }),
        Channel::Opened if !from_us && raised_by(ticket).0 > 0 => Some("I"),
        _ => None,
    }
}

fn subject(entry: &Entry, ticket: &Ticket) -> String {
    let summary = &ticket.summary;
    match entry.channel {
        Channel::Opened => summary.clone(),
        Channel::AutoReply => format!("Automatic reply: {summary}"),
        _ => format!("RE: {summary} (#{:07})", ticket.number),
    }
}

fn value(wire: &impl Serialize) -> Value {
    serde_json::to_value(wire).expect("plain fields with text keys always become JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_utc_without_an_offset_and_end_without_zeros() {
        let stamp = |text: &str| value(&Stamp(text.parse().ok()));
        assert_eq!(stamp("2026-08-14T06:30:12.457Z"), "2026-08-14T06:30:12.457");
        assert_eq!(stamp("2026-08-14T06:30:12.120Z"), "2026-08-14T06:30:12.12");
        assert_eq!(stamp("2026-08-14T06:30:00Z"), "2026-08-14T06:30:00");
        assert_eq!(value(&Stamp(None)), "1900-01-01T00:00:00");
    }

    #[test]
    fn numbers_have_two_forms() {
        assert_eq!(value(&Number { value: 2, fractional: true }).to_string(), "2.0");
        assert_eq!(value(&Number { value: 2, fractional: false }).to_string(), "2");
    }
}
