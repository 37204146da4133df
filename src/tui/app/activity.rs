//! The last events, newest first.

use std::collections::VecDeque;

use crate::seat::Update;

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
