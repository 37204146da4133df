//! What is proposed, and what was done: drafts, proposals and receipts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{ProposalId, ReceiptId, TicketId};
use super::message::MessageId;
use super::plain::Plain;
use super::reading::Quote;
use super::ticket::{Field, FieldValue};

/// How far the rules may go by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Watches and judges; proposes nothing.
    Observe,
    /// Proposes; a person decides.
    #[default]
    Suggest,
    /// Acts where the proof allows it, and proposes where it does not.
    Auto,
}

impl Mode {
    /// The word in the config and in the header.
    pub fn word(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Suggest => "suggest",
            Self::Auto => "auto",
        }
    }
}

/// One field, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The field.
    pub field: Field,
    /// What it held when we looked.
    pub before: Option<FieldValue>,
    /// What it shall hold; `None` empties it.
    pub after: Option<FieldValue>,
}

/// What an act is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A customer is at a rule's threshold. Only these open an episode.
    #[default]
    Escalate,
    /// Puts back what an escalation raised: the customer is content again. Always a proposal.
    Deescalate(Vec<ReceiptId>),
    /// Takes a whole receipt back, since a person asks for it.
    Undo(ReceiptId),
    /// Files the ticket under what triage found it to be about.
    Categorise,
    /// Tells the technicians that the judge could not be used. A note only.
    JudgeReport,
}

impl Purpose {
    /// The receipts it takes back.
    pub fn takes_back(&self) -> &[ReceiptId] {
        match self {
            Self::Undo(receipt) => std::slice::from_ref(receipt),
            Self::Deescalate(receipts) => receipts,
            Self::Escalate | Self::Categorise | Self::JudgeReport => &[],
        }
    }

    /// What asks for it, in a few words: `raise, level 1`, `undo of 01J5…`.
    pub fn title(&self, rule: &Plain, level: u8) -> String {
        match self {
            Self::Escalate => format!("{rule}, level {level}"),
            Self::Undo(receipt) => format!("undo of {receipt}"),
            Self::Deescalate(_) | Self::Categorise | Self::JudgeReport => self.word().into(),
        }
    }

    /// The word on the screen, in the audit and in queries.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Escalate => "escalate",
            Self::Deescalate(_) => "de-escalate",
            Self::Undo(_) => "undo",
            Self::Categorise => "categorise",
            Self::JudgeReport => "judge report",
        }
    }
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A rule, by itself.
    Rule,
    /// A person, by their unix user name.
    Person(Plain),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule => f.pad("rule"),
            Self::Person(name) => f.pad(name.as_str()),
        }
    }
}

/// Why something is to be done: the message, the numbers and the customer's own words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The customer's latest message when it was drafted.
    pub message: Option<MessageId>,
    /// The facts in words, such as `frustration 5 (score -0.82)`.
    pub facts: Vec<Plain>,
    /// The judge's sentences.
    pub reasons: Vec<Plain>,
    /// Verified quotes.
    pub quotes: Vec<Quote>,
    /// The reading's model, where a model was heard.
    pub model: Option<Plain>,
    /// Made by the embedded word list.
    pub embedded: bool,
}

/// What would be done to one ticket: shown before anything is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// The ticket.
    pub ticket: TicketId,
    /// What it is for.
    #[serde(default)]
    pub purpose: Purpose,
    /// The rule's name; where no rule asks for it, what does.
    pub rule: Plain,
    /// The rule's level; 0 where it is no escalation.
    pub level: u8,
    /// The fields, before and after. Only fields that would really change.
    pub changes: Vec<Change>,
    /// What was asked for and cannot be had, in words.
    pub left_out: Vec<Plain>,
    /// What else the PSA is known to do on such changes, in words.
    #[serde(default)]
    pub known_effects: Vec<Plain>,
    /// Why.
    pub evidence: Evidence,
    /// The internal note, as it will be sent, without its marker line.
    pub note: String,
}

/// What a person changes in a proposal before they approve it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Amendment {
    /// Fields that stay as they are.
    pub leave_out: BTreeSet<Field>,
    /// Fields to set to another value, by its label; also such as the rule does not name.
    pub set: BTreeMap<Field, Plain>,
    /// A sentence of theirs for the note.
    pub remark: Option<Plain>,
}

/// A draft that waits for a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Its name.
    pub id: ProposalId,
    /// When it was made.
    pub at: Timestamp,
    /// What would be done.
    pub draft: Draft,
    /// Why the rule did not do it by itself, where it might have.
    #[serde(default)]
    pub held_back: Option<Plain>,
    /// What became of it.
    pub state: ProposalState,
}

/// What became of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// Waits.
    Waiting,
    /// A person approved it.
    Approved(ReceiptId),
    /// A person dismissed it, and said why.
    Dismissed(Plain),
    /// The ticket moved on and the rule no longer asks for it.
    Lapsed,
}

/// One act on one ticket: several field changes and one internal note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// Its name, which the note's marker carries.
    pub id: ReceiptId,
    /// The ticket.
    pub ticket: TicketId,
    /// The ticket's number as people say it.
    pub number: Plain,
    /// Who acted.
    pub by: Actor,
    /// When the intent was written.
    pub at: Timestamp,
    /// What it was for.
    #[serde(default)]
    pub purpose: Purpose,
    /// The rule's name; where no rule asked for it, what did.
    pub rule: Plain,
    /// The rule's level; 0 where it is no escalation.
    pub level: u8,
    /// The reasons, as facts without customer text.
    pub why: Vec<Plain>,
    /// What became of each field.
    pub fields: Vec<FieldResult>,
    /// What else the PSA changed while it took our values, such as a team change that unassigns.
    #[serde(default)]
    pub side_effects: Vec<Change>,
    /// When the PSA wants the ticket fixed now, where our values moved that.
    #[serde(default)]
    pub due_at: Option<Timestamp>,
    /// What became of the note.
    pub note: NoteOutcome,
    /// How far it got.
    pub state: ReceiptState,
}

/// One field of a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldResult {
    /// What was asked for.
    pub change: Change,
    /// What came of it.
    pub outcome: FieldOutcome,
    /// Somebody else's change that ours overwrote, made between our last look and our write: who and
    /// when, where the PSA's history tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raced: Option<Plain>,
}

impl FieldResult {
    /// What came of `change`.
    pub fn new(change: Change, outcome: FieldOutcome) -> Self {
        Self { change, outcome, raced: None }
    }

    /// What to add behind the change; nothing when all went well.
    pub fn remark(&self) -> String {
        let raced = self.raced.as_ref().map(|who| format!(" (overwrote another change: {who})"));
        self.outcome.remark() + &raced.unwrap_or_default()
    }
}

/// What became of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldOutcome {
    /// Not sent yet.
    Planned,
    /// The PSA holds it now.
    Changed,
    /// It held our value already.
    AlreadySo,
    /// A person changed it since we looked; left alone. What it holds.
    LeftAlone(Plain),
    /// The PSA took the call but holds something else. What it holds.
    Overruled(Plain),
    /// The PSA refused. Its words.
    Refused(Plain),
}

/// What became of the note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteOutcome {
    /// Not sent yet.
    Planned,
    /// It stands on the ticket, internal.
    Written(MessageId),
    /// The PSA refused. Its words.
    Refused(Plain),
}

/// How far a receipt got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptState {
    /// The intent is in the journal; steps are under way or will be taken up again.
    UnderWay,
    /// Every step is done.
    Done,
    /// It is over, and something in it did not happen.
    Partial,
    /// Something in it did not happen, and a person let it rest.
    Dropped,
}

impl Receipt {
    /// What the PSA refused: a person may try it again, or let it rest.
    pub fn is_dead_letter(&self) -> bool {
        let refused = |result: &FieldResult| matches!(result.outcome, FieldOutcome::Refused(_));
        self.state == ReceiptState::Partial
            && (self.fields.iter().any(refused) || matches!(self.note, NoteOutcome::Refused(_)))
    }

    /// What the PSA refused, to be sent once more.
    pub fn planned_again(mut self) -> Self {
        self.state = ReceiptState::UnderWay;
        for result in &mut self.fields {
            if matches!(result.outcome, FieldOutcome::Refused(_)) {
                result.outcome = FieldOutcome::Planned;
            }
        }
        if matches!(self.note, NoteOutcome::Refused(_)) {
            self.note = NoteOutcome::Planned;
        }
        self
    }

    /// One line for lists: `priority Medium → High, owner – → Kenji Mori`.
    pub fn summary(&self) -> String {
        let fields: Vec<String> = self.fields.iter().map(|f| format!("{}{}", f.change, f.remark())).collect();
        match (&self.note, fields.is_empty()) {
            (NoteOutcome::Refused(_), _) => format!("{}; note refused", fields.join(", ")),
            (_, true) => "note only".into(),
            _ => fields.join(", "),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = |value: &Option<FieldValue>| value.as_ref().map_or_else(|| Plain::new("–"), |v| v.label.clone());
        write!(f, "{} {} → {}", self.field, label(&self.before), label(&self.after))
    }
}

impl FieldOutcome {
    /// What to add behind the change; nothing when all went well.
    pub fn remark(&self) -> String {
        match self {
            Self::Planned => " (not sent yet)".into(),
            Self::Changed => String::new(),
            Self::AlreadySo => " (already so)".into(),
            Self::LeftAlone(holds) => format!(" (left alone: somebody set {holds})"),
            Self::Overruled(holds) => format!(" (the PSA holds {holds} instead)"),
            Self::Refused(why) => format!(" (refused: {why})"),
        }
    }
}
