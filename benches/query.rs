//! A filter over a large queue, beside the least that any filter could do: a plain substring scan.
#![allow(clippy::print_stdout, reason = "the figures are what this is for")]

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use irate::domain::{
    Attention, Contact, Counts, Edges, Episode, Field, FieldValue, Flag, Level, Named, Plain, Row, Score, Ticket,
    TicketId, ToneTrack,
};
use irate::query::{Context, Query, Thresholds};
use jiff::{SignedDuration, Timestamp};

const ROWS: usize = 100_000;

const SUMMARIES: [&str; 5] = [
    "Outlook keeps asking for the password since this morning",
    "VPN drops every ten minutes for the whole accounting team",
    "New starter on Monday: laptop, licences and phone needed",
    "Printer on the third floor prints blank pages again",
    "Cannot open shared drive, says the network path was not found",
];

fn now() -> Timestamp {
    Timestamp::from_second(1_786_000_000).expect("in range")
}

fn row(index: usize) -> Row {
    let opened_at = now() - SignedDuration::from_mins(index as i64 % 20_000);
    let score = Score::clamped((index % 200) as f64 / 100.0 - 1.0);
    let field = |label: &str| FieldValue::new(label, index % 7);
    Row {
        ticket: Ticket {
            id: TicketId::new(index.to_string()),
            number: Plain::new(&format!("#{index}")),
            summary: Plain::new(&format!("{} ({index})", SUMMARIES[index % SUMMARIES.len()])),
            client: Some(Named { id: Plain::new("1"), name: Plain::new(["Acme Dental", "Northwind"][index % 2]) }),
            contact: Contact::default(),
            fields: BTreeMap::from([
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
        },
        tone: ToneTrack::fold([score], &Edges::default()),
        embedded: false,
        reason: Plain::default(),
        urgency: Some(Level::clamped((index % 5) as u8 + 1)),
        impact: None,
        category: None,
        attention: Attention { total: (index % 1000) as f64 / 10.0, terms: Vec::new() },
        flags: if index.is_multiple_of(9) { BTreeSet::from([Flag::Cancel]) } else { BTreeSet::new() },
        waiting_since: Some(opened_at),
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

fn filter(criterion: &mut Criterion) {
    let rows: Vec<Row> = (0..ROWS).map(row).collect();
    let thresholds = Thresholds::default();
    let context = Context { now: now(), thresholds: &thresholds, text: &|_, _| false };
    let mut group = criterion.benchmark_group("100,000 rows");
    group.bench_function("plain substring scan", |bencher| {
        bencher.iter(|| rows.iter().filter(|row| row.ticket.summary.as_str().contains(black_box("blank"))).count());
    });
    for text in [
        "summary~blank",
        "blank",
        "open label>=negative",
        "open board:(\"service desk\" or noc) urgency>=threshold wait>2h",
        "open board:noc client:north* (score<-0.5 or flag:cancel) vpn sort:attention",
    ] {
        let query = Query::parse(text).expect("a query");
        group.bench_function(text, |bencher| {
            bencher.iter(|| rows.iter().filter(|row| query.matches(black_box(row), &context)).count());
        });
    }
    let query = Query::parse("sort:label,-wait").expect("a query");
    group.sample_size(10);
    group.bench_function("sorting by label and wait", |bencher| {
        bencher.iter(|| {
            let mut order: Vec<&Row> = rows.iter().collect();
            order.sort_by_cached_key(|row| query.rank(row, context.now));
            order.len()
        });
    });
    group.finish();
}

/// How much longer a filter on the titles should take at most than a plain scan of the same titles.
const WANTED: f64 = 3.0;

/// The best of several turns, one beside the other, so that a busy machine slows down both.
fn ratio(_: &mut Criterion) {
    let rows: Vec<Row> = (0..ROWS).map(row).collect();
    let thresholds = Thresholds::default();
    let context = Context { now: now(), thresholds: &thresholds, text: &|_, _| false };
    let query = Query::parse("summary~blank").expect("a query");
    let (mut scan, mut filter) = (Duration::MAX, Duration::MAX);
    for _ in 0..20 {
        let start = Instant::now();
        black_box(rows.iter().filter(|row| row.ticket.summary.as_str().contains(black_box("blank"))).count());
        scan = scan.min(start.elapsed());
        let start = Instant::now();
        black_box(rows.iter().filter(|row| query.matches(black_box(row), &context)).count());
        filter = filter.min(start.elapsed());
    }
    let ratio = filter.as_secs_f64() / scan.as_secs_f64();
    println!("a filter on the titles takes {ratio:.2} times a plain scan of them; {WANTED} is the aim");
}

criterion_group!(benches, filter, ratio);
criterion_main!(benches);
