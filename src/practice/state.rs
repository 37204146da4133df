//! The living world: its tickets, and the log of what clients of the API wrote.
//!
//! Knows no wire format and no HTTP. A dialect reads tickets and writes by [`State::edit`],
//! [`State::write`] and their like; traffic writes by [`State::play`].

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Bulk;
use super::ticket::{Author, Channel, Edit, Entry, Ticket};
use super::traffic::{Event, Standing, What};
use super::world::World;
use super::world::desk::{Agent, Status};
use super::world::story::Body;
use crate::domain::{Field, Plain, TicketId};

/// Between the numbers of the stories' tickets and those of a bulk: traffic opens tickets there.
const FREE_NUMBERS: u32 = 1_000_000;

/// All tickets, and the log of what clients of the API wrote.
#[derive(Debug)]
pub(crate) struct State {
    tickets: BTreeMap<u32, Ticket>,
    writes: Vec<Write>,
    /// What colleagues do in the moment before the next change by a client of the API arrives.
    rivals: Vec<Rival>,
}

/// A colleague's change that comes right before the API's next one to the same ticket.
#[derive(Debug)]
struct Rival {
    ticket: u32,
    edit: Edit,
    by: Agent,
}

impl State {
    /// The world as it stands at `start`.
    pub(crate) fn begin(standing: Vec<Standing>, start: Timestamp) -> Self {
        let start = whole_millis(start);
        let tickets = standing.into_iter().map(|ticket| (ticket.number, Ticket::standing(&ticket, start))).collect();
        Self { tickets, writes: Vec::new(), rivals: Vec::new() }
    }

    /// All tickets, by number.
    pub(crate) fn tickets(&self) -> impl DoubleEndedIterator<Item = &Ticket> {
        self.tickets.values()
    }

    pub(crate) fn ticket(&self, number: u32) -> Option<&Ticket> {
        self.tickets.get(&number)
    }

    /// What clients of the API wrote, oldest first.
    pub(crate) fn writes(&self) -> &[Write] {
        &self.writes
    }

    /// Lets one event of the traffic happen.
    pub(crate) fn play(&mut self, event: &Event, now: Timestamp) {
        let now = whole_millis(now);
        let number = event.ticket;
        match (&event.what, self.tickets.get_mut(&number)) {
            (What::Opens { client, story, contact }, _) => {
                self.tickets.insert(number, Ticket::opened(number, client, story, contact, now));
            }
            (What::Says { message, turn }, Some(ticket)) => ticket.hear(message, *turn, now),
            (What::Closes { turn }, Some(ticket)) => ticket.finish(*turn, now),
            (What::Says { .. } | What::Closes { .. }, None) => {}
        }
    }

    /// Adds the tickets of `bulk`, opened one after the other over the ten days before `start`. Nine of
    /// ten are done with, as on any desk.
    pub(super) fn add_bulk(&mut self, world: &'static World, bulk: Bulk, start: Timestamp) {
        let first = self.tickets.keys().next_back().map_or(1, |last| last + FREE_NUMBERS);
        let span = SignedDuration::from_hours(10 * 24) / i32::try_from(bulk.tickets.max(1)).unwrap_or(i32::MAX);
        let stories: Vec<_> =
            world.clients.iter().flat_map(|client| client.stories.iter().map(move |story| (client, story))).collect();
        for nth in 0..bulk.tickets {
            let (client, story) = stories[nth as usize % stories.len()];
            let age = span * i32::try_from(bulk.tickets - nth).unwrap_or(i32::MAX);
            let opened_at = whole_millis(start.saturating_sub(age).unwrap_or(start));
            let mut ticket = Ticket::told_over(first + nth, client, story, bulk.messages, opened_at);
            if nth % 10 != 0 {
                ticket.close_as_told();
            }
            self.tickets.insert(ticket.number, ticket);
        }
    }

    /// Takes a ticket out of the world without a trace. Whether there was one.
    pub(super) fn delete(&mut self, number: u32) -> bool {
        self.tickets.remove(&number).is_some()
    }

    /// Merges one ticket into another. Whether there were both.
    pub(super) fn merge(&mut self, from: u32, into: u32, now: Timestamp) -> bool {
        let both = from != into && self.tickets.contains_key(&into);
        let merged = self.tickets.get_mut(&from).filter(|_| both);
        merged.map(|ticket| ticket.merge(into, whole_millis(now))).is_some()
    }

    /// A colleague changes a ticket by hand. Whether there was one.
    pub(super) fn colleague_edits(&mut self, number: u32, edit: &Edit, now: Timestamp) -> bool {
        let now = whole_millis(now);
        let Some(ticket) = self.tickets.get_mut(&number) else { return false };
        ticket.apply(edit, &Author::Agent(Agent::ALL[0]), now);
        ticket.changed_at = now;
        true
    }

    /// A colleague changes a ticket in the moment before the next change by a client of the API is carried
    /// out. Whether there is such a ticket.
    pub(super) fn rival(&mut self, ticket: u32, edit: Edit, by: Agent) -> bool {
        let there = self.tickets.contains_key(&ticket);
        if there {
            self.rivals.push(Rival { ticket, edit, by });
        }
        there
    }

    /// The customer writes on a ticket. Whether there was one.
    pub(super) fn customer_writes(&mut self, number: u32, text: &str, now: Timestamp) -> bool {
        let now = whole_millis(now);
        let Some(ticket) = self.tickets.get_mut(&number) else { return false };
        let entry = Entry {
            number: ticket.free_number(),
            at: now,
            author: Author::Contact,
            channel: Channel::Mail,
            internal: false,
            body: Body::plain(text),
        };
        ticket.add(entry);
        true
    }

    /// Sets fields of a ticket for a client of the API. `None` where there is no such ticket.
    pub(crate) fn edit(&mut self, number: u32, edits: &[Edit], by: &Author, now: Timestamp) -> Option<&Ticket> {
        let now = whole_millis(now);
        let ticket = self.tickets.get_mut(&number)?;
        for rival in self.rivals.extract_if(.., |rival| rival.ticket == number) {
            ticket.apply(&rival.edit, &Author::Agent(rival.by), now);
        }
        for edit in edits {
            ticket.apply(edit, by, now);
        }
        ticket.changed_at = now;
        let fields = edits.iter().map(told).collect();
        self.writes.push(logged(number, now, Written::Fields(fields)));
        Some(ticket)
    }

    /// Adds an entry for a client of the API. `None` where there is no such ticket.
    pub(crate) fn write(&mut self, number: u32, draft: EntryDraft, now: Timestamp) -> Option<&Entry> {
        let now = whole_millis(now);
        let ticket = self.tickets.get_mut(&number)?;
        let EntryDraft { author, channel, internal, body, status } = draft;
        let entry = Entry { number: ticket.free_number(), at: now, author, channel, internal, body };
        let (place, author) = (ticket.entries.len(), entry.author.clone());
        let (id, text) = (entry.number, entry.body.text.clone());
        self.writes.push(logged(number, now, Written::Note { id, internal, text }));
        ticket.add(entry);
        if let Some(status) = status {
            ticket.apply(&Edit::Status(status), &author, now);
        }
        ticket.entries.get(place)
    }

    /// Rewrites an entry for a client of the API: what is `None` stays. `None` where there is none.
    pub(crate) fn rewrite(
        &mut self,
        ticket: u32,
        entry: u32,
        body: Option<Body>,
        internal: Option<bool>,
        now: Timestamp,
    ) -> Option<&Entry> {
        let now = whole_millis(now);
        let on = self.tickets.get_mut(&ticket)?;
        let held = on.entries.iter_mut().find(|held| held.number == entry)?;
        held.body = body.unwrap_or_else(|| held.body.clone());
        held.internal = internal.unwrap_or(held.internal);
        on.changed_at = now;
        let changed = Written::NoteChanged { id: entry, internal: held.internal, text: held.body.text.clone() };
        self.writes.push(logged(ticket, now, changed));
        Some(held)
    }

    /// Removes an entry for a client of the API. `None` where there is none.
    pub(crate) fn erase(&mut self, ticket: u32, entry: u32, now: Timestamp) -> Option<Entry> {
        let now = whole_millis(now);
        let on = self.tickets.get_mut(&ticket)?;
        let place = on.entries.iter().position(|held| held.number == entry)?;
        on.changed_at = now;
        self.writes.push(logged(ticket, now, Written::NoteDeleted { id: entry }));
        Some(on.entries.remove(place))
    }
}

/// An entry a client of the API wants to add.
#[derive(Clone, Debug)]
pub(crate) struct EntryDraft {
    pub(crate) author: Author,
    pub(crate) channel: Channel,
    pub(crate) internal: bool,
    pub(crate) body: Body,
    /// The status it brings with it.
    pub(crate) status: Option<Status>,
}

/// One write that a client of the API asked for and got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Write {
    /// The ticket, by its native id.
    pub ticket: TicketId,
    /// When it was accepted, by the world's clock.
    pub at: Timestamp,
    /// What was written.
    #[serde(flatten)]
    pub what: Written,
}

/// What a client of the API wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Written {
    /// Fields it set, whether or not they held something else: the field's word in
    /// [`Field::word`] or `summary`, and the value's label, empty where it was cleared.
    Fields(Vec<(&'static str, Plain)>),
    /// A note or mail it added.
    Note {
        /// Its id on the ticket.
        id: u32,
        /// Only the desk sees it.
        internal: bool,
        /// What it says, as plain text.
        text: String,
    },
    /// A note it rewrote; as it stands now.
    NoteChanged {
        /// Its id on the ticket.
        id: u32,
        /// Only the desk sees it.
        internal: bool,
        /// What it says, as plain text.
        text: String,
    },
    /// A note it removed.
    NoteDeleted {
        /// Its id on the ticket.
        id: u32,
    },
}

fn logged(ticket: u32, at: Timestamp, what: Written) -> Write {
    Write { ticket: TicketId::new(ticket.to_string()), at, what }
}

/// An edit in the words all PSAs share.
fn told(edit: &Edit) -> (&'static str, Plain) {
    let (word, value) = match edit {
        Edit::Summary(summary) => ("summary", summary.as_str()),
        Edit::Kind(kind) => (Field::Type.word(), kind.name()),
        Edit::Category(category) => (Field::Category.word(), category.name()),
        Edit::Team(team) | Edit::Queue(team) => (Field::Team.word(), team.name()),
        Edit::Agent(agent) => (Field::Owner.word(), agent.map_or("", Agent::name)),
        Edit::Status(status) => (Field::Status.word(), status.name()),
        Edit::Priority(priority) => (Field::Priority.word(), priority.name()),
        Edit::Impact(impact) => (Field::Impact.word(), impact.name()),
        Edit::Urgency(urgency) => (Field::Urgency.word(), urgency.name()),
    };
    (word, Plain::new(value))
}

/// PSAs keep milliseconds, so that what they show is what they compare.
fn whole_millis(at: Timestamp) -> Timestamp {
    let rest = SignedDuration::from_nanos(i64::from(at.subsec_nanosecond().rem_euclid(1_000_000)));
    at.saturating_sub(rest).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::practice::traffic::Plan;
    use crate::practice::world::desk::{Priority, Team};

    fn start() -> Timestamp {
        "2026-03-04T09:00:00.1234567Z".parse().expect("a time")
    }

    fn after(seconds: i64) -> Timestamp {
        start() + SignedDuration::from_secs(seconds)
    }

    fn api() -> Author {
        Author::Api("Test".into())
    }

    fn note(text: &str) -> EntryDraft {
        EntryDraft { author: api(), channel: Channel::Note, internal: true, body: Body::plain(text), status: None }
    }

    fn first(state: &State, wanted: impl Fn(&Ticket) -> bool) -> Ticket {
        state.tickets().find(|ticket| wanted(ticket)).expect("one such ticket").clone()
    }

    /// Number and text of every entry that the traffic made, by ticket.
    fn told(state: &State) -> Vec<(u32, u32, String)> {
        let entries = state.tickets().flat_map(|ticket| ticket.entries.iter().map(move |entry| (ticket, entry)));
        entries
            .filter(|(_, entry)| !matches!(entry.author, Author::Api(_)))
            .map(|(ticket, entry)| (ticket.number, entry.number, entry.body.text.clone()))
            .collect()
    }

    #[test]
    fn the_backlog_lies_in_the_past_in_order_and_differs_in_its_seconds() {
        let state = State::begin(Plan::new(World::embedded(), 1).0, start());
        for ticket in state.tickets() {
            let stamps: Vec<Timestamp> = ticket.entries.iter().map(|entry| entry.at).collect();
            assert!(stamps.is_sorted() && stamps.iter().all(|at| *at >= ticket.opened_at && *at < start()));
            assert_eq!(ticket.closed_at.is_some(), ticket.status == Status::Closed);
            assert!(ticket.entries.is_sorted_by_key(|entry| entry.number));
        }
        let seconds: std::collections::BTreeSet<i64> = state.tickets().map(|t| t.opened_at.as_second() % 60).collect();
        assert!(seconds.len() > 20);
        assert!(state.tickets().map(|ticket| ticket.opened_at).is_sorted(), "older tickets have lower numbers");
    }

    #[test]
    fn what_the_api_writes_never_moves_the_traffics_numbers() {
        let run = |notes: usize| {
            let (standing, plan) = Plan::new(World::embedded(), 9);
            let mut state = State::begin(standing, start());
            for (event, second) in plan.take(150).zip(1..) {
                state.play(&event, after(second));
                for number in 0..notes {
                    state.write(event.ticket, note(&format!("note {number}")), after(second)).expect("on a ticket");
                }
            }
            state
        };
        let (quiet, busy) = (run(0), run(9));
        assert_eq!(told(&quiet), told(&busy));
        for ticket in busy.tickets() {
            let mut numbers: Vec<u32> = ticket.entries.iter().map(|entry| entry.number).collect();
            numbers.sort_unstable();
            assert!(numbers.is_sorted_by(|a, b| a < b), "numbers are unique on a ticket");
        }
    }

    #[test]
    fn a_new_team_unassigns_who_is_not_in_it_and_a_new_priority_moves_the_due_time() {
        let mut state = State::begin(Plan::new(World::embedded(), 2).0, start());
        let before = first(&state, |t| t.agent == Some(Agent::Priya) && t.priority == Priority::Low);
        let edits = [Edit::Team(Team::Escalations), Edit::Priority(Priority::Critical)];
        let after_it = state.edit(before.number, &edits, &api(), after(60)).expect("there").clone();
        assert_eq!((after_it.team, after_it.agent), (Team::Escalations, None));
        assert!(after_it.due() < before.due());
        let told: Vec<&str> =
            after_it.entries[before.entries.len()..].iter().map(|entry| entry.body.text.as_str()).collect();
        assert_eq!(told, ["Moved to Escalations", "Unassigned", "Priority changed from Low to Critical"]);
        let queued = state.edit(
            before.number,
            &[Edit::Agent(Some(Agent::Priya)), Edit::Queue(Team::Projects)],
            &api(),
            after(60),
        );
        assert_eq!(queued.map(|ticket| (ticket.team, ticket.agent)), Some((Team::Projects, Some(Agent::Priya))));
        assert_eq!(state.ticket(before.number).map(|ticket| ticket.prioritized_at), Some(whole_millis(after(60))));
        let chosen = [Edit::Team(Team::Second), Edit::Agent(Some(Agent::Kenji))];
        let chosen = state.edit(before.number, &chosen, &api(), after(61)).expect("there");
        assert_eq!(chosen.agent, Some(Agent::Kenji));
    }

    #[test]
    fn a_new_queue_unassigns_nobody() {
        let mut state = State::begin(Plan::new(World::embedded(), 2).0, start());
        let before = first(&state, |ticket| ticket.agent == Some(Agent::Priya));
        let moved = state.edit(before.number, &[Edit::Queue(Team::Escalations)], &api(), after(60)).expect("there");
        assert_eq!((moved.team, moved.agent), (Team::Escalations, Some(Agent::Priya)));
        let fields = vec![("team", Plain::new("Escalations"))];
        assert_eq!(state.writes()[0].what, Written::Fields(fields));
    }

    #[test]
    fn closing_and_coming_back() {
        let (standing, plan) = Plan::new(World::embedded(), 4);
        let mut state = State::begin(standing, start());
        let reply = plan
            .filter(|event| matches!(event.what, What::Says { message, .. } if message.tone.is_some()))
            .find(|event| state.ticket(event.ticket).is_some())
            .expect("a customer's reply");
        let closed = state.edit(reply.ticket, &[Edit::Status(Status::Closed)], &api(), after(5)).expect("there");
        assert_eq!(closed.closed_at, Some(whole_millis(after(5))));
        state.play(&reply, after(6));
        let back = state.ticket(reply.ticket).expect("there");
        assert_eq!((back.status, back.closed_at, back.was_closed), (Status::InProgress, None, true));
        assert_eq!(back.changed_at, whole_millis(after(6)));
    }

    #[test]
    fn every_write_is_logged_with_what_it_says() {
        let mut state = State::begin(Plan::new(World::embedded(), 2).0, start());
        let number = first(&state, |ticket| ticket.status == Status::New).number;
        let id = state.write(number, note("one"), after(1)).expect("there").number;
        state.rewrite(number, id, Some(Body::plain("two")), Some(false), after(2)).expect("there");
        state.edit(number, &[Edit::Priority(Priority::High), Edit::Agent(None)], &api(), after(3)).expect("there");
        state.erase(number, id, after(4)).expect("there");
        assert_eq!(state.erase(number, id, after(5)), None);
        let what: Vec<Written> = state.writes().iter().map(|write| write.what.clone()).collect();
        let fields = vec![("priority", Plain::new("High")), ("owner", Plain::default())];
        assert_eq!(
            what,
            [
                Written::Note { id, internal: true, text: "one".into() },
                Written::NoteChanged { id, internal: false, text: "two".into() },
                Written::Fields(fields),
                Written::NoteDeleted { id },
            ]
        );
        assert_eq!(state.writes()[0].ticket, TicketId::new(number.to_string()));
    }
}
