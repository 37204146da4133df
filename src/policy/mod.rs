//! Rules to decisions. Pure: a ticket, its readings, the rules and the clock go in, a decision comes
//! out. Sends nothing, stores nothing.
//!
//! Nothing acts by itself unless the rule also holds on *proven* facts alone: readings with a
//! verified quote, normal confidence and a model behind them, and what the PSA says. A rule that
//! holds only on the rest proposes.

mod amend;
mod assumed;
mod categorise;
mod check;
mod digest;
mod draft;
mod explain;
mod limits;
mod note;
mod report;
mod retract;
mod rule;
pub mod sample;
pub mod whatif;

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::{
    Change, Confidence, Draft, Edges, Field, FieldValue, Heard, Judged, Level, Mode, Picklists, Plain, Provenance,
    PsaKind, Reading, Row, Score, TermKind, Ticket, TicketRecord, ToneTrack,
};
use crate::query::{Context, Query, Thresholds, same};

pub use assumed::tokens_by_label;
pub use categorise::Categories;
pub use check::{Checked, Finding};
pub use draft::{By, Scales};
pub use limits::{Leave, Limits, Quiet};
pub use note::{BadTemplate, Notes};
pub use retract::NoRetraction;
pub use rule::{Rule, RuleHours, SetTo, default_rules};

/// What the automation may do, and to which tickets.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Whether a note tells when a message could not be judged.
    pub report_judge_errors: bool,
    /// Whose tickets they are.
    pub psa: PsaKind,
    /// How far rules go by themselves, where a rule does not say otherwise.
    pub mode: Mode,
    /// Which tickets the rules are for.
    pub scope: Query,
    /// Statuses nothing touches.
    pub hands_off: Vec<Plain>,
    /// Boards where the tone of a ticket's first message is reason enough to act; `*` is all of them.
    /// Elsewhere it may only propose: who opens a ticket has something wrong, and nobody has let them
    /// down yet.
    pub first_tone_acts: Vec<Plain>,
    /// The rules, in file order.
    pub rules: Vec<Rule>,
    /// What holds them back.
    pub limits: Limits,
    /// Whether tickets are filed under what they are about.
    pub categories: Categories,
    /// What `threshold` means.
    pub thresholds: Thresholds,
    /// The label edges.
    pub edges: Edges,
    /// How judged levels become the PSA's values.
    pub scales: Scales,
    /// How internal notes read.
    pub notes: Notes,
}

/// What a rule asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision<'a> {
    /// Leave it.
    Nothing,
    /// A person shall decide.
    Propose(&'a Rule),
    /// Do it.
    Act(&'a Rule),
}

impl<'a> Decision<'a> {
    /// The rule that asks for something, and how far it goes.
    fn done(&self) -> Option<(&'a Rule, Does)> {
        match self {
            Self::Nothing => None,
            Self::Propose(rule) => Some((rule, Does::Propose)),
            Self::Act(rule) => Some((rule, Does::Act)),
        }
    }
}

/// How far a rule goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Does {
    /// It acts.
    Act,
    /// It proposes.
    Propose,
}

impl Does {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::Propose => "propose",
        }
    }
}

/// Why a rule cannot be drafted on a ticket by hand.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NoDraft {
    /// There is no such rule.
    #[error("no rule has level {0}; see [[policy.rule]] in the workspace's config")]
    NoRule(u8),
    /// The ticket is closed.
    #[error("the ticket is closed")]
    Closed,
    /// Its status is off limits.
    #[error("nothing touches a ticket in status {0} (hands_off in [policy])")]
    HandsOff(Plain),
    /// Every field holds already what the rules would set.
    #[error("nothing to change: every field already holds what the rules would set")]
    NothingToChange,
    /// The rule's values are not on offer.
    #[error("nothing can be changed: {0}")]
    LeftOut(Plain),
}

impl Policy {
    /// A policy that asks for nothing: rules are still to come.
    pub fn new(psa: PsaKind, notes: Notes) -> Self {
        Self {
            mode: Mode::default(),
            scope: Query::default(),
            hands_off: Vec::new(),
            first_tone_acts: Vec::new(),
            rules: Vec::new(),
            thresholds: Thresholds::default(),
            edges: Edges::default(),
            scales: Scales::new(),
            limits: Limits::default(),
            categories: Categories::default(),
            report_judge_errors: false,
            psa,
            notes,
        }
    }

    /// What to do about a ticket now. Levels follow each other: the lowest that may still act and
    /// would change something decides; within a level the first rule that matches.
    pub fn decide(&self, record: &TicketRecord, row: &Row, picklists: &Picklists, now: Timestamp) -> Decision<'_> {
        let Some(heard) = record.latest_from_customer() else { return Decision::Nothing };
        if heard.provenance == Provenance::Backfill || self.off_limits(&row.ticket).is_some() {
            return Decision::Nothing;
        }
        let context = self.context(now);
        if !self.scope.matches(row, &context) || row.standing.rests(now) {
            return Decision::Nothing;
        }
        let changes_something = |rule: &Rule| self.changes(rule, record, row, picklists, By::Person).is_ok();
        let seen = without_history(record, row);
        let Some(rule) = self.asking(&seen, &context).find(|rule| changes_something(rule)) else {
            return Decision::Nothing;
        };
        let proven = || self.without_the_unproven(record, row).iter().all(|row| rule.when.matches(row, &context));
        let sound = || rule.unknown(picklists).next().is_none();
        let leaves_something = || self.changes(rule, record, row, picklists, By::Rule).is_ok();
        match rule.mode.unwrap_or(self.mode) {
            Mode::Observe => Decision::Nothing,
            Mode::Auto if heard.provenance == Provenance::Live && proven() && sound() && leaves_something() => {
                Decision::Act(rule)
            }
            Mode::Auto | Mode::Suggest => Decision::Propose(rule),
        }
    }

    /// Whether a rule's condition holds on the ticket as it stands, whatever was done about it.
    pub fn asks(&self, record: &TicketRecord, row: &Row, now: Timestamp) -> bool {
        let (seen, context) = (without_history(record, row), self.context(now));
        self.rules.iter().any(|rule| rule.when.matches(&seen, &context))
    }

    /// The rules that ask for something: the first of each level that the episode still allows,
    /// lowest level first.
    fn asking<'a, 'r>(
        &'a self,
        row: &'r Row,
        context: &'r Context<'r>,
    ) -> impl Iterator<Item = &'a Rule> + use<'a, 'r> {
        let levels: BTreeSet<u8> = self.rules.iter().map(|rule| rule.level).collect();
        levels
            .into_iter()
            .filter(move |level| row.episode.allows(*level))
            .filter_map(move |level| self.rules.iter().find(|rule| rule.level == level && rule.asks(row, context)))
    }

    /// The status that keeps everybody's hands off, or that the ticket is closed.
    fn off_limits(&self, ticket: &Ticket) -> Option<NoDraft> {
        if ticket.closed {
            return Some(NoDraft::Closed);
        }
        let status = ticket.label(Field::Status);
        let off = self.hands_off.iter().find(|name| same(name.as_str(), status))?;
        Some(NoDraft::HandsOff(off.clone()))
    }

    /// The row without what may not act (unproven, of low confidence, made by the embedded judge, or
    /// said of a message that is not live), once with nothing in its place and once with the calmest
    /// values. A rule that holds on both leans on none of it, also where it asks for something not
    /// to be so.
    fn without_the_unproven(&self, record: &TicketRecord, row: &Row) -> [Row; 2] {
        let (mut bare, mut calm) = (row.clone(), row.clone());
        let live = |heard: Option<&Heard>| heard.is_some_and(|heard| heard.provenance == Provenance::Live);
        let tone = record
            .tones()
            .next_back()
            .filter(|(heard, reading)| live(Some(heard)) && trusted(reading) && !reading.value.quotes.is_empty())
            .filter(|(heard, _)| self.first_tone_acts(row) || !is_first(record, heard));
        match tone {
            Some((_, reading)) => {
                bare.flags.retain(|flag| reading.value.flags.contains(flag));
                calm.flags.clone_from(&bare.flags);
            }
            None => {
                forget_tone(&mut bare);
                calm.tone = ToneTrack::fold([Score::clamped(1.0)], &self.edges);
                calm.flags.clear();
            }
        }
        let triage = record.triage.as_ref().filter(|triage| live(record.message(&triage.of)));
        let triage = triage.and_then(|triage| triage.judgement.reading()).filter(|reading| trusted(reading));
        bare.urgency = triage.and_then(|t| with_quote(&t.value.urgency));
        bare.impact = triage.and_then(|t| with_quote(&t.value.impact));
        bare.category = triage.and_then(|t| with_quote(t.value.category.as_ref()?));
        calm.urgency = bare.urgency.or(Some(Level::MIN));
        calm.impact = bare.impact.or(Some(Level::MIN));
        calm.category = bare.category.clone();
        let proven = (tone.is_some(), bare.urgency.is_some(), bare.impact.is_some());
        bare.attention.keep(|kind| match kind {
            TermKind::Tone | TermKind::Drop | TermKind::Flags => proven.0,
            TermKind::Urgency => proven.1,
            TermKind::Impact => proven.2,
            _ => true,
        });
        calm.attention.clone_from(&bare.attention);
        [bare, calm]
    }

    fn first_tone_acts(&self, row: &Row) -> bool {
        let board = row.ticket.label(Field::Board);
        self.first_tone_acts.iter().any(|name| name.as_str() == "*" || name.as_str().eq_ignore_ascii_case(board))
    }

    /// What escalating by hand would do: a rule of `level`, or of the lowest that has not acted in
    /// this episode; of several the first that matches, or else the first, that would change
    /// something.
    ///
    /// # Errors
    /// When there is nothing to do, in words.
    pub fn draft(
        &self,
        record: &TicketRecord,
        row: &Row,
        picklists: &Picklists,
        level: Option<u8>,
        now: Timestamp,
    ) -> Result<Draft, NoDraft> {
        if let Some(why) = self.off_limits(&row.ticket) {
            return Err(why);
        }
        let mut rules: Vec<&Rule> = match level {
            Some(level) => self.rules.iter().filter(|rule| rule.level == level).collect(),
            None => self.rules.iter().filter(|rule| row.episode.allows(rule.level)).collect(),
        };
        if rules.is_empty() {
            rules = self.rules.iter().filter(|rule| level.is_none_or(|level| rule.level == level)).collect();
        }
        let context = self.context(now);
        rules.sort_by_cached_key(|rule| (rule.level, !rule.when.matches(row, &context)));
        let mut why = NoDraft::NoRule(level.unwrap_or(1));
        for rule in rules {
            match self.draft_rule(rule, record, row, picklists, By::Person) {
                Ok(draft) => return Ok(draft),
                Err(reason) => why = reason,
            }
        }
        Err(why)
    }

    /// What the rule of an earlier draft would do now.
    ///
    /// # Errors
    /// When there is no such rule any more, or nothing to do, in words.
    pub fn draft_again(
        &self,
        shown: &Draft,
        record: &TicketRecord,
        row: &Row,
        picklists: &Picklists,
    ) -> Result<Draft, NoDraft> {
        if let Some(why) = self.off_limits(&row.ticket) {
            return Err(why);
        }
        let rule = self.rules.iter().find(|rule| rule.name == shown.rule && rule.level == shown.level);
        self.draft_rule(rule.ok_or(NoDraft::NoRule(shown.level))?, record, row, picklists, By::Person)
    }

    /// What one rule would do to a ticket.
    ///
    /// # Errors
    /// When it would change nothing.
    pub fn draft_rule(
        &self,
        rule: &Rule,
        record: &TicketRecord,
        row: &Row,
        picklists: &Picklists,
        by: By,
    ) -> Result<Draft, NoDraft> {
        draft::draft(self, rule, &draft::Subject { record, row, picklists, by })
    }

    /// The fields that rules set by themselves.
    pub fn sets(&self) -> impl Iterator<Item = Field> {
        let by_rules = self.rules.iter().flat_map(|rule| rule.set.keys().copied());
        let filed = (self.categories.mode != Mode::Observe).then_some(Field::Category);
        by_rules.chain(filed).collect::<BTreeSet<Field>>().into_iter()
    }

    /// The field changes of that draft alone, which take no note to be written.
    fn changes(
        &self,
        rule: &Rule,
        record: &TicketRecord,
        row: &Row,
        picklists: &Picklists,
        by: By,
    ) -> Result<Vec<Change>, NoDraft> {
        draft::changes(self, rule, &draft::Subject { record, row, picklists, by }).map(|(changes, _)| changes)
    }

    /// Values the rules set that no ticket could take: gone from the PSA, or misspelt.
    pub fn unknown_values(&self, picklists: &Picklists) -> Vec<Plain> {
        let of_rule = |rule: &Rule| {
            let name = rule.name.clone();
            unknown_of(rule, picklists)
                .into_iter()
                .map(move |what| Plain::new(&format!("rule {name} does not act: it {what}")))
        };
        self.rules.iter().flat_map(of_rule).collect()
    }

    /// `draft` with its note, and with what its changes are known to set off.
    fn with_note(&self, draft: Draft) -> Draft {
        let effects = draft.changes.iter().filter_map(|change| self.psa.known_effect(change.field)).map(Plain::new);
        let known_effects = draft.known_effects.iter().cloned().chain(effects).collect();
        let note = self.notes.render(&draft);
        Draft { note, known_effects, ..draft }
    }

    /// What queries are asked against.
    pub fn context(&self, now: Timestamp) -> Context<'_> {
        Context { now, thresholds: &self.thresholds, text: &|_, _| false }
    }
}

/// The row as the rules see it: what was last said in a message of the backfill asks for nothing.
fn without_history<'a>(record: &TicketRecord, row: &'a Row) -> Cow<'a, Row> {
    if record.tones().next_back().is_none_or(|(heard, _)| heard.provenance != Provenance::Backfill) {
        return Cow::Borrowed(row);
    }
    let mut seen = row.clone();
    forget_tone(&mut seen);
    seen.attention.keep(|kind| !matches!(kind, TermKind::Tone | TermKind::Drop | TermKind::Flags));
    Cow::Owned(seen)
}

/// The values one rule sets that no ticket could take.
fn unknown_of(rule: &Rule, picklists: &Picklists) -> Vec<String> {
    let words = |(field, wanted): (Field, &Plain)| {
        let labels = picklists.labels(field);
        let offer = if labels.is_empty() { "nothing".into() } else { list(&labels) };
        format!("sets {field} to {wanted}, which the PSA does not offer (it has {offer})")
    };
    rule.unknown(picklists).map(words).collect()
}

/// Whether nothing was heard from the customer before.
fn is_first(record: &TicketRecord, heard: &Heard) -> bool {
    let first = record.messages().iter().find(|heard| heard.message.is_customers());
    first.is_some_and(|first| first.message.id == heard.message.id)
}

fn forget_tone(row: &mut Row) {
    row.tone = None;
    row.flags.clear();
}

fn trusted<T>(reading: &Reading<T>) -> bool {
    reading.confidence == Confidence::Normal && !reading.origin.embedded
}

fn with_quote<T: Clone>(judged: &Judged<T>) -> Option<T> {
    judged.quote.as_ref().map(|_| judged.value.clone())
}

/// Up to six names, for a message.
fn list(names: &[Plain]) -> String {
    let shown: Vec<&str> = names.iter().take(6).map(Plain::as_str).collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// The label or a dash.
fn label(value: Option<&FieldValue>) -> &str {
    value.map_or("–", |value| value.label.as_str())
}

#[cfg(test)]
mod tests;
