//! Acts, as the engine sees them: one begins, goes on, stalls, ends. [`Act`] carries one out.

use std::collections::BTreeMap;

use crate::domain::{
    Actor, Change, Draft, Field, FieldOutcome, FieldResult, FieldValue, NoteOutcome, Plain, ProposalState, Purpose,
    Receipt, ReceiptId, ReceiptState, Ticket,
};
use crate::journal::{Event, Unsettled};
use crate::seat::{News, Refusal, Reply};

use super::act::Act;
use super::{Engine, new_receipt_id, races};

/// How an act goes.
pub(crate) enum ActNews {
    /// The intent is on the disk; sending begins.
    Begun(Receipt),
    /// The intent could not be written; nothing was sent.
    NotBegun { receipt: Receipt, why: Plain },
    /// The PSA cannot be written now; it is tried again.
    Stalled { receipt: ReceiptId, why: Plain },
    /// It is over.
    Over { receipt: Receipt, ticket: Option<Box<Ticket>> },
}

/// Where the one reply to the person who asked goes.
pub(super) type Answer = tokio::sync::oneshot::Sender<Result<Reply, Refusal>>;

impl Engine {
    /// Begins an act. One at a time a ticket; the caller has checked that none is under way.
    pub(super) fn begin(&mut self, draft: Draft, by: Actor, answer: Option<Answer>) {
        let Some(record) = self.board.record(&draft.ticket) else { return };
        let now = self.clock.now();
        let receipt = planned(new_receipt_id(now), &record.ticket, &draft, by, now);
        let before = images(&record.ticket, self.psa.kind().writable());
        if let Some(answer) = answer {
            self.answers.insert(receipt.id.clone(), answer);
        }
        self.own_receipts.insert(receipt.id.clone());
        self.acting.insert(draft.ticket.clone(), receipt.id.clone());
        if let Some(record) = self.board.change(&draft.ticket).filter(|_| draft.purpose == Purpose::Escalate) {
            record.episode.acted(draft.level);
        }
        let act = self.act(receipt, draft.note);
        self.acts.spawn(act.begin(before));
    }

    /// Takes up what a crash interrupted.
    pub(super) fn resume(&mut self, unsettled: Unsettled) {
        let receipt = unsettled.receipt;
        self.acting.insert(receipt.ticket.clone(), receipt.id.clone());
        let act = self.act(receipt, String::new());
        self.acts.spawn(act.resume(unsettled.note_sha256));
    }

    /// Sends what was refused in a settled receipt once more.
    pub(super) fn retry(&mut self, id: &ReceiptId, by: Actor, answer: Answer) {
        let receipt = match self.dead_letter(id) {
            Ok(receipt) => receipt.clone().planned_again(),
            Err(why) => return drop(answer.send(Err(why))),
        };
        if self.frozen_journal || self.acting.contains_key(&receipt.ticket) {
            let why = "something is being sent to this ticket, or the journal cannot be written; see the header";
            return drop(answer.send(Err(Refusal::new(why))));
        }
        self.answers.insert(receipt.id.clone(), answer);
        self.acting.insert(receipt.ticket.clone(), receipt.id.clone());
        let act = self.act(receipt, String::new());
        self.acts.spawn(act.retry(by));
    }

    /// Lets rest what was refused in a settled receipt.
    pub(super) fn let_rest(&mut self, id: &ReceiptId, why: Plain, by: Actor) -> Result<Reply, Refusal> {
        let receipt = Receipt { state: ReceiptState::Dropped, ..self.dead_letter(id)?.clone() };
        self.journal_later(Event::Dropped { receipt: receipt.id.clone(), by, why });
        let (desk, id) = (self.keeper.desk(), receipt.id.clone());
        self.writes.spawn(async move { desk.drop_note(&id).await });
        self.keep_receipt(receipt);
        Ok(Reply::Done)
    }

    fn dead_letter(&self, id: &ReceiptId) -> Result<&Receipt, Refusal> {
        let receipt = self.receipt(id)?;
        match receipt.is_dead_letter() {
            true => Ok(receipt),
            false => Err(Refusal::new(format!("nothing of {id} was refused"))),
        }
    }

    /// A receipt by its name.
    pub(super) fn receipt(&self, id: &ReceiptId) -> Result<&Receipt, Refusal> {
        self.receipts.get(id).ok_or_else(|| Refusal::new(format!("no receipt {id} here; irate audit lists them")))
    }

    fn act(&self, receipt: Receipt, note: String) -> Act {
        Act::new(self.psa.clone(), self.keeper.desk(), self.clock.clone(), self.post.clone(), receipt, note)
    }

    pub(super) fn take_act(&mut self, news: ActNews) {
        match news {
            ActNews::Begun(receipt) => {
                if let Some(answer) = self.answers.remove(&receipt.id) {
                    let _ = answer.send(Ok(Reply::Started { receipt: Box::new(receipt.clone()) }));
                }
                self.approve_held(&receipt);
                self.keep_receipt(receipt);
            }
            ActNews::NotBegun { receipt, why } => self.take_back(&receipt, &why),
            ActNews::Stalled { receipt, why } => {
                let number = self.receipts.get(&receipt).map(|held| held.number.clone());
                let stalled = stalled(&number.unwrap_or_default());
                self.unwarn(&stalled);
                self.warn(format!("{stalled}: {why}"));
            }
            ActNews::Over { receipt, ticket } => {
                self.acting.remove(&receipt.ticket);
                self.unwarn(&stalled(&receipt.number));
                let (id, of) = (receipt.id.clone(), receipt.ticket.clone());
                // Before the ticket is looked at again, which tells our changes from a person's.
                self.keep_receipt(receipt);
                if let Some(ticket) = ticket {
                    self.renew(*ticket);
                }
                self.hold_left_alone(&of, &id);
                let raced = self.receipts.get(&id).map(races::warnings).unwrap_or_default();
                raced.iter().for_each(|warning| self.warn(warning));
                // The rules held still while it was under way.
                self.board.change(&of);
                self.tell_settled(&id);
                self.refresh.notify_one();
            }
        }
    }

    /// Nothing was sent: as if it had never been asked.
    fn take_back(&mut self, receipt: &Receipt, why: &Plain) {
        self.acting.remove(&receipt.ticket);
        self.frozen_journal = true;
        let tried_again = self.receipt(&receipt.id).is_ok();
        if !tried_again {
            self.forget_intent(receipt);
        }
        let what = format!("the journal cannot be written, so nothing is sent: {why}");
        self.warn(&what);
        if let Some(answer) = self.answers.remove(&receipt.id) {
            let _ = answer.send(Err(Refusal::new(what)));
        }
    }

    fn forget_intent(&mut self, receipt: &Receipt) {
        self.own_receipts.remove(&receipt.id);
        if let Some(record) = self.board.change(&receipt.ticket).filter(|_| receipt.purpose == Purpose::Escalate) {
            record.episode.undone(receipt.level);
        }
    }

    /// A proposal of the same kind is what was carried out.
    fn approve_held(&mut self, receipt: &Receipt) {
        let held = self.board.record(&receipt.ticket).and_then(|record| record.proposal.clone());
        if let Some(mut proposal) = held.filter(|held| held.state == ProposalState::Waiting) {
            let same = proposal.draft.purpose == receipt.purpose && proposal.draft.level == receipt.level;
            proposal.state = match same {
                true => ProposalState::Approved(receipt.id.clone()),
                false => ProposalState::Lapsed,
            };
            self.put_proposal(&receipt.ticket.clone(), proposal);
        }
    }

    pub(super) fn keep_receipt(&mut self, receipt: Receipt) {
        self.receipts.put(receipt.clone());
        let news = News::Receipt { ticket: receipt.ticket.clone(), receipt: Box::new(receipt) };
        self.board.say(self.clock.now(), news);
    }
}

/// How the warning begins that an act on this ticket waits for the PSA.
fn stalled(number: &Plain) -> String {
    format!("changing {number} waits")
}

fn planned(id: ReceiptId, ticket: &Ticket, draft: &Draft, by: Actor, at: jiff::Timestamp) -> Receipt {
    let planned = |change: &Change| FieldResult::new(change.clone(), FieldOutcome::Planned);
    Receipt {
        id,
        ticket: ticket.id.clone(),
        number: ticket.number.clone(),
        by,
        at,
        purpose: draft.purpose.clone(),
        rule: draft.rule.clone(),
        level: draft.level,
        due_at: None,
        why: draft.evidence.facts.clone(),
        fields: draft.changes.iter().map(planned).collect(),
        side_effects: Vec::new(),
        note: NoteOutcome::Planned,
        state: ReceiptState::UnderWay,
    }
}

fn images(ticket: &Ticket, writable: &[Field]) -> BTreeMap<Field, Option<FieldValue>> {
    writable.iter().map(|field| (*field, ticket.fields.get(field).cloned())).collect()
}
