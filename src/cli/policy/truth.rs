//! What became of tickets in truth, as the journal has it: what a look back is held against.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::{Actor, Plain, TicketId};
use crate::journal::{Entry, Event};
use crate::policy::whatif::Escalation;

/// What a person or a rule really made of an escalation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "truth", rename_all = "lowercase")]
pub(super) enum Fate {
    /// The ticket was escalated at that level.
    Escalated {
        /// When.
        really_at: Timestamp,
        /// By whom.
        by: Actor,
    },
    /// A person dismissed that rule on it.
    Dismissed {
        /// Their words.
        why: Plain,
    },
}

/// The journal by ticket and level.
#[derive(Default)]
pub(super) struct Truth {
    escalated: BTreeMap<(TicketId, u8), Vec<(Timestamp, Actor)>>,
    dismissed: BTreeMap<(TicketId, u8), Vec<(Plain, Plain)>>,
}

impl Truth {
    pub(super) fn new(entries: &[Entry]) -> Self {
        let mut truth = Self::default();
        entries.iter().for_each(|entry| truth.take(entry));
        truth
    }

    /// Every event that tells whether an escalation was right has its arm here.
    fn take(&mut self, entry: &Entry) {
        match &entry.event {
            Event::Intent { receipt, .. } => {
                let key = (receipt.ticket.clone(), receipt.level);
                self.escalated.entry(key).or_default().push((receipt.at, receipt.by.clone()));
            }
            Event::Dismissed { ticket, rule, level, why, .. } => {
                self.dismissed.entry((ticket.clone(), *level)).or_default().push((rule.clone(), why.clone()));
            }
            _ => {}
        }
    }

    /// What became of the ticket of an escalation. A dismissal is the later word.
    pub(super) fn of(&self, escalation: &Escalation<'_>) -> Option<Fate> {
        let key = (escalation.ticket.clone(), escalation.rule.level);
        let dismissed = self.dismissed.get(&key).into_iter().flatten().rfind(|(rule, _)| *rule == escalation.rule.name);
        if let Some((_, why)) = dismissed {
            return Some(Fate::Dismissed { why: why.clone() });
        }
        let near = |(at, _): &&(Timestamp, Actor)| at.duration_since(escalation.at).unsigned_abs();
        let (really_at, by) = self.escalated.get(&key)?.iter().min_by_key(near)?;
        Some(Fate::Escalated { really_at: *really_at, by: by.clone() })
    }

    /// Tickets and levels that were escalated since then.
    pub(super) fn escalated_since(&self, since: Timestamp) -> impl Iterator<Item = &(TicketId, u8)> {
        self.escalated.iter().filter(move |(_, acts)| acts.iter().any(|(at, _)| *at >= since)).map(|(key, _)| key)
    }
}

impl Fate {
    pub(super) fn words(&self) -> String {
        match self {
            Self::Escalated { by: Actor::Rule, .. } => "escalated by a rule".into(),
            Self::Escalated { by: Actor::Person(name), .. } => format!("escalated by {name}"),
            Self::Dismissed { why } => format!("dismissed: {why}"),
        }
    }
}
