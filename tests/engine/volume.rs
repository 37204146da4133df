//! How many calls it takes, for every PSA: the first import of a large tenant, and a busy working day
//! within a quarter of what the PSA lets a tenant do. Counted by the practice desk, on a simulated
//! clock, so that the figures are the same on every machine. `IRATE_VOLUME=full` tries ten thousand
//! tickets and a whole day; without it a tenth of the tickets and two hours.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::common::{Desk, look};
use irate::domain::{Mode, Plain, PsaKind, Row, TicketId};
use irate::practice::{Bulk, CallMade, WorldSettings};
use irate::seat::{Health, News};
use jiff::{SignedDuration, Timestamp};

macro_rules! keeps {
    ($name:ident, $kind:expr) => {
        mod $name {
            #[tokio::test]
            async fn a_first_import_takes_few_calls_more_than_it_must() {
                super::a_first_import_takes_few_calls_more_than_it_must($kind).await;
            }

            #[tokio::test]
            async fn a_busy_day_stays_within_its_share() {
                super::a_busy_day_stays_within_its_share($kind).await;
            }
        }
    };
}

keeps!(autotask, irate::domain::PsaKind::Autotask);
keeps!(connectwise, irate::domain::PsaKind::Connectwise);
keeps!(halo, irate::domain::PsaKind::Halo);
keeps!(kaseya_bms, irate::domain::PsaKind::KaseyaBms);

/// Tickets of the first import, and hours of the day.
fn volume() -> (u32, u64) {
    if std::env::var_os("IRATE_VOLUME").is_some_and(|volume| volume == "full") { (10_000, 8) } else { (1_000, 2) }
}

const MESSAGES: u32 = 5;

/// The figures are for people: `cargo test --test engine volume -- --nocapture` shows them.
#[expect(clippy::print_stdout, reason = "this is what it is for")]
fn tell(figures: &str) {
    println!("{figures}");
}

/// What a PSA lets a tenant do: calls, within how long, and whether each endpoint counts by itself.
fn tenant_limit(kind: PsaKind) -> (u32, Duration, bool) {
    match kind {
        PsaKind::Connectwise => (1000, Duration::from_secs(60), false),
        PsaKind::Autotask => (10_000, Duration::from_secs(3600), false),
        PsaKind::Halo => (500, Duration::from_secs(180), false),
        PsaKind::KaseyaBms => (1500, Duration::from_secs(3600), true),
    }
}

/// The fewest calls that can bring `tickets` with `messages` each, and how that comes about.
fn fewest(kind: PsaKind, tickets: u32, messages: u32) -> (u32, String) {
    let notes = tickets * (messages - 1);
    match kind {
        PsaKind::Connectwise => {
            let pages = tickets.div_ceil(1000);
            (pages + tickets, format!("{pages} pages of tickets + a call a ticket for its notes"))
        }
        PsaKind::Autotask => {
            let (pages, notes, times) = (tickets.div_ceil(500), notes.div_ceil(500), tickets.div_ceil(500));
            let told = format!("{pages} pages of tickets + {notes} of notes + {times} queries for time entries");
            (pages + notes + times, told)
        }
        PsaKind::Halo => {
            let pages = tickets.div_ceil(100);
            (pages + tickets, format!("{pages} pages of tickets + a call a ticket for its actions"))
        }
        PsaKind::KaseyaBms => {
            let pages = tickets.div_ceil(100);
            let told = format!("{pages} pages of tickets + a call a ticket for its notes + one for its time logs");
            (pages + 2 * tickets, told)
        }
    }
}

async fn a_first_import_takes_few_calls_more_than_it_must(kind: PsaKind) {
    let bulk = Bulk { tickets: volume().0, messages: MESSAGES };
    let desk = Desk::of(kind, |quiet| WorldSettings { bulk: Some(bulk), limit_scale: 10_000.0, ..quiet }).await;
    let data = tempfile::tempdir().expect("a folder");
    let began = desk.clock.now();
    let handle = desk.engine_without_judge(data.path(), Mode::Observe).await;
    let seat = handle.seat(Plain::new("sam")).await;
    let caught_up = loop {
        desk.run(5).await;
        let hours = desk.clock.now().duration_since(began).as_hours();
        assert!(hours < 24, "it never ends");
        let told = seat.waiting().into_iter().rev().find_map(|update| match update.news {
            News::Status(status) => Some(*status),
            _ => None,
        });
        let Some(status) = told else { continue };
        assert!(!matches!(status.psa, Health::Trouble { .. }), "after {hours} hours: {:?}", status.psa);
        if let Some(at) = status.fresh_at {
            break at;
        }
    };
    let made: Vec<CallMade> = desk.psa.calls().into_iter().filter(|call| call.at <= caught_up).collect();
    let calls = made.len();
    let before = rows(&seat).await;
    let world = u32::try_from(desk.psa.tickets().len()).expect("thousands");
    assert_eq!(before.len(), world as usize);
    let (fewest, formula) = fewest(kind, world, MESSAGES);
    let hours = caught_up.duration_since(began).as_secs_f64() / 3600.0;
    tell(&format!("{kind}: {world} tickets took {calls} calls; the fewest are {fewest} ({formula})"));
    tell(&format!("{kind}: at the whole of the PSA's limit that is {hours:.2} hours, at a quarter {:.2}", hours * 4.0));
    // What a start takes however many tickets there are.
    let (start, most) = (10.0, f64::from(fewest) * 1.1);
    assert!(calls as f64 <= most + start, "{fewest} would do, not {:?}", by_endpoint(&made));

    let touched: BTreeSet<TicketId> = desk.psa.tickets().into_iter().step_by(97).collect();
    for ticket in &touched {
        assert!(desk.psa.customer_writes(ticket, "Is there any news about this?"));
    }
    desk.run(1800).await;
    let after = rows(&seat).await;
    let moved = after.iter().filter(|(id, row)| before[*id].ticket.changed_at != row.ticket.changed_at);
    assert_eq!(moved.map(|(id, _)| id.clone()).collect::<BTreeSet<_>>(), touched, "exactly the changed ones");
    let told = touched.iter().all(|id| after[id].counts.messages == before[id].counts.messages + 1);
    assert!(told, "with what was written");
    handle.stop().await;
}

async fn rows(seat: &irate::seat::Seat) -> BTreeMap<TicketId, Row> {
    let mirror = irate::seat::Mirror::fetch(seat).await.expect("the engine answers");
    mirror.rows.into_iter().map(|(id, row)| (id, std::sync::Arc::unwrap_or_clone(row))).collect()
}

/// 2,000 changes in eight hours: one every fourteen seconds.
async fn a_busy_day_stays_within_its_share(kind: PsaKind) {
    let mut desk = Desk::of(kind, |quiet| WorldSettings { speed: 0.42, ..quiet }).await;
    // As a workspace has them that says nothing about it.
    (desk.budget_percent, desk.poll) = (25, Duration::from_secs(10));
    let data = tempfile::tempdir().expect("a folder");
    let handle = desk.engine_without_judge(data.path(), Mode::Observe).await;
    // What stands there at first is an import, not a working day.
    desk.run(3600).await;
    let began = desk.clock.now();
    let hours = volume().1;
    desk.run(hours * 3600).await;
    let changes = desk.psa.changes(began);
    desk.psa.pause();
    desk.run(180).await;
    let (rows, status) = look(&handle.seat(Plain::new("eve")).await).await;
    assert!(matches!(status.psa, Health::Good), "{:?}", status.psa);
    assert_eq!(rows.len(), desk.psa.tickets().len());

    let calls = desk.psa.calls();
    let (limit, window, each_endpoint) = tenant_limit(kind);
    let (busiest, endpoint) = busiest(&calls, window, each_endpoint);
    let share = limit / 4;
    tell(&format!(
        "{kind}: {changes} changes in {hours} hours; the busiest window held {busiest} calls ({endpoint}) of {share}"
    ));
    assert!(changes as u64 >= 235 * hours, "{changes}");
    assert!(busiest <= share as usize, "{busiest} calls, the share is {share}");
    let late = desk.clock.now().duration_since(status.fresh_at.expect("it looked"));
    assert!(late < SignedDuration::from_mins(3), "the last look was {late:#} ago");
    handle.stop().await;
}

fn by_endpoint(calls: &[CallMade]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for call in calls {
        *counts.entry(call.endpoint.as_str()).or_default() += 1;
    }
    counts
}

/// The most calls in any interval of that length, and where.
fn busiest(calls: &[CallMade], window: Duration, each_endpoint: bool) -> (usize, String) {
    let mut by_endpoint: BTreeMap<&str, Vec<Timestamp>> = BTreeMap::new();
    for call in calls {
        let name = if each_endpoint { call.endpoint.as_str() } else { "all calls" };
        by_endpoint.entry(name).or_default().push(call.at);
    }
    let most = by_endpoint.iter().map(|(endpoint, at)| (most_within(at, window), (*endpoint).to_owned()));
    most.max().expect("calls were made")
}

fn most_within(calls: &[Timestamp], window: Duration) -> usize {
    let window = SignedDuration::try_from(window).expect("short");
    let (mut first, mut most) = (0, 0);
    for (last, at) in calls.iter().enumerate() {
        while at.duration_since(calls[first]) >= window {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}
