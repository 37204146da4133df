//! The contract between the engine and its screens. Every message can be serialised: a seat may sit
//! in this process or at the other end of a socket.
//!
//! A seat says [`Hello`], gets a [`Welcome`], pages through a snapshot of rows without message text,
//! and from then on receives [`Update`]s. Updates are of two kinds: rows and status replace what was
//! sent for the same key, so a slow seat gets only the last; events are kept in order, a bounded
//! number of them, and what was dropped is counted. Everything else is a [`Request`] with one reply.
//!
//! A seat never touches the store, a PSA or a judge, and reads its connection apart from drawing.

mod link;
mod mirror;
pub mod socket;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::{
    Abstention, Amendment, Confidence, Correction, Counts, Draft, Edges, Field, Flag, Judgement, Label, Level, Meter,
    Mode, Mute, Muted, Origin, Pending, Plain, Proposal, ProposalId, Provenance, PsaKind, Quote, Receipt, ReceiptId,
    Row, Score, Speaker, TicketId, Tone, Trend, Triaged, Visibility,
};
use crate::query::Thresholds;

pub use link::{Closed, Door, Outlet, Seat, Wanted, connect};
pub use mirror::Mirror;

/// The version of this contract.
pub const VERSION: u32 = 1;

/// What a seat says first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The seat's [`VERSION`].
    pub version: u32,
    /// Drawn at random by the seat: a request's number counts within it.
    pub session: u64,
    /// The unix user who sits there.
    pub user: Plain,
}

/// What the engine answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Welcome {
    /// The engine's [`VERSION`].
    pub version: u32,
    /// The workspace's name.
    pub workspace: Plain,
    /// Which PSA stands behind it.
    pub psa: PsaKind,
    /// Whether this seat may change anything.
    pub write: bool,
    /// The thresholds rules and queries speak of.
    pub thresholds: Thresholds,
    /// Where the labels begin.
    pub edges: Edges,
    /// The saved views, in order.
    pub views: Vec<SavedView>,
    /// The rules a person may apply by hand, lowest level first.
    pub rules: Vec<RuleName>,
}

/// A named query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedView {
    /// The tab's title.
    pub name: Plain,
    /// What it shows, as text.
    pub query: String,
}

/// A rule as a seat sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleName {
    /// Its name.
    pub name: Plain,
    /// Its level.
    pub level: u8,
}

/// What a seat may ask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// The next page of rows, in the order of their ids.
    Snapshot {
        /// The last id of the page before.
        after: Option<TicketId>,
        /// Rows a page, at most.
        most: usize,
    },
    /// The messages of a ticket.
    Conversation {
        /// Which.
        ticket: TicketId,
    },
    /// Every request that went to a judge because of a ticket, byte for byte.
    Sent {
        /// Which.
        ticket: TicketId,
    },
    /// Counts by label over time.
    Trend {
        /// How many buckets.
        buckets: usize,
        /// How long each is, in seconds.
        step_seconds: i64,
    },
    /// What was done, newest first.
    Audit {
        /// Receipts, at most.
        most: usize,
        /// Only this ticket's.
        ticket: Option<TicketId>,
    },
    /// The tickets whose conversation holds `text`.
    Search {
        /// What to look for, ignoring case.
        text: String,
    },
    /// What escalating `ticket` would change; nothing is sent.
    Draft {
        /// Which.
        ticket: TicketId,
        /// The rule level; without one the lowest that has not acted and would change something.
        level: Option<u8>,
    },
    /// What taking `receipt` back would change; nothing is sent.
    DraftUndo {
        /// Which.
        receipt: ReceiptId,
    },
    /// Send what was refused in a receipt once more.
    Retry {
        /// Which.
        receipt: ReceiptId,
    },
    /// Let rest what was refused in a receipt.
    Drop {
        /// Which.
        receipt: ReceiptId,
        /// Why, in a person's words.
        why: Plain,
    },
    /// Do exactly what `draft` shows, an escalation or an undo; refused when the ticket has moved on
    /// since.
    Carry {
        /// The draft as it was shown.
        draft: Box<Draft>,
    },
    /// Every proposal that waits, the highest rank first.
    Proposals,
    /// Do what the proposal shows.
    Approve {
        /// Which.
        proposal: ProposalId,
        /// What the person wants otherwise.
        #[serde(default)]
        edit: Amendment,
    },
    /// Drop the proposal.
    Dismiss {
        /// Which.
        proposal: ProposalId,
        /// Why, in a person's words.
        why: Plain,
    },
    /// Say something of a ticket, here and not in the PSA.
    Review {
        /// Which.
        ticket: TicketId,
        /// What.
        #[serde(flatten)]
        ask: Ask,
    },
    /// Let no rule propose or act there for a time.
    Mute {
        /// Where.
        muted: Muted,
        /// Until when.
        until: Timestamp,
        /// Why, in a person's words.
        why: Plain,
    },
    /// Let rules propose and act there again.
    Unmute {
        /// Where.
        muted: Muted,
    },
    /// What is muted.
    Mutes,
    /// Ask the PSA now instead of at the next poll.
    Refresh,
}

/// What a person may say of a ticket. It holds until the customer writes again, but for fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum Ask {
    /// I have read it up to here.
    Reviewed,
    /// It is not read after all.
    Unreviewed,
    /// Somebody is on it: no rule proposes or acts.
    Acknowledged,
    /// Nobody is on it after all.
    Unacknowledged,
    /// Let it rest until then.
    Snoozed {
        /// Until when.
        until: Timestamp,
    },
    /// Let it rest no more.
    Woken,
    /// A message sounds otherwise than the judge says.
    Corrected {
        /// `2818/note/4`
        message: Plain,
        /// How it sounds.
        score: Score,
    },
    /// The judge was right after all.
    Uncorrected {
        /// `2818/note/4`
        message: Plain,
    },
    /// Rules may set this field again, which a person set.
    Released {
        /// Which.
        field: Field,
    },
}

impl Request {
    /// Whether it changes anything: refused from a read-only seat.
    pub fn writes(&self) -> bool {
        match self {
            Self::Carry { .. }
            | Self::Approve { .. }
            | Self::Dismiss { .. }
            | Self::Retry { .. }
            | Self::Drop { .. }
            | Self::Review { .. }
            | Self::Mute { .. }
            | Self::Unmute { .. } => true,
            Self::Snapshot { .. }
            | Self::Conversation { .. }
            | Self::Sent { .. }
            | Self::Trend { .. }
            | Self::Audit { .. }
            | Self::Search { .. }
            | Self::Draft { .. }
            | Self::DraftUndo { .. }
            | Self::Proposals
            | Self::Mutes
            | Self::Refresh => false,
        }
    }
}

/// What the engine answers to a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// A page of rows.
    Rows {
        /// The rows.
        rows: Vec<Row>,
        /// Whether there are more.
        more: bool,
    },
    /// A ticket's messages.
    Conversation(Box<Conversation>),
    /// What left this machine, by customer message, oldest first.
    Sent {
        /// The messages.
        messages: Vec<SentMessage>,
    },
    /// Counts over time.
    Trend(Trend),
    /// What was done, newest first.
    Audit {
        /// The receipts.
        receipts: Vec<Receipt>,
    },
    /// Tickets, in no order.
    Tickets {
        /// Their ids.
        tickets: Vec<TicketId>,
    },
    /// Proposals that wait, the highest rank first.
    Proposals {
        /// The proposals.
        proposals: Vec<Proposal>,
    },
    /// What is muted.
    Mutes {
        /// The mutes.
        mutes: Vec<Mute>,
    },
    /// What would be done.
    Draft(Box<Draft>),
    /// It is under way; the receipt follows as updates.
    Started {
        /// The receipt as journalled before anything was sent.
        receipt: Box<Receipt>,
    },
    /// Done.
    Done,
}

/// Why a request was refused, in words for the person who asked.
#[derive(Clone, Debug, Error, PartialEq, Eq, Serialize, Deserialize)]
#[error("{why}")]
pub struct Refusal {
    /// What is wrong and what to do.
    pub why: Plain,
}

impl Refusal {
    /// A refusal in these words.
    pub fn new(why: impl AsRef<str>) -> Self {
        Self { why: Plain::new(why.as_ref()) }
    }
}

/// A ticket's messages, ready to be shown. Every text is free of control characters but line ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// The ticket.
    pub ticket: TicketId,
    /// Oldest first.
    pub messages: Vec<Spoken>,
    /// What the ticket is about.
    pub triage: Option<Triaged>,
    /// The latest proposal.
    pub proposal: Option<Proposal>,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spoken {
    /// `2818/note/4`
    pub id: Plain,
    /// When it was written.
    pub at: Timestamp,
    /// Who speaks.
    pub speaker: Speaker,
    /// The author's name.
    pub author: Plain,
    /// Who may read it.
    pub visibility: Visibility,
    /// As the PSA holds it, with what is hidden spelt out.
    pub raw: String,
    /// As a person reads it.
    pub text: String,
    /// The part that may be judged.
    pub cleaned: Option<String>,
    /// Exactly what a judge gets.
    pub sent: Option<String>,
    /// Its tone, where a customer wrote it.
    pub tone: Option<Judgement<Tone>>,
    /// Where a person corrected its tone: who, and what the judge says.
    #[serde(default)]
    pub corrected: Option<Box<Correction>>,
    /// How it reached us.
    pub provenance: Provenance,
}

/// What left because of one message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SentMessage {
    /// `2818/note/4`
    pub message: Plain,
    /// When it was written.
    pub at: Timestamp,
    /// Its reading came out of the cache: the calls were made for the same text in another message.
    pub cached: bool,
    /// In the order they left.
    pub calls: Vec<SentCall>,
}

/// One request to a judge as it left, and what came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SentCall {
    /// Which question it asked.
    pub asked: Asked,
    /// Where it went.
    pub url: String,
    /// The model that was asked.
    pub model: Plain,
    /// The model that answered, as it calls itself.
    pub answered_by: Option<Plain>,
    /// When.
    pub at: Timestamp,
    /// The answer's HTTP status; `None` where no whole answer came.
    pub status: Option<u16>,
    /// Tokens sent, where it told.
    pub tokens_in: Option<u32>,
    /// Of those, served from the vendor's prompt cache.
    pub tokens_cached: Option<u32>,
    /// Tokens answered.
    pub tokens_out: Option<u32>,
    /// What it cost, in millionths of a dollar; `None` where nobody knows.
    pub cost_micros: Option<u64>,
    /// The server's name for it.
    pub request_id: Option<Plain>,
    /// The body, byte for byte. Hostile text: to be shown with care.
    pub body: String,
    /// What the model wrote. As hostile.
    pub answer: String,
}

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
        row: Box<Row>,
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
