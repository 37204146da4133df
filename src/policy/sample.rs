//! Samples: tickets as a rule's author writes them down, with what the rules should make of them.
//! A sample becomes a real record, and [`Policy::decide`] is asked about it.
//!
//! ```toml
//! [[sample]]
//! name = "an angry regular is handed over"
//! board = "Service Desk"
//! frustration = [2, 3, 5]        # one a message, oldest first
//! wait = "2h"
//! expect = { rule = "escalate", level = 2, does = "propose" }
//! ```

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::assumed::by_label;
use super::{Decision, Does, Policy};
use crate::domain::{
    Abstention, Calendar, Confidence, Contact, Field, FieldValue, Flag, Heard, Judged, Judgement, Level, Message,
    MessageId, Named, Origin, Pending, Picklists, Plain, Provenance, Quote, Reading, Score, Speaker, Ticket, TicketId,
    TicketRecord, Tone, Triage, Triaged, View, Weights,
};
use crate::query;

/// One ticket and what is expected of the rules.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// What it shows.
    pub name: Plain,
    /// What the rules shall do.
    pub expect: Expect,
    /// The ticket's title.
    #[serde(default)]
    pub summary: Plain,
    /// The client's name.
    pub client: Option<Plain>,
    /// Who raised it.
    #[serde(default)]
    pub contact: Plain,
    /// Whether the client is marked as VIP.
    #[serde(default)]
    pub vip: bool,
    /// Board or queue, and what else the PSA holds.
    pub board: Option<Plain>,
    /// Team.
    pub team: Option<Plain>,
    /// The technician.
    pub owner: Option<Plain>,
    /// Status.
    pub status: Option<Plain>,
    /// Priority.
    pub priority: Option<Plain>,
    /// Severity.
    pub severity: Option<Plain>,
    /// Ticket type.
    #[serde(rename = "type")]
    pub kind: Option<Plain>,
    /// Subtype.
    pub subtype: Option<Plain>,
    /// Item.
    pub item: Option<Plain>,
    /// The PSA's category.
    pub category: Option<Plain>,
    /// The agreement.
    pub sla: Option<Plain>,
    /// The PSA's own impact and urgency.
    #[serde(default)]
    pub psa: PsaWords,
    /// Closed.
    #[serde(default)]
    pub closed: bool,
    /// Came back after it was closed.
    #[serde(default)]
    pub reopened: bool,
    /// Frustration of each message that was read, oldest first; or the scores themselves.
    #[serde(default)]
    pub frustration: Track<Level>,
    /// The score of each message that was read, oldest first.
    #[serde(default)]
    pub score: Track<Score>,
    /// What the latest message says beyond its tone.
    #[serde(default)]
    pub flags: BTreeSet<FlagWord>,
    /// Urgency from triage; 1 where only impact is given.
    pub urgency: Option<Level>,
    /// Impact from triage; 1 where only urgency is given.
    pub impact: Option<Level>,
    /// Category from triage.
    pub judged_category: Option<Plain>,
    /// How long the customer has been waiting on us; no time without it.
    pub wait: Option<Span>,
    /// The desk has answered: nobody waits.
    #[serde(default)]
    pub answered: bool,
    /// Messages without an answer, beyond the first.
    #[serde(default)]
    pub follow_ups: u16,
    /// How long ago it was opened.
    pub age: Option<Span>,
    /// Time left to the agreed fix, below 0 when overdue.
    pub due: Option<Span>,
    /// Levels that acted in this episode.
    #[serde(default)]
    pub acted: BTreeSet<u8>,
    /// Whether the readings have a verified quote.
    #[serde(default = "yes")]
    pub quoted: bool,
    /// Whether the readings are of normal confidence.
    #[serde(default = "yes")]
    pub sure: bool,
    /// Made by the embedded word list.
    #[serde(default)]
    pub embedded: bool,
    /// How the messages reached us.
    #[serde(default = "live")]
    pub heard: Provenance,
}

fn yes() -> bool {
    true
}

fn live() -> Provenance {
    Provenance::Live
}

/// The PSA's own words, where ours are taken by readings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PsaWords {
    /// How much is affected.
    pub impact: Option<Plain>,
    /// How soon it hurts.
    pub urgency: Option<Plain>,
}

/// One value, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected a number in its scale, or a list of them")]
pub enum Track<T> {
    /// One message.
    One(T),
    /// Several, oldest first.
    Many(Vec<T>),
}

impl<T> Default for Track<T> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<T> Track<T> {
    fn values(&self) -> &[T] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// A flag by its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct FlagWord(Flag);

impl TryFrom<String> for FlagWord {
    type Error = String;
    fn try_from(word: String) -> Result<Self, String> {
        let known = || Flag::ALL.map(Flag::word).join(", ");
        Flag::from_word(&word).map(Self).ok_or_else(|| format!("{word:?} is not a flag; known: {}", known()))
    }
}

/// A span of time such as `90m` or `1d12h`, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Span(i64);

impl TryFrom<String> for Span {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a span of time; write it as 30s, 90m, 2h, 1d12h or 1w");
        query::span(&text).map(Self).ok_or_else(wrong)
    }
}

/// What the rules shall do.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(
    untagged,
    expecting = "expected \"escalate\", \"nothing\", or { rule = …, level = …, does = \"act\" or \"propose\" }"
)]
pub enum Expect {
    /// Something or nothing.
    Word(Outcome),
    /// This, as far as it says.
    Exactly(Exactly),
}

/// Whether anything is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Some rule acts or proposes.
    Escalate,
    /// No rule does.
    Nothing,
}

/// What exactly is done; what is left out may be anything.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Exactly {
    /// The rule.
    pub rule: Plain,
    /// Its level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// Whether it acts or proposes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub does: Option<Does>,
}

/// What came of a sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// Whether it is as expected.
    pub passed: bool,
    /// What was expected, in words.
    pub expected: String,
    /// What happened, in words.
    pub happened: String,
    /// Why, a line each.
    pub why: Vec<String>,
}

/// What a test of samples needs beside the rules.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The attention weights.
    pub weights: &'a Weights,
    /// The lists of the PSA; without them everything that the rules want is on offer.
    pub picklists: Option<&'a Picklists>,
    /// What time it is.
    pub now: Timestamp,
}

impl Sample {
    /// Asks `policy` about the ticket.
    pub fn run(&self, policy: &Policy, ground: &Ground<'_>) -> Tried {
        let assumed;
        let picklists = match ground.picklists {
            Some(picklists) => picklists,
            None => {
                assumed = policy.assumed_picklists(&self.judged_category);
                &assumed
            }
        };
        let now = ground.now;
        let record = self.record(ground.picklists, now);
        // Whenever samples are tried, they come out the same: the desk is open.
        let (edges, calendar) = (&policy.edges, &Calendar::always());
        let row = record.row(&View { edges, weights: ground.weights, vip: self.vip, muted: false, calendar, now });
        let decision = policy.decide(&record, &row, picklists, now);
        Tried {
            passed: self.expect.is_met_by(&decision),
            expected: self.expect.to_string(),
            happened: told(&decision),
            why: policy.explain(&record, &row, picklists, now),
        }
    }

    /// The ticket with its conversation. `picklists` lend the tokens of its values.
    pub(super) fn record(&self, picklists: Option<&Picklists>, now: Timestamp) -> TicketRecord {
        let script = self.script(now);
        let opened_at =
            self.age.map_or_else(|| script.first().map_or(now, |heard| heard.message.at), |age| age.before(now));
        let ticket = self.ticket(picklists, opened_at, now);
        let mut record = TicketRecord::new(ticket).with_messages(script);
        record.reopened = self.reopened;
        self.acted.iter().for_each(|level| record.episode.acted(*level));
        let first = record.messages().iter().find(|heard| heard.message.is_customers());
        let first = first.map(|heard| heard.message.id.clone());
        record.triage =
            first.zip(self.triage(now)).map(|(of, triage)| Triaged { of, judgement: Judgement::Read(triage) });
        record
    }

    fn ticket(&self, picklists: Option<&Picklists>, opened_at: Timestamp, now: Timestamp) -> Ticket {
        let mut ticket = Ticket {
            id: id(),
            number: Plain::new("#sample"),
            summary: self.summary.clone(),
            client: self.client.clone().map(|name| Named { id: name.clone(), name }),
            contact: Contact { name: self.contact.clone(), email: None },
            fields: self.labels().map(|(field, label)| (field, by_label(label))).collect(),
            opened_at,
            changed_at: now,
            closed_at: self.closed.then_some(now),
            closed: self.closed,
            due_at: self.due.map(|left| Span(-left.0).before(now)),
            link: None,
        };
        // Twice: what a value is called in one list may hang on the value of another.
        for _ in 0..2 {
            let known: Vec<(Field, FieldValue)> = picklists.map_or_else(Vec::new, |picklists| {
                let find =
                    |(field, label): (Field, &Plain)| Some((field, picklists.find(&ticket, field, label.as_str())?));
                self.labels().filter_map(find).map(|(field, pick)| (field, pick.value.clone())).collect()
            });
            ticket.fields.extend(known);
        }
        ticket
    }

    fn labels(&self) -> impl Iterator<Item = (Field, &Plain)> {
        let labels = [
            (Field::Board, &self.board),
            (Field::Team, &self.team),
            (Field::Owner, &self.owner),
            (Field::Status, &self.status),
            (Field::Priority, &self.priority),
            (Field::Impact, &self.psa.impact),
            (Field::Urgency, &self.psa.urgency),
            (Field::Severity, &self.severity),
            (Field::Type, &self.kind),
            (Field::Subtype, &self.subtype),
            (Field::Item, &self.item),
            (Field::Category, &self.category),
            (Field::Sla, &self.sla),
        ];
        labels.into_iter().filter_map(|(field, label)| Some((field, label.as_ref()?)))
    }

    /// The conversation: the scores in their order, of which the last ones are unanswered.
    fn script(&self, now: Timestamp) -> Vec<Heard> {
        let tones = self.tones(now);
        let open = if self.answered { 0 } else { usize::from(self.follow_ups) + 1 };
        // Follow-ups beyond the track are too short to be read.
        let unread = std::iter::repeat_n(Judgement::Abstained(Abstention::TooShort), open.saturating_sub(tones.len()));
        let tones: Vec<Judgement<Tone>> = unread.chain(tones).collect();
        let waiting = self.wait.unwrap_or(Span(0));
        let first_open = tones.len() - open.min(tones.len());
        let answered_at = waiting.before(now) - SignedDuration::from_secs(1);
        let at = |place: usize| match place.checked_sub(first_open) {
            // The waiting ends now, so the last one has just come.
            Some(nth) => waiting.part(nth, open).before(now),
            None => answered_at - SignedDuration::from_mins((first_open - place) as i64),
        };
        let said = |(place, tone)| heard(place, at(place), Speaker::Customer, self.heard, Some(tone));
        let mut script: Vec<Heard> = tones.into_iter().enumerate().map(said).collect();
        if first_open > 0 {
            script.push(heard(script.len(), answered_at, Speaker::Agent, self.heard, None));
        }
        script
    }

    /// What was made of each message; one that waits for its turn where nothing was read.
    fn tones(&self, now: Timestamp) -> Vec<Judgement<Tone>> {
        let by_frustration = self.frustration.values().iter().map(|level| typical(*level));
        let scores: Vec<Score> = self.score.values().iter().copied().chain(by_frustration).collect();
        let last = scores.len().saturating_sub(1);
        let tone = |(place, score)| {
            let flags = self.flags.iter().filter(|_| place == last).map(|flag| flag.0).collect();
            let value = Tone { score, reason: Plain::default(), quotes: self.quote().into_iter().collect(), flags };
            Judgement::Read(self.reading(value, now))
        };
        match scores.is_empty() {
            true => vec![Judgement::Pending(Pending::Queued)],
            false => scores.into_iter().enumerate().map(tone).collect(),
        }
    }

    fn triage(&self, now: Timestamp) -> Option<Reading<Triage>> {
        let said = self.urgency.is_some() || self.impact.is_some() || self.judged_category.is_some();
        let level = |level: Option<Level>| self.judged(level.unwrap_or(Level::MIN));
        let category = self.judged_category.as_ref().map(|label| self.judged(by_label(label)));
        said.then(|| self.reading(Triage { urgency: level(self.urgency), impact: level(self.impact), category }, now))
    }

    fn judged<T>(&self, value: T) -> Judged<T> {
        Judged { value, reason: Plain::default(), quote: self.quote() }
    }

    fn quote(&self) -> Option<Quote> {
        let words = "as the sample says";
        Quote::verified(words, words).filter(|_| self.quoted)
    }

    fn reading<T>(&self, value: T, now: Timestamp) -> Reading<T> {
        let origin = Origin {
            embedded: self.embedded,
            model: Plain::new("sample"),
            prompt: Plain::default(),
            tokens_in: 0,
            tokens_out: 0,
            cost_micros: None,
            cached: false,
            at: now,
        };
        Reading { value, confidence: if self.sure { Confidence::Normal } else { Confidence::Low }, origin }
    }

    /// What cannot be meant, in words.
    pub fn wrong(&self) -> Option<String> {
        let (scores, levels) = (self.score.values().len(), self.frustration.values().len());
        let most = 1000;
        match () {
            () if scores > 0 && levels > 0 => Some("gives score and frustration: keep one of them".into()),
            () if scores + levels > most || usize::from(self.follow_ups) > most => {
                Some(format!("has more than {most} messages"))
            }
            () if !self.flags.is_empty() && scores + levels == 0 => {
                Some("has flags, but no message was read: give a score or frustration".into())
            }
            () if self.answered && (self.wait.is_some() || self.follow_ups > 0) => {
                Some("is answered, so nobody waits: leave out wait and follow_ups".into())
            }
            () if self.wait.is_some_and(|wait| wait.0 < 0) || self.age.is_some_and(|age| age.0 < 0) => {
                Some("has a wait or an age below 0".into())
            }
            () => None,
        }
    }
}

impl Span {
    fn before(self, now: Timestamp) -> Timestamp {
        now.saturating_sub(SignedDuration::from_secs(self.0)).unwrap_or(now)
    }

    /// What is left of it at the `nth` of `count` messages that are spread evenly over it.
    fn part(self, nth: usize, count: usize) -> Self {
        let (nth, steps) = (nth as i64, (count as i64 - 1).max(1));
        Self(self.0 - self.0 / steps * nth)
    }
}

impl Expect {
    fn is_met_by(&self, decision: &Decision<'_>) -> bool {
        let (rule, does) = match (self, decision.done()) {
            (Self::Word(Outcome::Nothing), none) => return none.is_none(),
            (Self::Word(Outcome::Escalate), some) => return some.is_some(),
            (Self::Exactly(_), None) => return false,
            (Self::Exactly(_), Some(done)) => done,
        };
        let Self::Exactly(wanted) = self else { return false };
        wanted.rule == rule.name
            && wanted.level.is_none_or(|level| level == rule.level)
            && wanted.does.is_none_or(|wanted| wanted == does)
    }
}

impl std::fmt::Display for Expect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(Outcome::Escalate) => f.write_str("escalate"),
            Self::Word(Outcome::Nothing) => f.write_str("nothing"),
            Self::Exactly(Exactly { rule, level, does }) => {
                let does = does.map_or(String::new(), |does| format!("{} ", does.word()));
                let level = level.map_or(String::new(), |level| format!(" (level {level})"));
                write!(f, "{does}{rule}{level}")
            }
        }
    }
}

fn told(decision: &Decision<'_>) -> String {
    decision
        .done()
        .map_or("nothing".into(), |(rule, does)| format!("{} {} (level {})", does.word(), rule.name, rule.level))
}

/// A score that has this frustration.
fn typical(level: Level) -> Score {
    Score::clamped(match level.get() {
        1 => 0.75,
        2 => 0.1,
        3 => -0.3,
        4 => -0.6,
        _ => -0.85,
    })
}

fn id() -> TicketId {
    TicketId::new("sample")
}

fn heard(
    place: usize,
    at: Timestamp,
    speaker: Speaker,
    provenance: Provenance,
    tone: Option<Judgement<Tone>>,
) -> Heard {
    let id = MessageId::note(id(), format!("{place:04}"));
    Heard::new(Message::without_text(id, at, speaker), provenance, tone)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, policy};
    use super::*;
    use crate::domain::Mode;

    fn sample(text: &str) -> Sample {
        toml::from_str(&format!("name = \"a\"\n{text}")).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn tried(mode: Mode, text: &str) -> Tried {
        let ground = Ground { weights: &Weights::default(), picklists: None, now: at() };
        sample(text).run(&policy(mode), &ground)
    }

    fn row(text: &str) -> crate::domain::Row {
        let view = View {
            edges: &crate::domain::Edges::default(),
            weights: &Weights::default(),
            vip: false,
            muted: false,
            calendar: &Calendar::always(),
            now: at(),
        };
        sample(text).record(None, at()).row(&view)
    }

    #[test]
    fn a_sample_becomes_the_ticket_it_describes() {
        let row =
            row("expect = \"nothing\"\nboard = \"NOC\"\nfrustration = [1, 2, 5]\nflags = [\"cancel\"]\nurgency = 4\n\
            wait = \"2h\"\nfollow_ups = 1\nreopened = true\ndue = \"-1h\"\nacted = [1]\npsa = { impact = \"High\" }");
        assert_eq!((row.ticket.label(Field::Board), row.ticket.label(Field::Impact)), ("NOC", "High"));
        assert_eq!(row.waiting_since, Some(at() - SignedDuration::from_hours(2)));
        assert_eq!((row.follow_ups, row.reopened), (1, true));
        assert_eq!((row.urgency, row.impact), (Some(Level::clamped(4)), Some(Level::MIN)));
        assert_eq!(row.tone.as_ref().map(|tone| tone.latest().frustration()), Some(Level::MAX));
        assert!(row.flags.contains(&Flag::Cancel) && row.episode.levels().eq([1]));
        assert_eq!(row.ticket.due_at, Some(at() - SignedDuration::from_hours(1)));
    }

    #[test]
    fn who_is_answered_does_not_wait_and_who_was_not_read_has_no_tone() {
        let answered = row("expect = \"nothing\"\nscore = [0.2, -0.3]\nanswered = true");
        assert_eq!((answered.waiting_since, answered.counts.read), (None, 2));
        let unread = row("expect = \"nothing\"\nfollow_ups = 3\nwait = \"3h\"");
        assert!(unread.tone.is_none() && unread.follow_ups == 3);
        assert_eq!(unread.waiting_since, Some(at() - SignedDuration::from_hours(3)));
        for level in (1..=5).map(Level::clamped) {
            assert_eq!(typical(level).frustration(), level);
        }
    }

    #[test]
    fn what_is_expected_is_held_against_what_happens() {
        let angry = "frustration = [2, 5]\nexpect = ";
        for (mode, expect, passed) in [
            (Mode::Suggest, "\"escalate\"", true),
            (Mode::Suggest, "\"nothing\"", false),
            (Mode::Suggest, "{ rule = \"raise\" }", true),
            (Mode::Suggest, "{ rule = \"raise\", level = 1, does = \"propose\" }", true),
            (Mode::Suggest, "{ rule = \"raise\", does = \"act\" }", false),
            (Mode::Auto, "{ rule = \"raise\", does = \"act\" }", true),
            (Mode::Auto, "{ rule = \"escalate\", level = 2 }", false),
            (Mode::Observe, "\"nothing\"", true),
        ] {
            let tried = tried(mode, &format!("{angry}{expect}"));
            assert_eq!(tried.passed, passed, "{mode:?} {expect}: {tried:?}");
        }
    }

    #[test]
    fn why_is_told() {
        let why = |mode, text: &str| tried(mode, &format!("{text}\nexpect = \"nothing\"")).why.join("; ");
        assert_eq!(
            why(Mode::Suggest, "frustration = 2\nurgency = 3"),
            "raise (level 1) does not hold: frustration>=threshold or urgency>=threshold or impact>=threshold; \
             escalate (level 2) does not hold: frustration>=threshold"
        );
        let acted = why(Mode::Suggest, "frustration = 5\nacted = [1]");
        assert!(acted.starts_with("raise (level 1) holds, but level 1 acted in this episode"), "{acted}");
        let off = why(Mode::Suggest, "frustration = 5\nstatus = \"Waiting on vendor\"");
        assert!(off.starts_with("nothing touches a ticket in status Waiting on vendor"), "{off}");
        let unproven = why(Mode::Auto, "frustration = [2, 5]\nquoted = false");
        assert!(unproven.contains("raise only proposes: without what is unproven this does not hold"), "{unproven}");
        let recent = why(Mode::Auto, "frustration = 5\nheard = \"recent\"");
        assert!(recent.contains("raise only proposes: the latest message is not live"), "{recent}");
        let held = why(Mode::Suggest, "frustration = [2, 5]\nteam = \"escalations\"\nacted = [1]");
        assert!(held.contains("escalate (level 2) holds, but nothing to change"), "{held}");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let wrong = |text: &str| sample(&format!("expect = \"nothing\"\n{text}")).wrong().unwrap_or_default();
        assert!(wrong("score = 0\nfrustration = 1").contains("keep one"));
        assert!(wrong("flags = [\"legal\"]").contains("no message was read"));
        assert!(wrong("answered = true\nwait = \"1h\"").contains("nobody waits"));
        assert!(wrong("wait = \"-1h\"").contains("below 0"));
        assert!(wrong("follow_ups = 5000").contains("more than"));
        let refused = |line: &str| {
            let text = format!("name = \"a\"\nexpect = \"nothing\"\n{line}");
            toml::from_str::<Sample>(&text).expect_err(line).to_string()
        };
        assert!(refused("flags = [\"angry\"]").contains("known: manager, cancel"));
        assert!(refused("wait = \"soon\"").contains("write it as 30s"));
        assert!(refused("bord = \"x\"").contains("unknown field"));
    }
}
