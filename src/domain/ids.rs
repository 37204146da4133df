//! The names of things: cheap to clone, ordered, safe to show.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::plain::Plain;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes an id as it came; control characters do not survive.
            pub fn new(id: impl AsRef<str>) -> Self {
                Self(Plain::new(id.as_ref()).as_str().into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self::new(id)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

id!(
    /// A ticket's native id in its PSA: what the API wants, not always the number people see.
    TicketId
);
id!(
    /// One suggested escalation of one ticket.
    ProposalId
);
id!(
    /// One act on one ticket. It stands in the internal note as `[triage ref …]`, and that is how
    /// our own note is found again after a crash.
    ReceiptId
);
id!(
    /// One event that is told to webhook targets: their `webhook-id`, the same however often it is sent.
    HookId
);

id!(
    /// One storm: the same symptom told by several clients. The id of its first ticket.
    StormId
);

impl ReceiptId {
    /// The marker by which our own note is recognised. It never holds the product's name.
    pub fn marker(&self) -> String {
        format!("[triage ref {self}]")
    }

    /// The receipt named by the last marker in `text`, if there is one: ours stands behind all quotes.
    pub fn find_in(text: &str) -> Option<Self> {
        let (_, rest) = text.rsplit_once("[triage ref ")?;
        let (id, _) = rest.split_once(']')?;
        let known = !id.is_empty() && id.len() <= 40 && id.chars().all(|c| c.is_ascii_alphanumeric());
        known.then(|| Self::new(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_found_again() {
        let id = ReceiptId::new("01J5ABC");
        let note = format!("Priority raised.\n{}", id.marker());
        assert_eq!(ReceiptId::find_in(&note), Some(id.clone()));
        assert_eq!(ReceiptId::find_in(&format!("\"[triage ref X]\"\n{}", id.marker())), Some(id));
        assert_eq!(ReceiptId::find_in("[triage ref ]"), None);
        assert_eq!(ReceiptId::find_in("[triage ref a b]"), None);
    }
}
