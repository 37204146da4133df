//! Marks on the time axis: what happened that may explain a curve.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{Actor, Plain};

/// Something that happened at a moment and may explain what follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Milestone {
    /// When.
    pub at: Timestamp,
    /// What kind.
    pub kind: MilestoneKind,
    /// In words.
    pub text: Plain,
    /// Who marked it; the rule's own hand where irate noticed it.
    pub by: Actor,
}

/// What a mark tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MilestoneKind {
    /// A person's own words: a release, an outage, a new contract.
    Note,
    /// Other rules, thresholds or edges than before.
    Policy,
    /// Another prompt than before.
    Prompt,
    /// Another model than before.
    Model,
}

impl MilestoneKind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Policy => "policy",
            Self::Prompt => "prompt",
            Self::Model => "model",
        }
    }

    /// The letter under the time axis.
    pub fn letter(self) -> char {
        match self {
            Self::Note => 'M',
            Self::Policy => 'P',
            Self::Prompt => 'Q',
            Self::Model => 'J',
        }
    }
}

impl fmt::Display for MilestoneKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
