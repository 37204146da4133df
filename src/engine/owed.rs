//! What intake still owes: tickets whose conversations are to be read, and those that could not be
//! read, with when to try again. Pure.

use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Plain, Ticket, TicketId};

/// The first and the longest wait before what failed is tried again.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(30);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// Failed tickets tried again in one look.
const MOST_AGAIN: usize = 20;

/// Failed tickets that are named to the user.
const MOST_NAMED: usize = 3;

/// A ticket whose conversation is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Debt {
    pub(super) id: TicketId,
    pub(super) number: Plain,
    pub(super) opened_at: Timestamp,
    pub(super) changed_at: Timestamp,
    pub(super) closed: bool,
}

#[derive(Clone, Debug)]
struct Failure {
    number: Plain,
    why: Plain,
    times: u32,
    again_at: Timestamp,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Owed {
    debts: HashMap<TicketId, Debt>,
    failures: HashMap<TicketId, Failure>,
}

impl Owed {
    /// The conversation of `ticket` is to be read.
    pub(super) fn owe(&mut self, ticket: &Ticket) {
        let debt = Debt {
            id: ticket.id.clone(),
            number: ticket.number.clone(),
            opened_at: ticket.opened_at,
            changed_at: ticket.changed_at,
            closed: ticket.closed,
        };
        self.debts.insert(ticket.id.clone(), debt);
    }

    /// What is to be read now, the last changed first.
    pub(super) fn queue(&self) -> Vec<Debt> {
        let mut queue: Vec<Debt> = self.debts.values().cloned().collect();
        queue.sort_by(|a, b| (Reverse(a.changed_at), &a.id).cmp(&(Reverse(b.changed_at), &b.id)));
        queue
    }

    /// Whether nothing is left to be read but what failed.
    pub(super) fn is_clear(&self) -> bool {
        self.debts.is_empty()
    }

    /// It was read, or is not for us any more.
    pub(super) fn settle(&mut self, ticket: &TicketId) {
        self.debts.remove(ticket);
        self.failures.remove(ticket);
    }

    /// It cannot be read, although others can.
    pub(super) fn fail(&mut self, ticket: &TicketId, why: &Plain, now: Timestamp) {
        let number = self.debts.remove(ticket).map(|debt| debt.number);
        let before = self.failures.get(ticket);
        let times = before.map_or(0, |failure| failure.times).saturating_add(1);
        let number = number.or_else(|| before.map(|failure| failure.number.clone()));
        let wait = (FIRST_WAIT * 2i32.saturating_pow(times.min(8) - 1)).min(LONGEST_WAIT);
        let again_at = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        let number = number.unwrap_or_else(|| Plain::new(ticket.as_str()));
        self.failures.insert(ticket.clone(), Failure { number, why: why.clone(), times, again_at });
    }

    /// What failed and is to be tried again now.
    pub(super) fn due(&self, now: Timestamp) -> Vec<TicketId> {
        let mut due: Vec<(&TicketId, &Failure)> = self
            .failures
            .iter()
            .filter(|(id, failure)| failure.again_at <= now && !self.debts.contains_key(*id))
            .collect();
        due.sort_by_key(|(id, failure)| (failure.again_at, *id));
        due.into_iter().take(MOST_AGAIN).map(|(id, _)| id.clone()).collect()
    }

    /// What failed, in words.
    pub(super) fn warnings(&self) -> Vec<Plain> {
        let mut failures: Vec<&Failure> = self.failures.values().collect();
        failures.sort_by(|a, b| a.number.cmp(&b.number));
        let named = failures.iter().take(MOST_NAMED);
        let named =
            named.map(|failure| format!("{} cannot be read and is tried again: {}", failure.number, failure.why));
        let more = failures.len().saturating_sub(MOST_NAMED);
        let more = (more > 0).then(|| format!("{more} more tickets cannot be read"));
        named.chain(more).map(|text| Plain::new(&text)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Contact;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn ticket(id: &str, changed: i64) -> Ticket {
        Ticket {
            id: TicketId::new(id),
            number: Plain::new(&format!("#{id}")),
            summary: Plain::default(),
            client: None,
            contact: Contact::default(),
            fields: Default::default(),
            opened_at: at(0),
            changed_at: at(changed),
            closed_at: None,
            closed: false,
            due_at: None,
            link: None,
        }
    }

    #[test]
    fn the_last_changed_is_read_first_and_each_once() {
        let mut owed = Owed::default();
        for (id, changed) in [("1", 5), ("2", 9), ("3", 1), ("3", 7)] {
            owed.owe(&ticket(id, changed));
        }
        let order: Vec<_> = owed.queue().into_iter().map(|debt| (debt.id.to_string(), debt.changed_at)).collect();
        assert_eq!(order, [("2".into(), at(9)), ("3".into(), at(7)), ("1".into(), at(5))]);
        ["1", "2", "3"].map(TicketId::new).iter().for_each(|id| owed.settle(id));
        assert!(owed.is_clear());
    }

    #[test]
    fn what_fails_is_named_and_tried_again_less_and_less_often() {
        let (mut owed, id, why) = (Owed::default(), TicketId::new("1"), Plain::new("HTTP 403"));
        owed.owe(&ticket("1", 5));
        owed.fail(&id, &why, at(100));
        assert!(owed.is_clear(), "it holds nothing up");
        assert_eq!((owed.due(at(129)), owed.due(at(130))), (vec![], vec![id.clone()]));
        owed.fail(&id, &why, at(130));
        assert_eq!((owed.due(at(189)).len(), owed.due(at(190)).len()), (0, 1));
        for _ in 0..20 {
            owed.fail(&id, &why, at(1000));
        }
        assert_eq!((owed.due(at(1000 + 3599)).len(), owed.due(at(1000 + 3600)).len()), (0, 1));
        assert_eq!(owed.warnings(), [Plain::new("#1 cannot be read and is tried again: HTTP 403")]);
        owed.owe(&ticket("1", 9));
        assert_eq!(owed.due(at(9999)).len(), 0, "it is read anyway");
        owed.settle(&id);
        assert!(owed.warnings().is_empty());
    }
}
