//! What the rules would have asked for, over a history. Pure: what happened goes in, in the order it
//! happened, and the escalations come out. Decisions are [`Policy::decide`]'s own, on records that
//! grow as the engine's do: what acts opens an episode and changes the ticket's fields, and what is
//! proposed waits until the rules no longer ask for it, since nobody is there to approve it.
//!
//! Where the history comes from, and what became of the tickets in truth, is other rooms' matter.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::{By, Decision, Does, Policy, Rule, RuleHours};
use crate::domain::{
    Calendars, Heard, Judgement, MessageId, Pending, Picklists, ProposalId, TicketId, TicketRecord, Tone, Triage,
    Triaged, View, Weights,
};

/// Something that happened to a ticket.
#[derive(Clone, Debug)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// To which ticket.
    pub ticket: TicketId,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum What {
    /// The ticket is first heard of, and stands so, still without its conversation.
    Opened {
        /// How it stands.
        record: Box<TicketRecord>,
        /// Whether its client is marked as VIP.
        vip: bool,
    },
    /// Somebody wrote, and nobody has judged it yet.
    Said(Box<Heard>),
    /// Somebody wrote, and the desk answered, of which no more is known than that what was written was
    /// judged in this moment: not a turn of its own.
    Exchanged(Box<[Heard; 2]>),
    /// A message was judged.
    Tone {
        /// The message.
        of: MessageId,
        /// What came of it.
        judgement: Judgement<Tone>,
    },
    /// The ticket was judged.
    Triage {
        /// The message that was read.
        of: MessageId,
        /// What came of it.
        judgement: Judgement<Triage>,
    },
    /// It was closed.
    Closed,
}

impl What {
    fn is_judged(&self) -> bool {
        matches!(self, Self::Tone { .. } | Self::Triage { .. })
    }
}

/// One rule asking for something, once.
#[derive(Clone, Debug, PartialEq)]
pub struct Escalation<'p> {
    /// The ticket.
    pub ticket: TicketId,
    /// When.
    pub at: Timestamp,
    /// The rule.
    pub rule: &'p Rule,
    /// Whether it acts or proposes.
    pub does: Does,
}

/// What it is played against.
#[derive(Clone, Copy, Debug)]
pub struct Stage<'p> {
    /// The rules.
    pub policy: &'p Policy,
    /// The attention weights.
    pub weights: &'p Weights,
    /// When the desk is open.
    pub calendars: &'p Calendars,
    /// What may be set.
    pub picklists: &'p Picklists,
    /// When the history ends.
    pub until: Timestamp,
}

/// Plays `history`, which comes in the order of time, and says what the rules would have asked for.
pub fn play<'p>(stage: &Stage<'p>, history: impl IntoIterator<Item = Happening>) -> Vec<Escalation<'p>> {
    let mut play = Play::new(*stage);
    let mut was_judged = false;
    for happening in history {
        let is_judged = happening.what.is_judged();
        // Each judgement has a turn of its own in the engine, even where the cache gave two at once.
        if happening.at > play.now || is_judged || was_judged {
            play.decide_touched();
        }
        if happening.at > play.now {
            play.wake_before(happening.at);
            play.now = happening.at;
        }
        was_judged = is_judged;
        play.take(happening);
    }
    play.decide_touched();
    play.wake_before(stage.until);
    play.found
}

/// Fields that change as time passes, each with whether the query room can say when.
const BY_TIME: [&str; 7] = ["wait", "age", "sla", "opened", "changed", "is", "attention"];

/// The shortest and the longest time between two looks at a rank that rises bit by bit.
const SHORTEST_LOOK: SignedDuration = SignedDuration::from_mins(1);
const LONGEST_LOOK: SignedDuration = SignedDuration::from_hours(1);

struct Play<'p> {
    stage: Stage<'p>,
    now: Timestamp,
    tickets: HashMap<TicketId, Standing>,
    /// Tickets to which something happened now.
    touched: Vec<TicketId>,
    /// When time alone may change a decision.
    wakes: BinaryHeap<Reverse<(Timestamp, TicketId)>>,
    /// Whether any rule asks about time, and whether one asks about rank.
    by_time: bool,
    by_rank: bool,
    found: Vec<Escalation<'p>>,
}

/// A ticket, and what the rules did about it.
struct Standing {
    record: TicketRecord,
    vip: bool,
    touched: bool,
    /// What is proposed and waits: the place of the rule.
    proposed: Option<usize>,
    /// The one moment at which it wants to be looked at again.
    wake: Option<Timestamp>,
}

impl<'p> Play<'p> {
    fn new(stage: Stage<'p>) -> Self {
        let asks = |field: &str| {
            let policy = stage.policy;
            policy.scope.mentions(field) || policy.rules.iter().any(|rule| rule.when.mentions(field))
        };
        Self {
            now: Timestamp::MIN,
            tickets: HashMap::new(),
            touched: Vec::new(),
            wakes: BinaryHeap::new(),
            by_time: BY_TIME.into_iter().any(asks),
            by_rank: asks("attention"),
            found: Vec::new(),
            stage,
        }
    }

    fn take(&mut self, Happening { ticket, what, .. }: Happening) {
        if let What::Opened { record, vip } = what {
            let standing = Standing { record: *record, vip, touched: false, proposed: None, wake: None };
            self.tickets.entry(ticket).or_insert(standing);
            return;
        }
        let Some(standing) = self.tickets.get_mut(&ticket) else { return };
        match what {
            What::Opened { .. } => {}
            What::Said(heard) => {
                standing.record.add(*heard);
            }
            What::Exchanged(both) => {
                for heard in *both {
                    standing.record.add(heard);
                }
                return;
            }
            What::Tone { of, judgement } => standing.hear(&of, &judgement, self.stage.policy),
            What::Triage { of, judgement } => standing.triage(of, judgement),
            What::Closed => {
                standing.record.ticket.closed = true;
                standing.record.ticket.closed_at = Some(self.now);
                standing.record.episode.end();
            }
        }
        if !std::mem::replace(&mut standing.touched, true) {
            self.touched.push(ticket);
        }
    }

    /// What is told in one moment is decided about together, as in one turn of the engine.
    fn decide_touched(&mut self) {
        let mut touched = std::mem::take(&mut self.touched);
        for ticket in touched.drain(..) {
            self.decide(&ticket);
        }
        self.touched = touched;
    }

    /// Looks again at the tickets whose time comes before `end`.
    fn wake_before(&mut self, end: Timestamp) {
        while let Some(Reverse((at, _))) = self.wakes.peek()
            && *at < end
        {
            let Some(Reverse((at, ticket))) = self.wakes.pop() else { return };
            if self.tickets.get(&ticket).is_some_and(|standing| standing.wake == Some(at)) {
                self.now = at;
                self.decide(&ticket);
            }
        }
    }

    fn decide(&mut self, ticket: &TicketId) {
        let Some(standing) = self.tickets.get_mut(ticket) else { return };
        standing.touched = false;
        // Each act lets the next level ask, as soon as it is done.
        while let Some((rule, does)) = standing.asks(&self.stage, self.now) {
            self.found.push(Escalation { ticket: ticket.clone(), at: self.now, rule, does });
            if does == Does::Propose {
                break;
            }
        }
        if self.by_time {
            standing.wake = standing.wakes_at(&self.stage, self.by_rank, self.now);
            self.wakes.extend(standing.wake.map(|at| Reverse((at, ticket.clone()))));
        }
    }
}

impl Standing {
    fn hear(&mut self, of: &MessageId, tone: &Judgement<Tone>, policy: &Policy) {
        let hearing = self.record.hear(of, tone, &policy.edges);
        if hearing.is_some_and(|hearing| hearing.new_matter)
            && let Some(latest) = self.record.latest_from_customer()
        {
            self.record.triage = Some(Triaged::pending(latest.message.id.clone(), Pending::Queued));
        }
    }

    /// A later question about the same ticket wins over an answer that comes late.
    fn triage(&mut self, of: MessageId, judgement: Judgement<Triage>) {
        let at = |id: &MessageId| self.record.message(id).map(|heard| heard.message.at);
        if self.record.triage.as_ref().is_none_or(|held| held.of == of || at(&held.of) <= at(&of)) {
            self.record.triage = Some(Triaged { of, judgement });
        }
    }

    /// What the rules ask for now that they did not ask for already.
    fn asks<'p>(&mut self, stage: &Stage<'p>, now: Timestamp) -> Option<(&'p Rule, Does)> {
        if self.record.ticket.closed {
            self.proposed = None;
            return None;
        }
        let policy = stage.policy;
        let row = self.row(stage, now);
        let decision: Decision<'p> = policy.decide(&self.record, &row, stage.picklists, now);
        let Some((rule, does)) = decision.done() else {
            self.proposed = None;
            return None;
        };
        let place = policy.rules.iter().position(|held| std::ptr::eq(held, rule));
        match does {
            Does::Propose if self.proposed == place => return None,
            Does::Propose => self.proposed = place,
            Does::Act => {
                let changes = policy.changes(rule, &self.record, &row, stage.picklists, By::Rule).unwrap_or_default();
                let set = changes.into_iter().filter_map(|change| Some((change.field, change.after?)));
                self.record.ticket.fields.extend(set);
                self.record.episode.acted(rule.level);
                self.proposed = None;
            }
        }
        Some((rule, does))
    }

    fn row(&self, stage: &Stage<'_>, now: Timestamp) -> crate::domain::Row {
        let (edges, calendar) = (&stage.policy.edges, stage.calendars.of(&self.record.ticket));
        let view = View { edges, weights: stage.weights, vip: self.vip, muted: false, calendar, now };
        let mut row = self.record.row(&view);
        row.proposal = self.proposed.map(|_| ProposalId::new("proposed"));
        row
    }

    /// When it must be looked at again though nothing happens to it.
    fn wakes_at(&self, stage: &Stage<'_>, by_rank: bool, now: Timestamp) -> Option<Timestamp> {
        if self.record.ticket.closed {
            return None;
        }
        let row = self.row(stage, now);
        let queries = stage.policy.rules.iter().map(|rule| &rule.when).chain([&stage.policy.scope]);
        let turn = queries.filter_map(|query| query.turns(&row, now)).min();
        let rises = by_rank && (row.waiting_since.is_some() || row.ticket.due_at.is_some());
        let look = rises.then(|| {
            let since = row.waiting_since.unwrap_or(row.ticket.opened_at);
            let step = (now.duration_since(since) / 16).clamp(SHORTEST_LOOK, LONGEST_LOOK);
            now.saturating_add(step).unwrap_or(Timestamp::MAX)
        });
        let by_hours = stage.policy.rules.iter().any(|rule| rule.hours == RuleHours::Business);
        let opens = row.hours.opens_at.filter(|_| by_hours);
        turn.into_iter().chain(look).chain(opens).min()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, policy};
    use super::super::{SetTo, sample::Sample};
    use super::*;
    use crate::domain::{Field, Mode, Plain, Speaker};
    use crate::query::Query;

    fn minute(minute: i64) -> Timestamp {
        at() + SignedDuration::from_mins(minute)
    }

    fn id() -> TicketId {
        TicketId::new("sample")
    }

    fn at_minute(at: i64, what: What) -> Happening {
        Happening { at: minute(at), ticket: id(), what }
    }

    /// The ticket, and its messages as judged, of a sample.
    fn told(text: &str) -> (TicketRecord, Vec<Heard>) {
        let text = format!("name = \"a\"\nexpect = \"nothing\"\n{text}");
        let record = toml::from_str::<Sample>(&text).expect("a sample").record(None, at());
        let heard = record.messages().to_vec();
        (TicketRecord::new(record.ticket), heard)
    }

    /// A history: the ticket, then each judged message in the minute given, read a minute later.
    fn history(text: &str, minutes: &[i64]) -> Vec<Happening> {
        let (record, heard) = told(text);
        let mut all = vec![at_minute(minutes[0], What::Opened { record: Box::new(record), vip: false })];
        let customers = heard.into_iter().filter(|heard| heard.message.speaker == Speaker::Customer);
        for (mut heard, at) in customers.zip(minutes) {
            let tone = heard.tone.take();
            (heard.message.at, heard.message.id) = (minute(*at), MessageId::note(id(), at));
            let of = heard.message.id.clone();
            all.push(at_minute(*at, What::Said(Box::new(heard))));
            all.extend(tone.map(|judgement| at_minute(*at + 1, What::Tone { of, judgement })));
        }
        all
    }

    fn played(policy: &Policy, mut history: Vec<Happening>, until: i64) -> Vec<(i64, String)> {
        history.sort_by_key(|happening| happening.at);
        let weights = Weights::default();
        let picklists = policy.assumed_picklists([]);
        let calendars = Calendars::default();
        let stage =
            Stage { policy, weights: &weights, calendars: &calendars, picklists: &picklists, until: minute(until) };
        let told =
            |e: Escalation<'_>| (e.at.duration_since(at()).as_mins(), format!("{} {}", e.does.word(), e.rule.name));
        play(&stage, history).into_iter().map(told).collect()
    }

    #[test]
    fn a_proposal_is_made_once_and_again_after_it_lapsed() {
        let suggest = policy(Mode::Suggest);
        let angry = history("frustration = [5, 5, 2, 5]", &[0, 10, 20, 30]);
        assert_eq!(played(&suggest, angry, 99), [(1, "propose raise".into()), (31, "propose raise".into())]);
        assert_eq!(played(&policy(Mode::Observe), history("frustration = 5", &[0]), 99), []);
    }

    #[test]
    fn an_act_opens_an_episode_and_calm_ends_it() {
        let auto = policy(Mode::Auto);
        let angry = history("frustration = [5, 5, 2, 1, 5]", &[0, 10, 20, 30, 40]);
        let acts = |at, rule: &str| (at, format!("act {rule}"));
        // Raised and handed over at once; what is set already is not set again.
        assert_eq!(played(&auto, angry, 99), [acts(1, "raise"), acts(1, "escalate")]);
        let mut by_owner = policy(Mode::Auto);
        by_owner.rules.truncate(1);
        by_owner.rules[0].set = [(Field::Urgency, SetTo::Value(Plain::new("High")))].into();
        let unquoted = history("frustration = [5]\nquoted = false", &[0]);
        assert_eq!(played(&by_owner, unquoted, 99), [(1, "propose raise".into())]);
    }

    #[test]
    fn time_alone_lets_a_rule_ask_and_an_answer_stops_it() {
        let mut waits = policy(Mode::Suggest);
        waits.rules.truncate(1);
        waits.rules[0].when = Query::parse("wait>=2h").expect("a query");
        let calm = || history("frustration = [2]", &[0]);
        assert_eq!(played(&waits, calm(), 600), [(120, "propose raise".into())]);
        assert_eq!(played(&waits, calm(), 119), []);
        let answer = |at: i64| {
            let (_, heard) = told("frustration = [2]\nanswered = true");
            let mut answer = heard.into_iter().find(|heard| heard.message.speaker == Speaker::Agent).expect("one");
            answer.message.at = minute(at);
            at_minute(at, What::Said(Box::new(answer)))
        };
        assert_eq!(played(&waits, [calm(), vec![answer(60)]].concat(), 600), []);
        assert_eq!(played(&waits, [calm(), vec![at_minute(90, What::Closed)]].concat(), 600), []);
        waits.rules[0].when = Query::parse("attention>=15").expect("a query");
        let rank = played(&waits, calm(), 6000);
        assert!(rank.len() == 1 && rank[0].0 > 30, "{rank:?}");
    }

    #[test]
    fn each_judgement_is_decided_about_by_itself() {
        let mut rule = policy(Mode::Suggest);
        rule.rules.truncate(1);
        rule.rules[0].when = Query::parse("frustration>=4 -urgency>=4").expect("a query");
        let text = "name = \"a\"\nexpect = \"nothing\"\nfrustration = 5\nurgency = 5";
        let judgement = toml::from_str::<Sample>(text).expect("a sample").record(None, at()).triage.expect("triaged");
        let triage = at_minute(1, What::Triage { of: MessageId::note(id(), 0), judgement: judgement.judgement });
        let mut tone_first = history("frustration = [5]", &[0]);
        tone_first.push(triage.clone());
        assert_eq!(played(&rule, tone_first.clone(), 9).len(), 1);
        let last = tone_first.len() - 1;
        tone_first.swap(last, last - 1);
        assert_eq!(played(&rule, tone_first, 9), [], "triage came first");
    }
}
