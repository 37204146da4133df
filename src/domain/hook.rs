//! What irate tells other systems about, by name. How it is told is the matter of
//! [`crate::hooks`]; the journal and the config only name it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of event that webhooks may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HookKind {
    /// A ticket's tone moved.
    #[serde(rename = "ticket.sentiment_changed")]
    SentimentChanged,
    /// An escalation came to its end.
    #[serde(rename = "ticket.escalated")]
    Escalated,
    /// An escalation was taken back.
    #[serde(rename = "ticket.escalation_undone")]
    EscalationUndone,
    /// The judge cannot answer.
    #[serde(rename = "judge.down")]
    JudgeDown,
    /// It answers again.
    #[serde(rename = "judge.up")]
    JudgeUp,
    /// Customers are much less pleased than usual at this hour.
    #[serde(rename = "trend.alert")]
    TrendAlert,
    /// Several clients told the same within minutes.
    #[serde(rename = "storm.begun")]
    StormBegun,
    /// A person tries whether a webhook arrives. Nobody subscribes to it.
    #[serde(rename = "hook.test")]
    Test,
}

impl HookKind {
    /// What a target may ask for.
    pub const ALL: [Self; 7] = [
        Self::SentimentChanged,
        Self::Escalated,
        Self::EscalationUndone,
        Self::JudgeDown,
        Self::JudgeUp,
        Self::TrendAlert,
        Self::StormBegun,
    ];

    /// The word in the config and in the payload's `type`.
    pub fn word(self) -> &'static str {
        match self {
            Self::SentimentChanged => "ticket.sentiment_changed",
            Self::Escalated => "ticket.escalated",
            Self::EscalationUndone => "ticket.escalation_undone",
            Self::JudgeDown => "judge.down",
            Self::JudgeUp => "judge.up",
            Self::TrendAlert => "trend.alert",
            Self::StormBegun => "storm.begun",
            Self::Test => "hook.test",
        }
    }
}

impl fmt::Display for HookKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_what_is_written() {
        for kind in HookKind::ALL.into_iter().chain([HookKind::Test]) {
            assert_eq!(serde_json::to_value(kind).expect("json"), kind.word());
        }
    }
}
