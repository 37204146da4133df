//! Where a browser finds a ticket: a template with `{id}`.

use crate::domain::{Plain, TicketId};
use crate::net::check_url;
use crate::psa::PsaError;

/// A checked template of a ticket's address.
#[derive(Clone, Debug)]
pub(in crate::psa) struct Link(String);

impl Link {
    /// # Errors
    /// [`PsaError::Unreachable`] where `template` is no address, or lacks `{id}`.
    pub(in crate::psa) fn checked(template: String) -> Result<Self, PsaError> {
        let why = match check_url(&template.replace("{id}", "1")) {
            Ok(_) if template.contains("{id}") => return Ok(Self(template)),
            Ok(_) => Plain::new("the link template needs {id} where the ticket's id belongs"),
            Err(error) => Plain::new(&error.to_string()),
        };
        Err(PsaError::Unreachable { host: Plain::new("the link template in the config"), why })
    }

    /// The address of one ticket.
    pub(in crate::psa) fn of(&self, ticket: &TicketId) -> Plain {
        Plain::new(&self.0.replace("{id}", ticket.as_str()))
    }
}
