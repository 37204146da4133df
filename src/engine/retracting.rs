//! Taking back what was done: what an undo would change, and what may be lowered again once the
//! customer is content.

use crate::domain::{Draft, Receipt, ReceiptId, TicketId};
use crate::seat::Refusal;

use super::Engine;

impl Engine {
    /// What taking `id` back would change now.
    pub(super) fn draft_undo(&self, id: &ReceiptId) -> Result<Draft, Refusal> {
        let receipt = self.receipt(id)?;
        let unknown =
            || Refusal::new(format!("{} is not here any more, so nothing of it can be put back", receipt.number));
        let record = self.board.record(&receipt.ticket).ok_or_else(unknown)?;
        let later: Vec<&Receipt> =
            self.receipts.of(&receipt.ticket).skip_while(|held| held.id != *id).skip(1).collect();
        self.policy.undo(receipt, &later, record).map_err(|why| Refusal::new(format!("{id} stays: {why}")))
    }

    /// What lowering again what `receipts` raised would change now.
    pub(super) fn draft_deescalation(&self, ticket: &TicketId, receipts: &[ReceiptId]) -> Result<Draft, Refusal> {
        let record = self.board.record(ticket).ok_or_else(|| Refusal::new(format!("no ticket {ticket} here")))?;
        let receipts: Vec<&Receipt> = receipts.iter().filter_map(|id| self.receipts.get(id)).collect();
        self.policy.deescalate(&receipts, record).map_err(|why| Refusal::new(why.to_string()))
    }
}
