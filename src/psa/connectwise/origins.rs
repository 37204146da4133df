//! How tickets began. Which note is the opening is told by signs that people may change later, so it is
//! decided once and remembered: else a note would come again under another name.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::domain::TicketId;

/// How many are remembered. When there are more, all are forgotten, and decided anew by their signs.
const MOST: usize = 20_000;

/// The beginnings of the tickets seen so far.
#[derive(Debug, Default)]
pub(super) struct Origins(Mutex<HashMap<TicketId, Origin>>);

/// What is known of how a ticket began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// When it was entered.
    pub(super) entered: Option<Timestamp>,
    /// The id of the note it was opened with, once that is decided.
    pub(super) opening: Option<i64>,
}

impl Origins {
    /// What is known of `ticket`.
    pub(super) fn of(&self, ticket: &TicketId) -> Origin {
        self.lock().get(ticket).copied().unwrap_or_default()
    }

    /// Notes when `ticket` was entered.
    pub(super) fn entered(&self, ticket: &TicketId, at: Timestamp) {
        self.change(ticket, |origin| origin.entered = Some(at));
    }

    /// Notes what `ticket` was opened with.
    pub(super) fn opened(&self, ticket: &TicketId, note: i64) {
        self.change(ticket, |origin| origin.opening = Some(note));
    }

    fn change(&self, ticket: &TicketId, change: impl FnOnce(&mut Origin)) {
        let mut known = self.lock();
        if known.len() >= MOST && !known.contains_key(ticket) {
            known.clear();
        }
        change(known.entry(ticket.clone()).or_default());
    }

    /// Each change is one assignment, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, HashMap<TicketId, Origin>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
