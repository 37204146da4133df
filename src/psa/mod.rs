//! The service desks: one trait, one folder a PSA, each with its client (HTTP), its wire (serde)
//! and its map (wire to domain and back).
//!
//! What all of them need stands beside them: `connection` (how they reach their PSA), `deed` (what
//! went wrong, in our words), `edits` (what lines of history are about), `token` (the right to call), `native` (ids that are numbers), `loose` (JSON
//! as it really comes), `moment`, `held` and `lists` (what tickets hold and what it is called),
//! `openings`, `pages`, `html`, `link` and `rank`.
//!
//! Decides nothing: no thresholds, no rules, no retries beyond those of [`crate::net`].

pub mod autotask;
mod connection;
pub mod connectwise;
mod deed;
mod edits;
pub mod halo;
mod held;
mod html;
pub mod kaseya_bms;
mod link;
mod lists;
mod loose;
mod moment;
mod native;
mod openings;
mod pages;
mod rank;
#[cfg(test)]
mod site;
mod token;
mod walk;
pub mod webhook;

use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use crate::domain::{Edit, Field, FieldValue, Message, MessageId, Meter, Picklists, Plain, PsaKind, Ticket, TicketId};

/// A service desk that can be read and written.
///
/// Every call is bounded in time and stays within the tenant's API budget; a call that would
/// overdraw it waits. Calls may run at the same time.
#[async_trait]
pub trait Psa: Send + Sync {
    /// Which PSA this is.
    fn kind(&self) -> PsaKind;

    /// How much of the API budget is used, without a call: of the tightest one where there are several.
    fn meter(&self) -> Meter;

    /// How far behind the newest change the next look must begin, so that nothing is missed that got
    /// its stamp earlier than it became visible.
    fn overlap(&self) -> SignedDuration {
        SignedDuration::from_mins(2)
    }

    /// Tickets whose messages are best asked for at once.
    fn chunk(&self) -> usize {
        20
    }

    /// How far apart two changes of a ticket must be to be told apart by their stamps.
    fn grain(&self) -> SignedDuration {
        SignedDuration::from_millis(1)
    }

    /// Tickets changed at or after `since`, one page; give `next` back to go on. Rows may repeat
    /// between pages and between calls, and come in any order.
    async fn changed(&self, since: Timestamp, page: Option<PageToken>) -> Result<Page, PsaError>;

    /// The ids of all tickets that are open now, one page; give `next` back to go on. Each page asks
    /// for nothing but ids: this is how tickets are found that vanished without a trace.
    async fn open(&self, page: Option<PageToken>) -> Result<OpenPage, PsaError>;

    /// What the API user may do, as far as the PSA tells without a write being tried.
    async fn rights(&self) -> Result<Vec<Right>, PsaError>;

    /// One ticket as it stands now.
    async fn ticket(&self, id: &TicketId) -> Result<Ticket, PsaError> {
        Ok(self.changed_ticket(id).await?.ticket)
    }

    /// One ticket as it stands now, as [`Self::changed`] would tell it: for tickets that no list of
    /// changes brought.
    async fn changed_ticket(&self, id: &TicketId) -> Result<Changed, PsaError>;

    /// The messages of `tickets` written at or after `since`, in any order: at least those, perhaps
    /// older ones too, never another ticket's. The opening text is among them where the list of
    /// changed tickets does not carry it.
    async fn messages(&self, tickets: &[TicketId], since: Timestamp) -> Result<Vec<Message>, PsaError>;

    /// The live values of every list field, with the inactive ones marked.
    async fn picklists(&self) -> Result<Picklists, PsaError>;

    /// Sets `values` (`None` empties a field; see [`Field::may_be_empty`]) and nothing else, then reads the ticket again. Never retried here: after an error
    /// the caller looks what the ticket holds first. Setting the same values twice does no harm.
    async fn update(&self, id: &TicketId, values: &[(Field, Option<FieldValue>)]) -> Result<Ticket, PsaError>;

    /// Who changed what on a ticket at or after `since`, oldest first; `None` where the PSA does not tell
    /// that to clients of its API.
    async fn history(&self, _id: &TicketId, _since: Timestamp) -> Result<Option<Vec<Edit>>, PsaError> {
        Ok(None)
    }

    /// Adds an internal note. Not idempotent, so never retried here: after an error the caller looks
    /// for its marker first. A note that the PSA did not keep internal is an error.
    async fn add_internal_note(&self, id: &TicketId, text: &str) -> Result<MessageId, PsaError>;
}

/// One page of changed tickets.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The tickets.
    pub tickets: Vec<Changed>,
    /// How to go on; `None` on the last page.
    pub next: Option<PageToken>,
}

/// One page of open tickets.
#[derive(Clone, Debug, Default)]
pub struct OpenPage {
    /// Their ids.
    pub ids: Vec<TicketId>,
    /// How to go on; `None` on the last page.
    pub next: Option<PageToken>,
}

/// Something the API user may or may not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// In words, such as `change tickets`.
    pub what: &'static str,
    /// Whether it may; `None` where only a try would tell.
    pub granted: Option<bool>,
}

/// A ticket that changed, with its opening text where the list carries it.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The ticket.
    pub ticket: Ticket,
    /// What it was opened with.
    pub opening: Option<Message>,
}

/// Where the next page begins; only its own client can read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageToken(pub(crate) String);

/// Why a PSA call failed, with what to do about it. Never holds a secret or a customer's text.
#[derive(Debug, Error, Clone, PartialEq)]
pub enum PsaError {
    /// No answer: wrong address, no route, TLS, time-out, or the PSA is down.
    #[error(
        "cannot reach the PSA at {host}: {why}. Check [psa] url and the network; the queue stays as it is and is tried again"
    )]
    Unreachable {
        /// The host that was called.
        host: Plain,
        /// In words.
        why: Plain,
    },
    /// The credentials were refused.
    #[error("the PSA refused the credentials ({why}). Check the credentials in [psa]")]
    Unauthorized {
        /// The PSA's words.
        why: Plain,
    },
    /// The API user may not do this.
    #[error("the API user may not {what} ({why}). Widen its role in the PSA")]
    Forbidden {
        /// What was tried.
        what: Plain,
        /// The PSA's words.
        why: Plain,
    },
    /// No such thing.
    #[error("the PSA has no {what}")]
    NotFound {
        /// What was asked for.
        what: Plain,
    },
    /// The PSA refused the values sent.
    #[error("the PSA refused the change: {why}")]
    Invalid {
        /// The PSA's words.
        why: Plain,
    },
    /// Too many calls.
    #[error("the PSA asks us to slow down")]
    Throttled {
        /// How long to wait, where it said so.
        retry_after: Option<Duration>,
    },
    /// The answer could not be understood.
    #[error(
        "the PSA answered {what} with something unexpected: {why}. Is [psa] url the site's root, and [psa] kind right?"
    )]
    BadAnswer {
        /// What was asked for.
        what: Plain,
        /// What was wrong with the answer, without its text.
        why: Plain,
    },
    /// A note became visible to the client.
    #[error("the PSA did not keep the note {note} internal; take it down by hand and check the note type in [psa]")]
    NotInternal {
        /// The note.
        note: MessageId,
    },
}

impl PsaError {
    /// Whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Throttled { .. } | Self::BadAnswer { .. })
    }
}
