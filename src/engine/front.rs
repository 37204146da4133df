//! The first page of the queue, kept for the next screen that opens before its engine does.

use std::sync::Arc;

use super::Engine;
use crate::domain::Row;
use crate::query::{Context, Query};
use crate::store::Front;

/// Rows that are kept: as many as the tallest screen shows.
const ROWS: usize = 200;

/// The shortest time between two times that they are kept.
const EVERY: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

impl Engine {
    /// Keeps the page where it is time to.
    pub(super) fn tend_front(&mut self) {
        let now = self.clock.now();
        if now >= self.next_front {
            self.next_front = now + EVERY;
            let (store, front) = (self.store.clone(), self.front());
            self.writes.spawn(async move { store.keep_front(front).await });
        }
    }

    /// The rows at the top of the first view; of texts that only a search finds, none.
    pub(super) fn front(&self) -> Front {
        let at = self.clock.now();
        let first = self.settings.views.first();
        let view = first.and_then(|view| Query::parse(&view.query).ok()).unwrap_or_default();
        let context = Context { now: at, thresholds: &self.policy.thresholds, text: &|_, _| false };
        let mut rows: Vec<&Arc<Row>> = self.board.rows_after(None).filter(|row| view.matches(row, &context)).collect();
        rows.sort_by_cached_key(|row| view.rank(row, at));
        Front { at, rows: rows.into_iter().take(ROWS).cloned().collect() }
    }
}
