//! What is proposed, and what was done: drafts, proposals and receipts.

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
    /// What it shall hold.
    pub after: FieldValue,
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
    /// The rule's name.
    pub rule: Plain,
    /// The rule's level.
    pub level: u8,
    /// The fields, before and after. Only fields that would really change.
    pub changes: Vec<Change>,
    /// What the rule asked for and cannot have, in words.
    pub left_out: Vec<Plain>,
    /// Why.
    pub evidence: Evidence,
    /// The internal note, as it will be sent, without its marker line.
    pub note: String,
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
    /// The rule's name.
    pub rule: Plain,
    /// The rule's level.
    pub level: u8,
    /// The reasons, as facts without customer text.
    pub why: Vec<Plain>,
    /// What became of each field.
    pub fields: Vec<FieldResult>,
    /// What else the PSA changed while it took our values, such as a team change that unassigns.
    #[serde(default)]
    pub side_effects: Vec<Change>,
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
}

impl Receipt {
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
        let before = self.before.as_ref().map_or("–", |value| value.label.as_str());
        write!(f, "{} {} → {}", self.field, before, self.after.label)
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
