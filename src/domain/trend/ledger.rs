//! Every customer message of the last [`Ledger::KEPT`] as three numbers: when, on which ticket, and
//! the score. Charts of any range and grouping are counted from them when somebody asks.
//!
//! A message takes 12 bytes and its place in the index 20 at most; names are kept once. A hundred
//! thousand messages on forty thousand tickets take less than 12 MB, whatever they say.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem::size_of;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::group::{By, Group, Member, Place};
use super::range::{Range, bar_at};
use super::{Tally, Trend};
use crate::domain::{Edges, MessageId, Plain, Score, TicketId};

/// What a score of 1 is in the ledger: scores are kept to four decimals.
pub(super) const UNIT: f64 = 10_000.0;

/// Stands for a message without a score.
const UNSCORED: i16 = i16::MIN;

/// Groups that are told, at most.
const MOST_GROUPS: usize = 100;

/// One message.
#[derive(Clone, Copy, Debug)]
struct Fact {
    /// When it was written, in seconds.
    at: u32,
    /// Its ticket's number in the ledger.
    ticket: u32,
    score: i16,
}

/// Where a ticket belongs, each name by its number.
#[derive(Clone, Debug)]
struct Known {
    id: TicketId,
    names: [u32; By::ALL.len()],
}

/// What is known of messages over time.
#[derive(Clone, Debug)]
pub struct Ledger {
    facts: Vec<Fact>,
    /// Where each message stands in `facts`, by the hash of its name.
    places: HashMap<u64, u32>,
    tickets: Vec<Known>,
    numbers: HashMap<TicketId, u32>,
    names: Vec<Plain>,
    spelt: HashMap<Plain, u32>,
    /// What is older is not taken in.
    since: u32,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            facts: Vec::new(),
            places: HashMap::new(),
            tickets: Vec::new(),
            numbers: HashMap::new(),
            // Number 0 is no name.
            names: vec![Plain::default()],
            spelt: HashMap::from([(Plain::default(), 0)]),
            since: 0,
        }
    }
}

impl Ledger {
    /// How long a message is kept: the longest range, and a day.
    pub const KEPT: SignedDuration = SignedDuration::from_hours(91 * 24);

    /// An empty one that takes in what is not too old at `now`.
    pub fn new(now: Timestamp) -> Self {
        Self { since: seconds(now.saturating_sub(Self::KEPT).unwrap_or(Timestamp::UNIX_EPOCH)), ..Self::default() }
    }

    /// Takes in a message, or what is thought of it now.
    pub fn put(&mut self, message: &MessageId, at: Timestamp, score: Option<Score>) {
        let at = seconds(at);
        if at < self.since {
            return;
        }
        let fact = Fact { at, ticket: self.number(&message.ticket), score: score.map_or(UNSCORED, stored) };
        let next = self.facts.len() as u32;
        let place = *self.places.entry(hash(message)).or_insert(next);
        match self.facts.get_mut(place as usize) {
            Some(held) => *held = fact,
            None => self.facts.push(fact),
        }
    }

    /// Puts a person's word in the place of the judge's, where the message is known.
    pub fn correct(&mut self, message: &MessageId, score: Score) {
        let place = self.places.get(&hash(message)).copied();
        if let Some(fact) = place.and_then(|place| self.facts.get_mut(place as usize)) {
            fact.score = stored(score);
        }
    }

    /// Says where a ticket belongs; only those with messages are kept.
    pub fn describe(&mut self, ticket: &TicketId, place: &Place) {
        let Some(number) = self.numbers.get(ticket).copied() else { return };
        let names = By::ALL.map(|by| self.spell(place.get(by)));
        if let Some(known) = self.tickets.get_mut(number as usize) {
            known.names = names;
        }
    }

    /// Where a ticket belongs, as far as anybody said.
    pub fn place(&self, ticket: &TicketId) -> Option<Place> {
        let known = self.tickets.get(*self.numbers.get(ticket)? as usize)?;
        let [client, board, category, team] = known.names.map(|name| self.name(name));
        Some(Place { client, board, category, team })
    }

    /// Every ticket it has messages of.
    pub fn known(&self) -> impl Iterator<Item = &TicketId> {
        self.tickets.iter().map(|known| &known.id)
    }

    /// Forgets what is too old at `now`, and tickets that have no message left.
    pub fn sweep(&mut self, now: Timestamp) {
        let old = std::mem::replace(self, Self::new(now));
        let mut kept: HashMap<u32, (u32, Fact)> = HashMap::new();
        let since = self.since;
        for (place, fact) in old.facts.iter().enumerate().filter(|(_, fact)| fact.at >= since) {
            let known = &old.tickets[fact.ticket as usize];
            let ticket = self.number(&known.id);
            if self.tickets[ticket as usize].names == [0; By::ALL.len()] {
                let names = known.names.map(|name| self.spell(&old.name(name)));
                self.tickets[ticket as usize].names = names;
            }
            kept.insert(place as u32, (self.facts.len() as u32, *fact));
            self.facts.push(Fact { ticket, ..*fact });
        }
        let moved = old.places.into_iter().filter_map(|(hash, place)| Some((hash, kept.get(&place)?.0)));
        self.places = moved.collect();
    }

    /// When messages with a score were written.
    pub fn scores(&self) -> impl Iterator<Item = (Timestamp, Score)> {
        let scored = self.facts.iter().filter(|fact| fact.score != UNSCORED);
        scored.map(|fact| (moment(fact.at), score(fact.score)))
    }

    /// The chart of `range` at `now`, with its groups where some are asked for.
    pub fn trend(&self, range: Range, by: Option<By>, now: Timestamp, zone: &TimeZone, labels: &Edges) -> Trend {
        let edges = range.edges(now, zone);
        let mut bars = vec![Tally::default(); range.bars()];
        let mut groups: HashMap<u32, Vec<Tally>> = HashMap::new();
        for fact in &self.facts {
            let Some(bar) = bar_at(&edges, moment(fact.at)) else { continue };
            let stored = (fact.score != UNSCORED).then_some(fact.score);
            let label = stored.map(|stored| labels.label(score(stored)));
            bars[bar].add(stored, label);
            if let Some(by) = by {
                let name = self.tickets[fact.ticket as usize].names[by as usize];
                groups.entry(name).or_insert_with(|| vec![Tally::default(); range.bars()])[bar].add(stored, label);
            }
        }
        let total = together(&bars).bar();
        let mut groups: Vec<Group> = groups.into_iter().map(|(name, bars)| group(self.name(name), &bars)).collect();
        groups.sort_by(Group::compare);
        let left_out = groups.len().saturating_sub(MOST_GROUPS);
        groups.truncate(MOST_GROUPS);
        Trend {
            range,
            zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            edges,
            bars: bars.into_iter().map(Tally::bar).collect(),
            total,
            by,
            groups,
            left_out,
            marks: Vec::new(),
            alert: None,
        }
    }

    /// The tickets with a message from `from` on and before `to`, of one group where one is asked for.
    pub fn tickets(&self, from: Timestamp, to: Timestamp, of: Option<&Member>) -> Vec<TicketId> {
        let wanted = of.map(|member| (member.by as usize, self.spelt.get(&member.name).copied()));
        let within = |fact: &&Fact| (seconds(from)..seconds(to)).contains(&fact.at);
        let mut numbers: Vec<u32> = self.facts.iter().filter(within).map(|fact| fact.ticket).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let known = numbers.into_iter().map(|number| &self.tickets[number as usize]);
        let belongs = |known: &&Known| wanted.is_none_or(|(by, name)| Some(known.names[by]) == name);
        known.filter(belongs).map(|known| known.id.clone()).collect()
    }

    /// How much memory it takes, by estimate.
    pub fn bytes(&self) -> usize {
        let text = |length: usize| length + 2 * size_of::<usize>();
        let ids: usize = self.tickets.iter().map(|known| text(known.id.as_str().len())).sum();
        let names: usize = self.names.iter().map(|name| text(name.as_str().len())).sum();
        // A hash table keeps up to twice as many slots as it fills, and a byte beside each.
        let table = |slots: usize, entry: usize| slots * (entry + 1) * 8 / 7;
        self.facts.capacity() * size_of::<Fact>()
            + table(self.places.capacity(), size_of::<(u64, u32)>())
            + self.tickets.capacity() * size_of::<Known>()
            + table(self.numbers.capacity(), size_of::<(TicketId, u32)>())
            + self.names.capacity() * size_of::<Plain>()
            + table(self.spelt.capacity(), size_of::<(Plain, u32)>())
            + ids
            + names
    }

    fn number(&mut self, ticket: &TicketId) -> u32 {
        if let Some(number) = self.numbers.get(ticket) {
            return *number;
        }
        let number = self.tickets.len() as u32;
        self.tickets.push(Known { id: ticket.clone(), names: [0; By::ALL.len()] });
        self.numbers.insert(ticket.clone(), number);
        number
    }

    fn spell(&mut self, name: &Plain) -> u32 {
        if let Some(number) = self.spelt.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.names.push(name.clone());
        self.spelt.insert(name.clone(), number);
        number
    }

    fn name(&self, number: u32) -> Plain {
        self.names.get(number as usize).cloned().unwrap_or_default()
    }
}

fn together(bars: &[Tally]) -> Tally {
    bars.iter().fold(Tally::default(), |mut sum, bar| {
        for (sum, count) in sum.counts.by_label.iter_mut().zip(bar.counts.by_label) {
            *sum += count;
        }
        sum.counts.unscored += bar.counts.unscored;
        sum.scores.extend(&bar.scores);
        sum
    })
}

fn group(name: Plain, bars: &[Tally]) -> Group {
    Group { name, total: together(bars).bar(), beats: bars.iter().map(|bar| bar.counts.into()).collect() }
}

fn hash(message: &MessageId) -> u64 {
    let mut hasher = DefaultHasher::new();
    message.hash(&mut hasher);
    hasher.finish()
}

fn seconds(at: Timestamp) -> u32 {
    u32::try_from(at.as_second().max(0)).unwrap_or(u32::MAX)
}

fn moment(seconds: u32) -> Timestamp {
    Timestamp::from_second(seconds.into()).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn stored(score: Score) -> i16 {
    (score.get() * UNIT).round() as i16
}

pub(super) fn score(stored: i16) -> Score {
    Score::clamped(f64::from(stored) / UNIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Label;

    fn now() -> Timestamp {
        "2026-03-04T10:20:00Z".parse().expect("a time")
    }

    fn ago(hours: i64) -> Timestamp {
        now() - SignedDuration::from_hours(hours)
    }

    fn message(ticket: &str, native: usize) -> MessageId {
        MessageId::note(TicketId::new(ticket), native)
    }

    fn place(client: &str, board: &str) -> Place {
        Place { client: Plain::new(client), board: Plain::new(board), ..Place::default() }
    }

    /// Two clients: one with few but sour messages, one with many.
    fn ledger() -> Ledger {
        let mut ledger = Ledger::new(now());
        for nth in 0..20 {
            let score = Score::clamped(if nth < 4 { -0.5 } else { 0.3 });
            ledger.put(&message("1", nth), ago(nth as i64), Some(score));
        }
        for nth in 0..6 {
            ledger.put(&message("2", nth), ago(2), Some(Score::clamped(-0.9)));
        }
        ledger.put(&message("2", 99), ago(30), None);
        ledger.put(&message("3", 0), ago(1), Some(Score::clamped(-1.0)));
        ledger.describe(&TicketId::new("1"), &place("Northwind", "Service Desk"));
        ledger.describe(&TicketId::new("2"), &place("Acme", "Service Desk"));
        ledger.describe(&TicketId::new("nobody"), &place("Nobody", "Nowhere"));
        ledger
    }

    fn trend(ledger: &Ledger, range: Range, by: Option<By>) -> Trend {
        ledger.trend(range, by, now(), &TimeZone::UTC, &Edges::default())
    }

    #[test]
    fn messages_fall_into_their_bars() {
        let day = trend(&ledger(), Range::Day, None);
        assert_eq!(day.edges[0].to_string(), "2026-03-03T11:00:00Z");
        assert_eq!((day.bars[23].counts.volume(), day.bars[22].counts.volume()), (1, 2));
        assert_eq!(day.bars[21].counts.count(Label::Urgent), 6);
        assert_eq!((day.total.counts.judged(), day.total.counts.unscored), (27, 0), "30 hours ago is out of it");
        assert_eq!(day.bars[0], Default::default(), "nothing scored is no score, not zero");
        let week = trend(&ledger(), Range::Week, None);
        assert_eq!((week.total.counts.volume(), week.total.counts.unscored), (28, 1));
    }

    #[test]
    fn what_is_said_later_of_a_message_takes_the_place_of_what_was_said_before() {
        let mut ledger = ledger();
        ledger.correct(&message("3", 0), Score::clamped(-0.3));
        assert_eq!(trend(&ledger, Range::Day, None).bars[22].counts.count(Label::Negative), 2);
        ledger.correct(&message("3", 77), Score::clamped(-0.3));
        ledger.put(&message("3", 0), ago(1), Some(Score::clamped(0.8)));
        let day = trend(&ledger, Range::Day, None);
        assert_eq!((day.total.counts.judged(), day.bars[22].counts.count(Label::Positive)), (27, 1));
    }

    #[test]
    fn groups_are_sorted_worst_first_and_those_of_a_few_messages_last() {
        let clients = trend(&ledger(), Range::Day, Some(By::Client));
        let names: Vec<&str> = clients.groups.iter().map(|group| group.name.as_str()).collect();
        assert_eq!(names, ["Acme", "Northwind", ""], "one message says little, however bad");
        let acme = &clients.groups[0];
        assert_eq!((acme.total.counts.bad_share(), acme.beats[21].bad), (Some(1.0), 6));
        let boards = trend(&ledger(), Range::Day, Some(By::Board));
        assert_eq!(boards.groups.len(), 2);
        assert_eq!(boards.groups[0].total.counts.judged(), 26);
    }

    #[test]
    fn a_bar_and_a_group_name_their_tickets() {
        let ledger = ledger();
        let ids = |from, to, of: Option<&Member>| -> Vec<String> {
            ledger.tickets(from, to, of).iter().map(ToString::to_string).collect()
        };
        assert_eq!(ids(ago(3), ago(1), None), ["1", "2"]);
        let acme = Member { by: By::Client, name: Plain::new("Acme") };
        assert_eq!(ids(ago(48), now(), Some(&acme)), ["2"]);
        let nameless = Member { by: By::Client, name: Plain::default() };
        assert_eq!(ids(ago(48), now(), Some(&nameless)), ["3"]);
        let unheard_of = Member { by: By::Client, name: Plain::new("Zzz") };
        assert!(ids(ago(48), now(), Some(&unheard_of)).is_empty());
    }

    #[test]
    fn what_is_old_is_forgotten_and_the_rest_stays_as_it_was() {
        let mut ledger = ledger();
        let later = now() + SignedDuration::from_hours(90 * 24);
        ledger.sweep(later);
        assert_eq!(ledger.facts.len(), 27, "30 hours before are past the 91 days, the others not");
        let at =
            |ledger: &Ledger| ledger.trend(Range::Quarter, Some(By::Client), later, &TimeZone::UTC, &Edges::default());
        let before = at(&ledger);
        ledger.put(&message("2", 3), ago(2), Some(Score::clamped(-0.9)));
        assert_eq!(at(&ledger), before, "the index still finds its messages");
        ledger.sweep(later + SignedDuration::from_hours(48));
        assert_eq!((ledger.facts.len(), ledger.tickets.len(), ledger.places.len()), (0, 0, 0));
        ledger.put(&message("1", 0), ago(0), None);
        assert!(ledger.facts.is_empty(), "what is too old is not taken in");
    }

    #[test]
    fn a_hundred_thousand_messages_take_less_than_twelve_megabytes() {
        let mut ledger = Ledger::new(now());
        for nth in 0..100_000usize {
            let ticket = format!("{:08}", nth / 5 * 2);
            ledger.put(&message(&ticket, nth), ago((nth % 2000) as i64), None);
            if nth % 5 == 0 {
                let client = format!("A client with a name, number {}", nth % 300);
                ledger.describe(&TicketId::new(ticket), &place(&client, "Service Desk"));
            }
        }
        assert!(ledger.bytes() < 12_000_000, "{}", ledger.bytes());
    }
}
