//! The mail addresses of contacts. A list of tickets leaves them out and a ticket alone has them, so
//! they are remembered: a ticket reads the same in a list as it did alone.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::wire;
use crate::domain::Plain;

/// How many are remembered. When there are more, all are forgotten; the cost is that tickets show no
/// address until they are read alone again.
const MOST: usize = 20_000;

/// The addresses seen so far, by the contact's id.
#[derive(Debug, Default)]
pub(super) struct Contacts(Mutex<HashMap<i64, Plain>>);

impl Contacts {
    /// Notes what a ticket alone says of its contact's address, and gives it.
    pub(super) fn told(&self, row: &wire::Ticket) -> Option<Plain> {
        let email = row.contactemail.as_deref().map(Plain::new);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        if let Some(contact) = *row.contactid {
            match &email {
                Some(email) => known.insert(contact, email.clone()),
                None => known.remove(&contact),
            };
        }
        email
    }

    /// The address of the contact of a ticket in a list.
    pub(super) fn of(&self, row: &wire::Ticket) -> Option<Plain> {
        let listed = row.contactemail.as_deref().map(Plain::new);
        listed.or_else(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&(*row.contactid)?).cloned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_knows_the_addresses_that_tickets_told() {
        let contacts = Contacts::default();
        let row = |email: Option<&str>| -> wire::Ticket {
            serde_json::from_value(json!({"contactid": 903, "contactemail": email})).expect("a row")
        };
        let (listed, jo) = (row(None), Some(Plain::new("jo@acme.example")));
        assert_eq!(contacts.of(&listed), None);
        assert_eq!(contacts.told(&row(Some("jo@acme.example"))), jo);
        assert_eq!(contacts.of(&listed), jo);
        assert_eq!(contacts.told(&row(None)), None);
        assert_eq!(contacts.of(&listed), None, "it was taken away");
    }
}
