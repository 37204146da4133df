//! What became of tickets in truth, as the journal has it: what a look back is held against.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::{Actor, MessageId, Plain, Purpose, Score, TicketId, Verb};
use crate::journal::{Entry, Event};
use crate::policy::whatif::Escalation;

/// What a person or a rule really made of an escalation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "truth", rename_all = "lowercase")]
pub(super) enum Fate {
    /// The ticket was escalated at that level.
    Escalated {
        /// When.
        really_at: Timestamp,
        /// By whom.
        by: Actor,
    },
    /// It was, and a person took it back.
    Undone {
        /// By whom.
        by: Actor,
    },
    /// A person corrected the judge about one of its messages.
    Corrected {
        /// The message.
        message: MessageId,
        /// How it sounds to them.
        score: Score,
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
    undone: BTreeMap<(TicketId, u8), Actor>,
    corrected: BTreeMap<TicketId, (MessageId, Score)>,
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
            Event::Intent { receipt, .. } if receipt.purpose == Purpose::Escalate => {
                let key = (receipt.ticket.clone(), receipt.level);
                self.escalated.entry(key).or_default().push((receipt.at, receipt.by.clone()));
            }
            Event::Dismissed { ticket, rule, level, why, .. } => {
                self.dismissed.entry((ticket.clone(), *level)).or_default().push((rule.clone(), why.clone()));
            }
            Event::Intent { receipt, .. } => {
                let of_ticket =
                    |((ticket, _), _): &(&(TicketId, u8), &Vec<(Timestamp, Actor)>)| *ticket == receipt.ticket;
                let last =
                    self.escalated.iter().filter(of_ticket).max_by_key(|(_, acts)| acts.last().map(|(at, _)| *at));
                if let (Purpose::Undo(_), Some((key, _))) = (&receipt.purpose, last) {
                    self.undone.insert(key.clone(), receipt.by.clone());
                }
            }
            Event::Review { ticket, verb: Verb::Corrected { message, score }, .. } => {
                self.corrected.insert(ticket.clone(), (message.clone(), *score));
            }
            Event::Review { ticket, verb: Verb::Uncorrected { .. }, .. } => drop(self.corrected.remove(ticket)),
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
        if let Some(by) = self.undone.get(&key) {
            return Some(Fate::Undone { by: by.clone() });
        }
        if let Some((message, score)) = self.corrected.get(&escalation.ticket) {
            return Some(Fate::Corrected { message: message.clone(), score: *score });
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
            Self::Undone { by } => format!("taken back by {by}"),
            Self::Corrected { message, score } => format!("a person read {message} as {score}"),
            Self::Dismissed { why } => format!("dismissed: {why}"),
        }
    }
}
