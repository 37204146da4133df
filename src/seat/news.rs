//! What the engine tells every seat, asked or not: tickets that changed, readings, acts, and how it is.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Abstention, Confidence, Counts, Flag, Label, Level, Meter, Mode, Origin, Pending, Plain, Proposal, Quote, Receipt,
    Row, Score, Storm, TicketId,
};

/// Something changed. In JSON: `{"seq", "at", "kind", "ticket", …}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// Rises by one with every update of the engine; a seat that is slow sees gaps.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub news: News,
}

/// What changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum News {
    /// A ticket is new or different; replaces the row before.
    Ticket {
        /// Its id.
        ticket: TicketId,
        /// Its row.
        row: Arc<Row>,
    },
    /// A ticket left: there is no row of it any more.
    Gone {
        /// Its id.
        ticket: TicketId,
        /// Its number.
        number: Plain,
        /// Where it went.
        left: Left,
    },
    /// How the engine is; replaces the status before.
    Status(Box<Status>),
    /// The storms there are, the first one first; replaces those before.
    Storms {
        /// All of them.
        storms: Vec<Storm>,
    },
    /// A judge read something.
    Reading {
        /// The ticket.
        ticket: TicketId,
        /// `2818/note/4`
        message: Plain,
        /// What it said.
        #[serde(flatten)]
        reading: Box<Read>,
    },
    /// A judge cannot read something.
    Abstained {
        /// The ticket.
        ticket: TicketId,
        /// The message.
        message: Plain,
        /// Which question.
        ask: Asked,
        /// Why.
        reason: Abstention,
    },
    /// Something waits to be read.
    Pending {
        /// The ticket.
        ticket: TicketId,
        /// The message.
        message: Plain,
        /// Which question.
        ask: Asked,
        /// Why.
        reason: Pending,
    },
    /// A proposal was made, decided or lapsed.
    Proposal {
        /// The ticket.
        ticket: TicketId,
        /// The proposal.
        proposal: Box<Proposal>,
    },
    /// An act began, went on or ended.
    Receipt {
        /// The ticket.
        ticket: TicketId,
        /// The receipt.
        receipt: Box<Receipt>,
    },
}

impl News {
    /// What a later update of the same key replaces; `None` for events.
    pub fn key(&self) -> Option<Key> {
        match self {
            Self::Ticket { ticket, .. } | Self::Gone { ticket, .. } => Some(Key::Ticket(ticket.clone())),
            Self::Status(_) => Some(Key::Status),
            Self::Storms { .. } => Some(Key::Storms),
            _ => None,
        }
    }
}

/// Where a ticket went that is not for us any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    /// The PSA does not have it any more.
    Deleted,
    /// It was moved to a board that is not watched.
    Moved,
}

/// What an update replaces.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A ticket's row.
    Ticket(TicketId),
    /// The engine's status.
    Status,
    /// The storms.
    Storms,
}

/// Which question was asked of a judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Asked {
    /// How it sounds.
    Tone,
    /// What it is about.
    Triage,
}

impl Asked {
    /// `tone` or `triage`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tone => "tone",
            Self::Triage => "triage",
        }
    }
}

/// A reading as an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "lowercase")]
pub enum Read {
    /// How it sounds.
    Tone {
        /// The score.
        score: Score,
        /// Its label, without hysteresis.
        label: Label,
        /// 1-5, higher is worse.
        frustration: Level,
        /// One sentence.
        reason: Plain,
        /// Verified.
        quotes: Vec<Quote>,
        /// What else it says.
        flags: Vec<Flag>,
        /// How far it is trusted.
        confidence: Confidence,
        /// What made it.
        origin: Origin,
    },
    /// What it is about.
    Triage {
        /// 1-5.
        urgency: Level,
        /// 1-5.
        impact: Level,
        /// The category's label.
        category: Option<Plain>,
        /// The sentence behind the urgency.
        reason: Plain,
        /// How far it is trusted.
        confidence: Confidence,
        /// What made it.
        origin: Origin,
    },
}

/// How the engine is. A dead judge or PSA must never look calm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The PSA.
    pub psa: Health,
    /// When the PSA last answered.
    pub fresh_at: Option<Timestamp>,
    /// The API budget.
    pub meter: Meter,
    /// The judge.
    pub judge: Health,
    /// What judging costs.
    pub spend: Spend,
    /// What waits for the judge.
    pub queue: JudgeQueue,
    /// Open tickets' customer messages, and what became of them.
    pub coverage: Counts,
    /// Open tickets.
    pub open: u32,
    /// Proposals that wait.
    pub proposals: u32,
    /// Receipts under way.
    pub acting: u32,
    /// How far the rules may go.
    pub mode: Mode,
    /// Why customers count as less pleased than usual now, in words on the desk's clock.
    #[serde(default)]
    pub trend_alert: Option<Plain>,
    /// What a person must know until they have seen to it: a rebuilt store, another irate, a rule
    /// that names a value the PSA no longer has.
    pub warnings: Vec<Plain>,
}

/// The state of something the engine depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Health {
    /// Not tried yet.
    Starting,
    /// It answers.
    Good,
    /// It does not.
    Trouble {
        /// Since when.
        since: Timestamp,
        /// What is wrong and what to do.
        why: Plain,
    },
    /// Switched off in the config.
    Off,
}

/// Questions that wait for the judge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgeQueue {
    /// In line or under way.
    pub waiting: u32,
    /// About history, whose day has not come.
    pub resting: u32,
}

/// What judging costs today (UTC).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spend {
    /// Judged by the embedded word list: free.
    pub embedded: bool,
    /// Millionths of a dollar, where prices are known.
    pub micros: u64,
    /// The daily budget in millionths of a dollar; `None` where none is set.
    pub budget_micros: Option<u64>,
    /// Calls made.
    pub calls: u64,
    /// Calls saved by the score cache.
    pub cached: u64,
}
