//! The screen at 100,000 tickets: a frame beside one at 100, a keystroke of filter and sort beside the
//! least any could do, and a key while 5,000 updates a second come in.
//!
//! Each figure is a ratio of two of one run, printed beside its aim: a frame does not grow with the queue
//! (1.2 times at most), and ninety-nine of a hundred keys are on the screen within a frame's time.
#![allow(clippy::print_stdout, reason = "the figures are what this is for")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use irate::domain::{Counts, Meter, Mode};
use irate::seat::{Health, JudgeQueue, Mirror, News, Spend, Status, Update};
use irate::tui::Rehearsal;
use jiff::SignedDuration;

mod desk;

use desk::{now, row};

/// A frame at 30 frames a second.
const FRAME: Duration = Duration::from_millis(33);

/// How often the screen takes in news, and what comes in between at 5,000 updates a second.
const NEWS: SignedDuration = SignedDuration::from_millis(250);
const UPDATES: usize = 1250;

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
    let rows = desk::rows(tickets).map(|row| (row.ticket.id.clone(), row.into())).collect();
    let mirror = Mirror { rows, status: Some(status()), storms: Vec::new(), seq: 1 };
    Rehearsal::new(desk::welcome(), mirror, (160, 50), now(), true).unwrap_or_else(|error| panic!("{error}"))
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

/// A figure and what it may be at most. The quick form only shows it: there the machine is busy.
fn figure(what: &str, value: f64, unit: &str, most: f64) {
    println!("{what}: {value:.2} {unit} ({most} at most)");
    let quick = std::env::args().any(|arg| arg == "--test");
    assert!(quick || value <= most, "{what} takes too long");
}

fn main() {
    let quick = std::env::args().any(|arg| arg == "--test");
    let large = if quick { 5_000 } else { 100_000 };
    let (mut few, mut many) = (screen(100), screen(large));
    // Side by side, so that the machine's mood strikes both alike.
    let mut ratios: Vec<f64> =
        (0..5).map(|_| draw_at(&mut many).as_secs_f64() / draw_at(&mut few).as_secs_f64()).collect();
    ratios.sort_by(f64::total_cmp);
    figure(&format!("a frame at {large} tickets beside one at 100"), ratios[2], "times", 1.2);

    let titles: Vec<String> = desk::rows(large).map(|row| row.ticket.summary.to_string()).collect();
    let scan = median(9, || {
        black_box(titles.iter().filter(|title| title.contains(black_box("blank"))).count());
    });
    let beside = |took: Duration| took.as_secs_f64() / scan.as_secs_f64();
    let frames = |took: Duration| took.as_secs_f64() / FRAME.as_secs_f64();
    many.press('/');
    "client:\"Client 7\" wait>1h".chars().for_each(|key| many.press(key));
    let filter = median(21, || {
        many.press('h');
        black_box(frame(&mut many));
        many.press('h');
        black_box(frame(&mut many));
    }) / 2;
    many.press('\u{1b}');
    println!("a keystroke of the filter takes {:.0} plain scans of the titles", beside(filter));
    figure(&format!("a keystroke of the filter at {large} tickets"), frames(filter), "frames", 1.0);
    let sort = median(9, || {
        "Sw".chars().for_each(|key| many.press(key));
        black_box(frame(&mut many));
    });
    println!("sorting by another field takes {:.0} plain scans of the titles", beside(sort));
    figure(&format!("sorting by another field at {large} tickets"), frames(sort), "frames", 3.0);

    let mut luck = fastrand::Rng::with_seed(7);
    let mut keys: Vec<Duration> = Vec::new();
    for turn in 0..200 {
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
    figure("99 of 100 keys among 5,000 updates a second", frames(keys[197]), "frames", 1.0);
}
