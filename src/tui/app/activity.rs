//! The last events, newest first, and the cursor that sticks to one of them.

use std::collections::VecDeque;

use super::App;
use crate::domain::{Plain, Receipt, TicketId};
use crate::seat::{Asked, News, Read, Update};
use crate::tui::action::Motion;
use crate::tui::theme::Meaning;

/// Events kept.
const MOST: usize = 500;

/// What happened last.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    events: VecDeque<Update>,
    /// The line under the cursor, from 0; `None` before there is one.
    at: Option<usize>,
    /// Somebody moved the cursor; until then the newest line stays in sight, whatever happens to it.
    moved: bool,
    /// The first line on the page.
    top: usize,
    /// Events that never reached this screen because it was too slow.
    pub(crate) lost: u64,
}

impl Activity {
    /// Newest first.
    pub(crate) fn events(&self) -> impl ExactSizeIterator<Item = &Update> {
        self.events.iter()
    }

    /// Where the cursor stands, from 0.
    pub(crate) fn index(&self) -> Option<usize> {
        self.at
    }

    /// The first line on a page of `height`: the cursor is on it, and it is left as it is where it can be.
    pub(crate) fn top(&self, height: usize) -> usize {
        let height = height.max(1);
        let at = self.at.unwrap_or(0);
        self.top.clamp(at.saturating_sub(height - 1), at).min(self.events.len().saturating_sub(height))
    }

    /// A page of `height` lines was drawn. A cursor that nobody moved does not drag the page after it.
    pub(super) fn drawn(&mut self, height: usize) {
        if !self.moved && self.at.is_some_and(|at| at >= height) {
            self.at = Some(0);
        }
        self.top = self.top(height);
    }

    /// The page comes up: the cursor is on the newest line.
    fn open(&mut self) {
        (self.at, self.moved, self.top) = ((!self.events.is_empty()).then_some(0), false, 0);
    }

    fn travel(&mut self, motion: Motion, page: usize) {
        let Some(last) = self.events.len().checked_sub(1) else { return };
        self.at = Some(motion.apply(self.at.unwrap_or(0), last, page));
        self.moved = true;
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
        self.at = self.at.or((!self.events.is_empty()).then_some(0));
    }

    /// Takes in an event; one that waited to be read makes way for what became of it. The cursor stays on
    /// its line, or goes with it, and who has scrolled down keeps their place.
    pub(super) fn push(&mut self, update: Update) {
        if update.news.key().is_some() {
            return;
        }
        let gone = self.awaits(&update.news);
        gone.map(|index| self.events.remove(index));
        self.events.push_front(update);
        self.events.truncate(MOST);
        // Counted from the top: a line moves down by the new one, and up again by one that went above it.
        let place = |line: usize| line + 1 - usize::from(gone.is_some_and(|index| index < line));
        self.at = Some(match self.at {
            Some(at) if gone == Some(at) => 0,
            at => at.map_or(0, place).min(self.events.len() - 1),
        });
        if self.top > 0 {
            self.top = place(self.top);
        }
    }

    /// Where the event stands that says that the same question waits.
    fn awaits(&self, news: &News) -> Option<usize> {
        let asked = question(news)?;
        let waits = |update: &Update| matches!(update.news, News::Pending { .. });
        self.events.iter().position(|update| waits(update) && question(&update.news) == Some(asked))
    }
}

/// The ticket that an event is about.
fn ticket(news: &News) -> Option<&TicketId> {
    match news {
        News::Ticket { ticket, .. }
        | News::Gone { ticket, .. }
        | News::Reading { ticket, .. }
        | News::Abstained { ticket, .. }
        | News::Pending { ticket, .. }
        | News::Proposal { ticket, .. }
        | News::Receipt { ticket, .. } => Some(ticket),
        News::Status(_) | News::Storms { .. } => None,
    }
}

impl App {
    pub(super) fn toggle_activity(&mut self) {
        self.toggle_page(super::Page::Activity);
        self.activity.open();
    }

    pub(super) fn move_in_activity(&mut self, motion: Motion, page: usize) {
        self.activity.travel(motion, page);
    }

    /// Shows the ticket that the line under the cursor is about.
    pub(super) fn open_event(&mut self) {
        let Some(update) = self.activity.at.and_then(|at| self.activity.events.get(at)) else {
            return self.say("Nothing happened yet: there is no line to open", Meaning::Warning);
        };
        match ticket(&update.news).cloned() {
            Some(ticket) => self.open_ticket(&ticket),
            None => self.say("This line is about no ticket: j and k go to others", Meaning::Warning),
        }
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
        (activity.at, activity.top) = (Some(2), 2);
        activity.push(update("1/note/1", Asked::Tone, false));
        let left: Vec<_> = activity.events().filter_map(|update| question(&update.news)).collect();
        let shown: Vec<_> = left.iter().map(|(_, message, ask)| (message.as_str(), *ask)).collect();
        assert_eq!(shown, [("1/note/1", Asked::Tone), ("1/note/2", Asked::Tone), ("1/note/1", Asked::Triage)]);
        assert_eq!((activity.at, activity.top), (Some(0), 3), "the cursor goes with its line");
        activity.at = Some(2);
        activity.push(update("1/note/2", Asked::Tone, false));
        assert_eq!((activity.at, activity.top), (Some(2), 3), "what went stood above");
    }

    #[test]
    fn a_cursor_that_nobody_moved_lets_the_page_show_what_is_new() {
        let mut activity = Activity::default();
        activity.push(update("1/note/0", Asked::Tone, false));
        let push = |activity: &mut Activity, more: usize| {
            for number in 0..more {
                activity.push(update(&format!("2/note/{number}"), Asked::Tone, false));
            }
            activity.drawn(5);
            (activity.index(), activity.top(5))
        };
        assert_eq!(push(&mut activity, 4), (Some(4), 0), "on its line while that is in sight");
        assert_eq!(push(&mut activity, 1), (Some(0), 0));
        activity.travel(Motion::Down, 5);
        assert_eq!(push(&mut activity, 9), (Some(10), 6), "who moved it keeps the line in sight");
    }
}
