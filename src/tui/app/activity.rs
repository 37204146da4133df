//! The last events, newest first.

use std::collections::VecDeque;

use crate::domain::{Plain, Receipt, TicketId};
use crate::seat::{Asked, News, Read, Update};

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

    /// Takes in an event; one that waited to be read makes way for what became of it. Who has scrolled
    /// down keeps their place.
    pub(super) fn push(&mut self, update: Update) {
        if update.news.key().is_some() {
            return;
        }
        if self.scroll > 0 {
            self.scroll += 1;
        }
        if let Some(index) = self.awaits(&update.news) {
            self.events.remove(index);
            // Counted from the top, before the new event comes.
            self.scroll -= usize::from(index + 1 < self.scroll);
        }
        self.events.push_front(update);
        self.events.truncate(MOST);
    }

    /// Where the event stands that says that the same question waits.
    fn awaits(&self, news: &News) -> Option<usize> {
        let asked = question(news)?;
        let waits = |update: &Update| matches!(update.news, News::Pending { .. });
        self.events.iter().position(|update| waits(update) && question(&update.news) == Some(asked))
    }
}

/// The question to a judge that an event is about.
fn question(news: &News) -> Option<(&TicketId, &Plain, Asked)> {
    match news {
        News::Reading { ticket, message, reading } => {
            let ask = match **reading {
                Read::Tone { .. } => Asked::Tone,
                Read::Triage { .. } => Asked::Triage,
            };
            Some((ticket, message, ask))
        }
        News::Abstained { ticket, message, ask, .. } | News::Pending { ticket, message, ask, .. } => {
            Some((ticket, message, *ask))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::{Abstention, Pending};

    fn update(message: &str, ask: Asked, waits: bool) -> Update {
        let (ticket, message) = (TicketId::new("1"), Plain::new(message));
        let news = match waits {
            true => News::Pending { ticket, message, ask, reason: Pending::Outage },
            false => News::Abstained { ticket, message, ask, reason: Abstention::Machine },
        };
        Update { seq: 0, at: Timestamp::UNIX_EPOCH, news }
    }

    #[test]
    fn what_waited_makes_way_for_what_became_of_it() {
        let mut activity = Activity::default();
        activity.push(update("1/note/1", Asked::Tone, true));
        activity.push(update("1/note/1", Asked::Triage, true));
        activity.push(update("1/note/2", Asked::Tone, true));
        activity.scroll = 2;
        activity.push(update("1/note/1", Asked::Tone, false));
        let left: Vec<_> = activity.events().filter_map(|update| question(&update.news)).collect();
        let shown: Vec<_> = left.iter().map(|(_, message, ask)| (message.as_str(), *ask)).collect();
        assert_eq!(shown, [("1/note/1", Asked::Tone), ("1/note/2", Asked::Tone), ("1/note/1", Asked::Triage)]);
        assert_eq!(activity.scroll, 3, "below the reader");
        activity.push(update("1/note/2", Asked::Tone, false));
        assert_eq!(activity.scroll, 3, "above the reader");
    }
}
