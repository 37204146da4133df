//! Tickets as ConnectWise spells them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::ids::{self, API_MEMBER, Board, Level, Member};
use super::note_record::{Writer, entered_by, opened_by};
use super::record::{record, stamped};
use super::setup;
use crate::practice::site::Site;
use crate::practice::state::State;
use crate::practice::ticket::{Author, Channel, Entry, Ticket};
use crate::practice::world::desk::Status;

/// What a ticket's record tells that the ticket itself does not know.
pub(super) struct Surroundings<'a> {
    origin: &'a str,
    now: Timestamp,
    /// The tickets that others were merged into.
    merged_into: BTreeSet<u32>,
    /// When clients of the API last wrote on a ticket.
    written_at: BTreeMap<u32, Timestamp>,
}

impl<'a> Surroundings<'a> {
    pub(super) fn of(site: &'a Site, state: &State) -> Self {
        let number = |id: &str| id.parse().ok();
        Self {
            origin: &site.origin,
            now: site.now(),
            merged_into: state.tickets().filter_map(|ticket| ticket.merged_into).collect(),
            written_at: state
                .writes()
                .iter()
                .filter_map(|write| Some((number(write.ticket.as_str())?, write.at)))
                .collect(),
        }
    }
}

/// A ticket that is told.
pub(super) struct TicketRecord<'a> {
    pub(super) ticket: &'a Ticket,
    pub(super) around: &'a Surroundings<'a>,
}

record!(TicketRecord<'_>, leaves_out: |told, name| told.ticket.number % 5 == 2 || name == "mergedParentTicket", |told| {
    "id" => told.ticket.number,
    "summary" => told.ticket.summary,
    "recordType" => "ServiceTicket",
    "board" => told.board().reference(),
    "status" => told.status(),
    "workRole" => Value::Null,
    "workType" => Value::Null,
    "company" => ids::company(told.ticket.client),
    "site" => ids::site(told.ticket.client),
    "siteName" => "Main",
    "contact" => told.is_raised_by_contact().then(|| ids::contact(told.ticket.client, told.ticket.contact)),
    "contactName" => told.contact_name(),
    "contactEmailAddress" => told.is_raised_by_contact().then_some(&told.ticket.contact.email),
    "contactPhoneNumber" => Value::Null,
    "contactPhoneExtension" => Value::Null,
    "type" => told.level(Level::Type),
    "subType" => told.level(Level::Subtype),
    "item" => told.level(Level::Item),
    "team" => ids::reference(ids::team_id(told.ticket.team), told.ticket.team.name()),
    "owner" => told.owner().map(Member::reference),
    "resources" => told.owner().map(|owner| owner.identifier),
    "priority" => told.priority(),
    "serviceLocation" => setup::service_location(),
    "source" => { let (id, name) = ids::source(told.ticket.source); ids::reference(id, name) },
    "requiredDate" => stamped(told.ticket.due().1),
    "severity" => told.ticket.urgency.name(),
    "impact" => told.ticket.impact.name(),
    "agreement" => Value::Null,
    "budgetHours" => Value::Null,
    "actualHours" => Value::Null,
    "estimatedStartDate" => Value::Null,
    "billTime" => "Billable",
    "billExpenses" => "Billable",
    "billProducts" => "Billable",
    "approved" => true,
    "externalXRef" => Value::Null,
    "poNumber" => Value::Null,
    "allowAllClientsPortalView" => false,
    "customerUpdatedFlag" => told.customer_spoke_last(),
    "automaticEmailContactFlag" => false,
    "automaticEmailResourceFlag" => false,
    "automaticEmailCcFlag" => false,
    "automaticEmailCc" => Value::Null,
    "closedFlag" => told.ticket.status == Status::Closed,
    "closedDate" => told.ticket.closed_at.map(stamped),
    "closedBy" => told.ticket.closed_at.map(|_| told.owner().map_or(API_MEMBER.identifier, |owner| owner.identifier)),
    "parentTicketId" => Value::Null,
    "hasChildTicket" => false,
    "hasMergedChildTicketFlag" => told.around.merged_into.contains(&told.ticket.number),
    "mergedParentTicket" => told.ticket.merged_into.map(|id| json!({ "id": id })),
    "predecessorType" => Value::Null,
    "predecessorId" => Value::Null,
    "sla" => ids::reference(ids::sla_id(told.ticket.sla()), told.ticket.sla().name()),
    "slaStatus" => told.sla_status(),
    "isInSla" => told.ticket.closed_at.unwrap_or(told.around.now) <= told.ticket.due().1,
    "dateResponded" => told.responded_at().map(stamped),
    "dateResplan" => Value::Null,
    "dateResolved" => told.ticket.closed_at.map(stamped),
    "respondMinutes" => told.responded_at().map_or(0, |at| at.duration_since(told.ticket.opened_at).as_mins()),
    "resPlanMinutes" => 0,
    "resolveMinutes" => told.ticket.closed_at.map_or(0, |at| at.duration_since(told.ticket.opened_at).as_mins()),
    "escalationLevel" => 0,
    "minutesWaiting" => 0,
    "mobileGuid" => Value::Null,
    "location" => setup::location(),
    "department" => setup::department(),
    "customFields" => [(); 0],
    "_info" => told.info(),
});

impl TicketRecord<'_> {
    fn board(&self) -> Board {
        Board::of(self.ticket.team)
    }

    fn status(&self) -> Value {
        let status = self.ticket.status;
        let sort = 10 * (1 + Status::ALL.iter().take_while(|other| **other != status).count());
        json!({ "id": self.board().status_id(status), "name": status.name(), "sort": sort })
    }

    fn priority(&self) -> Value {
        let priority = self.ticket.priority;
        let (sort, level) = ids::priority_rank(priority);
        json!({ "id": ids::priority_id(priority), "name": priority.name(), "sort": sort, "level": level })
    }

    fn level(&self, level: Level) -> Option<Value> {
        level.of(self.ticket.category).map(|name| self.board().level_reference(level, name))
    }

    fn owner(&self) -> Option<Member> {
        self.ticket.agent.map(Member::of)
    }

    /// Machines raise tickets too, and so do colleagues in a customer's name.
    fn is_raised_by_contact(&self) -> bool {
        !matches!(opened_by(self.ticket), Writer::Other(_))
    }

    fn contact_name(&self) -> &str {
        match opened_by(self.ticket) {
            Writer::Other(machine) => machine,
            Writer::Contact(_) | Writer::Member(_) => &self.ticket.contact.name,
        }
    }

    fn customer_spoke_last(&self) -> bool {
        let said = |entry: &&Entry| !matches!(entry.channel, Channel::System(_) | Channel::Opened);
        self.ticket.entries.iter().rev().find(said).is_some_and(|last| last.author == Author::Contact)
    }

    fn responded_at(&self) -> Option<Timestamp> {
        let answers = |entry: &&Entry| {
            matches!(entry.author, Author::Agent(_) | Author::Api(_))
                && entry.channel != Channel::Opened
                && !entry.internal
        };
        self.ticket.entries.iter().find(answers).map(|entry| entry.at)
    }

    fn sla_status(&self) -> String {
        match (self.ticket.status, self.ticket.status.on_hold()) {
            (Status::Closed | Status::Resolved, _) => "Resolved".into(),
            (_, true) => "Waiting".into(),
            (_, false) => format!("Resolve by {}", self.ticket.due().1.strftime("%a %m/%d %-I:%M %p UTC+00")),
        }
    }

    fn info(&self) -> Value {
        let Self { ticket, around } = self;
        let at = format!("{}/v4_6_release/apis/3.0/service/tickets/{}", around.origin, ticket.number);
        let by_api = around.written_at.get(&ticket.number) == Some(&ticket.changed_at);
        let updated_by = match ticket.entries.last().filter(|_| !by_api) {
            Some(last) => entered_by(ticket, last),
            None if by_api => API_MEMBER.identifier.into(),
            None => opened_by(ticket).identifier(ticket.source),
        };
        json!({
            "lastUpdated": stamped(ticket.changed_at), "updatedBy": updated_by,
            "dateEntered": stamped(ticket.opened_at), "enteredBy": opened_by(ticket).identifier(ticket.source),
            "notes_href": format!("{at}/notes"), "timeentries_href": format!("{at}/timeentries"),
        })
    }
}
