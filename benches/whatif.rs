//! A look back over stored readings, beside the floor of reading the same bytes from the disk and
//! parsing them. Both are measured in one run, so that the ratio says the same on every machine.
#![allow(clippy::print_stdout, reason = "the figures are what this is for")]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use irate::domain::{
    Confidence, Flag, Judged, Judgement, Level, MessageId, Mode, Origin, Plain, PsaKind, Quote, Reading, Score,
    TicketId, Tone, Triage, Weights,
};
use irate::engine::{Clients, Complete, History};
use irate::journal::{About, ReadingLine, Readings};
use irate::policy::whatif::{Stage, play};
use irate::policy::{Notes, Policy, default_rules};
use jiff::{SignedDuration, Timestamp};

/// The most a look back may take, as a multiple of the floor.
const MOST: f64 = 5.0;

/// Lines a ticket has: one triage, the rest tones.
const A_TICKET: usize = 8;

fn at(seconds: usize) -> Timestamp {
    Timestamp::from_second(1_780_000_000).expect("in range") + SignedDuration::from_secs(seconds as i64)
}

fn reading<T>(value: T, at: Timestamp) -> Judgement<T> {
    let origin = Origin {
        embedded: false,
        model: Plain::new("some-model-2026-08"),
        prompt: Plain::new("0123456789ab"),
        tokens_in: 812,
        tokens_out: 96,
        cost_micros: Some(163),
        cached: false,
        at,
    };
    Judgement::Read(Reading { value, confidence: Confidence::Normal, origin })
}

/// One line: tickets come in turns, as they do on a desk.
fn line(number: usize, tickets: usize) -> ReadingLine {
    let (ticket, turn) = (number % tickets, number / tickets);
    let judged_at = at(number * 20 + 30);
    let id = TicketId::new((40_000 + ticket).to_string());
    let native = if turn == 0 { 0 } else { turn - 1 };
    let message = MessageId::note(id, 700_000 + ticket * A_TICKET + native);
    let about =
        About { message, at: at(number * 20), judged_at, client: Some(Plain::new(&format!("{}", ticket % 90))) };
    let quote = Quote::verified("still down", "It is still down.");
    if turn == 0 {
        let judged = |level: usize| Judged {
            value: Level::clamped(level as u8),
            reason: Plain::default(),
            quote: quote.clone(),
        };
        let triage = Triage { urgency: judged(number % 9 / 2 + 1), impact: judged(number % 7 / 2 + 1), category: None };
        return ReadingLine::triage(about, &reading(triage, judged_at)).expect("final");
    }
    let tone = Tone {
        score: Score::clamped((number * 7919 % 2000) as f64 / 1000.0 - 1.0),
        reason: Plain::default(),
        quotes: quote.into_iter().collect(),
        flags: if number.is_multiple_of(11) { [Flag::FollowUp].into() } else { Default::default() },
    };
    ReadingLine::tone(about, &reading(tone, judged_at)).expect("final")
}

fn policy() -> Policy {
    let notes = Notes::new([]).expect("the embedded templates are sound");
    Policy {
        mode: Mode::Suggest,
        hands_off: vec![Plain::new("Waiting on Vendor")],
        rules: default_rules(PsaKind::Halo, "High", Some("Escalations"), Some("Kenji Mori")),
        ..Policy::new(PsaKind::Halo, notes)
    }
}

/// Reads and parses every line, and nothing else.
fn floor(data: &Path) -> usize {
    let mut lines = 0;
    let readings = Readings::open(data).expect("opened");
    readings.replay(|line| lines += usize::from(black_box(line).model().is_some())).expect("read");
    lines
}

/// What `irate policy whatif` does.
fn look_back(data: &Path, policy: &Policy) -> usize {
    let clients = Clients::default();
    let mut history = History::new(Vec::new(), &[], &clients, true);
    Readings::open(data).expect("opened").replay(|line| history.add(&line)).expect("read");
    let Complete { happenings, categories, .. } = history.complete();
    let (weights, picklists) = (Weights::default(), policy.assumed_picklists(&categories));
    let (calendars, until) = (Default::default(), at(100_000_000));
    play(&Stage { policy, weights: &weights, calendars: &calendars, picklists: &picklists, until }, happenings).len()
}

fn fastest(rounds: usize, run: impl Fn() -> usize) -> (Duration, usize) {
    let timed = (0..rounds).map(|_| {
        let began = Instant::now();
        let result = black_box(run());
        (began.elapsed(), result)
    });
    timed.min().unwrap_or_default()
}

fn main() {
    let quick = std::env::args().any(|argument| argument == "--test");
    let (lines, rounds) = if quick { (10_000, 3) } else { (100_000, 5) };
    let data = tempfile::tempdir().expect("a folder");
    let all: Vec<ReadingLine> = (0..lines).map(|number| line(number, lines / A_TICKET)).collect();
    Readings::open(data.path()).expect("opened").append(&all).expect("written");
    let policy = policy();
    let (floor, read) = fastest(rounds, || floor(data.path()));
    let (whole, escalations) = fastest(rounds, || look_back(data.path(), &policy));
    let ratio = whole.as_secs_f64() / floor.as_secs_f64();
    println!("{read} readings read and parsed: {floor:.1?}");
    println!("the same with {escalations} escalations found: {whole:.1?}, {ratio:.2} times as long (at most {MOST})");
    assert!(escalations > lines / 100, "the history asks for something");
    assert!(ratio <= MOST, "{ratio:.2} times the floor");
}
