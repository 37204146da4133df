//! The last events, newest first.

use std::collections::VecDeque;

use crate::domain::Receipt;
use crate::seat::{News, Update};

/// Events kept.
const MOST: usize = 500;

/// What happened last.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    events: VecDeque<Update>,
    /// Lines scrolled down.
    pub(crate) scroll: usize,
    /// Events that never reached this screen because it was too slow.
    pub(crate) lost: u64,
}

impl Activity {
    /// Newest first.
    pub(crate) fn events(&self) -> impl ExactSizeIterator<Item = &Update> {
        self.events.iter()
    }

    /// What was done before this screen came up, newest first.
    pub(super) fn remember(&mut self, receipts: Vec<Receipt>) {
        let past = receipts.into_iter().map(|receipt| Update {
            seq: 0,
            at: receipt.at,
            news: News::Receipt { ticket: receipt.ticket.clone(), receipt: Box::new(receipt) },
        });
        self.events.extend(past);
        self.events.truncate(MOST);
    }

    /// Takes in an event. Who has scrolled down keeps their place.
    pub(super) fn push(&mut self, update: Update) {
        if update.news.key().is_some() {
            return;
        }
        self.events.push_front(update);
        self.events.truncate(MOST);
        if self.scroll > 0 {
            self.scroll += 1;
        }
    }
}
