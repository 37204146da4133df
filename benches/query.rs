//! A filter over a large queue, beside the least that any filter could do: a plain substring scan.
#![allow(clippy::print_stdout, reason = "the figures are what this is for")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use irate::domain::Row;
use irate::query::{Context, Query, Thresholds};

mod desk;

use desk::now;

const ROWS: usize = 100_000;

fn filter(criterion: &mut Criterion) {
    let rows: Vec<Row> = desk::rows(ROWS).collect();
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
        "open board:noc client:\"client 1*\" (score<-0.5 or flag:cancel) vpn sort:attention",
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
    let rows: Vec<Row> = desk::rows(ROWS).collect();
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
