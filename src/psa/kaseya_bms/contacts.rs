//! The mail addresses of contacts. A list of tickets leaves them out and a ticket alone has them, so
//! they are remembered: a ticket reads the same in a list as it did alone.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::wire::{Row, Ticket};
use crate::domain::Plain;

/// How many are remembered. When there are more, all are forgotten; the cost is that tickets show no
/// address until they are read alone again.
const MOST: usize = 20_000;

/// The addresses seen so far.
#[derive(Debug, Default)]
pub(super) struct Contacts(Mutex<HashMap<Whose, Plain>>);

/// Whose address it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Whose {
    Contact(i64),
    /// Somebody who is no contact, and raised this ticket.
    Raiser(i64),
}

impl Whose {
    fn of(row: &Row<Ticket>) -> Self {
        row.contactid.filter(|id| *id > 0).map_or(Self::Raiser(row.id), Self::Contact)
    }
}

impl Contacts {
    /// Notes what a ticket alone says of its contact's address, and gives it.
    pub(super) fn told(&self, row: &Row<Ticket>) -> Option<Plain> {
        let email = row.contactemail.as_deref().map(Plain::new);
        let mut known = self.lock();
        if known.len() >= MOST {
            known.clear();
        }
        match &email {
            Some(email) => known.insert(Whose::of(row), email.clone()),
            None => known.remove(&Whose::of(row)),
        };
        email
    }

    /// The address of the contact of a ticket in a list.
    pub(super) fn of(&self, row: &Row<Ticket>) -> Option<Plain> {
        let listed = row.contactemail.as_deref().map(Plain::new);
        listed.or_else(|| self.lock().get(&Whose::of(row)).cloned())
    }

    /// Each change is one insertion, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, HashMap<Whose, Plain>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(id: i64, contact: Option<i64>, email: Option<&str>) -> Row<Ticket> {
        Row::read(json!({"id": id, "contactid": contact, "contactemail": email})).expect("a row")
    }

    #[test]
    fn a_list_knows_the_addresses_that_tickets_told() {
        let contacts = Contacts::default();
        let (listed, jo) = (row(8, Some(903), None), Some(Plain::new("jo@acme.example")));
        assert_eq!(contacts.of(&listed), None);
        assert_eq!(contacts.told(&row(7, Some(903), Some("jo@acme.example"))), jo);
        assert_eq!(contacts.of(&listed), jo, "of another ticket, but the same contact");
        assert_eq!(contacts.told(&row(7, Some(903), None)), None);
        assert_eq!(contacts.of(&listed), None, "it was taken away");
    }

    #[test]
    fn who_is_no_contact_is_known_on_the_own_ticket_only() {
        let contacts = Contacts::default();
        let told = contacts.told(&row(7, None, Some("monitor@desk.example")));
        assert_eq!((contacts.of(&row(7, None, None)), contacts.of(&row(8, None, None))), (told, None));
    }
}
