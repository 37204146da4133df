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
mod news;
mod request;
pub mod socket;

use serde::{Deserialize, Serialize};

use crate::domain::{Edges, Plain, PsaKind};
use crate::query::Thresholds;

pub use link::{Closed, Door, Outlet, Seat, Wanted, connect};
pub use mirror::Mirror;
pub use news::{Asked, Health, JudgeQueue, Key, Left, News, Read, Spend, Status, Update};
pub use request::{Ask, Conversation, Refusal, Reply, Request, SentCall, SentMessage, Spoken};

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
