//! A filter asks for no memory while it runs, whatever the size of the queue.

use std::collections::BTreeSet;

use irate::domain::{
    Attention, Contact, Counts, Edges, Episode, Field, FieldValue, Flag, Level, Named, Plain, Row, Score, Ticket,
    TicketId, ToneTrack,
};
use irate::query::{Context, Query, Thresholds};
use jiff::{SignedDuration, Timestamp};

fn now() -> Timestamp {
    Timestamp::from_second(1_786_000_000).expect("in range")
}

fn row(index: usize) -> Row {
    let opened_at = now() - SignedDuration::from_mins(index as i64 % 20_000);
    let score = Score::clamped((index % 200) as f64 / 100.0 - 1.0);
    let owner = (!index.is_multiple_of(3)).then(|| (Field::Owner, FieldValue::new("Straße Müller", 5)));
    let fields = [(Field::Board, FieldValue::new("Service Desk", 1)), (Field::Status, FieldValue::new("New", 2))];
    Row {
        ticket: Ticket {
            id: TicketId::new(format!("{index}")),
            number: Plain::new(&format!("#{index}")),
            summary: Plain::new("Printer on the third floor prints blank pages again"),
            client: Some(Named { id: Plain::new("7"), name: Plain::new("Northwind GmbH") }),
            contact: Contact::default(),
            fields: fields.into_iter().chain(owner).collect(),
            opened_at,
            changed_at: opened_at,
            closed_at: None,
            closed: index.is_multiple_of(5),
            due_at: Some(opened_at),
            link: None,
        },
        tone: ToneTrack::fold([score], &Edges::default()),
        embedded: false,
        reason: Plain::default(),
        urgency: Level::new(3).ok(),
        impact: None,
        category: None,
        attention: Attention::default(),
        flags: BTreeSet::from([Flag::Cancel]),
        waiting_since: Some(opened_at),
        follow_ups: 1,
        reopened: false,
        vip: false,
        counts: Counts::default(),
        episode: Episode::default(),
        proposal: None,
        standing: Default::default(),
        storm: None,
        hours: Default::default(),
    }
}

#[test]
fn a_filter_allocates_nothing_for_a_ticket() {
    let rows: Vec<Row> = (0..2_000).map(row).collect();
    let thresholds = Thresholds::default();
    let context = Context { now: now(), thresholds: &thresholds, text: &|_, _| false };
    for text in [
        "blank printer",
        "summary~BLANK or client:north* or owner:\"strasse müller\"",
        "open board:(\"service desk\" or noc) urgency>=threshold wait>2h -is:reviewed",
        "is:overdue score<-0.5 flag:cancel label>=negative changed<24h episode<2 sort:attention",
        "-(number:7* or status!=New) unassigned sla<1h attention>=0",
    ] {
        let query = Query::parse(text).expect("a query");
        let mut found = 0;
        let made =
            allocation_counter::measure(|| found = rows.iter().filter(|row| query.matches(row, &context)).count());
        assert_eq!(made.count_total, 0, "{text}: {found} found");
    }
}
