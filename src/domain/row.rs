//! One ticket as the queue shows it and as rules and filters see it. No message text.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::attention::Attention;
use super::episode::Episode;
use super::hours::Hours;
use super::ids::{ProposalId, StormId};
use super::plain::Plain;
use super::reading::Flag;
use super::review::Standing;
use super::sentiment::{Level, ToneTrack};
use super::ticket::{FieldValue, Ticket};

/// One ticket with everything irate knows of it but its text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What the PSA holds.
    pub ticket: Ticket,
    /// The scores of its customer messages; `None` while none is judged.
    pub tone: Option<ToneTrack>,
    /// Made by the embedded word list: shown as `~`.
    pub embedded: bool,
    /// The latest tone reading's sentence.
    pub reason: Plain,
    /// Urgency from triage.
    pub urgency: Option<Level>,
    /// Impact from triage.
    pub impact: Option<Level>,
    /// Category from triage.
    pub category: Option<FieldValue>,
    /// Its rank.
    pub attention: Attention,
    /// What its open customer messages say beyond their tone.
    pub flags: BTreeSet<Flag>,
    /// Since when the customer waits on us.
    pub waiting_since: Option<Timestamp>,
    /// How much of its times does not count, for it lies outside the desk's hours.
    #[serde(default)]
    pub hours: Hours,
    /// Customer messages since our last public answer, beyond the first.
    pub follow_ups: u16,
    /// Came back after it was closed.
    pub reopened: bool,
    /// The client is marked as VIP.
    pub vip: bool,
    /// How much of it is judged.
    pub counts: Counts,
    /// What has been done about it.
    pub episode: Episode,
    /// The proposal that waits on it.
    pub proposal: Option<ProposalId>,
    /// The storm it is part of: several clients tell the same.
    #[serde(default)]
    pub storm: Option<StormId>,
    /// How it stands with the people here.
    #[serde(default)]
    pub standing: Standing,
}

impl Row {
    /// How long the customer has been waiting on us, in the desk's hours.
    pub fn waited(&self, now: Timestamp) -> Option<SignedDuration> {
        Some(self.hours.waited(self.waiting_since?, now))
    }

    /// How much of the desk's hours is left to the agreed fix, below zero once it is past; a closed
    /// ticket has none to lose.
    pub fn left(&self, now: Timestamp) -> Option<SignedDuration> {
        let due = self.ticket.due_at.filter(|_| !self.ticket.closed)?;
        Some(self.hours.left(due, now))
    }
}

/// How many customer messages a ticket has, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Customer messages.
    pub messages: u32,
    /// With a reading.
    pub read: u32,
    /// Abstained.
    pub abstained: u32,
    /// Still to be judged.
    pub pending: u32,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.read += other.read;
        self.abstained += other.abstained;
        self.pending += other.pending;
    }
}
