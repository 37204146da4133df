//! What waits for whom. Pure: it says what to send next and when, and is told what came of it.
//!
//! Events of one ticket reach a target in their order: the next waits until the one before it has
//! arrived or was given up. Tickets do not wait for each other, nor targets.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::schedule;
use crate::domain::{HookId, HookKind, TicketId};

/// Events that may wait for one target.
const MOST_WAITING: usize = 1000;

/// Events on their way to one target at the same time.
const MOST_AT_ONCE: usize = 4;

/// How long a target that asks for patience without saying how long is left alone.
const UNTOLD_PAUSE: Duration = Duration::from_secs(60);

/// An event to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it is called.
    pub hook: HookId,
    /// What happened.
    pub kind: HookKind,
    /// The ticket it happened to; what belongs to none keeps its order too.
    pub ticket: Option<TicketId>,
    /// The payload, byte for byte.
    pub payload: Arc<str>,
}

/// An event on its way.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// The target's place in the list.
    pub target: usize,
    /// Its own place in the line.
    pub place: u64,
    /// What to deliver.
    pub message: Message,
}

/// Why an attempt failed, as far as the next one goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setback {
    /// How long the target wants to be left alone.
    pub wish: Option<Duration>,
    /// It asks us to slow down.
    pub throttled: bool,
}

/// What follows from a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is tried again then.
    Again {
        /// How often it was tried.
        attempts: u32,
        /// When the next attempt is due.
        at: Timestamp,
    },
    /// It was tried often enough.
    GivenUp {
        /// How often it was tried.
        attempts: u32,
    },
}

/// The lines before all targets.
#[derive(Debug)]
pub struct Outbox {
    lines: Vec<Line>,
    next_place: u64,
}

/// What waits for one target.
#[derive(Debug, Default)]
struct Line {
    waiting: BTreeMap<u64, Waiting>,
    /// The places of each ticket's events, oldest first.
    lanes: HashMap<Option<TicketId>, VecDeque<u64>>,
    /// The first of each lane, unless it is on its way or not written down yet.
    due: BTreeSet<(Timestamp, u64)>,
    on_the_way: usize,
    paused_until: Option<Timestamp>,
    /// It said that it is gone.
    off: bool,
}

#[derive(Debug)]
struct Waiting {
    message: Message,
    /// Whether it is on the disk: what is not might be forgotten.
    kept: bool,
    on_its_way: bool,
    attempts: u32,
    next_at: Timestamp,
}

impl Outbox {
    /// Nothing waits for any of `targets` targets.
    pub fn new(targets: usize) -> Self {
        Self { lines: (0..targets).map(|_| Line::default()).collect(), next_place: 0 }
    }

    /// Puts `message` in line for the target. It leaves once it is [`Self::kept`]. What had to make room
    /// for it comes back: the oldest change of tone, or else the oldest of all.
    pub fn add(&mut self, target: usize, message: Message, now: Timestamp) -> Option<Message> {
        let line = &mut self.lines[target];
        let dropped = if line.waiting.len() >= MOST_WAITING { line.make_room() } else { None };
        let place = self.next_place;
        self.next_place += 1;
        line.lanes.entry(message.ticket.clone()).or_default().push_back(place);
        let waiting = Waiting { message, kept: false, on_its_way: false, attempts: 0, next_at: now };
        line.waiting.insert(place, waiting);
        dropped
    }

    /// `hook` is on the disk.
    pub fn kept(&mut self, hook: &HookId) {
        for line in &mut self.lines {
            let fresh = line.waiting.iter_mut().rev().filter(|(_, waiting)| !waiting.kept);
            let kept = fresh.filter(|(_, waiting)| waiting.message.hook == *hook).map(|(_, waiting)| {
                waiting.kept = true;
                waiting.message.ticket.clone()
            });
            let lanes: Vec<Option<TicketId>> = kept.collect();
            lanes.iter().for_each(|lane| line.look_at(lane));
        }
    }

    /// Whether the target is switched off.
    pub fn is_off(&self, target: usize) -> bool {
        self.lines[target].off
    }

    /// How many events wait for the target, with those on their way.
    pub fn waiting(&self, target: usize) -> usize {
        self.lines[target].waiting.len()
    }

    /// How many events are on their way.
    pub fn on_the_way(&self) -> usize {
        self.lines.iter().map(|line| line.on_the_way).sum()
    }

    /// The next event that may leave now.
    pub fn next(&mut self, now: Timestamp) -> Option<Parcel> {
        self.lines.iter_mut().enumerate().find_map(|(target, line)| {
            let (place, message) = line.next(now)?;
            Some(Parcel { target, place, message })
        })
    }

    /// When something may leave that may not now.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        self.lines.iter().filter_map(Line::wakes_at).min()
    }

    /// The target took it; how often it was tried.
    pub fn delivered(&mut self, target: usize, place: u64) -> u32 {
        self.lines[target].returned();
        self.lines[target].take_out(place).map_or(0, |waiting| waiting.attempts)
    }

    /// An attempt failed, where `chance` is in [0, 1).
    pub fn failed(&mut self, target: usize, place: u64, setback: Setback, now: Timestamp, chance: f64) -> Verdict {
        let line = &mut self.lines[target];
        line.returned();
        let Some(waiting) = line.waiting.get_mut(&place) else { return Verdict::GivenUp { attempts: 0 } };
        let attempts = waiting.attempts;
        let next = schedule::wait(attempts, setback.wish, chance);
        if setback.throttled || setback.wish.is_some() {
            let pause = setback.wish.map_or(UNTOLD_PAUSE, schedule::within_reason);
            line.paused_until = line.paused_until.max(now.saturating_add(pause).ok());
        }
        let Some(wait) = next else {
            line.take_out(place);
            return Verdict::GivenUp { attempts };
        };
        let at = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        waiting.on_its_way = false;
        waiting.next_at = at;
        let lane = waiting.message.ticket.clone();
        line.look_at(&lane);
        Verdict::Again { attempts, at }
    }

    /// It can never be delivered; how often it was tried.
    pub fn undeliverable(&mut self, target: usize, place: u64) -> u32 {
        self.delivered(target, place)
    }

    /// The target is gone: nothing leaves for it any more. What waited for it.
    pub fn switch_off(&mut self, target: usize) -> Vec<(Message, u32)> {
        let line = &mut self.lines[target];
        line.returned();
        let on_the_way = line.on_the_way;
        let waiting = std::mem::take(&mut line.waiting).into_values();
        *line = Line { off: true, on_the_way, ..Line::default() };
        waiting.map(|waiting| (waiting.message, waiting.attempts)).collect()
    }
}

impl Line {
    fn next(&mut self, now: Timestamp) -> Option<(u64, Message)> {
        if self.on_the_way >= MOST_AT_ONCE || self.paused_until.is_some_and(|until| now < until) {
            return None;
        }
        let (at, place) = *self.due.first().filter(|(at, _)| *at <= now)?;
        self.due.remove(&(at, place));
        let waiting = self.waiting.get_mut(&place)?;
        waiting.on_its_way = true;
        waiting.attempts += 1;
        self.on_the_way += 1;
        Some((place, waiting.message.clone()))
    }

    fn wakes_at(&self) -> Option<Timestamp> {
        // With as many on their way as may be, the next return wakes us.
        let (first, _) = self.due.first().filter(|_| self.on_the_way < MOST_AT_ONCE)?;
        Some(self.paused_until.map_or(*first, |until| until.max(*first)))
    }

    /// One that was on its way is back, whatever came of it.
    fn returned(&mut self) {
        self.on_the_way = self.on_the_way.saturating_sub(1);
    }

    /// Lets the first event of a lane leave when its time comes.
    fn look_at(&mut self, lane: &Option<TicketId>) {
        let Some(first) = self.lanes.get(lane).and_then(|places| places.front()) else { return };
        if let Some(waiting) = self.waiting.get(first).filter(|waiting| waiting.kept && !waiting.on_its_way) {
            self.due.insert((waiting.next_at, *first));
        }
    }

    fn take_out(&mut self, place: u64) -> Option<Waiting> {
        let waiting = self.waiting.remove(&place)?;
        let lane = waiting.message.ticket.clone();
        self.due.remove(&(waiting.next_at, place));
        if let Some(places) = self.lanes.get_mut(&lane) {
            places.retain(|held| *held != place);
            if places.is_empty() {
                self.lanes.remove(&lane);
            }
        }
        self.look_at(&lane);
        Some(waiting)
    }

    fn make_room(&mut self) -> Option<Message> {
        let idle = || self.waiting.iter().filter(|(_, waiting)| !waiting.on_its_way);
        let tone = idle().find(|(_, waiting)| waiting.message.kind == HookKind::SentimentChanged);
        let place = *tone.or_else(|| idle().next())?.0;
        self.take_out(place).map(|waiting| waiting.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Timestamp {
        "2026-03-04T09:00:00Z".parse().expect("a time")
    }

    fn after(seconds: u64) -> Timestamp {
        start() + Duration::from_secs(seconds)
    }

    fn of_kind(kind: HookKind, hook: &str, ticket: &str) -> Message {
        let ticket = (!ticket.is_empty()).then(|| TicketId::new(ticket));
        Message { hook: HookId::new(hook), kind, ticket, payload: "{}".into() }
    }

    fn message(hook: &str, ticket: &str) -> Message {
        of_kind(HookKind::Escalated, hook, ticket)
    }

    /// An outbox in which these wait, for one target.
    fn holding(messages: &[(&str, &str)]) -> Outbox {
        let mut outbox = Outbox::new(1);
        for (hook, ticket) in messages {
            assert_eq!(outbox.add(0, message(hook, ticket), start()), None);
            outbox.kept(&HookId::new(hook));
        }
        outbox
    }

    fn leaving(outbox: &mut Outbox, now: Timestamp) -> Vec<(String, u64)> {
        std::iter::from_fn(|| outbox.next(now)).map(|parcel| (parcel.message.hook.to_string(), parcel.place)).collect()
    }

    fn hooks(outbox: &mut Outbox, now: Timestamp) -> Vec<String> {
        leaving(outbox, now).into_iter().map(|(hook, _)| hook).collect()
    }

    #[test]
    fn a_ticket_keeps_its_order_and_holds_up_nobody_else() {
        let mut outbox = holding(&[("a1", "a"), ("a2", "a"), ("b1", "b"), ("x1", ""), ("x2", "")]);
        let first = leaving(&mut outbox, start());
        assert_eq!(first.iter().map(|(hook, _)| hook.as_str()).collect::<Vec<_>>(), ["a1", "b1", "x1"]);
        let again = outbox.failed(0, first[0].1, Setback::default(), start(), 0.0);
        assert_eq!(again, Verdict::Again { attempts: 1, at: after(5) });
        assert_eq!(outbox.delivered(0, first[2].1), 1);
        assert_eq!(hooks(&mut outbox, start()), ["x2"], "a2 waits for a1");
        assert_eq!(outbox.wakes_at(), Some(after(5)));
        assert_eq!(hooks(&mut outbox, after(5)), ["a1"]);
        assert_eq!(outbox.delivered(0, first[0].1), 2);
        assert_eq!(hooks(&mut outbox, after(5)), ["a2"]);
    }

    #[test]
    fn nothing_leaves_before_it_is_on_the_disk() {
        let mut outbox = Outbox::new(2);
        for target in 0..2 {
            outbox.add(target, message("a1", "a"), start());
            outbox.add(target, message("a2", "a"), start());
        }
        outbox.kept(&HookId::new("a2"));
        assert_eq!(hooks(&mut outbox, start()), [""; 0], "a1 comes first");
        outbox.kept(&HookId::new("a1"));
        assert_eq!(hooks(&mut outbox, start()), ["a1", "a1"], "one for each target");
    }

    #[test]
    fn after_the_last_wait_it_is_given_up_and_the_next_one_leaves() {
        let mut outbox = holding(&[("a1", "a"), ("a2", "a")]);
        let mut now = start();
        for attempt in 1..=10 {
            let parcel = outbox.next(now).expect("due");
            assert_eq!(parcel.message.hook.as_str(), "a1");
            match outbox.failed(0, parcel.place, Setback::default(), now, 0.5) {
                Verdict::Again { at, .. } => {
                    assert!(attempt < 10 && outbox.next(now).is_none());
                    now = at;
                }
                verdict => assert_eq!((attempt, verdict), (10, Verdict::GivenUp { attempts: 10 })),
            }
        }
        assert!(now > after(75 * 3600));
        assert_eq!(hooks(&mut outbox, now), ["a2"]);
    }

    #[test]
    fn a_target_that_asks_for_patience_is_left_alone_by_all_tickets() {
        let mut outbox = holding(&[("a1", "a"), ("b1", "b")]);
        let parcel = outbox.next(start()).expect("due");
        let slow = Setback { wish: Some(Duration::from_secs(90)), throttled: true };
        outbox.failed(0, parcel.place, slow, start(), 0.0);
        assert_eq!(hooks(&mut outbox, after(89)), [""; 0]);
        assert_eq!(outbox.wakes_at(), Some(after(90)));
        assert_eq!(hooks(&mut outbox, after(90)), ["b1", "a1"]);
    }

    #[test]
    fn few_are_on_their_way_at_once() {
        let many: Vec<(String, String)> = (0..9).map(|nth| (format!("h{nth}"), format!("t{nth}"))).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|(hook, ticket)| (hook.as_str(), ticket.as_str())).collect();
        let mut outbox = holding(&many);
        let first = leaving(&mut outbox, start());
        assert_eq!((first.len(), outbox.on_the_way(), outbox.wakes_at()), (MOST_AT_ONCE, MOST_AT_ONCE, None));
        outbox.delivered(0, first[0].1);
        assert_eq!(hooks(&mut outbox, start()), ["h4"]);
    }

    #[test]
    fn of_too_many_the_oldest_change_of_tone_makes_room() {
        let mut outbox = holding(&[("first", "t")]);
        let tone = |nth: usize| of_kind(HookKind::SentimentChanged, &format!("tone{nth}"), "t");
        (1..MOST_WAITING).for_each(|nth| assert_eq!(outbox.add(0, tone(nth), start()), None));
        let dropped = outbox.add(0, message("last", "t"), start()).expect("one too many");
        assert_eq!((dropped.hook.as_str(), outbox.waiting(0)), ("tone1", MOST_WAITING));
        let full: Vec<(String, String)> = (0..MOST_WAITING).map(|nth| (format!("h{nth}"), "t".into())).collect();
        let full: Vec<(&str, &str)> = full.iter().map(|(hook, ticket)| (hook.as_str(), ticket.as_str())).collect();
        let mut outbox = holding(&full);
        let on_its_way = outbox.next(start()).expect("due");
        assert_eq!(on_its_way.message.hook.as_str(), "h0");
        assert_eq!(outbox.add(0, message("last", "t"), start()).expect("one too many").hook.as_str(), "h1");
    }

    #[test]
    fn a_target_that_is_gone_gets_nothing_more() {
        let mut outbox = holding(&[("a1", "a"), ("a2", "a"), ("b1", "b")]);
        let on_their_way = leaving(&mut outbox, start());
        let waited = outbox.switch_off(0);
        assert_eq!(waited.iter().map(|(message, _)| message.hook.as_str()).collect::<Vec<_>>(), ["a1", "a2", "b1"]);
        assert!(outbox.is_off(0));
        assert_eq!(
            outbox.failed(0, on_their_way[1].1, Setback::default(), start(), 0.0),
            Verdict::GivenUp { attempts: 0 }
        );
        assert_eq!((outbox.on_the_way(), outbox.wakes_at()), (0, None));
    }
}
