//! The PSA's lists as they were last read, kept in the store for whoever looks back without asking
//! the PSA.

use jiff::{SignedDuration, Timestamp};

use super::Engine;
use crate::domain::Picklists;
use crate::store::Store;

/// Where they lie in the store.
const KEY: [u8; 32] = *b"the lists as the PSA last had us";

/// How long they may stand in for the PSA's.
const LASTS: SignedDuration = SignedDuration::from_hours(24 * 365);

/// The lists as an engine last read them, where the store holds them still.
pub async fn last_picklists(store: &Store, now: Timestamp) -> Option<Picklists> {
    store.cached(KEY, now).await
}

impl Engine {
    /// Keeps the lists; without them a look back assumes that everything is on offer.
    pub(super) fn keep_lists(&mut self) {
        let (store, lists) = (self.store.clone(), self.picklists.clone());
        let until = self.clock.now().saturating_add(LASTS).unwrap_or(Timestamp::MAX);
        self.writes.spawn(async move {
            if let Err(error) = store.cache(KEY, &lists, until).await {
                tracing::warn!(%error, "the PSA's lists were not kept");
            }
        });
    }
}
