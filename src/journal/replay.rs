//! What the journal says when it is read again: what is still under way, and what was done.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use jiff::Timestamp;

use super::event::{Entry, Event};
use super::scan::Damage;
use crate::domain::{
    Actor, Episode, Field, FieldValue, MessageId, Mute, NoteOutcome, Purpose, Receipt, ReceiptId, Review, Score,
    TicketId, Verb,
};

/// Everything the journal holds.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    /// The entries, oldest first. Where there is damage: those that verify by themselves.
    pub entries: Vec<Entry>,
    /// A last line without its newline that was cut off.
    pub cut: Option<Cut>,
    /// The first damage that nobody accepted; while there is any, nothing may act.
    pub damage: Option<Damage>,
}

/// What people said here, as far as it stands.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// By ticket.
    pub tickets: HashMap<TicketId, SaidOf>,
    /// What is muted, also what was muted for a time that is over.
    pub mutes: Vec<Mute>,
}

/// What people said of one ticket.
#[derive(Clone, Debug, Default)]
pub struct SaidOf {
    /// Of the ticket.
    pub review: Review,
    /// Of its messages' tones: the score, who says so and since when.
    pub corrections: HashMap<MessageId, (Score, Actor, Timestamp)>,
}

/// A last line whose write never ended, so that nothing was sent on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Its number.
    pub line: u64,
    /// How much of it there was.
    pub bytes: u64,
    /// The file that it was moved to.
    pub to: PathBuf,
}

/// A receipt that is not settled: to be taken up again.
#[derive(Clone, Debug, PartialEq)]
pub struct Unsettled {
    /// What shall be done, and what became of it so far.
    pub receipt: Receipt,
    /// What every writable field held before.
    pub before: BTreeMap<Field, Option<FieldValue>>,
    /// The SHA-256 of the rendered note, in hex.
    pub note_sha256: String,
    /// How long the note is, in characters.
    pub note_chars: usize,
}

impl Replay {
    /// The receipts with an intent but no end, oldest first, with their steps so far.
    pub fn unsettled(&self) -> Vec<Unsettled> {
        let mut order: Vec<&ReceiptId> = Vec::new();
        let mut open: HashMap<&ReceiptId, Unsettled> = HashMap::new();
        let mut over: HashMap<&ReceiptId, Unsettled> = HashMap::new();
        for entry in &self.entries {
            match &entry.event {
                Event::Intent { receipt, before, note_sha256, note_chars } => {
                    let (before, note_sha256) = (before.clone(), note_sha256.clone());
                    let unsettled =
                        Unsettled { receipt: receipt.clone(), before, note_sha256, note_chars: *note_chars };
                    order.push(&receipt.id);
                    open.insert(&receipt.id, unsettled);
                }
                Event::FieldsSent { receipt, fields } => {
                    if let Some(unsettled) = open.get_mut(receipt) {
                        unsettled.receipt.fields.clone_from(fields);
                    }
                }
                Event::NoteSent { receipt, note } => {
                    if let Some(unsettled) = open.get_mut(receipt) {
                        unsettled.receipt.note = note.clone();
                    }
                }
                Event::Settled { receipt } => {
                    if let Some(unsettled) = open.remove(&receipt.id) {
                        over.insert(&receipt.id, Unsettled { receipt: receipt.clone(), ..unsettled });
                    }
                }
                Event::Retried { receipt, .. } => {
                    if let Some(unsettled) = over.remove(receipt) {
                        order.push(receipt);
                        let again = unsettled.receipt.clone().planned_again();
                        open.insert(receipt, Unsettled { receipt: again, ..unsettled });
                    }
                }
                _ => {}
            }
        }
        order.into_iter().filter_map(|id| open.remove(id)).collect()
    }

    /// What people said here, as it stands.
    pub fn said(&self) -> Said {
        let mut said = Said::default();
        for entry in &self.entries {
            match &entry.event {
                Event::Review { ticket, by, verb } => {
                    let of = said.tickets.entry(ticket.clone()).or_default();
                    of.review.take(verb);
                    match verb {
                        Verb::Corrected { message, score } => {
                            drop(of.corrections.insert(message.clone(), (*score, by.clone(), entry.at)));
                        }
                        Verb::Uncorrected { message } => drop(of.corrections.remove(message)),
                        _ => {}
                    }
                }
                Event::Dismissed { ticket, message, purpose, rule, level, .. } => {
                    let of = said.tickets.entry(ticket.clone()).or_default();
                    of.review.dismiss(purpose.clone(), rule.clone(), *level, message.clone());
                }
                Event::Muted { mute } => {
                    said.mutes.retain(|held| held.what != mute.what);
                    said.mutes.push(mute.clone());
                }
                Event::Unmuted { muted, .. } => said.mutes.retain(|held| held.what != *muted),
                _ => {}
            }
        }
        said
    }

    /// The open episodes: which levels acted on a ticket since its last one ended. An intent
    /// counts as acted, since some of it may have been sent.
    pub fn episodes(&self) -> HashMap<TicketId, Episode> {
        let mut episodes: HashMap<TicketId, Episode> = HashMap::new();
        let mut counted: HashSet<&ReceiptId> = HashSet::new();
        for entry in &self.entries {
            match &entry.event {
                // The end of a receipt may come after the end of the episode it belongs to.
                Event::Intent { receipt, .. } | Event::Settled { receipt }
                    if receipt.purpose == Purpose::Escalate && counted.insert(&receipt.id) =>
                {
                    episodes.entry(receipt.ticket.clone()).or_default().acted(receipt.level);
                }
                Event::SeenElsewhere { ticket, .. } => {
                    episodes.entry(ticket.clone()).or_default().seen_elsewhere();
                }
                Event::EpisodeEnded { ticket, .. } => drop(episodes.remove(ticket)),
                _ => {}
            }
        }
        episodes
    }

    /// The receipts whose note is needed no more: it stands on the ticket, or a person let it rest.
    pub(super) fn without_note(&self) -> impl Iterator<Item = &ReceiptId> {
        self.entries.iter().filter_map(|entry| match &entry.event {
            Event::Settled { receipt } if !matches!(receipt.note, NoteOutcome::Refused(_)) => Some(&receipt.id),
            Event::Dropped { receipt, .. } => Some(receipt),
            _ => None,
        })
    }
}
