//! What was done, as the journal tells it: by name, by ticket and by time.

use std::collections::HashMap;

use indexmap::IndexMap;
use jiff::Timestamp;

use crate::domain::{Actor, Purpose, Receipt, ReceiptId, TicketId};

/// Every receipt, oldest first.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    all: IndexMap<ReceiptId, Receipt>,
    by_ticket: HashMap<TicketId, Vec<ReceiptId>>,
}

impl Receipts {
    pub(super) fn put(&mut self, receipt: Receipt) {
        let (id, ticket) = (receipt.id.clone(), receipt.ticket.clone());
        if self.all.insert(id.clone(), receipt).is_none() {
            self.by_ticket.entry(ticket).or_default().push(id);
        }
    }

    pub(super) fn get(&self, id: &ReceiptId) -> Option<&Receipt> {
        self.all.get(id)
    }

    pub(super) fn newest_first(&self) -> impl Iterator<Item = &Receipt> {
        self.all.values().rev()
    }

    /// Those of one ticket, oldest first.
    pub(super) fn of(&self, ticket: &TicketId) -> impl DoubleEndedIterator<Item = &Receipt> {
        self.by_ticket.get(ticket).into_iter().flatten().filter_map(|id| self.all.get(id))
    }

    /// The escalations of one ticket that nobody took back for good, oldest first: those after the
    /// last that lowered it again.
    pub(super) fn standing_escalations(&self, ticket: &TicketId) -> Vec<&Receipt> {
        let mut standing = Vec::new();
        for receipt in self.of(ticket) {
            match receipt.purpose {
                Purpose::Escalate => standing.push(receipt),
                Purpose::Deescalate(_) => standing.clear(),
                _ => {}
            }
        }
        standing
    }

    /// How often rules escalated by themselves since `since`.
    pub(super) fn escalated_since(&self, since: Timestamp) -> usize {
        let by_rule = |receipt: &&Receipt| receipt.by == Actor::Rule && receipt.purpose == Purpose::Escalate;
        self.newest_first().take_while(|receipt| receipt.at > since).filter(by_rule).count()
    }

    /// When a rule last escalated this ticket by itself.
    pub(super) fn last_by_rule(&self, ticket: &TicketId) -> Option<Timestamp> {
        let by_rule = |receipt: &&Receipt| receipt.by == Actor::Rule && receipt.purpose == Purpose::Escalate;
        self.of(ticket).rev().find(by_rule).map(|receipt| receipt.at)
    }
}
