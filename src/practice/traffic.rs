//! What happens when: a plan made from the seed alone, and the task that plays it on the clock.
//!
//! The plan numbers everything by its own order, so that neither the machine's speed nor what a
//! client of the API writes meanwhile can change a number, a text or their order.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use jiff::SignedDuration;

use super::site::Site;
use super::world::World;
use super::world::desk::Status;
use super::world::story::{Client, Contact, Message, Story, Tone, Voice};

/// How many stories are told side by side.
const SIDE_BY_SIDE: usize = 5;

/// Until the first event, at speed 1.
const FIRST_GAP: Duration = Duration::from_secs(1);

/// Between two events, at speed 1, in milliseconds: six seconds on average.
const GAP_MILLIS: std::ops::RangeInclusive<u64> = 1_500..=10_500;

/// However fast the traffic, time passes between two events.
const SHORTEST_GAP: Duration = Duration::from_millis(1);

/// A ticket that stands there when the practice begins.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) number: u32,
    pub(crate) client: &'static Client,
    pub(crate) story: &'static Story,
    /// How long before the practice each message was written, oldest first.
    pub(crate) ages: Vec<SignedDuration>,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// After the event before it, at speed 1.
    pub(crate) gap: Duration,
    pub(crate) ticket: u32,
    pub(crate) what: What,
}

/// What happens to a ticket.
#[derive(Clone, Debug)]
pub(crate) enum What {
    Opens { client: &'static Client, story: &'static Story, contact: &'static Contact },
    Says { message: &'static Message, turn: u32 },
    Closes { turn: u32 },
}

/// The plan: the tickets to begin with, and then events without end.
#[derive(Debug)]
pub(crate) struct Plan {
    rng: Rng,
    next_number: u32,
    day: usize,
    /// Stories whose time has not come; each entry is one story, or all of one scene.
    waiting: VecDeque<Vec<Thread>>,
    telling: Vec<Thread>,
    ready: VecDeque<Event>,
    begun: bool,
}

/// What is left to tell of one story.
#[derive(Clone, Debug)]
struct Thread {
    client: &'static Client,
    story: &'static Story,
    contact: &'static Contact,
    /// The ticket, once there is one.
    number: Option<u32>,
    said: u32,
    messages: &'static [Message],
    closes: bool,
}

impl Plan {
    /// Plans the whole practice; equal seeds make equal plans.
    pub(crate) fn new(world: &'static World, seed: u64) -> (Vec<Standing>, Self) {
        let mut rng = Rng::with_seed(seed);
        let mut standing = standing(world, &mut rng);
        let mut next_number = rng.u32(1_200..7_000);
        for ticket in &mut standing {
            ticket.number = next_number;
            next_number += rng.u32(1..=3);
        }
        let mut plan = Self {
            rng,
            next_number,
            day: 0,
            waiting: VecDeque::new(),
            telling: Vec::new(),
            ready: VecDeque::new(),
            begun: false,
        };
        let mut threads: Vec<Thread> = standing.iter().map(Thread::going_on).collect();
        threads.extend(wholly_live(world, 0));
        threads.retain(|thread| !thread.is_told());
        plan.line_up(threads);
        for tone in [Tone::Negative, Tone::Urgent] {
            plan.bring_forward(tone);
        }
        (standing, plan)
    }

    fn line_up(&mut self, mut threads: Vec<Thread>) {
        self.rng.shuffle(&mut threads);
        let mut scenes: BTreeMap<&str, usize> = BTreeMap::new();
        for thread in threads {
            let Some(scene) = thread.story.scene.as_deref() else {
                self.waiting.push_back(vec![thread]);
                continue;
            };
            match scenes.get(scene) {
                Some(&place) => self.waiting[place].push(thread),
                None => {
                    scenes.insert(scene, self.waiting.len());
                    self.waiting.push_back(vec![thread]);
                }
            }
        }
    }

    /// Lets an open ticket whose customer comes back in `tone` go first.
    fn bring_forward(&mut self, tone: Tone) {
        let place = self.waiting.iter().position(|unit| unit.iter().all(|thread| thread.comes_back(tone)));
        if let Some(unit) = place.and_then(|place| self.waiting.remove(place)) {
            self.waiting.push_front(unit);
        }
    }

    /// Every story being told takes its turn once.
    fn round(&mut self) {
        if self.telling.is_empty() && self.waiting.is_empty() {
            self.day += 1;
            self.line_up(wholly_live(World::embedded(), self.day).collect());
        }
        while self.telling.len() < SIDE_BY_SIDE
            && let Some(mut unit) = self.waiting.pop_front()
        {
            if unit.len() > 1 {
                unit.iter_mut().for_each(|thread| self.take_turn(thread));
            }
            self.telling.extend(unit);
        }
        let mut telling = std::mem::take(&mut self.telling);
        self.rng.shuffle(&mut telling);
        telling.iter_mut().for_each(|thread| self.take_turn(thread));
        telling.retain(|thread| !thread.is_told());
        self.telling = telling;
    }

    fn take_turn(&mut self, thread: &mut Thread) {
        let Some((ticket, what)) = thread.next_turn(&mut self.next_number, &mut self.rng) else { return };
        let gap = if self.begun { Duration::from_millis(self.rng.u64(GAP_MILLIS)) } else { FIRST_GAP };
        self.begun = true;
        self.ready.push_back(Event { gap, ticket, what });
    }
}

impl Iterator for Plan {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        while self.ready.is_empty() {
            self.round();
        }
        self.ready.pop_front()
    }
}

impl Thread {
    fn going_on(standing: &Standing) -> Self {
        Self {
            client: standing.client,
            story: standing.story,
            contact: &standing.client.contacts[standing.story.contact],
            number: Some(standing.number),
            said: 0,
            messages: standing.story.live(),
            closes: standing.story.closes,
        }
    }

    fn is_told(&self) -> bool {
        self.messages.is_empty() && !self.closes
    }

    fn comes_back(&self, tone: Tone) -> bool {
        let opens = self.number.is_none() || matches!(self.story.status, Status::Resolved | Status::Closed);
        !opens && self.messages.first().is_some_and(|m| m.voice == Voice::Customer && m.tone == Some(tone))
    }

    fn next_turn(&mut self, next_number: &mut u32, rng: &mut Rng) -> Option<(u32, What)> {
        let Some(number) = self.number else {
            let number = *next_number;
            *next_number += rng.u32(1..=3);
            self.number = Some(number);
            self.messages = &self.messages[1..];
            return Some((number, What::Opens { client: self.client, story: self.story, contact: self.contact }));
        };
        self.said += 1;
        match self.messages.split_first() {
            Some((message, rest)) => {
                self.messages = rest;
                Some((number, What::Says { message, turn: self.said }))
            }
            None => std::mem::take(&mut self.closes).then_some((number, What::Closes { turn: self.said })),
        }
    }
}

/// The tickets to begin with, oldest first, not numbered yet.
fn standing(world: &'static World, rng: &mut Rng) -> Vec<Standing> {
    let stories = world.clients.iter().flat_map(|client| client.stories.iter().map(move |story| (client, story)));
    let mut standing: Vec<Standing> = stories
        .filter(|(_, story)| !story.backlog().is_empty())
        .map(|(client, story)| Standing { number: 0, client, story, ages: ages(story, rng) })
        .collect();
    standing.sort_by(|a, b| b.ages.cmp(&a.ages));
    standing
}

/// To the second, and off the round numbers of the story by up to a minute.
fn ages(story: &Story, rng: &mut Rng) -> Vec<SignedDuration> {
    let mut ages: Vec<SignedDuration> = Vec::new();
    for written in story.backlog().iter().filter_map(Message::ago) {
        let jittered = written + SignedDuration::from_secs(rng.i64(0..60));
        let before = ages.last().map_or(SignedDuration::MAX, |age| *age - SignedDuration::from_secs(1));
        ages.push(jittered.min(before));
    }
    ages
}

/// The stories that begin with a new ticket; on later days somebody else at the client raises it.
fn wholly_live(world: &'static World, day: usize) -> impl Iterator<Item = Thread> {
    let stories = world.clients.iter().flat_map(|client| client.stories.iter().map(move |story| (client, story)));
    stories.filter(|(_, story)| story.backlog().is_empty()).map(move |(client, story)| Thread {
        client,
        story,
        contact: &client.contacts[(story.contact + day) % client.contacts.len()],
        number: None,
        said: 0,
        messages: story.live(),
        closes: story.closes,
    })
}

/// Plays `plan` on the site's clock for ever; a `speed` of 0 plays nothing.
pub(crate) async fn play(plan: Plan, site: Arc<Site>, speed: f64) {
    if speed <= 0.0 {
        return;
    }
    for event in plan {
        site.clock.sleep(spacing(event.gap, speed)).await;
        site.state().play(&event, site.now());
    }
}

fn spacing(gap: Duration, speed: f64) -> Duration {
    Duration::try_from_secs_f64(gap.as_secs_f64() / speed).unwrap_or(Duration::MAX).max(SHORTEST_GAP)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use super::*;
    use crate::practice::world::story::When;

    fn told(seed: u64, count: usize) -> Vec<String> {
        Plan::new(World::embedded(), seed).1.take(count).map(|event| format!("{event:?}")).collect()
    }

    #[test]
    fn the_seed_alone_decides() {
        assert_eq!(told(7, 600), told(7, 600));
        assert_ne!(told(7, 20), told(8, 20));
        let ages = |seed| Plan::new(World::embedded(), seed).0.into_iter().map(|t| (t.number, t.ages)).collect();
        let (first, again): (Vec<_>, Vec<_>) = (ages(7), ages(7));
        assert_eq!(first, again);
    }

    #[test]
    fn the_first_twenty_events_hold_an_urgent_and_a_negative_reply() {
        for seed in 0..300 {
            let (standing, plan) = Plan::new(World::embedded(), seed);
            let open: BTreeSet<u32> =
                standing.iter().filter(|t| t.story.status != Status::Closed).map(|t| t.number).collect();
            let first: Vec<Event> = plan.take(20).collect();
            for tone in [Tone::Urgent, Tone::Negative] {
                let reply = |event: &Event| {
                    open.contains(&event.ticket)
                        && matches!(event.what, What::Says { message, .. } if message.tone == Some(tone))
                };
                assert!(first.iter().any(reply), "seed {seed} lacks {tone:?}");
            }
        }
    }

    #[test]
    fn stories_keep_their_order_and_all_are_told_on_the_first_day() {
        let world = World::embedded();
        let live = world.clients.iter().flat_map(|client| &client.stories).flat_map(|story| story.live()).count();
        let (_, plan) = Plan::new(world, 3);
        let mut turns: HashMap<u32, u32> = HashMap::new();
        let mut texts = BTreeSet::new();
        let on_the_first_day = |event: &Event| match event.what {
            What::Opens { client, story, contact } => client.contacts[story.contact].name == contact.name,
            _ => true,
        };
        for event in plan.take_while(on_the_first_day) {
            match event.what {
                What::Opens { story, .. } => assert!(texts.insert(story.messages[0].body.text.as_str())),
                What::Says { message, turn } => {
                    assert_eq!(message.when, When::Live);
                    assert_eq!(turn, turns.get(&event.ticket).map_or(1, |last| last + 1));
                    turns.insert(event.ticket, turn);
                    assert!(texts.insert(message.body.text.as_str()));
                }
                What::Closes { .. } => {}
            }
        }
        assert_eq!(texts.len(), live);
    }

    #[test]
    fn the_next_day_brings_new_tickets_from_other_people() {
        let opened: Vec<(u32, &str, &str)> = Plan::new(World::embedded(), 5)
            .1
            .take(600)
            .filter_map(|event| match event.what {
                What::Opens { story, contact, .. } => {
                    Some((event.ticket, story.summary.as_str(), contact.name.as_str()))
                }
                _ => None,
            })
            .collect();
        let numbers: BTreeSet<u32> = opened.iter().map(|(number, ..)| *number).collect();
        assert_eq!(numbers.len(), opened.len());
        let first = opened[0];
        let again = opened.iter().skip(1).find(|(_, summary, _)| *summary == first.1).expect("told again");
        assert_ne!(again.2, first.2);
    }

    #[test]
    fn a_scene_comes_together() {
        for seed in 0..50 {
            let (_, plan) = Plan::new(World::embedded(), seed);
            let in_scene = |what: &What| matches!(what, What::Opens { story, .. } if story.scene.is_some());
            let places: Vec<usize> =
                plan.take(260).enumerate().filter(|(_, event)| in_scene(&event.what)).map(|(at, _)| at).collect();
            assert!(places.len() >= 7);
            assert_eq!(places[6] - places[0], 6, "seed {seed}: {places:?}");
        }
    }

    #[test]
    fn events_come_every_six_seconds_or_so() {
        let gaps: Vec<Duration> = Plan::new(World::embedded(), 11).1.take(2_000).map(|event| event.gap).collect();
        assert_eq!(gaps[0], FIRST_GAP);
        let mean = gaps.iter().sum::<Duration>() / gaps.len() as u32;
        assert!((5_500..6_500).contains(&mean.as_millis()), "{mean:?}");
        assert_eq!(spacing(Duration::from_secs(6), 2.0), Duration::from_secs(3));
        assert_eq!(spacing(Duration::from_secs(6), 1e300), SHORTEST_GAP);
        assert_eq!(spacing(Duration::from_secs(6), 1e-300), Duration::MAX);
    }
}
