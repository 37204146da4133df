//! What is written on a ticket, as ConnectWise spells it: notes, and the time entries among them.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::ids::{self, Member};
use super::record::{record, stamped};
use crate::practice::ticket::{Author, Channel, Entry, Ticket};
use crate::practice::world::desk::Source;
use crate::practice::world::story::Voice;

/// The number of the opening among the entries of its ticket; no entry that is told has it.
pub(super) const OPENING: u32 = 1;

/// Notes have ids of their own across all tickets.
const IDS_EACH_TICKET: u32 = 1000;

/// How long a time entry says the work took.
const TIME_TAKEN: SignedDuration = SignedDuration::from_mins(15);

/// Who wrote something.
pub(super) enum Writer<'a> {
    Contact(&'a str),
    Member(Member),
    /// A machine, or the PSA's own workflow rules.
    Other(&'a str),
}

impl<'a> Writer<'a> {
    fn of(author: &'a Author, ticket: &'a Ticket) -> Self {
        match author {
            Author::Contact => Self::Contact(&ticket.contact.name),
            Author::Agent(agent) => Self::Member(Member::of(*agent)),
            Author::Api(name) => Self::Member(Member::called(name)),
            Author::Machine(name) => Self::Other(name),
            Author::Rules => Self::Other("Workflow"),
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Contact(name) | Self::Other(name) => name,
            Self::Member(member) => member.name,
        }
    }

    /// Who the server says entered it: members by their identifier, customers by their way in.
    pub(super) fn identifier(&self, source: Source) -> String {
        match self {
            Self::Member(member) => member.identifier.into(),
            Self::Other(name) => (*name).to_owned(),
            Self::Contact(_) if source == Source::Email => "EmailConnector".into(),
            Self::Contact(_) => "CustomerPortal".into(),
        }
    }

    fn member(&self) -> Option<Value> {
        match self {
            Self::Member(member) => Some(member.reference()),
            Self::Contact(_) | Self::Other(_) => None,
        }
    }
}

/// Who opened a ticket.
pub(super) fn opened_by(ticket: &Ticket) -> Writer<'_> {
    match &ticket.opening.voice {
        Voice::Customer | Voice::AutoReply => Writer::Contact(&ticket.contact.name),
        Voice::Agent(agent) | Voice::Internal(agent) => Writer::Member(Member::of(*agent)),
        Voice::Machine(name) => Writer::Other(name),
    }
}

/// Who wrote an entry, as `_info` has it.
pub(super) fn entered_by(ticket: &Ticket, entry: &Entry) -> String {
    Writer::of(&entry.author, ticket).identifier(ticket.source)
}

/// Something written on a ticket.
pub(super) struct Note<'a> {
    pub(super) ticket: &'a Ticket,
    pub(super) number: u32,
    at: Timestamp,
    writer: Writer<'a>,
    text: &'a str,
    tab: Tab,
    is_time: bool,
}

/// Where a note is shown. The customer sees all but `Internal`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Tab {
    Discussion,
    Internal,
    Resolution,
}

impl<'a> Note<'a> {
    /// All that is written on a ticket, oldest first. The PSA's own records of changes are no notes,
    /// and the opening stands there once.
    pub(super) fn all(ticket: &'a Ticket) -> impl Iterator<Item = Self> {
        let entries = ticket.entries.iter().filter_map(move |entry| Self::of(ticket, entry));
        std::iter::once(Self::opening(ticket)).chain(entries)
    }

    fn opening(ticket: &'a Ticket) -> Self {
        let (at, text) = (ticket.opened_at, ticket.opening.body.text.as_str());
        Self { ticket, number: OPENING, at, writer: opened_by(ticket), text, tab: Tab::Discussion, is_time: false }
    }

    pub(super) fn of(ticket: &'a Ticket, entry: &'a Entry) -> Option<Self> {
        let tab = match entry.channel {
            Channel::Opened | Channel::System(_) => return None,
            _ if entry.internal => Tab::Internal,
            Channel::Resolution => Tab::Resolution,
            _ => Tab::Discussion,
        };
        let worked = entry.channel == Channel::Note && matches!(entry.author, Author::Agent(_));
        Some(Self {
            ticket,
            number: entry.number,
            at: entry.at,
            writer: Writer::of(&entry.author, ticket),
            text: &entry.body.text,
            tab,
            is_time: worked && entry.internal && entry.number.is_multiple_of(2),
        })
    }

    pub(super) fn id(&self) -> u32 {
        self.ticket.number * IDS_EACH_TICKET + self.number
    }

    /// Whether it is a time entry: every other internal note of a colleague.
    pub(super) fn is_time(&self) -> bool {
        self.is_time
    }

    fn is_opening(&self) -> bool {
        self.number == OPENING
    }

    fn is_on(&self, tab: Tab) -> bool {
        self.tab == tab
    }

    fn started_at(&self) -> Timestamp {
        self.at.saturating_sub(TIME_TAKEN).unwrap_or(self.at)
    }

    fn contact(&self) -> Option<Value> {
        matches!(self.writer, Writer::Contact(_)).then(|| ids::contact(self.ticket.client, self.ticket.contact))
    }

    fn entered_by(&self) -> String {
        self.writer.identifier(self.ticket.source)
    }

    fn ticket_reference(&self) -> Value {
        json!({ "id": self.ticket.number, "summary": self.ticket.summary })
    }

    fn info(&self) -> Value {
        json!({ "lastUpdated": stamped(self.at), "updatedBy": self.entered_by() })
    }
}

/// A row of `/notes`.
pub(super) struct ServiceNote<'a>(pub(super) Note<'a>);

record!(ServiceNote<'_>, |told| {
    "id" => told.0.id(),
    "ticketId" => told.0.ticket.number,
    "text" => told.0.text,
    "detailDescriptionFlag" => told.0.is_on(Tab::Discussion),
    "internalAnalysisFlag" => told.0.is_on(Tab::Internal),
    "resolutionFlag" => told.0.is_on(Tab::Resolution),
    "issueFlag" => told.0.is_opening(),
    "member" => told.0.writer.member(),
    "contact" => told.0.contact(),
    "customerUpdatedFlag" => false,
    "processNotifications" => false,
    "dateCreated" => stamped(told.0.at),
    "createdBy" => told.0.entered_by(),
    "internalFlag" => told.0.is_on(Tab::Internal),
    "externalFlag" => !told.0.is_on(Tab::Internal),
    "sentimentScore" => Value::Null,
    "_info" => told.0.info(),
});

/// A row of `/allNotes`.
pub(super) struct AnyNote<'a>(pub(super) Note<'a>);

record!(AnyNote<'_>, |told| {
    "id" => told.0.id(),
    "noteType" => if told.0.is_time() { "TimeEntryNote" } else { "TicketNote" },
    "ticket" => told.0.ticket_reference(),
    "text" => told.0.text,
    "isMarkdownFlag" => false,
    "detailDescriptionFlag" => told.0.is_on(Tab::Discussion),
    "internalAnalysisFlag" => told.0.is_on(Tab::Internal),
    "resolutionFlag" => told.0.is_on(Tab::Resolution),
    "issueFlag" => told.0.is_opening(),
    "timeStart" => told.0.is_time().then(|| stamped(told.0.started_at())),
    "timeEnd" => told.0.is_time().then(|| stamped(told.0.at)),
    "bundledFlag" => false,
    "mergedFlag" => false,
    "originalAuthor" => told.0.writer.name(),
    "createdByParentFlag" => false,
    "member" => told.0.writer.member(),
    "contact" => told.0.contact(),
    "_info" => told.0.info(),
});

/// A row of `/time/entries`.
pub(super) struct TimeEntry<'a>(pub(super) Note<'a>);

record!(TimeEntry<'_>, |told| {
    "id" => told.0.id(),
    "company" => ids::company(told.0.ticket.client),
    "chargeToId" => told.0.ticket.number,
    "chargeToType" => "ServiceTicket",
    "member" => told.0.writer.member(),
    "timeStart" => stamped(told.0.started_at()),
    "timeEnd" => stamped(told.0.at),
    "hoursDeduct" => Value::Null,
    "actualHours" => TIME_TAKEN.as_secs_f64() / 3600.0,
    "billableOption" => "DoNotBill",
    "notes" => told.0.text,
    "internalNotes" => Value::Null,
    "addToDetailDescriptionFlag" => told.0.is_on(Tab::Discussion),
    "addToInternalAnalysisFlag" => told.0.is_on(Tab::Internal),
    "addToResolutionFlag" => told.0.is_on(Tab::Resolution),
    "enteredBy" => told.0.entered_by(),
    "dateEntered" => stamped(told.0.at),
    "status" => "Open",
    "ticket" => told.0.ticket_reference(),
    "_info" => told.0.info(),
});
