//! Taking receipts back: what can be put back, what cannot, and why. A field is put back only while
//! it still holds what the receipt left in it.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::domain::{
    Change, Draft, Evidence, Field, FieldOutcome, FieldValue, Plain, Purpose, Receipt, ReceiptState, TicketRecord,
};

use super::{NoDraft, Policy, draft, label};

/// The fields in which a content customer shows: what an escalation raised. Whoever has the ticket
/// now keeps it.
const RAISED: [Field; 4] = [Field::Priority, Field::Impact, Field::Urgency, Field::Severity];

/// Why nothing is taken back.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NoRetraction {
    /// It is not over.
    #[error("it is still under way; wait until it is over")]
    UnderWay,
    /// Nothing may touch the ticket.
    #[error("{0}")]
    OffLimits(NoDraft),
    /// Nothing in it changed a field.
    #[error("it changed no field, so there is nothing to put back")]
    ChangedNothing,
    /// Every field holds again what it held before.
    #[error("every field holds again what it held before")]
    PutBack,
    /// None of it can be put back. Why, field by field.
    #[error("nothing can be put back: {}", .0.iter().map(Plain::as_str).collect::<Vec<_>>().join("; "))]
    Impossible(Vec<Plain>),
}

/// What a receipt left in a field, and what it held before.
struct Trace {
    field: Field,
    before: Option<FieldValue>,
    left: Option<FieldValue>,
}

impl Policy {
    /// What taking `receipt` back would change. `later` are the receipts on the same ticket that
    /// came after it.
    ///
    /// # Errors
    /// When nothing can be put back, in words.
    pub fn undo(&self, receipt: &Receipt, later: &[&Receipt], record: &TicketRecord) -> Result<Draft, NoRetraction> {
        if receipt.state == ReceiptState::UnderWay {
            return Err(NoRetraction::UnderWay);
        }
        let purpose = Purpose::Undo(receipt.id.clone());
        let evidence = Evidence {
            message: record.latest_from_customer().map(|heard| heard.message.id.clone()),
            ..Evidence::default()
        };
        let traces = traces(receipt);
        self.retract(purpose, Plain::new("undo"), traces, later, record, evidence)
    }

    /// What putting `receipts` (escalations of one episode, oldest first) back would change, now that
    /// the customer is content.
    ///
    /// # Errors
    /// When nothing can be put back, in words.
    pub fn deescalate(&self, receipts: &[&Receipt], record: &TicketRecord) -> Result<Draft, NoRetraction> {
        let purpose = Purpose::Deescalate(receipts.iter().map(|receipt| receipt.id.clone()).collect());
        let mut raised: BTreeMap<Field, Trace> = BTreeMap::new();
        for trace in receipts.iter().flat_map(|receipt| traces(receipt)) {
            if RAISED.contains(&trace.field) {
                // Back to what the first found, from what the last left.
                let first = raised.remove(&trace.field).map_or(trace.before, |held| held.before);
                raised.insert(trace.field, Trace { before: first, ..trace });
            }
        }
        let evidence = draft::evidence_of_tone(self, record);
        self.retract(purpose, Plain::new("de-escalate"), raised.into_values().collect(), &[], record, evidence)
    }

    fn retract(
        &self,
        purpose: Purpose,
        rule: Plain,
        traces: Vec<Trace>,
        later: &[&Receipt],
        record: &TicketRecord,
        evidence: Evidence,
    ) -> Result<Draft, NoRetraction> {
        if let Some(why) = self.off_limits(&record.ticket) {
            return Err(NoRetraction::OffLimits(why));
        }
        if traces.is_empty() {
            return Err(NoRetraction::ChangedNothing);
        }
        let (mut changes, mut left_out) = (Vec::new(), Vec::new());
        for trace in traces {
            match put_back(trace, later, record) {
                Ok(change) => changes.extend(change),
                Err(why) => left_out.push(why),
            }
        }
        if changes.is_empty() {
            let nothing = left_out.is_empty();
            return Err(if nothing { NoRetraction::PutBack } else { NoRetraction::Impossible(left_out) });
        }
        Ok(self.with_note(Draft {
            ticket: record.ticket.id.clone(),
            purpose,
            rule,
            level: 0,
            changes,
            left_out,
            known_effects: vec![Plain::new(
                "the note that stands on the ticket stays, and so does every mail or workflow that the change set off",
            )],
            evidence,
            note: String::new(),
        }))
    }
}

/// What `receipt` really changed, by its own hand and by what the PSA did along with it.
fn traces(receipt: &Receipt) -> Vec<Trace> {
    let changed = receipt.fields.iter().filter(|result| result.outcome == FieldOutcome::Changed);
    let changes = changed.map(|result| &result.change).chain(&receipt.side_effects);
    let trace =
        |change: &Change| Trace { field: change.field, before: change.before.clone(), left: change.after.clone() };
    changes.map(trace).collect()
}

/// The change that puts one field back; none where it is back already. The error says why it stays.
fn put_back(trace: Trace, later: &[&Receipt], record: &TicketRecord) -> Result<Option<Change>, Plain> {
    let Trace { field, before, left } = trace;
    let ticket = &record.ticket;
    let holds = ticket.fields.get(&field);
    if ticket.holds(field, before.as_ref()) {
        return Ok(None);
    }
    let stays = |why: String| Err(Plain::new(&format!("{field} stays {}: {why}", label(holds))));
    if !ticket.holds(field, left.as_ref()) {
        let ours = later.iter().find(|receipt| {
            traces(receipt).iter().any(|trace| trace.field == field && ticket.holds(field, trace.left.as_ref()))
        });
        return match ours {
            Some(receipt) => stays(format!("{} set it later; take that back first", receipt.id)),
            None => stays("somebody set it since".into()),
        };
    }
    if before.is_none() && !field.may_be_empty() {
        return stays("it was empty before, and the PSA is not known to empty it".into());
    }
    Ok(Some(Change { field, before: holds.cloned(), after: before }))
}
