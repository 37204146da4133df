//! A message after cleaning: what may be judged, and what was taken out.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::plain::Plain;
use super::reading::Flag;

/// The part of a message that its author wrote now, fit to be sent to a judge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// One removal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// Why: `quoted history`, `signature`, `hidden text` …
    pub why: Plain,
    /// How many characters went.
    pub chars: usize,
}
