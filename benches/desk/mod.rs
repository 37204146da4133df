//! A large desk to measure with: tickets of five kinds from three hundred clients, none like another.
#![allow(dead_code, reason = "no bench uses all of it")]

use std::collections::BTreeSet;

use irate::domain::{
    Attention, Contact, Counts, Edges, Episode, Field, FieldValue, Fields, Flag, Level, Named, Plain, PsaKind, Row,
    Score, Ticket, TicketId, ToneTrack,
};
use irate::query::Thresholds;
use irate::seat::{SavedView, VERSION, Welcome};
use jiff::{SignedDuration, Timestamp};

const SUMMARIES: [&str; 5] = [
    "Outlook keeps asking for the password since this morning",
    "VPN drops every ten minutes for the whole accounting team",
    "New starter on Monday: laptop, licences and phone needed",
    "Printer on the third floor prints blank pages again",
    "Cannot open shared drive, says the network path was not found",
];

pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_786_000_000).unwrap_or_default()
}

pub(crate) fn ticket(index: usize) -> Ticket {
    let opened_at = now() - SignedDuration::from_mins(index as i64 % 20_000);
    let field = |label: &str| FieldValue::new(label, index % 7);
    Ticket {
        id: TicketId::new(index.to_string()),
        number: Plain::new(&format!("#{index}")),
        summary: Plain::new(&format!("{} ({index})", SUMMARIES[index % SUMMARIES.len()])),
        client: Some(Named { id: Plain::new("1"), name: Plain::new(&format!("Client {}", index % 300)) }),
        contact: Contact::default(),
        fields: Fields::from([
            (Field::Board, field(["Service Desk", "NOC", "Projects"][index % 3])),
            (Field::Status, field(["New", "In Progress"][index % 2])),
            (Field::Priority, field("Medium")),
        ]),
        opened_at,
        changed_at: opened_at,
        closed_at: None,
        closed: index.is_multiple_of(4),
        due_at: None,
        link: None,
    }
}

/// A ticket as it stands on the screen.
pub(crate) fn row(index: usize, attention: f64) -> Row {
    let ticket = ticket(index);
    let score = Score::clamped((index % 200) as f64 / 100.0 - 1.0);
    Row {
        waiting_since: Some(ticket.opened_at),
        ticket,
        tone: ToneTrack::fold([score], &Edges::default()),
        embedded: false,
        reason: Plain::default(),
        urgency: Some(Level::clamped((index % 5) as u8 + 1)),
        impact: None,
        category: None,
        attention: Attention { total: attention, terms: Box::default() },
        flags: if index.is_multiple_of(9) { BTreeSet::from([Flag::Cancel]) } else { BTreeSet::new() },
        hours: Default::default(),
        follow_ups: 0,
        reopened: false,
        vip: false,
        counts: Counts::default(),
        episode: Episode::default(),
        proposal: None,
        standing: Default::default(),
        storm: None,
    }
}

/// So many of them, ranked from nothing to a hundred.
pub(crate) fn rows(tickets: usize) -> impl Iterator<Item = Row> {
    (0..tickets).map(|index| row(index, (index % 1000) as f64 / 10.0))
}

pub(crate) fn welcome() -> Welcome {
    let view = |name: &str, query: &str| SavedView { name: Plain::new(name), query: query.into() };
    Welcome {
        version: VERSION,
        workspace: Plain::new("bench"),
        psa: PsaKind::Halo,
        write: true,
        thresholds: Thresholds::default(),
        edges: Edges::default(),
        views: vec![
            view("Worst first", "is:open sort:attention"),
            view("Unassigned", "unassigned is:open"),
            view("Waiting", "is:open wait>2h sort:wait"),
            view("Urgent", "label:urgent"),
        ],
        rules: Vec::new(),
    }
}
