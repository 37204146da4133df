//! The screen at 100,000 tickets: a frame beside one at 100, a keystroke of filter and sort beside the
//! least any could do, and a key while 5,000 updates a second come in.
//!
//! Each figure is a ratio of two of one run, printed beside its aim: a frame does not grow with the queue
//! (1.2 times at most), and ninety-nine of a hundred keys are on the screen within a frame's time.
#![allow(clippy::print_stdout, reason = "the figures are what this is for")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use irate::domain::{
    Attention, Contact, Counts, Edges, Episode, Field, FieldValue, Flag, Level, Meter, Mode, Named, Plain, PsaKind,
    Row, Score, Ticket, TicketId, ToneTrack,
};
use irate::query::Thresholds;
use irate::seat::{Health, JudgeQueue, Mirror, News, SavedView, Spend, Status, Update, VERSION, Welcome};
use irate::tui::Rehearsal;
use jiff::{SignedDuration, Timestamp};

/// A frame at 30 frames a second.
const FRAME: Duration = Duration::from_millis(33);

/// How often the screen takes in news, and what comes in between at 5,000 updates a second.
const NEWS: SignedDuration = SignedDuration::from_millis(250);
const UPDATES: usize = 1250;

fn now() -> Timestamp {
    Timestamp::from_second(1_786_000_000).unwrap_or_default()
}

fn row(index: usize, attention: f64) -> Row {
    let opened_at = now() - SignedDuration::from_mins(index as i64 % 20_000);
    let score = Score::clamped((index % 200) as f64 / 100.0 - 1.0);
    let field = |label: &str| FieldValue::new(label, index % 7);
    Row {
        ticket: Ticket {
            id: TicketId::new(index.to_string()),
            number: Plain::new(&format!("#{index}")),
            summary: Plain::new(&format!("Printer on floor {} prints blank pages again", index % 40)),
            client: Some(Named { id: Plain::new("1"), name: Plain::new(&format!("Client {}", index % 300)) }),
            contact: Contact::default(),
            fields: BTreeMap::from([
                (Field::Board, field(["Service Desk", "NOC", "Projects"][index % 3])),
                (Field::Status, field(["New", "In Progress"][index % 2])),
                (Field::Priority, field("Medium")),
            ]),
            opened_at,
            changed_at: opened_at,
            closed_at: None,
            closed: false,
            due_at: None,
            link: None,
        },
        tone: ToneTrack::fold([score], &Edges::default()),
        embedded: false,
        reason: Plain::default(),
        urgency: Some(Level::clamped((index % 5) as u8 + 1)),
        impact: None,
        category: None,
        attention: Attention { total: attention, terms: Vec::new() },
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

fn status() -> Status {
    Status {
        psa: Health::Good,
        fresh_at: Some(now()),
        meter: Meter::default(),
        judge: Health::Good,
        spend: Spend::default(),
        queue: JudgeQueue::default(),
        coverage: Counts::default(),
        open: 0,
        proposals: 0,
        acting: 0,
        mode: Mode::Suggest,
        trend_alert: None,
        warnings: Vec::new(),
    }
}

fn screen(tickets: usize) -> Rehearsal {
    let rows: HashMap<TicketId, Arc<Row>> = (0..tickets)
        .map(|index| row(index, (index % 1000) as f64 / 10.0))
        .map(|row| (row.ticket.id.clone(), row.into()))
        .collect();
    let view = |name: &str, query: &str| SavedView { name: Plain::new(name), query: query.into() };
    let welcome = Welcome {
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
    };
    let mirror = Mirror { rows, status: Some(status()), storms: Vec::new(), seq: 1 };
    Rehearsal::new(welcome, mirror, (160, 50), now(), true).unwrap_or_else(|error| panic!("{error}"))
}

fn frame(screen: &mut Rehearsal) -> usize {
    screen.frame().map_or(0, |bytes| bytes.len())
}

/// The median of what `work` takes.
fn median(times: usize, mut work: impl FnMut()) -> Duration {
    let mut took: Vec<Duration> = (0..times).map(|_| timed(&mut work)).collect();
    took.sort();
    took[times / 2]
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

/// A whole frame, of the list as the cursor goes down it.
fn draw_at(screen: &mut Rehearsal) -> Duration {
    frame(screen);
    median(301, || {
        screen.press('j');
        black_box(frame(screen));
    })
}

fn updates(seq: u64, tickets: usize, luck: &mut fastrand::Rng) -> Vec<Update> {
    let update = |offset| {
        let index = luck.usize(0..tickets);
        let row = row(index, luck.f64() * 100.0);
        let news = News::Ticket { ticket: row.ticket.id.clone(), row: row.into() };
        Update { seq: seq + offset as u64, at: now(), news }
    };
    (0..UPDATES).map(update).collect()
}

fn main() {
    let large = 100_000;
    let (mut few, mut many) = (screen(100), screen(large));
    // Side by side, so that the machine's mood strikes both alike.
    let ratios: Vec<f64> = (0..5).map(|_| draw_at(&mut many).as_secs_f64() / draw_at(&mut few).as_secs_f64()).collect();
    let mut sorted = ratios.clone();
    sorted.sort_by(f64::total_cmp);
    let ratio = sorted[2];
    println!("a frame at 100,000 tickets beside one at 100: {ratio:.2} times (1.2 at most)");

    let titles: Vec<String> = (0..large).map(|index| row(index, 0.0).ticket.summary.to_string()).collect();
    let scan = median(9, || {
        black_box(titles.iter().filter(|title| title.contains(black_box("floor 7"))).count());
    });
    many.press('/');
    "client:\"Client 7\" wait>1h".chars().for_each(|key| many.press(key));
    let filter = median(9, || {
        many.press('h');
        black_box(frame(&mut many));
        many.press('h');
    });
    many.press('\u{1b}');
    let sort = median(9, || {
        "Sw".chars().for_each(|key| many.press(key));
        black_box(frame(&mut many));
    });
    let beside = |took: Duration| took.as_secs_f64() / scan.as_secs_f64();
    println!("scan {scan:?} filter {filter:?} sort {sort:?}");
    println!("a filter's keystroke beside a plain scan of the titles: {:.1} times", beside(filter) / 2.0);
    println!("sorting by another field beside a plain scan of the titles: {:.1} times", beside(sort));

    let mut luck = fastrand::Rng::with_seed(7);
    let mut keys: Vec<Duration> = Vec::new();
    for turn in 0..100 {
        let news = updates(turn * UPDATES as u64 + 2, large, &mut luck);
        many.pass(NEWS);
        // The key comes just after the news, and waits until it is taken in.
        keys.push(timed(|| {
            many.hear(news);
            many.press(if turn % 2 == 0 { 'j' } else { 'k' });
            black_box(frame(&mut many));
        }));
    }
    keys.sort();
    let p99 = keys[98];
    println!(
        "a key under 5,000 updates a second: {:.2} of a frame (99 of 100; 1 at most)",
        p99.as_secs_f64() / FRAME.as_secs_f64()
    );
}
