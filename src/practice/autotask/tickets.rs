//! Tickets as Datto PSA spells them.

use jiff::Timestamp;
use jiff::tz::Offset;

use super::entity::{Column, Desk, Entity, Kind};
use super::ids::{
    self, AGREEMENT, Creator, INTEGRATION, PRIORITY, QUEUE, RESOURCE, SOURCE, STATUS, TYPE, issue_id, sub_issue_id,
};
use super::picks;
use crate::practice::ticket::{Author, Change, Channel, Entry, Ticket};
use crate::practice::world::desk::{Source, Status};
use crate::practice::world::story::Voice;

pub(super) enum Tickets {}

impl Entity for Tickets {
    type Row<'a> = &'a Ticket;
    const PATH: &'static str = "Tickets";
    const NAME: &'static str = "Ticket";
    const CAN_UPDATE: bool = true;
    const COLUMNS: &'static [Column<Self>] = &[
        Column::<Self>::new("id", Kind::Long, |t| Self::id(t).into()),
        Column::<Self>::new("ticketNumber", Kind::Text, |t| number(t).into()),
        Column::<Self>::new("title", Kind::Text, |t| t.summary.as_str().into()).required().settable(),
        Column::<Self>::new("description", Kind::Text, |t| t.opening.body.text.as_str().into()),
        Column::<Self>::new("companyID", Kind::Integer, |t| ids::company_id(t.client).into()).required(),
        Column::<Self>::new("companyLocationID", Kind::Integer, |t| ids::location_id(t.client).into()),
        Column::<Self>::new("contactID", Kind::Integer, |t| contact(t).into()),
        Column::<Self>::new("queueID", Kind::Integer, |t| QUEUE.id(t.team).into()).settable().picks(picks::queues),
        Column::<Self>::new("status", Kind::Integer, |t| STATUS.id(t.status).into())
            .required()
            .settable()
            .picks(picks::statuses),
        Column::<Self>::new("priority", Kind::Integer, |t| PRIORITY.id(t.priority).into())
            .required()
            .settable()
            .picks(picks::priorities),
        Column::<Self>::new("ticketType", Kind::Integer, |t| TYPE.id(t.kind).into())
            .settable()
            .picks(picks::ticket_types),
        Column::<Self>::new("ticketCategory", Kind::Integer, |t| form(t).into()).picks(picks::ticket_categories),
        Column::<Self>::new("issueType", Kind::Integer, |t| issue_id(t.category).into())
            .settable()
            .picks(picks::issue_types),
        Column::<Self>::new("subIssueType", Kind::Integer, |t| sub_issue_id(t.category).into())
            .settable()
            .picks(picks::sub_issue_types)
            .below("issueType"),
        Column::<Self>::new("source", Kind::Integer, |t| SOURCE.id(t.source).into()).picks(picks::sources),
        Column::<Self>::new("assignedResourceID", Kind::Integer, |t| t.agent.map(|agent| RESOURCE.id(agent)).into())
            .settable(),
        Column::<Self>::new("assignedResourceRoleID", Kind::Integer, |t| t.agent.map(ids::role_of).into()).settable(),
        Column::<Self>::new("createDate", Kind::Time, |t| t.opened_at.into()),
        Column::<Self>::new("createdByContactID", Kind::Integer, |t| opened_by(t).contact().into()),
        Column::<Self>::new("creatorResourceID", Kind::Integer, |t| opened_by(t).resource().into()),
        Column::<Self>::new("creatorType", Kind::Integer, |t| person_type(opened_by(t)).into()).unqueryable(),
        Column::<Self>::new("lastActivityDate", Kind::Time, |t| t.changed_at.into()),
        Column::<Self>::new("lastActivityPersonType", Kind::Integer, |t| person_type(last_by(t)).into()).unqueryable(),
        Column::<Self>::new("lastActivityResourceID", Kind::Integer, |t| last_by(t).resource().into()),
        Column::<Self>::new("lastTrackedModificationDateTime", Kind::Time, |t| {
            last(t, is_change).unwrap_or(t.opened_at).into()
        }),
        Column::<Self>::new("lastCustomerVisibleActivityDateTime", Kind::Time, |t| {
            last(t, |entry| !entry.internal).unwrap_or(t.opened_at).into()
        }),
        Column::<Self>::new("lastCustomerNotificationDateTime", Kind::Time, |t| last(t, is_answer).into()),
        Column::<Self>::new("dueDateTime", Kind::Time, |t| t.due().1.into()).required(),
        Column::<Self>::new("serviceLevelAgreementID", Kind::Integer, |t| AGREEMENT.id(t.sla()).into()),
        Column::<Self>::new("firstResponseDueDateTime", Kind::Time, |t| t.due().0.into()),
        Column::<Self>::new("firstResponseDateTime", Kind::Time, |t| {
            t.entries.iter().find(|entry| is_answer(entry)).map(|entry| entry.at).into()
        }),
        Column::<Self>::empty("resolutionPlanDueDateTime", Kind::Time),
        Column::<Self>::empty("resolutionPlanDateTime", Kind::Time),
        Column::<Self>::new("resolvedDueDateTime", Kind::Time, |t| t.due().1.into()),
        Column::<Self>::new("resolvedDateTime", Kind::Time, |t| t.closed_at.into()),
        Column::<Self>::new("serviceLevelAgreementHasBeenMet", Kind::Flag, |t| {
            t.closed_at.map(|at| at <= t.due().1).into()
        }),
        Column::<Self>::new("serviceLevelAgreementPausedNextEventHours", Kind::Decimal, |t| {
            t.status.on_hold().then_some(0.0).into()
        }),
        Column::<Self>::new("completedDate", Kind::Time, |t| t.closed_at.into()),
        Column::<Self>::new("completedByResourceID", Kind::Integer, |t| completed_by(t).into()),
        Column::<Self>::new("resolution", Kind::Text, |_| "".into()),
        Column::<Self>::new("externalID", Kind::Text, |_| "".into()),
        Column::<Self>::new("isAssignedToComanaged", Kind::Flag, |_| false.into()),
        Column::<Self>::new("isVisibleToComanaged", Kind::Flag, |_| false.into()),
        Column::<Self>::empty("aemAlertID", Kind::Text),
        Column::<Self>::empty("apiVendorID", Kind::Integer),
        Column::<Self>::empty("billingCodeID", Kind::Integer),
        Column::<Self>::empty("changeApprovalBoard", Kind::Integer),
        Column::<Self>::empty("changeApprovalStatus", Kind::Integer),
        Column::<Self>::empty("changeApprovalType", Kind::Integer),
        Column::<Self>::empty("changeInfoField1", Kind::Text),
        Column::<Self>::empty("changeInfoField2", Kind::Text),
        Column::<Self>::empty("changeInfoField3", Kind::Text),
        Column::<Self>::empty("changeInfoField4", Kind::Text),
        Column::<Self>::empty("changeInfoField5", Kind::Text),
        Column::<Self>::empty("configurationItemID", Kind::Integer),
        Column::<Self>::empty("contractID", Kind::Integer),
        Column::<Self>::empty("contractServiceBundleID", Kind::Long),
        Column::<Self>::empty("contractServiceID", Kind::Long),
        Column::<Self>::empty("currentServiceThermometerRating", Kind::Integer),
        Column::<Self>::empty("estimatedHours", Kind::Decimal),
        Column::<Self>::empty("firstResponseAssignedResourceID", Kind::Integer),
        Column::<Self>::empty("firstResponseInitiatingResourceID", Kind::Integer),
        Column::<Self>::empty("hoursToBeScheduled", Kind::Decimal),
        Column::<Self>::empty("impersonatorCreatorResourceID", Kind::Integer),
        Column::<Self>::empty("monitorID", Kind::Integer),
        Column::<Self>::empty("monitorTypeID", Kind::Integer),
        Column::<Self>::empty("opportunityID", Kind::Integer),
        Column::<Self>::empty("organizationalLevelAssociationID", Kind::Integer),
        Column::<Self>::empty("previousServiceThermometerRating", Kind::Integer),
        Column::<Self>::empty("problemTicketId", Kind::Integer),
        Column::<Self>::empty("projectID", Kind::Integer),
        Column::<Self>::empty("purchaseOrderNumber", Kind::Text),
        Column::<Self>::empty("rmaStatus", Kind::Integer),
        Column::<Self>::empty("rmaType", Kind::Integer),
        Column::<Self>::empty("rmmAlertID", Kind::Text),
        Column::<Self>::empty("serviceThermometerTemperature", Kind::Integer),
    ];
    const UDFS: &'static [Column<Self>] = &[Column::<Self>::new("Agreement", Kind::Text, |t| t.sla().name().into())];

    fn rows<'a>(desk: Desk<'a>) -> impl Iterator<Item = &'a Ticket> {
        desk.state.tickets()
    }

    fn id(ticket: &Ticket) -> i64 {
        ticket.number.into()
    }
}

/// What people call a ticket by: the day it was opened and its number.
pub(super) fn number(ticket: &Ticket) -> String {
    let day = Offset::UTC.to_datetime(ticket.opened_at);
    format!("T{:04}{:02}{:02}.{:04}", day.year(), day.month(), day.day(), ticket.number)
}

/// A machine is no contact.
fn contact(ticket: &Ticket) -> Option<i64> {
    let by_machine = matches!(ticket.opening.voice, Voice::Machine(_));
    (!by_machine).then(|| ids::contact_id(ticket.client, ticket.contact))
}

fn opened_by(ticket: &Ticket) -> Creator {
    match &ticket.opening.voice {
        Voice::Customer | Voice::AutoReply => Creator::of(&Author::Contact, ticket),
        Voice::Agent(agent) | Voice::Internal(agent) => Creator::of(&Author::Agent(*agent), ticket),
        Voice::Machine(_) => Creator::Resource(INTEGRATION),
    }
}

fn last_by(ticket: &Ticket) -> Creator {
    ticket.entries.last().map_or_else(|| opened_by(ticket), |entry| Creator::of(&entry.author, ticket))
}

fn person_type(creator: Creator) -> Option<i64> {
    match creator {
        Creator::Resource(_) => Some(1),
        Creator::Contact(_) => Some(2),
        Creator::Nobody => None,
    }
}

fn completed_by(ticket: &Ticket) -> Option<i64> {
    let closing = |entry: &&Entry| matches!(entry.channel, Channel::System(Change::Status { to: Status::Closed, .. }));
    ticket.closed_at?;
    Creator::of(&ticket.entries.iter().rev().find(closing)?.author, ticket).resource()
}

fn form(ticket: &Ticket) -> i64 {
    if ticket.source == Source::Monitoring { picks::ALERT_FORM } else { picks::STANDARD_FORM }
}

/// When the last entry of a kind was written.
fn last(ticket: &Ticket, wanted: fn(&Entry) -> bool) -> Option<Timestamp> {
    ticket.entries.iter().filter(|entry| wanted(entry)).map(|entry| entry.at).max()
}

fn is_change(entry: &Entry) -> bool {
    matches!(entry.channel, Channel::System(_))
}

/// Whether the desk wrote it to the customer.
fn is_answer(entry: &Entry) -> bool {
    !entry.internal && matches!(entry.author, Author::Agent(_) | Author::Api(_)) && entry.channel != Channel::Opened
}
