//! Carrying out a receipt: intent to the journal, fields, note, settlement. Every step can be taken
//! up again after a crash, and nothing is written over what a person changed meanwhile.
//!
//! No PSA has a compare-and-swap, so one request's time remains between the last look and the
//! write.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use crate::domain::{
    Actor, Change, Clock, Draft, Field, FieldOutcome, FieldResult, FieldValue, MessageId, NoteOutcome, Plain,
    ProposalState, Receipt, ReceiptId, ReceiptState, Ticket,
};
use crate::journal::{self, Event, Unsettled};
use crate::psa::{Psa, PsaError};
use crate::seat::{News, Refusal, Reply};

use super::keeper::Desk;
use super::{Engine, InternalNews, Post, new_receipt_id};

/// The first and the longest wait while the PSA cannot be written.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// How far before its intent our own note is looked for: clocks differ.
const NOTE_OVERLAP: SignedDuration = SignedDuration::from_hours(1);

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
        if let Some(record) = self.board.change(&draft.ticket) {
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

    fn act(&self, receipt: Receipt, note: String) -> Act {
        Act {
            psa: self.psa.clone(),
            desk: self.keeper.desk(),
            clock: self.clock.clone(),
            post: self.post.clone(),
            receipt,
            note,
            look_for_note: false,
            may_have_sent: false,
            after: None,
        }
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
                let number = self.receipts.iter().find(|held| held.id == receipt).map(|held| held.number.clone());
                let stalled = stalled(&number.unwrap_or_default());
                self.unwarn(&stalled);
                self.warn(format!("{stalled}: {why}"));
            }
            ActNews::Over { receipt, ticket } => {
                self.acting.remove(&receipt.ticket);
                self.unwarn(&stalled(&receipt.number));
                if let Some(ticket) = ticket {
                    self.renew(*ticket);
                }
                // The rules held still while it was under way.
                self.board.change(&receipt.ticket);
                self.keep_receipt(receipt);
                self.refresh.notify_one();
            }
        }
    }

    /// Nothing was sent: as if it had never been asked.
    fn take_back(&mut self, receipt: &Receipt, why: &Plain) {
        self.acting.remove(&receipt.ticket);
        self.own_receipts.remove(&receipt.id);
        self.frozen_journal = true;
        if let Some(record) = self.board.change(&receipt.ticket) {
            record.episode.undone(receipt.level);
        }
        let what = format!("the journal cannot be written, so nothing is sent: {why}");
        self.warn(&what);
        if let Some(answer) = self.answers.remove(&receipt.id) {
            let _ = answer.send(Err(Refusal::new(what)));
        }
    }

    /// A proposal of the same level is what was carried out.
    fn approve_held(&mut self, receipt: &Receipt) {
        let held = self.board.record(&receipt.ticket).and_then(|record| record.proposal.clone());
        if let Some(mut proposal) = held.filter(|held| held.state == ProposalState::Waiting) {
            proposal.state = match proposal.draft.level == receipt.level {
                true => ProposalState::Approved(receipt.id.clone()),
                false => ProposalState::Lapsed,
            };
            self.put_proposal(&receipt.ticket.clone(), proposal);
        }
    }

    pub(super) fn keep_receipt(&mut self, receipt: Receipt) {
        match self.receipts.iter_mut().find(|held| held.id == receipt.id) {
            Some(held) => *held = receipt.clone(),
            None => self.receipts.push(receipt.clone()),
        }
        let news = News::Receipt { ticket: receipt.ticket.clone(), receipt: Box::new(receipt) };
        self.board.say(self.clock.now(), news);
    }
}

/// How the warning begins that an act on this ticket waits for the PSA.
fn stalled(number: &Plain) -> String {
    format!("escalating {number} waits")
}

fn planned(id: ReceiptId, ticket: &Ticket, draft: &Draft, by: Actor, at: jiff::Timestamp) -> Receipt {
    let planned = |change: &Change| FieldResult { change: change.clone(), outcome: FieldOutcome::Planned };
    Receipt {
        id,
        ticket: ticket.id.clone(),
        number: ticket.number.clone(),
        by,
        at,
        rule: draft.rule.clone(),
        level: draft.level,
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

/// One receipt on its way.
struct Act {
    psa: Arc<dyn Psa>,
    desk: Desk,
    clock: Clock,
    post: Post,
    receipt: Receipt,
    note: String,
    /// It may have been written already: look before writing.
    look_for_note: bool,
    /// The values may have been sent already: a field that holds ours was changed by us.
    may_have_sent: bool,
    after: Option<Ticket>,
}

impl Act {
    async fn begin(mut self, before: BTreeMap<Field, Option<FieldValue>>) {
        let intent = Event::intent(self.receipt.clone(), before, &self.note);
        let written = match self.desk.stash(&self.receipt.id, self.note.clone()).await {
            Ok(()) => self.desk.record(self.receipt.at, intent).await,
            Err(why) => Err(why),
        };
        if let Err(why) = written {
            return self.tell(ActNews::NotBegun { receipt: self.receipt.clone(), why }).await;
        }
        self.tell(ActNews::Begun(self.receipt.clone())).await;
        self.carry_on().await;
    }

    async fn resume(mut self, note_sha256: String) {
        (self.look_for_note, self.may_have_sent) = (true, true);
        let stashed = self.desk.stashed(&self.receipt.id).await;
        let as_intended = stashed.filter(|note| journal::note_sha256(note) == note_sha256);
        self.note = as_intended.unwrap_or_else(|| plain_note(&self.receipt));
        self.carry_on().await;
    }

    async fn carry_on(&mut self) {
        if self.receipt.fields.iter().any(|field| field.outcome == FieldOutcome::Planned) {
            self.send_fields().await;
            let fields = self.receipt.fields.clone();
            self.record(Event::FieldsSent { receipt: self.receipt.id.clone(), fields }).await;
        }
        if self.receipt.note == NoteOutcome::Planned {
            self.receipt.note = self.send_note().await;
            let note = self.receipt.note.clone();
            self.record(Event::NoteSent { receipt: self.receipt.id.clone(), note }).await;
        }
        self.settle().await;
    }

    /// Looks again, sends what is still to be sent, and looks at what came of it.
    async fn send_fields(&mut self) {
        let id = self.receipt.ticket.clone();
        loop {
            let psa = self.psa.clone();
            let now = match self.patient(|| psa.ticket(&id)).await {
                Ok(ticket) => ticket,
                Err(error) => return self.refuse_planned(&error),
            };
            let wanted = self.still_wanted(&now);
            if wanted.is_empty() {
                self.after = Some(now);
                return;
            }
            self.may_have_sent = true;
            match self.psa.update(&id, &wanted).await {
                Ok(after) => return self.compare(&now, after),
                Err(error) if error.is_transient() => self.wait(&error, 0).await,
                // One bad value must not sink the others.
                Err(_) if wanted.len() > 1 => return self.send_one_by_one(&now, wanted).await,
                Err(error) => return self.refuse_planned(&error),
            }
        }
    }

    async fn send_one_by_one(&mut self, before: &Ticket, wanted: Vec<(Field, FieldValue)>) {
        let id = self.receipt.ticket.clone();
        let mut last = before.clone();
        for value in wanted {
            let psa = self.psa.clone();
            let sent = [value];
            match self.patient(|| psa.update(&id, &sent)).await {
                Ok(after) => last = after,
                Err(error) => self.set(sent[0].0, FieldOutcome::Refused(Plain::new(&error.to_string()))),
            }
        }
        self.compare(before, last);
    }

    /// The values that are still to be sent; fields that hold them already, or that a person
    /// changed since, are settled.
    fn still_wanted(&mut self, now: &Ticket) -> Vec<(Field, FieldValue)> {
        let mut wanted = Vec::new();
        for result in self.receipt.fields.iter_mut().filter(|result| result.outcome == FieldOutcome::Planned) {
            let Change { field, before, after } = &result.change;
            let holds = now.fields.get(field);
            let token = |value: Option<&FieldValue>| value.map(|value| value.token.clone());
            if token(holds) == Some(after.token.clone()) {
                result.outcome = if self.may_have_sent { FieldOutcome::Changed } else { FieldOutcome::AlreadySo };
            } else if token(holds) != token(before.as_ref()) {
                result.outcome = FieldOutcome::LeftAlone(label(holds));
            } else {
                wanted.push((*field, after.clone()));
            }
        }
        wanted
    }

    /// What the PSA holds after our values, and what else it changed.
    fn compare(&mut self, before: &Ticket, after: Ticket) {
        for result in self.receipt.fields.iter_mut().filter(|result| result.outcome == FieldOutcome::Planned) {
            let holds = after.fields.get(&result.change.field);
            let ours = holds.is_some_and(|holds| holds.token == result.change.after.token);
            result.outcome = if ours { FieldOutcome::Changed } else { FieldOutcome::Overruled(label(holds)) };
        }
        let asked = |field: &Field| self.receipt.fields.iter().any(|result| result.change.field == *field);
        let none = FieldValue::new("–", "");
        self.receipt.side_effects = self
            .psa
            .kind()
            .writable()
            .iter()
            .filter(|field| !asked(field) && before.fields.get(field) != after.fields.get(field))
            .map(|field| Change {
                field: *field,
                before: before.fields.get(field).cloned(),
                after: after.fields.get(field).unwrap_or(&none).clone(),
            })
            .collect();
        self.after = Some(after);
    }

    fn refuse_planned(&mut self, error: &PsaError) {
        let why = Plain::new(&error.to_string());
        for result in self.receipt.fields.iter_mut().filter(|result| result.outcome == FieldOutcome::Planned) {
            result.outcome = FieldOutcome::Refused(why.clone());
        }
    }

    fn set(&mut self, field: Field, outcome: FieldOutcome) {
        if let Some(result) = self.receipt.fields.iter_mut().find(|result| result.change.field == field) {
            result.outcome = outcome;
        }
    }

    /// Writes the note once: whenever it may have been written already, it is looked for first.
    async fn send_note(&mut self) -> NoteOutcome {
        let text = self.whole_note();
        let id = self.receipt.ticket.clone();
        let mut failures = 0;
        loop {
            if self.look_for_note {
                match self.find_note().await {
                    Ok(Some(found)) => return NoteOutcome::Written(found),
                    Ok(None) => {}
                    Err(error) => return NoteOutcome::Refused(Plain::new(&error.to_string())),
                }
            }
            self.look_for_note = true;
            match self.psa.add_internal_note(&id, &text).await {
                Ok(note) => return NoteOutcome::Written(note),
                Err(error) if error.is_transient() => self.wait(&error, failures).await,
                Err(error) => return NoteOutcome::Refused(Plain::new(&error.to_string())),
            }
            failures += 1;
        }
    }

    async fn find_note(&mut self) -> Result<Option<MessageId>, PsaError> {
        let tickets = [self.receipt.ticket.clone()];
        let since = self.receipt.at - NOTE_OVERLAP;
        let psa = self.psa.clone();
        let messages = self.patient(|| psa.messages(&tickets, since)).await?;
        let ours = messages
            .into_iter()
            .find(|message| ReceiptId::find_in(&message.body.raw).is_some_and(|found| found == self.receipt.id));
        Ok(ours.map(|message| message.id))
    }

    /// The note as planned, what turned out otherwise, who did it, and the marker.
    fn whole_note(&self) -> String {
        let otherwise: Vec<String> = self
            .receipt
            .fields
            .iter()
            .filter(|result| result.outcome != FieldOutcome::Changed)
            .map(|result| format!("- {}{}", result.change, result.outcome.remark()))
            .collect();
        let side_effects: Vec<String> = self.receipt.side_effects.iter().map(|change| format!("- {change}")).collect();
        let mut text = self.note.clone();
        for (title, lines) in [("Not as planned", otherwise), ("Changed by the PSA along with it", side_effects)] {
            if !lines.is_empty() {
                text.push_str(&format!("\n\n{title}\n{}", lines.join("\n")));
            }
        }
        let by = match &self.receipt.by {
            Actor::Rule => "the rule, by itself".to_owned(),
            Actor::Person(name) => name.to_string(),
        };
        format!("{text}\n\nCarried out by {by}. {}", self.receipt.id.marker())
    }

    async fn settle(&mut self) {
        let well = |result: &FieldResult| matches!(result.outcome, FieldOutcome::Changed | FieldOutcome::AlreadySo);
        let whole = self.receipt.fields.iter().all(well) && matches!(self.receipt.note, NoteOutcome::Written(_));
        self.receipt.state = if whole { ReceiptState::Done } else { ReceiptState::Partial };
        self.record(Event::Settled { receipt: self.receipt.clone() }).await;
        self.desk.drop_note(&self.receipt.id).await;
        // The note moved the ticket once more; the next poll brings that.
        let ticket = self.after.take().map(Box::new);
        self.tell(ActNews::Over { receipt: self.receipt.clone(), ticket }).await;
    }

    /// Steps after the intent: what was sent was sent, so a journal that fails now is reported by
    /// its own next write and does not stop the work.
    async fn record(&self, event: Event) {
        if let Err(why) = self.desk.record(self.clock.now(), event).await {
            tracing::error!(receipt = %self.receipt.id, %why, "a step could not be journalled");
        }
    }

    /// Repeats `call` until it succeeds or fails for good.
    async fn patient<T, F: Future<Output = Result<T, PsaError>>>(&self, call: impl Fn() -> F) -> Result<T, PsaError> {
        let mut failures = 0;
        loop {
            match call().await {
                Err(error) if error.is_transient() => self.wait(&error, failures).await,
                settled => return settled,
            }
            failures += 1;
        }
    }

    async fn wait(&self, error: &PsaError, failures: u32) {
        let why = Plain::new(&error.to_string());
        self.tell(ActNews::Stalled { receipt: self.receipt.id.clone(), why }).await;
        let wait = (FIRST_WAIT * 2u32.saturating_pow(failures.min(8))).min(LONGEST_WAIT);
        self.clock.sleep(wait).await;
    }

    async fn tell(&self, news: ActNews) {
        self.post.send(InternalNews::Act(news)).await;
    }
}

fn label(value: Option<&FieldValue>) -> Plain {
    value.map_or_else(|| Plain::new("nothing"), |value| value.label.clone())
}

/// The note's stand-in where its private file is gone or changed: the facts of the receipt.
fn plain_note(receipt: &Receipt) -> String {
    let fields: Vec<String> = receipt.fields.iter().map(|result| format!("- {}", result.change)).collect();
    let why: Vec<String> = receipt.why.iter().map(|fact| format!("- {fact}")).collect();
    format!(
        "Triage note: rule \"{}\", level {}.\n\nChanged\n{}\n\nWhy\n{}",
        receipt.rule,
        receipt.level,
        fields.join("\n"),
        why.join("\n")
    )
}
