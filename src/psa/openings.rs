//! What tickets were opened with: whether we handed it on, and how to tell an action that repeats it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Message, TicketId};

/// How soon after the opening an action with the same text is taken for its repetition.
const REPEATED_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// How many are remembered. When there are more, all are forgotten; the cost is that an action which
/// repeats an opening shows up beside it.
const MOST: usize = 20_000;

/// The openings of the tickets seen so far.
#[derive(Debug, Default)]
pub(in crate::psa) struct Openings(Mutex<HashMap<TicketId, Opening>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opening {
    /// A list left it out.
    Untold,
    /// There is none.
    Blank,
    /// It was handed on.
    Told(Opened),
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
        let mut known = self.lock();
        if known.len() >= MOST {
            known.clear();
        }
        match opening {
            Some(opening) => {
                known.insert(ticket.clone(), Opening::Told(Opened::by(opening)));
            }
            None => {
                known.entry(ticket.clone()).or_insert(Opening::Untold);
            }
        }
    }

    /// Notes what the ticket itself said.
    pub(in crate::psa) fn read(&self, ticket: &TicketId, opening: Option<&Message>) {
        let opening = opening.map_or(Opening::Blank, |opening| Opening::Told(Opened::by(opening)));
        self.lock().insert(ticket.clone(), opening);
    }

    /// Whether a list left the opening of `ticket` out, and nobody read it since.
    pub(in crate::psa) fn is_untold(&self, ticket: &TicketId) -> bool {
        self.lock().get(ticket) == Some(&Opening::Untold)
    }

    /// What `ticket` was opened with, where it was handed on.
    pub(in crate::psa) fn of(&self, ticket: &TicketId) -> Option<Opened> {
        match self.lock().get(ticket)? {
            Opening::Told(opened) => Some(*opened),
            Opening::Untold | Opening::Blank => None,
        }
    }

    /// Each change is one insertion, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, HashMap<TicketId, Opening>> {
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
}
