//! What a PSA's own history tells of a change to a ticket.

use jiff::Timestamp;

use super::plain::Plain;
use super::ticket::Field;

/// One line of a ticket's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// When, by the PSA's clock.
    pub at: Timestamp,
    /// Who, as the PSA names them; empty where it does not.
    pub by: Plain,
    /// The field, where the line is about one that is known.
    pub field: Option<Field>,
    /// The PSA's words, such as `Status changed from New to Waiting`. Only for lines about a known
    /// field: others may hold a customer's text.
    pub detail: Plain,
    /// Whether the PSA says that it was we; it need not know.
    pub ours: bool,
}
