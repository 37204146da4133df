//! Tickets by the ids their PSA has for them, where those are numbers.

use crate::domain::{Plain, TicketId};
use crate::psa::PsaError;

/// The id as the PSA has it.
///
/// # Errors
/// [`PsaError::NotFound`] where no PSA has such an id, so that it never becomes part of a path.
pub(in crate::psa) fn id(ticket: &TicketId) -> Result<i64, PsaError> {
    ticket.as_str().parse().map_err(|_| PsaError::NotFound { what: Plain::new(&noun(ticket)) })
}

/// How errors name a ticket.
pub(in crate::psa) fn noun(ticket: &TicketId) -> String {
    format!("ticket {ticket}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_are_ids() {
        assert_eq!(id(&TicketId::new("2818")), Ok(2818));
        for none in ["../Users", "", "2818 or 1=1"] {
            assert!(matches!(id(&TicketId::new(none)), Err(PsaError::NotFound { .. })), "{none}");
        }
    }
}
