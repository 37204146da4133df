//! What tickets and notes show of lists that nobody says where to look up.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::wire::{Note, Ticket};

/// More ticket types than any tenant has.
const MOST: usize = 500;

/// What was learnt so far.
#[derive(Debug, Default)]
pub(super) struct Learnt(Mutex<Shown>);

#[derive(Debug, Default)]
struct Shown {
    ticket_types: BTreeMap<i64, String>,
    /// A type that an internal note has.
    internal_note_type: Option<i64>,
}

impl Learnt {
    /// Takes in what `tickets` show.
    pub(super) fn see_tickets<'a>(&self, tickets: impl IntoIterator<Item = &'a Ticket>) {
        let mut shown = self.lock();
        for ticket in tickets {
            if let (Some(id @ 1..), Some(name)) = (*ticket.typeid, ticket.typename.as_ref())
                && shown.ticket_types.len() < MOST
            {
                shown.ticket_types.insert(id, name.clone());
            }
        }
    }

    /// Takes in what `notes` show.
    pub(super) fn see_notes<'a>(&self, notes: impl IntoIterator<Item = &'a Note>) {
        let internal = notes.into_iter().filter(|note| *note.isinternal == Some(true));
        if let Some(id) = internal.filter_map(|note| note.typeid.filter(|id| *id > 0)).last() {
            self.lock().internal_note_type = Some(id);
        }
    }

    /// The types of the tickets seen so far.
    pub(super) fn ticket_types(&self) -> BTreeMap<i64, String> {
        self.lock().ticket_types.clone()
    }

    /// A type that an internal note has.
    pub(super) fn internal_note_type(&self) -> Option<i64> {
        self.lock().internal_note_type
    }

    /// Each change is one insertion, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
