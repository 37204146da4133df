//! What people say of tickets here: reviews, corrections, mutes, and the fields they keep their hand
//! on. Local to this workspace; nothing of it goes to the PSA.

use crate::domain::{
    Actor, Field, FieldOutcome, FieldResult, MessageId, Mute, Muted, Plain, ReceiptId, Ticket, TicketId, Verb,
};
use crate::journal::{Event, Said};
use crate::seat::{Ask, Refusal, Reply};

use super::Engine;

impl Engine {
    /// Takes what a person says of a ticket.
    pub(super) fn review(&mut self, ticket: &TicketId, ask: Ask, by: Actor) -> Result<Reply, Refusal> {
        let verb = self.verb(ticket, ask)?;
        self.say_of(ticket, verb, by);
        Ok(Reply::Done)
    }

    /// What is asked, about the ticket as it stands.
    fn verb(&self, ticket: &TicketId, ask: Ask) -> Result<Verb, Refusal> {
        let record = self.board.record(ticket).ok_or_else(|| Refusal::new(format!("no ticket {ticket} here")))?;
        let of = record.latest_from_customer().map(|heard| heard.message.id.clone());
        let customers = |name: &Plain| {
            let found = record.messages().iter().find(|heard| heard.message.id.to_string() == name.as_str());
            let found = found.filter(|heard| heard.tone.is_some()).map(|heard| heard.message.id.clone());
            found.ok_or_else(|| Refusal::new(format!("no message {name} of a customer on {}", record.ticket.number)))
        };
        Ok(match ask {
            Ask::Reviewed => Verb::Reviewed { of },
            Ask::Unreviewed => Verb::Unreviewed,
            Ask::Acknowledged => Verb::Acknowledged { of },
            Ask::Unacknowledged => Verb::Unacknowledged,
            Ask::Snoozed { until } if until <= self.clock.now() => {
                return Err(Refusal::new(format!("{until} is past already")));
            }
            Ask::Snoozed { until } => Verb::Snoozed { of, until },
            Ask::Woken => Verb::Woken,
            Ask::Corrected { message, score } => Verb::Corrected { message: customers(&message)?, score },
            Ask::Uncorrected { message } => Verb::Uncorrected { message: customers(&message)? },
            Ask::Released { field } if !record.review.held().contains(&field) => {
                return Err(Refusal::new(format!(
                    "nobody keeps their hand on the {field} of {}",
                    record.ticket.number
                )));
            }
            Ask::Released { field } => Verb::Released { field },
        })
    }

    /// Takes in and writes down what is said.
    fn say_of(&mut self, ticket: &TicketId, verb: Verb, by: Actor) {
        let now = self.clock.now();
        let Some(record) = self.board.change(ticket) else { return };
        record.review.take(&verb);
        let corrected = match &verb {
            Verb::Corrected { message, score } => {
                let heard = record.message_mut(message).into_iter();
                heard.for_each(|heard| heard.correct(*score, by.clone(), now));
                Some(message.clone())
            }
            Verb::Uncorrected { message } => {
                record.message_mut(message).into_iter().for_each(|heard| heard.uncorrect());
                Some(message.clone())
            }
            _ => None,
        };
        if let Some(id) = corrected {
            self.chart(&id);
        }
        self.journal_later(Event::Review { ticket: ticket.clone(), by, verb });
    }

    /// Mutes for a time; what was muted before is muted anew.
    pub(super) fn mute(&mut self, mute: Mute) -> Result<Reply, Refusal> {
        if mute.until <= self.clock.now() {
            return Err(Refusal::new(format!("{} is past already", mute.until)));
        }
        self.mutes.retain(|held| held.what != mute.what);
        self.mutes.push(mute.clone());
        self.journal_later(Event::Muted { mute });
        self.board.touch_open();
        Ok(Reply::Done)
    }

    /// Ends a mute before its time.
    pub(super) fn unmute(&mut self, what: &Muted, by: Actor) -> Result<Reply, Refusal> {
        let before = self.mutes.len();
        self.mutes.retain(|held| held.what != *what);
        if self.mutes.len() == before {
            return Err(Refusal::new(format!("{what} is not muted")));
        }
        self.journal_later(Event::Unmuted { muted: what.clone(), by });
        self.board.touch_open();
        Ok(Reply::Done)
    }

    /// Mutes whose time is over are forgotten.
    pub(super) fn sweep_mutes(&mut self) {
        let now = self.clock.now();
        self.mutes.retain(|mute| now < mute.until);
    }

    /// A field that rules set holds something new that is not ours: a person set it, and rules leave it
    /// until they release it.
    pub(super) fn notice_hands(&mut self, before: &Ticket, after: &Ticket) {
        if self.acting.contains_key(&after.id) || self.rebuilding {
            return;
        }
        let moved = |field: &Field| before.fields.get(field) != after.fields.get(field);
        let fields: Vec<Field> = self.policy.sets().filter(|field| moved(field)).collect();
        for field in fields {
            let held = self.board.record(&after.id).is_some_and(|record| record.review.held().contains(&field));
            if !held && !self.is_ours(after, field) {
                self.say_of(&after.id, Verb::Held { field }, Actor::Rule);
            }
        }
    }

    /// What was left alone in a receipt, a person had set.
    pub(super) fn hold_left_alone(&mut self, ticket: &TicketId, receipt: &ReceiptId) {
        let left = |field: &&FieldResult| matches!(field.outcome, FieldOutcome::LeftAlone(_));
        let Some(receipt) = self.receipts.get(receipt) else { return };
        let fields: Vec<Field> = receipt.fields.iter().filter(left).map(|field| field.change.field).collect();
        let set_by_rules: Vec<Field> = self.policy.sets().collect();
        for field in fields.into_iter().filter(|field| set_by_rules.contains(field)) {
            self.say_of(ticket, Verb::Held { field }, Actor::Rule);
        }
    }

    /// Whether a receipt left in `field` what it holds now.
    fn is_ours(&self, ticket: &Ticket, field: Field) -> bool {
        self.receipts.of(&ticket.id).any(|receipt| {
            let fields = receipt.fields.iter().map(|result| &result.change);
            let mut changes = fields.chain(&receipt.side_effects).filter(|change| change.field == field);
            changes.any(|change| ticket.holds(field, change.after.as_ref()))
        })
    }

    /// Takes in what the journal tells was said.
    pub(super) fn recall_said(&mut self, said: Said) {
        self.mutes = said.mutes;
        self.said = said.tickets;
        self.sweep_mutes();
        let ids: Vec<TicketId> = self.board.records().map(|record| record.ticket.id.clone()).collect();
        for id in ids {
            self.recall_said_of(&id);
        }
    }

    /// What was said of a ticket before it came (back) to us.
    pub(super) fn recall_said_of(&mut self, ticket: &TicketId) {
        let Some(said) = self.said.get(ticket) else { return };
        let Some(record) = self.board.change(ticket) else { return };
        record.review = said.review.clone();
        let messages: Vec<MessageId> = said.corrections.keys().cloned().collect();
        messages.iter().for_each(|message| self.recall_correction(message));
    }

    /// What was said of a message before it came (back) to us.
    pub(super) fn recall_correction(&mut self, message: &MessageId) {
        let Some((score, by, at)) = self.said.get(&message.ticket).and_then(|said| said.corrections.get(message))
        else {
            return;
        };
        let heard = self.board.change(&message.ticket).and_then(|record| record.message_mut(message));
        if let Some(heard) = heard.filter(|heard| heard.corrected.is_none()) {
            heard.correct(*score, by.clone(), *at);
        }
    }
}
