//! The ticket under the cursor: its conversation and receipts, fetched one ticket at a time.

use crate::domain::{Receipt, TicketId};
use crate::seat::{Conversation, Request};

/// Receipts shown of one ticket, at most.
const RECEIPTS: usize = 5;

/// In which form messages are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// The part that may be judged; the readable text where nothing was cut.
    #[default]
    Cleaned,
    /// As the PSA holds it.
    Raw,
    /// Exactly what a judge gets.
    Sent,
}

impl Form {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Cleaned => "cleaned",
            Self::Raw => "raw",
            Self::Sent => "sent",
        }
    }
}

/// What is known of the ticket under the cursor beyond its row.
#[derive(Debug, Default)]
pub(crate) struct Detail {
    of: Option<TicketId>,
    conversation: Option<Conversation>,
    receipts: Vec<Receipt>,
    /// The one ticket that is being asked for: moving fast asks for the last, not for all.
    asked: Option<TicketId>,
    stale: bool,
    pub(crate) refused: Option<String>,
    pub(crate) form: Form,
    pub(crate) why: bool,
    pub(crate) scroll: usize,
}

impl Detail {
    /// The conversation, once it is here.
    pub(crate) fn conversation(&self) -> Option<&Conversation> {
        self.conversation.as_ref()
    }

    /// The latest receipts, newest first.
    pub(crate) fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    pub(super) fn next_form(&mut self) {
        self.form = match self.form {
            Form::Cleaned => Form::Raw,
            Form::Raw => Form::Sent,
            Form::Sent => Form::Cleaned,
        };
    }

    /// The cursor is on `ticket`: says what to ask for.
    /// The ticket it is about.
    pub(super) fn of(&self) -> Option<&TicketId> {
        self.of.as_ref()
    }

    pub(super) fn turn_to(&mut self, ticket: Option<&TicketId>) -> Vec<Request> {
        if self.of.as_ref() != ticket {
            *self = Self {
                of: ticket.cloned(),
                asked: self.asked.take(),
                stale: ticket.is_some(),
                form: self.form,
                why: self.why,
                ..Self::default()
            };
        }
        self.ask()
    }

    /// Something about `ticket` changed.
    pub(super) fn outdated(&mut self, ticket: &TicketId) {
        self.stale |= self.of.as_ref() == Some(ticket);
    }

    fn ask(&mut self) -> Vec<Request> {
        let Some(ticket) = self.of.clone().filter(|_| self.stale && self.asked.is_none()) else { return Vec::new() };
        self.stale = false;
        self.asked = Some(ticket.clone());
        vec![Request::Audit { most: RECEIPTS, ticket: Some(ticket.clone()) }, Request::Conversation { ticket }]
    }

    pub(super) fn take_receipts(&mut self, ticket: &TicketId, receipts: Vec<Receipt>) {
        if self.of.as_ref() == Some(ticket) {
            self.receipts = receipts;
        }
    }

    /// A conversation came, or not. Says what to ask for next.
    pub(super) fn take(&mut self, ticket: &TicketId, reply: Result<Conversation, String>) -> Vec<Request> {
        self.asked = None;
        if self.of.as_ref() == Some(ticket) {
            match reply {
                Ok(conversation) => (self.conversation, self.refused) = (Some(conversation), None),
                Err(why) => self.refused = Some(why),
            }
        } else {
            self.stale = self.of.is_some();
        }
        self.ask()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation(ticket: &TicketId) -> Conversation {
        Conversation { ticket: ticket.clone(), messages: Vec::new(), triage: None, proposal: None }
    }

    fn asked(requests: &[Request]) -> Option<&TicketId> {
        requests.iter().find_map(|request| match request {
            Request::Conversation { ticket } => Some(ticket),
            _ => None,
        })
    }

    #[test]
    fn only_the_last_of_many_tickets_is_fetched() {
        let [a, b, c] = ["a", "b", "c"].map(TicketId::new);
        let mut detail = Detail::default();
        assert_eq!(asked(&detail.turn_to(Some(&a))), Some(&a));
        assert_eq!(asked(&detail.turn_to(Some(&b))), None);
        assert_eq!(asked(&detail.turn_to(Some(&c))), None);
        assert_eq!(asked(&detail.take(&a, Ok(conversation(&a)))), Some(&c));
        assert!(detail.conversation().is_none(), "a late answer is not shown under another ticket");
        assert_eq!(asked(&detail.take(&c, Ok(conversation(&c)))), None);
        assert_eq!(detail.conversation().map(|conversation| &conversation.ticket), Some(&c));
    }

    #[test]
    fn news_of_the_ticket_fetches_it_again_and_keeps_the_place() {
        let a = TicketId::new("a");
        let mut detail = Detail::default();
        detail.turn_to(Some(&a));
        detail.take(&a, Ok(conversation(&a)));
        detail.scroll = 7;
        detail.outdated(&TicketId::new("b"));
        assert!(detail.turn_to(Some(&a)).is_empty());
        detail.outdated(&a);
        assert_eq!(asked(&detail.turn_to(Some(&a))), Some(&a));
        assert_eq!(detail.scroll, 7);
    }
}
