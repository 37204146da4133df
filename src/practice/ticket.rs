//! One ticket of the living world, what is written on it, and how it changes.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::traffic::Standing;
use super::world::desk::{Agent, Category, Degree, Kind, Priority, Sla, Source, Status, Team};
use super::world::story::{Body, Client, Contact, Message, Story, Voice};

/// Each turn of the traffic owns this many entry numbers, of which it uses the first few; what
/// others write meanwhile goes between, so it never moves the traffic's numbers.
const TURN_STRIDE: u32 = 10;
const TURN_ENTRIES: u32 = 4;

/// A ticket as it stands now.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) number: u32,
    pub(crate) client: &'static Client,
    pub(crate) contact: &'static Contact,
    pub(crate) source: Source,
    pub(crate) summary: String,
    /// What it was opened with.
    pub(crate) opening: &'static Message,
    pub(crate) kind: Kind,
    pub(crate) category: Category,
    pub(crate) team: Team,
    pub(crate) agent: Option<Agent>,
    pub(crate) status: Status,
    pub(crate) priority: Priority,
    pub(crate) impact: Degree,
    pub(crate) urgency: Degree,
    pub(crate) opened_at: Timestamp,
    pub(crate) changed_at: Timestamp,
    /// When it was given its priority.
    pub(crate) prioritized_at: Timestamp,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) was_closed: bool,
    /// The ticket it was merged into.
    pub(crate) merged_into: Option<u32>,
    /// What was written after the opening, in the order it arrived.
    pub(crate) entries: Vec<Entry>,
    /// The last entry number before the traffic's first turn.
    base: u32,
    /// The highest entry number ever given here.
    highest: u32,
}

/// One thing written on a ticket; its number is unique only there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) number: u32,
    pub(crate) at: Timestamp,
    pub(crate) author: Author,
    pub(crate) channel: Channel,
    /// Only the desk sees it.
    pub(crate) internal: bool,
    pub(crate) body: Body,
}

/// Who wrote an entry.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Author {
    Contact,
    Agent(Agent),
    Machine(String),
    /// The PSA's own rules.
    Rules,
    /// A client of the API, by the name it gives.
    Api(String),
}

/// How an entry came to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Channel {
    /// Repeats the opening text.
    Opened,
    Mail,
    /// The contact's mailbox answered by itself.
    AutoReply,
    Portal,
    Note,
    PublicNote,
    Resolution,
    /// Made by the PSA itself beside a change.
    System(Change),
}

/// A change that the PSA records by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Change {
    Status { from: Status, to: Status },
    Agent { to: Option<Agent> },
    Team { to: Team },
    Priority { from: Priority, to: Priority },
}

/// One field set by a client of the API.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Edit {
    Summary(String),
    Kind(Kind),
    Category(Category),
    /// Hands it over: who has it and is not in the team loses it.
    Team(Team),
    /// The team alone, where a queue may hold the tickets of anybody.
    Queue(Team),
    Agent(Option<Agent>),
    Status(Status),
    Priority(Priority),
    Impact(Degree),
    Urgency(Degree),
}

impl Edit {
    /// The edit that sets the field of this word to this label; `None` where there is no such value.
    pub(super) fn called(field: &str, label: &str) -> Option<Self> {
        fn named<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str, label: &str) -> Option<T> {
            all.iter().copied().find(|value| name(*value) == label)
        }
        Some(match field {
            "type" => Self::Kind(named(Kind::ALL, Kind::name, label)?),
            "category" => Self::Category(named(Category::ALL, Category::name, label)?),
            "team" => Self::Team(named(Team::ALL, Team::name, label)?),
            "board" => Self::Queue(named(Team::ALL, Team::name, label)?),
            "owner" if label.is_empty() => Self::Agent(None),
            "owner" => Self::Agent(Some(named(Agent::ALL, Agent::name, label)?)),
            "status" => Self::Status(named(Status::ALL, Status::name, label)?),
            "priority" => Self::Priority(named(Priority::ALL, Priority::name, label)?),
            "impact" => Self::Impact(named(&Degree::ALL, Degree::name, label)?),
            "urgency" => Self::Urgency(named(&Degree::ALL, Degree::name, label)?),
            _ => return None,
        })
    }
}

impl Ticket {
    /// A ticket just opened: unassigned and new.
    pub(super) fn opened(
        number: u32,
        client: &'static Client,
        story: &'static Story,
        contact: &'static Contact,
        at: Timestamp,
    ) -> Self {
        let opening = &story.messages[0];
        let said = story.backlog().len().max(1) as u32;
        let mut ticket = Self {
            number,
            client,
            contact,
            source: story.source,
            summary: story.summary.clone(),
            opening,
            kind: story.kind,
            category: story.category,
            team: story.team,
            agent: None,
            status: Status::New,
            priority: story.priority,
            impact: story.impact,
            urgency: story.urgency,
            opened_at: at,
            changed_at: at,
            prioritized_at: at,
            closed_at: None,
            was_closed: false,
            merged_into: None,
            entries: Vec::new(),
            base: said + 1,
            highest: 1,
        };
        if story.source == Source::Email || matches!(opening.voice, Voice::Agent(_) | Voice::Internal(_)) {
            let (author, _, internal) = attribution(&opening.voice, story.source);
            let body = opening.body.clone();
            ticket.add(Entry { number: 1, at, author, channel: Channel::Opened, internal, body });
        }
        ticket
    }

    /// A ticket with its history, as the practice finds it.
    pub(super) fn standing(standing: &Standing, start: Timestamp) -> Self {
        let story = standing.story;
        let contact = &standing.client.contacts[story.contact];
        let whole = whole_seconds(start);
        let mut at = standing.ages.iter().map(|age| earlier(whole, *age));
        let opened_at = at.next().unwrap_or(whole);
        let mut ticket = Self::opened(standing.number, standing.client, story, contact, opened_at);
        ticket.agent = story.agent;
        let mut number = 1;
        for (message, at) in story.backlog()[1..].iter().zip(at) {
            number += 1;
            ticket.say(message, number, at);
        }
        let (last, author) = (ticket.changed_at, story.agent.map_or(Author::Rules, Author::Agent));
        if story.status != Status::New {
            ticket.set_status(story.status, number + 1, &author, last);
        }
        ticket
    }

    /// A ticket with so many messages, told from `story` over and over, a minute apart.
    pub(super) fn told_over(
        number: u32,
        client: &'static Client,
        story: &'static Story,
        messages: u32,
        opened_at: Timestamp,
    ) -> Self {
        let mut ticket = Self::opened(number, client, story, &client.contacts[story.contact], opened_at);
        ticket.agent = story.agent;
        for nth in 1..messages {
            let at = later(opened_at, SignedDuration::from_mins(nth.into()));
            ticket.say(&story.messages[nth as usize % story.messages.len()], nth + 1, at);
        }
        ticket
    }

    /// What it holds, by the field's word, as labels.
    pub(super) fn fields(&self) -> BTreeMap<&'static str, String> {
        [
            ("summary", self.summary.as_str()),
            ("type", self.kind.name()),
            ("category", self.category.name()),
            ("team", self.team.name()),
            ("owner", self.agent.map_or("", Agent::name)),
            ("status", self.status.name()),
            ("priority", self.priority.name()),
            ("impact", self.impact.name()),
            ("urgency", self.urgency.name()),
        ]
        .map(|(word, label)| (word, label.to_owned()))
        .into()
    }

    /// Was closed with the last word on it.
    pub(super) fn close_as_told(&mut self) {
        (self.status, self.was_closed, self.closed_at) = (Status::Closed, true, Some(self.changed_at));
    }

    /// What was written, set or opened since `since`.
    pub(super) fn changes(&self, since: Timestamp) -> usize {
        let later = self.entries.iter().filter(|entry| entry.at >= since && entry.channel != Channel::Opened);
        later.count() + usize::from(self.opened_at >= since)
    }

    /// How much its contact and each agent wrote after the opening.
    pub(super) fn written_by(&self) -> BTreeMap<String, usize> {
        let said = self.entries.iter().filter(|entry| !matches!(entry.channel, Channel::Opened | Channel::System(_)));
        let mut written = BTreeMap::new();
        for entry in said {
            let author = match &entry.author {
                Author::Contact => self.contact.name.as_str(),
                Author::Agent(agent) => agent.name(),
                Author::Machine(_) | Author::Rules | Author::Api(_) => continue,
            };
            *written.entry(author.to_owned()).or_default() += 1;
        }
        written
    }

    /// Becomes part of another ticket, and is closed by that.
    pub(super) fn merge(&mut self, into: u32, now: Timestamp) {
        self.merged_into = Some(into);
        let number = self.free_number();
        self.set_status(Status::Closed, number, &Author::Rules, now);
        self.changed_at = now;
    }

    /// When the agreement wants a first answer and a fix.
    pub(crate) fn due(&self) -> (Timestamp, Timestamp) {
        let promise = self.sla().promise(self.priority);
        (later(self.opened_at, promise.respond()), later(self.opened_at, promise.fix()))
    }

    pub(crate) fn sla(&self) -> Sla {
        self.client.sla()
    }

    /// A live message, and what the desk makes of it: whoever answers an unassigned ticket takes
    /// it, and a customer's word wakes a ticket that waited or was done.
    pub(super) fn hear(&mut self, message: &Message, turn: u32, now: Timestamp) {
        let first = self.base + turn * TURN_STRIDE;
        self.say(message, first, now);
        match message.voice {
            Voice::Agent(agent) => {
                let author = Author::Agent(agent);
                if self.agent.is_none() {
                    self.assign(Some(agent), first + 1, &author, now);
                }
                if self.status == Status::New {
                    self.set_status(Status::InProgress, first + 2, &author, now);
                }
            }
            Voice::Customer if self.sleeps() => {
                self.set_status(Status::InProgress, first + 1, &Author::Rules, now);
            }
            _ => {}
        }
    }

    fn sleeps(&self) -> bool {
        matches!(self.status, Status::WaitingOnCustomer | Status::Resolved | Status::Closed)
    }

    pub(super) fn finish(&mut self, turn: u32, now: Timestamp) {
        let author = self.agent.map_or(Author::Rules, Author::Agent);
        self.set_status(Status::Closed, self.base + turn * TURN_STRIDE, &author, now);
    }

    fn say(&mut self, message: &Message, number: u32, at: Timestamp) {
        let (author, channel, internal) = attribution(&message.voice, self.source);
        self.add(Entry { number, at, author, channel, internal, body: message.body.clone() });
    }

    pub(super) fn add(&mut self, entry: Entry) {
        self.highest = self.highest.max(entry.number);
        self.changed_at = self.changed_at.max(entry.at);
        self.entries.push(entry);
    }

    pub(super) fn apply(&mut self, edit: &Edit, by: &Author, now: Timestamp) {
        match edit {
            Edit::Summary(summary) => self.summary.clone_from(summary),
            Edit::Kind(kind) => self.kind = *kind,
            Edit::Category(category) => self.category = *category,
            Edit::Team(team) => self.hand_over(*team, by, now),
            Edit::Queue(team) => _ = self.move_to(*team, by, now),
            Edit::Agent(agent) => self.assign(*agent, self.free_number(), by, now),
            Edit::Status(status) => self.set_status(*status, self.free_number(), by, now),
            Edit::Priority(priority) => self.prioritize(*priority, by, now),
            Edit::Impact(impact) => self.impact = *impact,
            Edit::Urgency(urgency) => self.urgency = *urgency,
        }
    }

    fn hand_over(&mut self, team: Team, by: &Author, now: Timestamp) {
        if self.move_to(team, by, now) && self.agent.is_some_and(|agent| agent.team() != team) {
            self.assign(None, self.free_number(), by, now);
        }
    }

    /// Whether it was with another team before.
    fn move_to(&mut self, team: Team, by: &Author, now: Timestamp) -> bool {
        let moves = self.team != team;
        if moves {
            self.team = team;
            self.record(Change::Team { to: team }, self.free_number(), by, now);
        }
        moves
    }

    fn prioritize(&mut self, priority: Priority, by: &Author, now: Timestamp) {
        if self.priority != priority {
            let change = Change::Priority { from: self.priority, to: priority };
            self.priority = priority;
            self.prioritized_at = now;
            self.record(change, self.free_number(), by, now);
        }
    }

    fn assign(&mut self, agent: Option<Agent>, number: u32, by: &Author, now: Timestamp) {
        if self.agent != agent {
            self.agent = agent;
            self.record(Change::Agent { to: agent }, number, by, now);
        }
    }

    fn set_status(&mut self, status: Status, number: u32, by: &Author, now: Timestamp) {
        if self.status == status {
            return;
        }
        let change = Change::Status { from: self.status, to: status };
        self.status = status;
        self.closed_at = (status == Status::Closed).then_some(now);
        self.was_closed |= status == Status::Closed;
        self.record(change, number, by, now);
    }

    fn record(&mut self, change: Change, number: u32, by: &Author, at: Timestamp) {
        let body = Body::plain(&change.told());
        self.add(Entry { number, at, author: by.clone(), channel: Channel::System(change), internal: true, body });
    }

    /// The next entry number that no turn of the traffic owns.
    pub(super) fn free_number(&self) -> u32 {
        let owned = |number: u32| {
            number.checked_sub(self.base).is_some_and(|past| past >= TURN_STRIDE && past % TURN_STRIDE < TURN_ENTRIES)
        };
        (self.highest + 1..).find(|number| !owned(*number)).unwrap_or(u32::MAX)
    }
}

/// Author, channel and whether it is internal.
fn attribution(voice: &Voice, source: Source) -> (Author, Channel, bool) {
    match voice {
        Voice::Customer if source == Source::Email => (Author::Contact, Channel::Mail, false),
        Voice::Customer => (Author::Contact, Channel::Portal, false),
        Voice::AutoReply => (Author::Contact, Channel::AutoReply, false),
        Voice::Machine(name) => (Author::Machine(name.clone()), Channel::Mail, false),
        Voice::Agent(agent) => (Author::Agent(*agent), Channel::Mail, false),
        Voice::Internal(agent) => (Author::Agent(*agent), Channel::Note, true),
    }
}

impl Change {
    fn told(self) -> String {
        match self {
            Self::Status { from, to } => format!("Status changed from {} to {}", from.name(), to.name()),
            Self::Agent { to: Some(agent) } => format!("Assigned to {}", agent.name()),
            Self::Agent { to: None } => "Unassigned".into(),
            Self::Team { to } => format!("Moved to {}", to.name()),
            Self::Priority { from, to } => format!("Priority changed from {} to {}", from.name(), to.name()),
        }
    }
}

pub(crate) fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

fn earlier(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.saturating_sub(span).unwrap_or(at)
}

fn later(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.saturating_add(span).unwrap_or(at)
}
