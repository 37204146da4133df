//! The history of a workspace, to be played again with [`crate::policy::whatif`]: the readings in
//! their order, with what the store and the journal know of their tickets beside.
//!
//! A ticket that the store holds is told with its whole conversation: who wrote when, what was quoted,
//! when it was answered and closed. Its fields are those it holds now, or held before irate first
//! changed them; the status of a closed one is not known. Of a ticket that only the readings know
//! there is what the lines hold: nobody waits on it, and what was judged within a day was live.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::Clients;
use crate::domain::{
    Body, Confidence, Contact, Field, FieldValue, Fields, Heard, Judgement, Message, MessageId, MessageKind, Named,
    Plain, Provenance, Quote, Reading, Speaker, Ticket, TicketId, TicketRecord, Tone, Triage,
};
use crate::journal::{About, Entry, Event, Kept, Outcome, ReadingLine, TriageQuoted};
use crate::policy::tokens_by_label;
use crate::policy::whatif::{Happening, What};

/// Judged within this, a message that only the readings know was live.
const LIVE: SignedDuration = SignedDuration::from_hours(24);

/// How the desk of tickets that only the readings know comes to have answered.
const ANSWERED: SignedDuration = SignedDuration::from_secs(1);

/// What a history is put together from, line by line.
pub struct History<'a> {
    clients: &'a Clients,
    by_label: bool,
    tickets: HashMap<TicketId, Told>,
    /// When each message was first judged.
    judged: HashMap<MessageId, Timestamp>,
    happenings: Vec<Happening>,
    categories: BTreeSet<Plain>,
    basis: Basis,
}

/// What a history rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Basis {
    /// Lines of the readings that hold a reading or why there is none.
    pub readings: u64,
    /// When the first of them was made.
    pub began: Option<Timestamp>,
    /// Tickets that the store holds.
    pub stored: usize,
    /// Tickets that only the readings know.
    pub bare: usize,
    /// Readings of which nothing tells whether they had a quote; those of a model at normal
    /// confidence were taken to have one.
    pub quotes_assumed: u64,
}

/// A history that is complete.
pub struct Complete {
    /// What happened, in the order of time.
    pub happenings: Vec<Happening>,
    /// What it rests on.
    pub basis: Basis,
    /// The categories that readings name.
    pub categories: BTreeSet<Plain>,
}

/// What is known of a ticket beside its lines.
struct Told {
    stored: Option<TicketRecord>,
    first_judged: Option<Timestamp>,
}

impl<'a> History<'a> {
    /// Begins with what store and journal know. `by_label` lets the values of fields be told apart by
    /// their labels, where no lists of the PSA are known.
    pub fn new(records: Vec<TicketRecord>, journal: &[Entry], clients: &'a Clients, by_label: bool) -> Self {
        let mut before = before_us(journal);
        let stored = records.into_iter().map(|mut record| {
            if let Some(fields) = before.remove(&record.ticket.id) {
                restore(&mut record.ticket, fields);
            }
            (record.ticket.id.clone(), Told { stored: Some(record), first_judged: None })
        });
        let tickets: HashMap<TicketId, Told> = stored.collect();
        let basis = Basis { stored: tickets.len(), ..Basis::default() };
        let (judged, happenings, categories) = (HashMap::new(), Vec::new(), BTreeSet::new());
        Self { clients, by_label, tickets, judged, happenings, categories, basis }
    }

    /// Adds the next line of the readings.
    pub fn add(&mut self, line: &ReadingLine) {
        let about = &line.about;
        let id = &about.message.ticket;
        if matches!(line.outcome, Outcome::Unread(_)) {
            return;
        }
        self.basis.readings += 1;
        self.basis.began = Some(self.basis.began.map_or(about.judged_at, |began| began.min(about.judged_at)));
        if !self.tickets.contains_key(id) {
            self.open_bare(line);
        }
        let Some(told) = self.tickets.get_mut(id) else { return };
        told.first_judged.get_or_insert(about.judged_at);
        let is_new = !self.judged.contains_key(&about.message);
        if is_new {
            self.judged.insert(about.message.clone(), about.judged_at);
        }
        let heard = told.stored.as_ref().map(|record| record.message(&about.message));
        if is_new && heard.is_none_or(|heard| heard.is_none()) {
            self.happenings.push(said(line, heard.is_none()));
        }
        let stored = told.stored.as_ref();
        let what = match &line.outcome {
            Outcome::Tone(kept) => tone(line, kept, heard.flatten(), &mut self.basis),
            Outcome::Triage(kept) => triage(line, kept, stored, &mut self.basis),
            Outcome::Unread(_) => None,
        };
        if let Some(What::Triage { judgement: Judgement::Read(reading), .. }) = &what {
            self.categories.extend(reading.value.category.as_ref().map(|category| category.value.label.clone()));
        }
        let (at, ticket) = (about.judged_at, id.clone());
        self.happenings.extend(what.map(|what| Happening { at, ticket, what }));
    }

    /// A ticket that the store does not hold.
    fn open_bare(&mut self, line: &ReadingLine) {
        let about = &line.about;
        let id = about.message.ticket.clone();
        self.basis.bare += 1;
        self.tickets.insert(id.clone(), Told { stored: None, first_judged: None });
        let ticket = Ticket {
            id: id.clone(),
            number: Plain::new(id.as_str()),
            summary: Plain::default(),
            client: about.client.clone().map(|id| Named { name: id.clone(), id }),
            contact: Contact::default(),
            fields: Fields::default(),
            opened_at: about.at,
            changed_at: about.at,
            closed_at: None,
            closed: false,
            due_at: None,
            link: None,
        };
        let what = What::Opened { record: Box::new(TicketRecord::new(ticket)), vip: false };
        self.happenings.push(Happening { at: about.judged_at, ticket: id, what });
    }

    /// Puts everything in the order of time.
    pub fn complete(mut self) -> Complete {
        let mut happenings: Vec<Happening> = Vec::new();
        for told in std::mem::take(&mut self.tickets).into_values() {
            let first_judged = told.first_judged;
            if let Some(record) = told.stored {
                self.tell(record, first_judged, &mut happenings);
            }
        }
        happenings.append(&mut self.happenings);
        // Stable: what is told of a ticket stands before what was made of it in the same moment.
        happenings.sort_by_key(|happening| happening.at);
        Complete { happenings, basis: self.basis, categories: self.categories }
    }

    /// A stored ticket from its opening to its end, without what was made of its messages.
    fn tell(&self, record: TicketRecord, first_judged: Option<Timestamp>, happenings: &mut Vec<Happening>) {
        let id = record.ticket.id.clone();
        let mut said: Vec<Happening> = Vec::new();
        for heard in record.messages() {
            let at = self.arrived(heard, first_judged);
            let heard = Heard { tone: None, ..without_text(heard) };
            said.push(Happening { at, ticket: id.clone(), what: What::Said(Box::new(heard)) });
        }
        let closed_at = record.ticket.closed.then(|| record.ticket.closed_at.unwrap_or(record.ticket.changed_at));
        let opened_at = said.iter().map(|said| said.at).min().unwrap_or(record.ticket.opened_at);
        let mut ticket = record.ticket;
        let vip = self.clients.vip(ticket.client_name());
        if ticket.closed {
            ticket.fields.remove(&Field::Status);
            (ticket.closed, ticket.closed_at) = (false, None);
        }
        if self.by_label {
            tokens_by_label(&mut ticket);
        }
        let mut opened = TicketRecord::new(ticket);
        opened.reopened = record.reopened;
        let what = What::Opened { record: Box::new(opened), vip };
        happenings.push(Happening { at: opened_at, ticket: id.clone(), what });
        happenings.append(&mut said);
        happenings.extend(closed_at.map(|at| Happening { at, ticket: id, what: What::Closed }));
    }

    /// When a message came to be known: a live one as it was written, and what was there before us when
    /// the first of it was judged.
    fn arrived(&self, heard: &Heard, first_judged: Option<Timestamp>) -> Timestamp {
        let written = heard.message.at;
        match heard.provenance {
            Provenance::Backfill | Provenance::Recent => first_judged.unwrap_or(written),
            // Where clocks differ, it may seem to be judged before it was written.
            Provenance::Live => self.judged.get(&heard.message.id).map_or(written, |judged| written.min(*judged)),
        }
    }
}

/// What each ticket held before irate first changed it.
fn before_us(journal: &[Entry]) -> HashMap<TicketId, &BTreeMap<Field, Option<FieldValue>>> {
    let mut first = HashMap::new();
    for entry in journal {
        if let Event::Intent { receipt, before, .. } = &entry.event {
            first.entry(receipt.ticket.clone()).or_insert(before);
        }
    }
    first
}

fn restore(ticket: &mut Ticket, before: &BTreeMap<Field, Option<FieldValue>>) {
    for (field, value) in before {
        match value {
            Some(value) => drop(ticket.fields.insert(*field, value.clone())),
            None => drop(ticket.fields.remove(field)),
        }
    }
}

/// The message of a line; with that the desk answered, where nothing else is known of its ticket.
fn said(line: &ReadingLine, answered: bool) -> Happening {
    let About { message: id, at, judged_at, .. } = &line.about;
    let live = judged_at.duration_since(*at) < LIVE;
    let provenance = if live { Provenance::Live } else { Provenance::Backfill };
    let heard = |id: MessageId, at: Timestamp, speaker: Speaker| {
        Heard::new(Message::without_text(id, at, speaker), provenance, None)
    };
    let customers = heard(id.clone(), *at, Speaker::Customer);
    let (ticket, known_at) = (id.ticket.clone(), if live { *at.min(judged_at) } else { *judged_at });
    if !answered {
        return Happening { at: known_at, ticket, what: What::Said(Box::new(customers)) };
    }
    // Customers book no time, so the name is free.
    let answer = MessageId { kind: MessageKind::TimeEntry, ..id.clone() };
    let answer = heard(answer, at.saturating_add(ANSWERED).unwrap_or(*at), Speaker::Agent);
    Happening { at: *judged_at, ticket, what: What::Exchanged(Box::new([customers, answer])) }
}

fn without_text(heard: &Heard) -> Heard {
    let message = Message { body: Body { raw: String::new(), html: false }, ..heard.message.clone() };
    Heard::new(message, heard.provenance, None)
}

/// The tone of a line: with its quotes where the store holds the same reading still.
fn tone(
    line: &ReadingLine,
    kept: &Kept<crate::journal::ToneNumbers>,
    heard: Option<&Heard>,
    basis: &mut Basis,
) -> Option<What> {
    let mut judgement = line.as_tone()?;
    if let (Judgement::Read(reading), Kept::Read { numbers, .. }) = (&mut judgement, kept) {
        let same = |held: &&Reading<Tone>| {
            held.value.score == reading.value.score && held.origin.model == reading.origin.model
        };
        let held = heard.and_then(|heard| heard.tone.as_ref()?.reading()).filter(same);
        match held {
            Some(held) => reading.value.quotes.clone_from(&held.value.quotes),
            None => reading.value.quotes.extend(proven(numbers.quoted, reading, basis).then(stand_in).flatten()),
        }
    }
    Some(What::Tone { of: line.about.message.clone(), judgement })
}

/// The triage of a line, likewise.
fn triage(
    line: &ReadingLine,
    kept: &Kept<crate::journal::TriageNumbers>,
    stored: Option<&TicketRecord>,
    basis: &mut Basis,
) -> Option<What> {
    let mut judgement = line.as_triage()?;
    if let (Judgement::Read(reading), Kept::Read { numbers, .. }) = (&mut judgement, kept) {
        let of_line = |record: &TicketRecord| record.triage.as_ref().is_some_and(|held| held.of == line.about.message);
        let held =
            stored.filter(|record| of_line(record)).and_then(|record| record.triage.as_ref()?.judgement.reading());
        let same = |held: &&Reading<Triage>| {
            let levels = |triage: &Triage| (triage.urgency.value, triage.impact.value);
            levels(&held.value) == levels(&reading.value) && held.origin.model == reading.origin.model
        };
        let quoted = match held.filter(same) {
            Some(held) => TriageQuoted {
                urgency: held.value.urgency.quote.is_some(),
                impact: held.value.impact.quote.is_some(),
                category: held.value.category.as_ref().is_some_and(|category| category.quote.is_some()),
            },
            None => numbers.quoted.unwrap_or_else(|| {
                let all = proven(None, reading, basis);
                TriageQuoted { urgency: all, impact: all, category: all }
            }),
        };
        reading.value.urgency.quote = quoted.urgency.then(stand_in).flatten();
        reading.value.impact.quote = quoted.impact.then(stand_in).flatten();
        if let Some(category) = &mut reading.value.category {
            category.quote = quoted.category.then(stand_in).flatten();
        }
    }
    Some(What::Triage { of: line.about.message.clone(), judgement })
}

/// Whether a reading had a quote; where the line does not tell, a model's word at normal confidence
/// is taken to have had one.
fn proven<T>(quoted: Option<bool>, reading: &Reading<T>, basis: &mut Basis) -> bool {
    quoted.unwrap_or_else(|| {
        basis.quotes_assumed += 1;
        reading.confidence == Confidence::Normal && !reading.origin.embedded
    })
}

/// Stands for a quote that was verified and not kept.
fn stand_in() -> Option<Quote> {
    static WORDS: std::sync::LazyLock<Option<Quote>> = std::sync::LazyLock::new(|| {
        let words = "a quote that was not kept";
        Quote::verified(words, words)
    });
    WORDS.clone()
}
