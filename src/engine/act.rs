//! Carrying out a receipt: intent to the journal, fields, note, settlement. Every step can be taken
//! up again after a crash, and nothing is written over what a person changed meanwhile.
//!
//! No PSA has a compare-and-swap, so one request's time remains between the last look and the
//! write. Where the PSA's history tells what was overwritten in it, [`races`] says so.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::{
    Actor, Change, Clock, Field, FieldOutcome, FieldResult, FieldValue, Message, MessageId, NoteOutcome, Plain,
    Purpose, Receipt, ReceiptState, Speaker, Ticket, Visibility,
};
use crate::journal::{self, Event};
use crate::psa::{Psa, PsaError};

use super::acting::ActNews;
use super::keeper::Desk;
use super::{InternalNews, Post, races};

/// The first and the longest wait while the PSA cannot be written.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// What a PSA does after we gave up waiting for it, it does within this time.
const LATE_COMMIT: Duration = Duration::from_secs(60);

/// How long a PSA that cannot be written is waited for before a person is asked.
const LONGEST_TRY: SignedDuration = SignedDuration::from_hours(24);

/// How often a refusal is doubted.
const MOST_DOUBTS: u32 = 2;

/// How far before its intent our own note is looked for: clocks differ.
const NOTE_OVERLAP: SignedDuration = SignedDuration::from_hours(1);

/// One receipt on its way.
pub(super) struct Act {
    psa: Arc<dyn Psa>,
    desk: Desk,
    clock: Clock,
    post: Post,
    receipt: Receipt,
    note: String,
    begun: Timestamp,
    /// It may have been written already: look before writing.
    look_for_note: bool,
    /// The values may have been sent already: a field that holds ours was changed by us.
    may_have_sent: bool,
    /// As it was before anything was sent.
    before: Option<Ticket>,
    after: Option<Ticket>,
}

impl Act {
    pub(super) fn new(psa: Arc<dyn Psa>, desk: Desk, clock: Clock, post: Post, receipt: Receipt, note: String) -> Self {
        let (look_for_note, may_have_sent, begun) = (false, false, clock.now());
        Self { psa, desk, clock, post, receipt, note, begun, look_for_note, may_have_sent, before: None, after: None }
    }

    pub(super) async fn begin(mut self, before: BTreeMap<Field, Option<FieldValue>>) {
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

    /// Sends once more what was refused.
    pub(super) async fn retry(mut self, by: Actor) {
        (self.look_for_note, self.may_have_sent) = (true, true);
        let event = Event::Retried { receipt: self.receipt.id.clone(), by };
        if let Err(why) = self.desk.record(self.clock.now(), event).await {
            return self.tell(ActNews::NotBegun { receipt: self.receipt.clone(), why }).await;
        }
        self.tell(ActNews::Begun(self.receipt.clone())).await;
        let stashed = self.desk.stashed(&self.receipt.id).await;
        self.note = stashed.unwrap_or_else(|| plain_note(&self.receipt));
        self.carry_on().await;
    }

    pub(super) async fn resume(mut self, note_sha256: String) {
        (self.look_for_note, self.may_have_sent) = (true, true);
        let stashed = self.desk.stashed(&self.receipt.id).await;
        let as_intended = stashed.filter(|note| journal::note_sha256(note) == note_sha256);
        self.note = as_intended.unwrap_or_else(|| plain_note(&self.receipt));
        self.carry_on().await;
    }

    async fn carry_on(&mut self) {
        if self.receipt.fields.iter().any(|field| field.outcome == FieldOutcome::Planned) {
            self.send_fields().await;
            races::mark(&*self.psa, &self.clock, &mut self.receipt, self.before.as_ref()).await;
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

    /// Sends what is still to be sent: all at once, and one by one where the PSA refuses that, since one
    /// bad value must not sink the others.
    async fn send_fields(&mut self) {
        let planned: Vec<Field> = self.planned().map(|result| result.change.field).collect();
        let Err(error) = self.send(&planned).await else { return };
        if planned.len() == 1 || !matches!(error, PsaError::Invalid { .. } | PsaError::Forbidden { .. }) {
            return self.refuse(&planned, &error);
        }
        for field in planned {
            if let Err(error) = self.send(&[field]).await {
                self.refuse(&[field], &error);
            }
        }
    }

    /// Looks again, sends what is still wanted of `fields`, and looks at what came of it. A refusal is
    /// believed once it was repeated: some PSAs say no in the same way when they broke down, perhaps
    /// after they took the values.
    async fn send(&mut self, fields: &[Field]) -> Result<(), PsaError> {
        let (id, psa) = (self.receipt.ticket.clone(), self.psa.clone());
        let (mut failures, mut refusals) = (0, 0);
        loop {
            let now = self.patient(|| psa.ticket(&id)).await?;
            let wanted = self.still_wanted(&now, fields);
            if wanted.is_empty() {
                self.after = Some(now);
                return Ok(());
            }
            self.before.get_or_insert(now);
            self.may_have_sent = true;
            match psa.update(&id, &wanted).await {
                Ok(after) => {
                    self.compare(after, fields);
                    return Ok(());
                }
                Err(error) if self.may_pass(&error) => {
                    self.wait(&error, failures).await;
                    failures += 1;
                }
                Err(PsaError::Invalid { .. }) if refusals < MOST_DOUBTS => {
                    refusals += 1;
                    self.clock.sleep(FIRST_WAIT).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The values that are still to be sent; fields that hold them already, or that a person
    /// changed since, are settled.
    fn still_wanted(&mut self, now: &Ticket, fields: &[Field]) -> Vec<(Field, Option<FieldValue>)> {
        let (mut wanted, sent) = (Vec::new(), self.may_have_sent);
        for result in self.planned_mut(fields) {
            let Change { field, before, after } = &result.change;
            if now.holds(*field, after.as_ref()) {
                result.outcome = if sent { FieldOutcome::Changed } else { FieldOutcome::AlreadySo };
            } else if !now.holds(*field, before.as_ref()) {
                result.outcome = FieldOutcome::LeftAlone(label(now.fields.get(field)));
            } else {
                wanted.push((*field, after.clone()));
            }
        }
        wanted
    }

    /// What the PSA holds after our values, and what else it changed.
    fn compare(&mut self, after: Ticket, fields: &[Field]) {
        for result in self.planned_mut(fields) {
            let (field, ours) = (result.change.field, result.change.after.as_ref());
            result.outcome = match after.holds(field, ours) {
                true => FieldOutcome::Changed,
                false => FieldOutcome::Overruled(label(after.fields.get(&field))),
            };
        }
        self.receipt.side_effects = self.side_effects(&after);
        let due_before = self.before.as_ref().and_then(|before| before.due_at);
        self.receipt.due_at = after.due_at.filter(|due| due_before != Some(*due));
        self.after = Some(after);
    }

    fn side_effects(&self, after: &Ticket) -> Vec<Change> {
        let Some(before) = &self.before else { return Vec::new() };
        let asked = |field: &Field| self.receipt.fields.iter().any(|result| result.change.field == *field);
        let writable = self.psa.kind().writable().iter();
        let moved = writable.filter(|field| !asked(field) && before.fields.get(field) != after.fields.get(field));
        let change = |field: &Field| Change {
            field: *field,
            before: before.fields.get(field).cloned(),
            after: after.fields.get(field).cloned(),
        };
        moved.map(change).collect()
    }

    fn planned(&self) -> impl Iterator<Item = &FieldResult> {
        self.receipt.fields.iter().filter(|result| result.outcome == FieldOutcome::Planned)
    }

    /// Those of `fields` whose outcome is not known.
    fn planned_mut(&mut self, fields: &[Field]) -> impl Iterator<Item = &mut FieldResult> {
        let planned = |result: &&mut FieldResult| {
            result.outcome == FieldOutcome::Planned && fields.contains(&result.change.field)
        };
        self.receipt.fields.iter_mut().filter(planned)
    }

    fn refuse(&mut self, fields: &[Field], error: &PsaError) {
        let why = Plain::new(&error.to_string());
        self.planned_mut(fields).for_each(|result| result.outcome = FieldOutcome::Refused(why.clone()));
    }

    /// Writes the note once: whenever it may have been written already, it is looked for first. A
    /// refusal is believed as [`Self::send`] does.
    async fn send_note(&mut self) -> NoteOutcome {
        let text = self.whole_note();
        let id = self.receipt.ticket.clone();
        let (mut failures, mut refusals, mut refused) = (0, 0, None);
        loop {
            if self.look_for_note {
                match self.find_note().await {
                    Ok(Some(found)) => return NoteOutcome::Written(found),
                    Ok(None) => {}
                    Err(error) => return NoteOutcome::Refused(Plain::new(&error.to_string())),
                }
            }
            if let Some(error) = refused {
                return NoteOutcome::Refused(error);
            }
            self.look_for_note = true;
            match self.psa.add_internal_note(&id, &text).await {
                Ok(note) => return NoteOutcome::Written(note),
                Err(error) if self.may_pass(&error) && matches!(error, PsaError::Throttled { .. }) => {
                    self.wait(&error, failures).await;
                }
                Err(error) if self.may_pass(&error) => {
                    self.wait(&error, failures).await;
                    self.clock.sleep(LATE_COMMIT).await;
                }
                Err(PsaError::Invalid { .. }) if refusals < MOST_DOUBTS => {
                    refusals += 1;
                    self.clock.sleep(FIRST_WAIT).await;
                }
                Err(error @ PsaError::Invalid { .. }) => refused = Some(Plain::new(&error.to_string())),
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
        let marker = self.receipt.id.marker();
        let is_ours = |message: &Message| message.speaker != Speaker::Customer && message.body.raw.contains(&marker);
        match messages.into_iter().find(is_ours) {
            Some(note) if note.visibility == Visibility::Public => Err(PsaError::NotInternal { note: note.id }),
            note => Ok(note.map(|note| note.id)),
        }
    }

    /// The note as planned, what turned out otherwise, who did it, and the marker.
    fn whole_note(&self) -> String {
        let otherwise: Vec<String> = self
            .receipt
            .fields
            .iter()
            .filter(|result| result.outcome != FieldOutcome::Changed || result.raced.is_some())
            .map(|result| format!("- {}{}", result.change, result.remark()))
            .collect();
        let side_effects: Vec<String> = self.receipt.side_effects.iter().map(|change| format!("- {change}")).collect();
        // A quote may hold what looks like a marker; only ours may be found.
        let mut text = self.note.replace("[triage ref", "[ triage ref");
        for (title, lines) in [("Not as planned", otherwise), ("Changed by the PSA along with it", side_effects)] {
            if !lines.is_empty() {
                text.push_str(&format!("\n\n{title}\n{}", lines.join("\n")));
            }
        }
        let by = match &self.receipt.by {
            Actor::Rule => "the rule, by itself".to_owned(),
            Actor::Person(name) => name.to_string(),
        };
        let end = format!("\n\nCarried out by {by}. {}", self.receipt.id.marker());
        cut(&text, self.psa.kind().longest_note(), &end)
    }

    async fn settle(&mut self) {
        let well = |result: &FieldResult| matches!(result.outcome, FieldOutcome::Changed | FieldOutcome::AlreadySo);
        let whole = self.receipt.fields.iter().all(well) && matches!(self.receipt.note, NoteOutcome::Written(_));
        self.receipt.state = if whole { ReceiptState::Done } else { ReceiptState::Partial };
        self.record(Event::Settled { receipt: self.receipt.clone() }).await;
        // A refused note may be tried again.
        if !matches!(self.receipt.note, NoteOutcome::Refused(_)) {
            self.desk.drop_note(&self.receipt.id).await;
        }
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
                Err(error) if self.may_pass(&error) => self.wait(&error, failures).await,
                settled => return settled,
            }
            failures += 1;
        }
    }

    /// Whether it is worth waiting for: what has lasted this long a person shall see to.
    fn may_pass(&self, error: &PsaError) -> bool {
        error.is_transient() && self.clock.now().duration_since(self.begun) < LONGEST_TRY
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

/// `text` and `end` together, with `text` cut where both are too long for the PSA.
fn cut(text: &str, longest: Option<usize>, end: &str) -> String {
    let room = longest.map(|longest| longest.saturating_sub(end.chars().count()));
    match room.filter(|room| text.chars().count() > *room) {
        None => format!("{text}{end}"),
        Some(room) => text.chars().take(room.saturating_sub(1)).chain(['…']).chain(end.chars()).collect(),
    }
}

/// The note's stand-in where its private file is gone or changed: the facts of the receipt.
fn plain_note(receipt: &Receipt) -> String {
    let fields: Vec<String> = receipt.fields.iter().map(|result| format!("- {}", result.change)).collect();
    let why: Vec<String> = receipt.why.iter().map(|fact| format!("- {fact}")).collect();
    let title = match &receipt.purpose {
        Purpose::Escalate => format!("rule \"{}\", level {}", receipt.rule, receipt.level),
        purpose => purpose.word().to_owned(),
    };
    let parts = [("Changed", fields), ("Why", why)].into_iter().filter(|(_, lines)| !lines.is_empty());
    let parts: String = parts.map(|(head, lines)| format!("\n\n{head}\n{}", lines.join("\n"))).collect();
    format!("Triage note: {title}.{parts}")
}

#[cfg(test)]
mod tests;
