//! The questions that wait for a judge: each once, the newest live messages first, history last and
//! only so many tickets of it a day.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use crate::domain::{MessageId, Provenance, TicketId};
use crate::seat::Asked;

use super::chain::Readers;

/// One question about one message.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Job {
    pub(super) message: MessageId,
    pub(super) triage: bool,
}

impl Job {
    pub(super) fn asked(&self) -> Asked {
        if self.triage { Asked::Triage } else { Asked::Tone }
    }
}

/// Fewest failures first, so that one poisonous message cannot hold up the rest; then live before
/// recent before history; then the newest.
type Rank = (u32, Reverse<Provenance>, Reverse<Timestamp>, Job);

/// What is in line, by who may read it.
pub(super) struct Queue {
    lines: BTreeMap<Readers, BTreeSet<Rank>>,
    places: HashMap<Job, (Readers, Rank)>,
    failed: HashMap<Job, u32>,
    history: History,
    /// History whose day has not come.
    resting: Vec<(Readers, Rank)>,
}

/// How much history is read.
struct History {
    /// Tickets a day (UTC); `None` is all at once.
    tickets_a_day: Option<usize>,
    day: i64,
    /// Those of today.
    begun: HashSet<TicketId>,
}

impl Queue {
    /// `begun`: the tickets whose history was read earlier today.
    pub(super) fn new(tickets_a_day: Option<usize>, now: Timestamp, begun: HashSet<TicketId>) -> Self {
        Self {
            lines: BTreeMap::new(),
            places: HashMap::new(),
            failed: HashMap::new(),
            history: History { tickets_a_day, day: day(now), begun },
            resting: Vec::new(),
        }
    }

    /// Puts a question in line; once.
    pub(super) fn add(&mut self, job: Job, readers: Readers, provenance: Provenance, at: Timestamp) {
        if self.places.contains_key(&job) {
            return;
        }
        let failures = self.failed.get(&job).copied().unwrap_or(0);
        let rank = (failures, Reverse(provenance), Reverse(at), job.clone());
        self.places.insert(job, (readers, rank.clone()));
        self.lines.entry(readers).or_default().insert(rank);
    }

    /// Takes the first question whose readers can be served now. Triage waits until the PSA's categories are known: what is asked must not hang on
    /// what arrives first.
    pub(super) fn take(
        &mut self,
        now: Timestamp,
        categories_known: bool,
        served: impl Fn(Readers) -> bool,
    ) -> Option<(Job, Readers)> {
        self.turn_day(now);
        let lines: Vec<Readers> = self.lines.keys().copied().filter(|readers| served(*readers)).collect();
        let firsts = lines.into_iter().filter_map(|readers| Some((self.first(readers, categories_known)?, readers)));
        let (rank, readers) = firsts.min()?;
        self.lines.get_mut(&readers)?.remove(&rank);
        let (_, Reverse(provenance), _, job) = rank;
        self.places.remove(&job);
        if provenance == Provenance::Backfill {
            self.history.begun.insert(job.message.ticket.clone());
        }
        Some((job, readers))
    }

    /// The first of a line; history beyond today's share goes to rest on the way.
    fn first(&mut self, readers: Readers, categories_known: bool) -> Option<Rank> {
        loop {
            let line = self.lines.get_mut(&readers)?;
            let rank = line.iter().find(|(.., job)| categories_known || !job.triage)?.clone();
            let (_, Reverse(provenance), _, job) = &rank;
            if *provenance != Provenance::Backfill || self.history.admits(&job.message.ticket) {
                return Some(rank);
            }
            line.remove(&rank);
            self.resting.push((readers, rank));
        }
    }

    fn turn_day(&mut self, now: Timestamp) {
        if self.history.turn(day(now)) {
            for (readers, rank) in std::mem::take(&mut self.resting) {
                self.lines.entry(readers).or_default().insert(rank);
            }
        }
    }

    /// When the next day's history may be read, where some waits for it.
    pub(super) fn next_day(&self) -> Option<Timestamp> {
        let midnight = || Timestamp::from_second((self.history.day + 1) * SECONDS_A_DAY).ok();
        if self.resting.is_empty() { None } else { midnight() }
    }

    /// The question failed once more.
    pub(super) fn failed(&mut self, job: &Job) {
        *self.failed.entry(job.clone()).or_default() += 1;
    }

    /// The question is over.
    pub(super) fn over(&mut self, job: &Job) {
        self.failed.remove(job);
    }

    /// Everything in line, at rest too.
    pub(super) fn jobs(&self) -> impl Iterator<Item = &Job> {
        self.places.keys()
    }

    /// How many questions may be asked today.
    pub(super) fn in_line(&self) -> usize {
        self.places.len() - self.resting.len()
    }

    /// How many are about history whose day has not come.
    pub(super) fn resting(&self) -> usize {
        self.resting.len()
    }

    /// Whether nothing may be asked today.
    pub(super) fn is_idle(&self) -> bool {
        self.in_line() == 0
    }
}

impl History {
    fn admits(&self, ticket: &TicketId) -> bool {
        self.begun.contains(ticket) || self.tickets_a_day.is_none_or(|most| self.begun.len() < most)
    }

    fn turn(&mut self, today: i64) -> bool {
        let turns = today != self.day;
        if turns {
            self.day = today;
            self.begun.clear();
        }
        turns
    }
}

const SECONDS_A_DAY: i64 = 86_400;

/// The number of a UTC day.
pub(super) fn day(at: Timestamp) -> i64 {
    at.as_second().div_euclid(SECONDS_A_DAY)
}

/// When the UTC day of `at` began.
pub(super) fn day_start(at: Timestamp) -> Timestamp {
    Timestamp::from_second(day(at) * SECONDS_A_DAY).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::domain::Consent;

    const CLOUD: Readers = Readers { consent: Consent::Cloud, estimate: true };
    const LOCAL: Readers = Readers { consent: Consent::Local, estimate: true };

    fn start() -> Timestamp {
        "2026-08-14T20:00:00Z".parse().expect("a time")
    }

    fn at(minutes: i64) -> Timestamp {
        start() + SignedDuration::from_mins(minutes)
    }

    fn job(ticket: &str, native: u32) -> Job {
        Job { message: MessageId::note(TicketId::new(ticket), native), triage: false }
    }

    fn queue(tickets_a_day: Option<usize>) -> Queue {
        Queue::new(tickets_a_day, start(), HashSet::new())
    }

    fn taken(queue: &mut Queue, now: Timestamp) -> Vec<String> {
        std::iter::from_fn(|| queue.take(now, true, |_| true)).map(|(job, _)| job.message.to_string()).collect()
    }

    #[test]
    fn live_comes_before_recent_before_history_and_the_newest_first() {
        let mut queue = queue(None);
        for (native, provenance, minutes) in [
            (1, Provenance::Backfill, 9),
            (2, Provenance::Live, 1),
            (3, Provenance::Recent, 8),
            (4, Provenance::Live, 2),
            (5, Provenance::Backfill, 10),
        ] {
            queue.add(job("7", native), CLOUD, provenance, at(minutes));
            queue.add(job("7", native), CLOUD, provenance, at(minutes));
        }
        assert_eq!(taken(&mut queue, start()), ["7/note/4", "7/note/2", "7/note/3", "7/note/5", "7/note/1"]);
        assert!(queue.is_idle());
    }

    #[test]
    fn what_failed_waits_behind_what_did_not() {
        let mut queue = queue(None);
        queue.failed(&job("7", 1));
        queue.add(job("7", 1), CLOUD, Provenance::Live, at(2));
        queue.add(job("7", 2), CLOUD, Provenance::Backfill, at(1));
        assert_eq!(taken(&mut queue, start()), ["7/note/2", "7/note/1"]);
        queue.over(&job("7", 1));
        queue.add(job("7", 1), CLOUD, Provenance::Live, at(2));
        queue.add(job("7", 2), CLOUD, Provenance::Backfill, at(1));
        assert_eq!(taken(&mut queue, start()), ["7/note/1", "7/note/2"]);
    }

    #[test]
    fn a_consent_that_cannot_be_served_holds_up_nobody_else() {
        let mut queue = queue(None);
        queue.add(job("7", 1), CLOUD, Provenance::Live, at(2));
        queue.add(job("8", 2), LOCAL, Provenance::Live, at(1));
        let local = queue.take(start(), true, |readers| readers == LOCAL);
        assert_eq!(local, Some((job("8", 2), LOCAL)));
        assert_eq!(queue.take(start(), true, |readers| readers == LOCAL), None);
        assert_eq!(taken(&mut queue, start()), ["7/note/1"]);
    }

    #[test]
    fn triage_waits_for_the_categories() {
        let mut queue = queue(None);
        let triage = Job { triage: true, ..job("7", 1) };
        queue.add(triage.clone(), CLOUD, Provenance::Live, at(1));
        assert_eq!(queue.take(start(), false, |_| true), None);
        assert_eq!(queue.take(start(), true, |_| true), Some((triage, CLOUD)));
    }

    #[test]
    fn so_many_tickets_of_history_a_day_the_newest_first_and_the_rest_tomorrow() {
        let mut queue = queue(Some(2));
        for (ticket, minutes) in [("1", 1), ("2", 2), ("3", 3), ("4", 4)] {
            queue.add(job(ticket, 1), CLOUD, Provenance::Backfill, at(minutes));
            queue.add(job(ticket, 2), CLOUD, Provenance::Backfill, at(minutes - 10));
        }
        assert_eq!(taken(&mut queue, start()), ["4/note/1", "3/note/1", "4/note/2", "3/note/2"]);
        assert!(queue.is_idle());
        queue.add(job("9", 1), CLOUD, Provenance::Live, at(5));
        assert_eq!(taken(&mut queue, start()), ["9/note/1"], "live is not counted");
        let midnight = queue.next_day().expect("some rests");
        assert_eq!(midnight, "2026-08-15T00:00:00Z".parse().expect("a time"));
        assert_eq!(taken(&mut queue, midnight), ["2/note/1", "1/note/1", "2/note/2", "1/note/2"]);
        assert_eq!(queue.next_day(), None);
    }

    #[test]
    fn what_was_begun_before_a_restart_counts() {
        let begun = HashSet::from([TicketId::new("1")]);
        let mut queue = Queue::new(Some(1), start(), begun);
        queue.add(job("1", 1), CLOUD, Provenance::Backfill, at(1));
        queue.add(job("2", 1), CLOUD, Provenance::Backfill, at(2));
        assert_eq!(taken(&mut queue, start()), ["1/note/1"]);
    }
}
