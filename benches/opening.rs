//! How soon a screen shows the queue, beside the least it could take to open the store it comes from; and
//! how much memory a screen takes.
#![allow(clippy::print_stdout, reason = "the figures are what this is for")]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use irate::domain::{Body, Clock, Heard, Message, MessageId, Plain, Provenance, Speaker, TicketRecord, Visibility};
use irate::seat::Mirror;
use irate::store::{Front, Store};
use irate::tui::Rehearsal;

mod desk;

const SIZE: (u16, u16) = (160, 50);

/// A ticket with two messages, as the store keeps it.
fn record(index: usize) -> TicketRecord {
    let ticket = desk::ticket(index);
    let heard = |number: u32| {
        let message = Message {
            id: MessageId::note(ticket.id.clone(), number),
            at: ticket.opened_at,
            speaker: Speaker::Customer,
            author: Plain::new("Jo Doe"),
            email: None,
            subject: None,
            visibility: Visibility::Public,
            body: Body { raw: "It is still down, and this is the third time. ".repeat(8), html: false },
        };
        Heard::new(message, Provenance::Backfill, None)
    };
    TicketRecord::new(ticket.clone()).with_messages((1..=2).map(heard).collect())
}

async fn fill(dir: &Path, tickets: usize) -> Result<(), Box<dyn std::error::Error>> {
    let opened = Store::open(dir, &Clock::system()).await?;
    for chunk in (0..tickets).collect::<Vec<_>>().chunks(2000) {
        opened.store.put_records(chunk.iter().copied().map(record).collect()).await?;
    }
    opened.store.close().await?;
    let mut rows: Vec<_> = desk::rows(tickets).map(Arc::new).collect();
    rows.sort_by(|a, b| b.attention.total.total_cmp(&a.attention.total));
    rows.truncate(200);
    Ok(Front { at: desk::now(), rows }.write(dir)?)
}

fn median(times: usize, mut work: impl FnMut()) -> Duration {
    let mut took: Vec<Duration> = (0..times)
        .map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed()
        })
        .collect();
    took.sort();
    took[times / 2]
}

/// Megabytes of this process that are in memory; nothing where nobody says so.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<f64>().ok().map(|kilobytes| kilobytes / 1000.0)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let quick = std::env::args().any(|arg| arg == "--test");
    let rows = desk::rows(20_000).map(|row| (row.ticket.id.clone(), row.into())).collect();
    let mut screen = Rehearsal::new(desk::welcome(), Mirror { rows, ..Mirror::default() }, SIZE, desk::now(), true)?;
    black_box(screen.frame()?);
    if let Some(megabytes) = resident() {
        println!("a screen with 20,000 tickets: {megabytes:.0} MB in memory (40 at most)");
        assert!(quick || megabytes <= 40.0, "a screen takes too much memory");
    }
    drop(screen);

    let tickets = if quick { 5_000 } else { 100_000 };
    let dir = tempfile::tempdir()?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(fill(dir.path(), tickets))?;

    let bare = median(5, || drop(black_box(sled::open(dir.path().join("sled")))));
    let page = median(5, || {
        let earlier = Front::read(dir.path()).map(|front| (front.at, front.rows));
        let screen = Rehearsal::opening(desk::welcome(), earlier, SIZE, desk::now());
        let bytes = screen.and_then(|mut screen| Ok(screen.frame().map_or(0, |bytes| bytes.len())));
        assert!(bytes.is_ok_and(|bytes| bytes > 2_000), "a full page");
    });
    let all = median(3, || {
        let opened = runtime.block_on(Store::open(dir.path(), &Clock::system()));
        if let Ok(opened) = opened {
            assert_eq!(opened.records.len(), tickets);
            drop(runtime.block_on(opened.store.close()));
        }
    });
    let beside = |took: Duration| took.as_secs_f64() / bare.as_secs_f64();
    println!("a bare open of the store of {tickets} tickets is 1");
    println!("the first full page of the queue: {:.3} (1.5 at most)", beside(page));
    println!("every ticket read from the store: {:.2}", beside(all));
    assert!(quick || beside(page) <= 1.5, "the first page comes too late");
    Ok(())
}
