//! Sentiment over time: every customer message with what is thought of it now, marks on the time
//! axis, and the watch over what is usual.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::domain::{
    Actor, Alarm, By, Edges, Finding, Judgement, Ledger, Member, MessageId, Milestone, MilestoneKind, Place, Plain,
    Range, TicketId, TicketRecord, Trend, Usual,
};
use crate::hooks::Happening;
use crate::journal::{Entry, Event, Replay};
use crate::seat::{Refusal, Reply};

use super::Engine;

/// How often the trend is looked at.
const LOOK_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// The longest text of a mark, in characters.
const LONGEST_MARK: usize = 120;

pub(super) struct Trends {
    ledger: Ledger,
    /// On whose clock days begin.
    zone: TimeZone,
    marks: Vec<Milestone>,
    /// What was last marked of policy, prompt and model.
    states: BTreeMap<MilestoneKind, Plain>,
    alarm: Alarm,
    /// Why customers count as less pleased than usual, while they do.
    alert: Option<Finding>,
    /// When it is looked at next.
    looks_at: Timestamp,
}

impl Trends {
    pub(super) fn new(ledger: Ledger, zone: TimeZone, alarm: Alarm, now: Timestamp) -> Self {
        Self { ledger, zone, marks: Vec::new(), states: BTreeMap::new(), alarm, alert: None, looks_at: now }
    }

    /// Why customers count as less pleased than usual, in words.
    pub(super) fn alert(&self) -> Option<Plain> {
        self.alert.as_ref().map(|finding| Plain::new(&finding.words(&self.zone)))
    }

    /// Takes in a message of a ticket as it stands now.
    fn chart(&mut self, record: &TicketRecord, id: &MessageId) {
        chart(&mut self.ledger, record, id);
        self.ledger.describe(&record.ticket.id, &place(record));
    }

    /// The ticket belongs elsewhere now, perhaps.
    pub(super) fn describe(&mut self, record: &TicketRecord) {
        self.ledger.describe(&record.ticket.id, &place(record));
    }

    pub(super) fn sweep(&mut self, now: Timestamp) {
        self.ledger.sweep(now);
        let since = now.saturating_sub(Ledger::KEPT).unwrap_or(Timestamp::MIN);
        self.marks.retain(|mark| mark.at >= since);
    }

    pub(super) fn trend(&self, range: Range, by: Option<By>, now: Timestamp, edges: &Edges) -> Trend {
        let trend = self.ledger.trend(range, by, now, &self.zone, edges);
        let marks = self.marks.iter().filter(|mark| trend.bar_at(mark.at).is_some()).cloned().collect();
        Trend { marks, alert: self.alert.clone(), ..trend }
    }

    fn mark(&mut self, mark: Milestone) {
        let place = self.marks.partition_point(|held| held.at <= mark.at);
        self.marks.insert(place, mark);
    }
}

/// The ledger brought up to what the records hold: they know of corrections, of what waits to be
/// read, and where tickets belong. What only the readings know keeps the client's number for a name
/// where no record tells it.
pub fn overlay(ledger: &mut Ledger, records: &[&TicketRecord]) {
    let clients = records.iter().filter_map(|record| record.ticket.client.as_ref());
    let clients: HashMap<&Plain, &Plain> = clients.map(|client| (&client.id, &client.name)).collect();
    let strangers: Vec<(TicketId, Place)> =
        ledger.known().filter_map(|ticket| Some((ticket.clone(), ledger.place(ticket)?))).collect();
    for (ticket, place) in strangers {
        if let Some(name) = clients.get(&place.client) {
            ledger.describe(&ticket, &Place { client: Plain::clone(name), ..place });
        }
    }
    for record in records {
        record.messages().iter().for_each(|heard| chart(ledger, record, &heard.message.id));
        ledger.describe(&record.ticket.id, &place(record));
    }
}

fn chart(ledger: &mut Ledger, record: &TicketRecord, id: &MessageId) {
    let Some(heard) = record.message(id) else { return };
    let Some(tone) = &heard.tone else { return };
    ledger.put(id, heard.message.at, tone.reading().map(|reading| reading.value.score));
}

fn place(record: &TicketRecord) -> Place {
    let triage = record.triage.as_ref().and_then(|triage| Judgement::reading(&triage.judgement));
    let judged = triage.and_then(|reading| reading.value.category.as_ref()).map(|category| &category.value.label);
    Place::of(&record.ticket, judged)
}

/// The marks of a journal, oldest first. The first that is said of policy, prompt and model is where
/// changes are counted from, and marks none.
pub fn milestones(replay: &Replay) -> Vec<Milestone> {
    let mut begun = BTreeSet::new();
    let mark = |entry: &Entry| match &entry.event {
        Event::Marked { kind, .. } if *kind != MilestoneKind::Note && begun.insert(*kind) => None,
        Event::Marked { kind, text, by, .. } => {
            Some(Milestone { at: entry.at, kind: *kind, text: text.clone(), by: by.clone() })
        }
        _ => None,
    };
    replay.entries.iter().filter_map(mark).collect()
}

impl Engine {
    /// Takes up what records and journal know of the past.
    pub(super) fn recall_trends(&mut self) {
        let records: Vec<&TicketRecord> = self.board.records().map(|record| &**record).collect();
        overlay(&mut self.trends.ledger, &records);
        for said in self.said.values() {
            said.corrections.iter().for_each(|(message, (score, ..))| self.trends.ledger.correct(message, *score));
        }
    }

    pub(super) fn recall_marks(&mut self, replay: &Replay) {
        self.trends.marks = milestones(replay);
        for entry in &replay.entries {
            if let Event::Marked { kind, state: Some(state), .. } = &entry.event {
                self.trends.states.insert(*kind, state.clone());
            }
        }
    }

    /// Marks what is other than when it was last marked: policy, model, prompt. The first time there is
    /// nothing to compare with.
    pub(super) fn note_changes(&mut self) {
        let first = self.scoring.first_judge().map(|(name, print)| (name.clone(), print));
        // An engine that judges nothing may be there for one command, with a policy of its own.
        let Some((model, fingerprint)) = first.filter(|_| !self.frozen_journal) else { return };
        let policy = Plain::new(&self.policy.digest());
        self.note_change(MilestoneKind::Policy, policy, |_| "the policy is another".into());
        let prompt: String = fingerprint.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let named = model.clone();
        let other = self.note_change(MilestoneKind::Model, model, |was| format!("{named} judges, it was {was}"));
        // Another model has another fingerprint too: that is one change, not two.
        let words = if other { "the prompt goes to another model" } else { "the prompt is another" };
        self.note_change(MilestoneKind::Prompt, Plain::new(&prompt), |_| words.into());
    }

    /// Says whether it is a change that is worth a mark.
    fn note_change(&mut self, kind: MilestoneKind, state: Plain, words: impl FnOnce(&Plain) -> String) -> bool {
        match self.trends.states.insert(kind, state.clone()) {
            Some(before) if before == state => false,
            Some(before) => {
                self.put_mark(kind, Plain::new(&words(&before)), Actor::Rule, Some(state));
                true
            }
            None => {
                let text = Plain::new("from here on changes are marked");
                self.journal_later(Event::Marked { kind, text, by: Actor::Rule, state: Some(state) });
                false
            }
        }
    }

    /// A message came, was judged or corrected: the chart shows what stands now.
    pub(super) fn chart(&mut self, id: &MessageId) {
        if let Some(record) = self.board.record(&id.ticket) {
            self.trends.chart(record, id);
        }
    }

    /// A ticket moved to another board, team or category, perhaps.
    pub(super) fn chart_place(&mut self, ticket: &TicketId) {
        if let Some(record) = self.board.record(ticket) {
            self.trends.describe(record);
        }
    }

    /// The tickets of a bar or group.
    pub(super) fn trend_tickets(&self, from: Timestamp, to: Timestamp, of: Option<&Member>) -> Result<Reply, Refusal> {
        Ok(Reply::Tickets { tickets: self.trends.ledger.tickets(from, to, of) })
    }

    /// A person marks this moment on the time axis.
    pub(super) fn mark(&mut self, text: &Plain, by: Actor) -> Result<Reply, Refusal> {
        if text.is_empty() {
            return Err(Refusal::new("a mark needs a text: what happened?"));
        }
        self.put_mark(MilestoneKind::Note, text.cut(LONGEST_MARK), by, None);
        Ok(Reply::Done)
    }

    fn put_mark(&mut self, kind: MilestoneKind, text: Plain, by: Actor, state: Option<Plain>) {
        self.trends.mark(Milestone { at: self.clock.now(), kind, text: text.clone(), by: by.clone() });
        self.journal_later(Event::Marked { kind, text, by, state });
    }

    /// Looks whether customers are much less pleased than usual; whoever wants to hear of it is told,
    /// at most once an hour.
    pub(super) fn watch_trend(&mut self) {
        let now = self.clock.now();
        if now < self.trends.looks_at {
            return;
        }
        self.trends.looks_at = now + LOOK_EVERY;
        let mut usual = Usual::at(now, self.trends.alarm);
        for (at, score) in self.trends.ledger.scores() {
            usual.count(at, self.policy.edges.label(score));
        }
        self.trends.alert = usual.alarm();
        if let Some(finding) = self.trends.alert.clone().filter(|_| self.may_alarm(now)) {
            self.tell_hooks(Happening::TrendAlert(finding));
        }
    }
}
