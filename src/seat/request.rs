//! What a seat may ask, and what it is answered. What nobody asked for is [`super::News`].

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Asked;
use crate::domain::{
    Amendment, By, Check, Correction, Draft, Field, Judgement, Member, Mute, Muted, Plain, Proposal, ProposalId,
    Provenance, Range, Receipt, ReceiptId, Row, Score, Speaker, TicketId, Tone, Trend, Triaged, Visibility,
};

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
    /// Sentiment over time.
    Trend {
        /// How far back.
        range: Range,
        /// Also by client, board, category or team.
        #[serde(default)]
        by: Option<By>,
    },
    /// The tickets with a customer message of that time: what lies behind a bar or a group.
    TrendTickets {
        /// From when on.
        from: Timestamp,
        /// Before when.
        to: Timestamp,
        /// Only those of a group.
        #[serde(default)]
        of: Option<Member>,
    },
    /// Mark this moment on the time axis of the trends.
    Mark {
        /// What happened, in a person's words.
        text: Plain,
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
    /// Let this read-only seat write for so long; 0 ends it.
    Elevate {
        /// For how long, in seconds.
        seconds: i64,
    },
    /// How everything stands that the engine depends on.
    Checkup,
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
            | Self::Unmute { .. }
            | Self::Mark { .. } => true,
            Self::Snapshot { .. }
            | Self::Conversation { .. }
            | Self::Sent { .. }
            | Self::Trend { .. }
            | Self::TrendTickets { .. }
            | Self::Audit { .. }
            | Self::Search { .. }
            | Self::Draft { .. }
            | Self::DraftUndo { .. }
            | Self::Proposals
            | Self::Mutes
            | Self::Refresh
            | Self::Checkup
            // It changes nothing by itself, and a read-only seat must be able to ask.
            | Self::Elevate { .. } => false,
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
        rows: Vec<Arc<Row>>,
        /// Whether there are more.
        more: bool,
    },
    /// What was looked at, in the order of the screen.
    Checkup {
        /// Each with its state and what to do.
        checks: Vec<Check>,
    },
    /// A ticket's messages.
    Conversation(Box<Conversation>),
    /// What left this machine, by customer message, oldest first.
    Sent {
        /// The messages.
        messages: Vec<SentMessage>,
    },
    /// Sentiment over time.
    Trend(Box<Trend>),
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
    /// Whether this seat may write though it is read-only, and until when.
    Elevated {
        /// Until when; `None` where it may not.
        until: Option<Timestamp>,
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
