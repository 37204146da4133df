//! The conversation as Datto PSA keeps it: notes, time entries, and the history of changes.

use std::collections::BTreeMap;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::entity::{Column, Desk, Entity, Kind};
use super::ids::{self, Creator, entry_id};
use super::picks::{
    self, ABSORBED, EMAIL_NOTE, INTERNAL, MERGED_INTO, PORTAL_NOTE, PUBLIC, TASK_SUMMARY, WORKFLOW_NOTE,
};
use super::tickets::{self, Tickets};
use crate::practice::ticket::{Author, Channel, Entry, Ticket};

/// The number of no entry: the note that a ticket gets when it is merged into another.
const MERGED: u32 = 0;

/// The number of no entry: the note that the other one gets, under the id of what it absorbed.
const WAS_ABSORBED: u32 = 999;

/// What a note has beside what the world keeps of it, once a client of the API wrote it.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) title: String,
    pub(super) note_type: i64,
    pub(super) publish: i64,
    pub(super) touched_at: Timestamp,
}

/// How long each time entry says the work took.
const TIME_WORKED: SignedDuration = SignedDuration::from_mins(15);

/// By ticket and entry.
pub(super) type Heads = BTreeMap<(u32, u32), Head>;

/// Whether an entry is a note: the opening is the ticket's description, and agents keep every other
/// internal note as a time entry.
pub(super) fn is_note(entry: &Entry) -> bool {
    entry.channel != Channel::Opened && !is_time_entry(entry)
}

fn is_time_entry(entry: &Entry) -> bool {
    entry.channel == Channel::Note && matches!(entry.author, Author::Agent(_)) && entry.number.is_multiple_of(2)
}

/// The head of an entry as it came to be.
pub(super) fn born_with(entry: &Entry, ticket: &Ticket) -> Head {
    let title = match entry.channel {
        Channel::Opened => ticket.summary.clone(),
        Channel::Mail => format!("RE: {}", ticket.summary),
        Channel::AutoReply => format!("Automatic reply: {}", ticket.summary),
        Channel::Portal => "Client portal note".into(),
        Channel::Note | Channel::PublicNote | Channel::Resolution => "Ticket note".into(),
        Channel::System(_) => "Workflow rule".into(),
    };
    let note_type = match entry.channel {
        Channel::Opened | Channel::Mail | Channel::AutoReply => EMAIL_NOTE,
        Channel::Portal => PORTAL_NOTE,
        Channel::Note | Channel::PublicNote | Channel::Resolution => TASK_SUMMARY,
        Channel::System(_) => WORKFLOW_NOTE,
    };
    let publish = if entry.internal { INTERNAL } else { PUBLIC };
    Head { title, note_type, publish, touched_at: entry.at }
}

/// A note: an entry, or what tells of a merge.
#[derive(Clone, Copy)]
pub(super) struct Note<'a> {
    ticket: &'a Ticket,
    what: What<'a>,
}

#[derive(Clone, Copy)]
enum What<'a> {
    Entry(&'a Entry, Option<&'a Head>),
    MergedInto(u32),
    Absorbed(&'a Ticket),
}

impl Note<'_> {
    fn id(self) -> i64 {
        match self.what {
            What::Entry(entry, _) => entry_id(self.ticket.number, entry.number),
            What::MergedInto(_) => entry_id(self.ticket.number, MERGED),
            What::Absorbed(other) => entry_id(other.number, WAS_ABSORBED),
        }
    }

    fn head(self) -> Head {
        let merge = |title: &str, note_type, ticket: &Ticket| Head {
            title: title.into(),
            note_type,
            publish: INTERNAL,
            touched_at: merged_at(ticket),
        };
        match self.what {
            What::Entry(entry, head) => head.cloned().unwrap_or_else(|| born_with(entry, self.ticket)),
            What::MergedInto(_) => merge("Merged into another ticket", MERGED_INTO, self.ticket),
            What::Absorbed(other) => merge("Absorbed another ticket", ABSORBED, other),
        }
    }

    fn description(self) -> String {
        match self.what {
            What::Entry(entry, _) => entry.body.text.clone(),
            What::MergedInto(into) => format!("This ticket was merged into ticket {into}."),
            What::Absorbed(other) => format!("Ticket {} was merged into this ticket.", tickets::number(other)),
        }
    }

    fn created_at(self) -> Timestamp {
        match self.what {
            What::Entry(entry, _) => entry.at,
            What::MergedInto(_) => merged_at(self.ticket),
            What::Absorbed(other) => merged_at(other),
        }
    }

    fn touched_at(self) -> Timestamp {
        match self.what {
            What::Entry(_, Some(head)) => head.touched_at,
            _ => self.created_at(),
        }
    }

    fn creator(self) -> Creator {
        match self.what {
            What::Entry(entry, _) => Creator::of(&entry.author, self.ticket),
            What::MergedInto(_) | What::Absorbed(_) => Creator::Nobody,
        }
    }
}

/// A merge closes what is merged.
fn merged_at(ticket: &Ticket) -> Timestamp {
    ticket.closed_at.unwrap_or(ticket.changed_at)
}

pub(super) enum Notes {}

impl Entity for Notes {
    type Row<'a> = Note<'a>;
    const PATH: &'static str = "TicketNotes";
    const NAME: &'static str = "TicketNote";
    const CAN_UPDATE: bool = true;
    const CAN_CREATE: bool = true;
    const COLUMNS: &'static [Column<Self>] = &[
        Column::<Self>::new("id", Kind::Long, |n| n.id().into()),
        Column::<Self>::new("ticketID", Kind::Long, |n| Tickets::id(n.ticket).into()).required(),
        Column::<Self>::new("title", Kind::Text, |n| n.head().title.into()).required().settable(),
        Column::<Self>::new("description", Kind::Text, |n| n.description().into()).required().settable(),
        Column::<Self>::new("noteType", Kind::Integer, |n| n.head().note_type.into())
            .required()
            .settable()
            .picks(picks::note_types),
        Column::<Self>::new("publish", Kind::Integer, |n| n.head().publish.into())
            .required()
            .settable()
            .picks(picks::publish),
        Column::<Self>::new("createDateTime", Kind::Time, |n| n.created_at().into()),
        Column::<Self>::new("lastActivityDate", Kind::Time, |n| n.touched_at().into()),
        Column::<Self>::new("creatorResourceID", Kind::Integer, |n| n.creator().resource().into()),
        Column::<Self>::new("createdByContactID", Kind::Integer, |n| n.creator().contact().into()),
        Column::<Self>::empty("impersonatorCreatorResourceID", Kind::Integer),
        Column::<Self>::empty("impersonatorUpdaterResourceID", Kind::Integer),
    ];

    fn rows<'a>(desk: Desk<'a>) -> impl Iterator<Item = Note<'a>> {
        desk.state.tickets().flat_map(move |ticket| {
            let entries = ticket.entries.iter().filter(|entry| is_note(entry)).map(move |entry| {
                let head = desk.heads.get(&(ticket.number, entry.number));
                Note { ticket, what: What::Entry(entry, head) }
            });
            entries.chain(merge_notes(desk, ticket))
        })
    }

    fn id(note: Note<'_>) -> i64 {
        note.id()
    }
}

/// What tells of a merge, on both tickets.
fn merge_notes<'a>(desk: Desk<'a>, ticket: &'a Ticket) -> impl Iterator<Item = Note<'a>> {
    let both = ticket.merged_into.into_iter().flat_map(move |into| {
        let other = desk.state.ticket(into).map(|into| Note { ticket: into, what: What::Absorbed(ticket) });
        [Some(Note { ticket, what: What::MergedInto(into) }), other]
    });
    both.flatten()
}

/// An entry on its ticket.
type Written<'a> = (&'a Ticket, &'a Entry);

fn entries<'a>(desk: Desk<'a>, wanted: fn(&Entry) -> bool) -> impl Iterator<Item = Written<'a>> {
    let tickets = desk.state.tickets();
    let all = tickets.flat_map(|ticket| ticket.entries.iter().map(move |entry| (ticket, entry)));
    all.filter(move |(_, entry)| wanted(entry))
}

fn author_of((ticket, entry): Written<'_>) -> Option<i64> {
    Creator::of(&entry.author, ticket).resource()
}

pub(super) enum TimeEntries {}

impl Entity for TimeEntries {
    type Row<'a> = Written<'a>;
    const PATH: &'static str = "TimeEntries";
    const NAME: &'static str = "TimeEntry";
    const COLUMNS: &'static [Column<Self>] = &[
        Column::<Self>::new("id", Kind::Long, |(t, e)| entry_id(t.number, e.number).into()),
        Column::<Self>::new("ticketID", Kind::Long, |(t, _)| Tickets::id(t).into()),
        Column::<Self>::new("resourceID", Kind::Integer, |row| author_of(row).into()),
        Column::<Self>::new("roleID", Kind::Integer, |(_, e)| role_of(&e.author).into()),
        Column::<Self>::new("dateWorked", Kind::Time, |(_, e)| day(e.at).into()),
        Column::<Self>::new("startDateTime", Kind::Time, |(_, e)| {
            e.at.saturating_sub(TIME_WORKED).unwrap_or(e.at).into()
        }),
        Column::<Self>::new("endDateTime", Kind::Time, |(_, e)| e.at.into()),
        Column::<Self>::new("hoursWorked", Kind::Decimal, |_| (TIME_WORKED.as_secs_f64() / 3600.0).into()),
        Column::<Self>::new("hoursToBill", Kind::Decimal, |_| 0.0.into()),
        Column::<Self>::new("offsetHours", Kind::Decimal, |_| 0.0.into()),
        Column::<Self>::new("isNonBillable", Kind::Flag, |_| true.into()),
        Column::<Self>::new("showOnInvoice", Kind::Flag, |_| false.into()),
        Column::<Self>::new("timeEntryType", Kind::Integer, |_| 2.into()).picks(picks::time_entry_types),
        Column::<Self>::new("summaryNotes", Kind::Text, |_| "".into()),
        Column::<Self>::new("internalNotes", Kind::Text, |(_, e)| e.body.text.as_str().into()),
        Column::<Self>::new("createDateTime", Kind::Time, |(_, e)| e.at.into()),
        Column::<Self>::new("creatorUserID", Kind::Integer, |row| author_of(row).into()),
        Column::<Self>::new("lastModifiedDateTime", Kind::Time, |(_, e)| e.at.into()),
        Column::<Self>::new("lastModifiedUserID", Kind::Integer, |row| author_of(row).into()),
        Column::<Self>::empty("taskID", Kind::Integer),
        Column::<Self>::empty("billingCodeID", Kind::Integer),
        Column::<Self>::empty("contractID", Kind::Integer),
    ];

    fn rows<'a>(desk: Desk<'a>) -> impl Iterator<Item = Written<'a>> {
        entries(desk, is_time_entry)
    }

    fn id((ticket, entry): Written<'_>) -> i64 {
        entry_id(ticket.number, entry.number)
    }
}

fn role_of(author: &Author) -> Option<i64> {
    match author {
        Author::Agent(agent) => Some(ids::role_of(*agent)),
        _ => None,
    }
}

fn day(at: Timestamp) -> Timestamp {
    let midnight = Offset::UTC.to_datetime(at).start_of_day();
    Offset::UTC.to_timestamp(midnight).unwrap_or(at)
}

/// `TicketHistory`: what changed, one ticket at a time.
pub(super) enum History {}

impl Entity for History {
    type Row<'a> = Written<'a>;
    const PATH: &'static str = "TicketHistory";
    const NAME: &'static str = "TicketHistory";
    const ONLY_BY: Option<&'static str> = Some("ticketID");
    const COLUMNS: &'static [Column<Self>] = &[
        Column::<Self>::new("id", Kind::Long, |(t, e)| entry_id(t.number, e.number).into()),
        Column::<Self>::new("ticketID", Kind::Long, |(t, _)| Tickets::id(t).into()),
        Column::<Self>::new("action", Kind::Text, |_| "Changed".into()),
        Column::<Self>::new("date", Kind::Time, |(_, e)| e.at.into()),
        Column::<Self>::new("detail", Kind::Text, |(_, e)| e.body.text.as_str().into()),
        Column::<Self>::new("resourceID", Kind::Integer, |row| author_of(row).into()),
    ];

    fn rows<'a>(desk: Desk<'a>) -> impl Iterator<Item = Written<'a>> {
        entries(desk, |entry| matches!(entry.channel, Channel::System(_)))
    }

    fn id((ticket, entry): Written<'_>) -> i64 {
        entry_id(ticket.number, entry.number)
    }
}
