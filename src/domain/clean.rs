//! A message after cleaning: what may be judged, and what was taken out.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::plain::Plain;
use super::reading::Flag;

/// The part of a message that its author wrote now, fit to be sent to a judge.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleaned {
    /// The text, with secrets replaced by typed placeholders. Never empty.
    pub text: String,
    /// What was found on the way: secrets, hidden text, orders to a machine reader.
    pub flags: BTreeSet<Flag>,
    /// What was removed, in order.
    pub removed: Vec<Removal>,
    /// Nothing would have been left, so the original stands: readings have low confidence.
    pub fell_back: bool,
}

impl fmt::Debug for Cleaned {
    /// Customer text never reaches a log, not even by accident.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cleaned({} bytes, {:?}, {:?})", self.text.len(), self.flags, self.removed)
    }
}

/// One removal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// Why: `quoted history`, `signature`, `hidden text` …
    pub why: Plain,
    /// How many characters went.
    pub chars: usize,
}

/// What is taken out of a text before a judge sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Redaction {
    /// Nothing.
    Off,
    /// Passwords, keys, card and account numbers, one-time codes.
    #[default]
    Secrets,
    /// Mail addresses and phone numbers too.
    Pii,
}

/// Who may read a client's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Consent {
    /// Nobody.
    Off,
    /// A judge on this machine.
    Local,
    /// Any judge the config names.
    #[default]
    Cloud,
}
