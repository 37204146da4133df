//! What tickets were opened with: whether we handed it on, and how to tell an action that repeats it.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Message, TicketId};

/// How soon after the opening an action with the same text is taken for its repetition.
const REPEATED_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// How many that are known are remembered. When there are more, they are forgotten; the cost is that
/// an action which repeats an opening shows up beside it. What is still to be read is never forgotten.
const MOST: usize = 20_000;

/// The openings of the tickets seen so far.
#[derive(Debug, Default)]
pub(in crate::psa) struct Openings(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// Those that a list left out, and nobody read since.
    untold: HashSet<TicketId>,
    /// Those that are known; `None` where there is none.
    known: HashMap<TicketId, Option<Opened>>,
}

impl Seen {
    fn know(&mut self, ticket: &TicketId, opening: Option<&Message>) {
        if self.known.len() >= MOST && !self.known.contains_key(ticket) {
            self.known.clear();
        }
        self.untold.remove(ticket);
        self.known.insert(ticket.clone(), opening.map(Opened::by));
    }
}

/// What is remembered of a text that opened a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::psa) struct Opened {
    at: Timestamp,
    text: Option<u64>,
}

impl Openings {
    /// Notes what a list said of the opening of `ticket`, or left out.
    pub(in crate::psa) fn listed(&self, ticket: &TicketId, opening: Option<&Message>) {
        let mut seen = self.lock();
        if opening.is_some() {
            seen.know(ticket, opening);
        } else if !seen.known.contains_key(ticket) {
            seen.untold.insert(ticket.clone());
        }
    }

    /// Notes what the ticket itself said.
    pub(in crate::psa) fn read(&self, ticket: &TicketId, opening: Option<&Message>) {
        self.lock().know(ticket, opening);
    }

    /// Whether a list left the opening of `ticket` out, and nobody read it since.
    pub(in crate::psa) fn is_untold(&self, ticket: &TicketId) -> bool {
        self.lock().untold.contains(ticket)
    }

    /// What `ticket` was opened with, where it was handed on.
    pub(in crate::psa) fn of(&self, ticket: &TicketId) -> Option<Opened> {
        self.lock().known.get(ticket).copied().flatten()
    }

    /// Nothing in a change can panic, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Opened {
    /// Remembers `opening`.
    pub(in crate::psa) fn by(opening: &Message) -> Self {
        Self { at: opening.at, text: fingerprint(&opening.body.raw) }
    }

    /// Whether `text`, written `at`, says the same again.
    pub(in crate::psa) fn is_repeated_by(&self, text: &str, at: Timestamp) -> bool {
        let soon = at.duration_since(self.at).abs() <= REPEATED_WITHIN;
        soon && self.text.is_some() && fingerprint(text) == self.text
    }
}

/// The letters and digits of a text, if it has any: they survive reformatting.
fn fingerprint(text: &str) -> Option<u64> {
    let mut letters = text.chars().filter(|c| c.is_alphanumeric()).peekable();
    letters.peek()?;
    let mut hasher = DefaultHasher::new();
    letters.for_each(|c| c.hash(&mut hasher));
    Some(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Body, MessageId, Plain, Speaker, Visibility};

    fn opening(text: &str) -> Message {
        Message {
            id: MessageId::opening(TicketId::new("7")),
            at: Timestamp::UNIX_EPOCH,
            speaker: Speaker::Customer,
            author: Plain::default(),
            email: None,
            subject: None,
            visibility: Visibility::Public,
            body: Body { raw: text.into(), html: false },
        }
    }

    #[test]
    fn only_the_same_words_at_the_same_time_repeat_an_opening() {
        let minute = |minutes: i64| Timestamp::from_second(minutes * 60).expect("a time");
        let opened = Opened::by(&opening("It drops.\r\n\r\nEvery hour!"));
        assert!(opened.is_repeated_by("It drops. Every hour!\n", minute(1)));
        assert!(!opened.is_repeated_by("It drops. Every hour!", minute(60)), "said again later, and meant");
        assert!(!opened.is_repeated_by("It drops. Every day!", minute(1)));
        assert!(!Opened::by(&opening("???")).is_repeated_by("!!!", minute(1)));
    }

    #[test]
    fn an_opening_is_untold_until_a_list_or_the_ticket_tells_it() {
        let (openings, id) = (Openings::default(), TicketId::new("7"));
        assert!(!openings.is_untold(&id), "never seen");
        openings.listed(&id, None);
        assert!(openings.is_untold(&id));
        openings.read(&id, None);
        openings.listed(&id, None);
        assert!(!openings.is_untold(&id), "known to be blank");
        openings.listed(&id, Some(&opening("Help")));
        openings.listed(&id, None);
        assert!(!openings.is_untold(&id) && openings.of(&id).is_some());
    }

    #[test]
    fn what_is_still_to_be_read_outlasts_any_number_of_openings() {
        let (openings, opening) = (Openings::default(), opening("Help"));
        let id = |number: usize| TicketId::new(number.to_string());
        openings.listed(&id(0), None);
        for number in 1..=MOST + 1 {
            openings.listed(&id(number), Some(&opening));
        }
        assert!(openings.is_untold(&id(0)));
        assert!(openings.of(&id(1)).is_none() && openings.of(&id(MOST + 1)).is_some());
        openings.read(&id(0), Some(&opening));
        assert!(!openings.is_untold(&id(0)) && openings.of(&id(0)).is_some());
    }
}
