//! The contacts of tickets. A list of tickets leaves their mail addresses out and a ticket alone has
//! them, so they are remembered: a ticket reads the same in a list as it did alone. Names are remembered
//! too, since a note is known to be its contact's by them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::wire::{Row, Ticket};
use crate::domain::{Contact, Plain};

/// How many are remembered. When there are more, all are forgotten; the cost is that tickets show no
/// address until they are read alone again.
const MOST: usize = 20_000;

/// The contacts seen so far.
#[derive(Debug, Default)]
pub(super) struct Contacts(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    addresses: HashMap<Whose, Plain>,
    /// Whose ticket it is, and what they are called.
    tickets: HashMap<i64, (Whose, Plain)>,
}

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
        let addresses = &mut self.lock().addresses;
        if addresses.len() >= MOST {
            addresses.clear();
        }
        match &email {
            Some(email) => addresses.insert(Whose::of(row), email.clone()),
            None => addresses.remove(&Whose::of(row)),
        };
        email
    }

    /// The address of the contact of a ticket in a list.
    pub(super) fn of(&self, row: &Row<Ticket>) -> Option<Plain> {
        let listed = row.contactemail.as_deref().map(Plain::new);
        listed.or_else(|| self.lock().addresses.get(&Whose::of(row)).cloned())
    }

    /// Notes whose ticket `row` is.
    pub(super) fn see(&self, row: &Row<Ticket>) {
        let tickets = &mut self.lock().tickets;
        if tickets.len() >= MOST {
            tickets.clear();
        }
        tickets.insert(row.id, (Whose::of(row), row.contactname.as_deref().map(Plain::new).unwrap_or_default()));
    }

    /// The contact of a ticket, as far as its rows told; nobody where there was none.
    pub(super) fn on(&self, ticket: i64) -> Contact {
        let known = self.lock();
        let Some((whose, name)) = known.tickets.get(&ticket) else { return Contact::default() };
        Contact { name: name.clone(), email: known.addresses.get(whose).cloned() }
    }

    /// Each change is one insertion, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, Known> {
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
    fn the_contact_of_a_ticket_is_known_by_its_rows() {
        let contacts = Contacts::default();
        let named = |id| {
            let row = json!({"id": id, "contactid": 903, "contactname": "Jo Field", "contactemail": "jo@acme.example"});
            Row::read(row).expect("a row")
        };
        assert_eq!(contacts.on(8), Contact::default());
        contacts.see(&named(8));
        assert_eq!(contacts.on(8), Contact { name: "Jo Field".into(), email: None });
        contacts.told(&named(7));
        assert_eq!(contacts.on(8), Contact { name: "Jo Field".into(), email: Some("jo@acme.example".into()) });
    }

    #[test]
    fn who_is_no_contact_is_known_on_the_own_ticket_only() {
        let contacts = Contacts::default();
        let told = contacts.told(&row(7, None, Some("monitor@desk.example")));
        assert_eq!((contacts.of(&row(7, None, None)), contacts.of(&row(8, None, None))), (told, None));
    }
}
