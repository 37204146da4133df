//! One entry of the journal for a person: who, when, what, why, and what came of it. The steps of a
//! receipt name it only by its id, so they are told with what its intent said.

use std::collections::HashMap;

use crate::domain::{Actor, Field, FieldResult, NoteOutcome, Plain, Receipt, ReceiptId, ReceiptState, TicketId, Verb};
use crate::journal::{Entry, Event};

/// The columns that fit a screen.
pub(super) const HEADERS: [&str; 7] = ["at", "by", "event", "ticket", "rule", "receipt", "what"];
/// Every column.
pub(super) const ALL_HEADERS: [&str; 12] =
    ["seq", "at", "by", "event", "ticket", "number", "rule", "level", "receipt", "what", "note", "why"];

/// One entry, with what it stands for.
pub(super) struct Deed {
    pub(super) entry: Entry,
    /// A person's unix name, `rule`, or `irate` for what neither decided.
    pub(super) by: String,
    pub(super) ticket: Option<TicketId>,
    pub(super) number: Option<Plain>,
    pub(super) rule: Option<Plain>,
    pub(super) level: Option<u8>,
    pub(super) receipt: Option<ReceiptId>,
    pub(super) fields: Vec<Field>,
    pub(super) state: Option<ReceiptState>,
    pub(super) what: String,
    pub(super) note: String,
    pub(super) why: String,
}

/// Every entry with what it stands for, oldest first.
pub(super) fn deeds(entries: Vec<Entry>) -> Vec<Deed> {
    let mut receipts: HashMap<ReceiptId, Receipt> = HashMap::new();
    let mut deeds = Vec::new();
    for entry in entries {
        if let Event::Intent { receipt, .. } | Event::Settled { receipt } = &entry.event {
            receipts.insert(receipt.id.clone(), receipt.clone());
        }
        let mut deed = Deed::bare(entry);
        if let Some(receipt) = deed.receipt.as_ref().and_then(|id| receipts.get(id)) {
            deed.complete(receipt);
        }
        deeds.push(deed);
    }
    deeds
}

impl Deed {
    /// What the entry says by itself.
    fn bare(entry: Entry) -> Self {
        let mut deed = Self {
            by: "irate".into(),
            ticket: entry.event.ticket().cloned(),
            number: None,
            rule: None,
            level: None,
            receipt: None,
            fields: Vec::new(),
            state: None,
            what: String::new(),
            note: String::new(),
            why: String::new(),
            entry,
        };
        match deed.entry.event.clone() {
            Event::Intent { receipt, note_chars, .. } => {
                deed.what = format!("intends {}", changes(&receipt.fields));
                deed.note = format!("of {note_chars} characters, planned");
                deed.fields_of(&receipt);
                deed.receipt = Some(receipt.id);
            }
            Event::FieldsSent { receipt, fields } => {
                deed.what = format!("sent {}", changes(&fields));
                deed.fields = fields.iter().map(|result| result.change.field).collect();
                deed.receipt = Some(receipt);
            }
            Event::NoteSent { receipt, note } => {
                deed.what = "sent the note".into();
                deed.note = note_words(&note);
                deed.receipt = Some(receipt);
            }
            Event::Settled { receipt } => {
                deed.what = format!("{}: {}", state_words(receipt.state), settled_words(&receipt));
                deed.note = note_words(&receipt.note);
                deed.state = Some(receipt.state);
                deed.fields_of(&receipt);
                deed.receipt = Some(receipt.id);
            }
            Event::Dismissed { rule, level, by, why, .. } => {
                (deed.by, deed.rule, deed.level) = (by.to_string(), Some(rule), Some(level));
                (deed.what, deed.why) = ("dismissed what the rule proposed".into(), why.to_string());
            }
            Event::EpisodeEnded { why, .. } => {
                (deed.what, deed.why) = ("the episode ended, every level may act again".into(), why.to_string());
            }
            Event::SeenElsewhere { receipt, .. } => {
                deed.what = "another irate wrote on the ticket".into();
                deed.receipt = Some(receipt);
            }
            Event::WriteTest { receipt, by, .. } => {
                (deed.by, deed.what) = (by.to_string(), "tried to write".into());
                deed.receipt = Some(receipt);
            }
            Event::StoreRebuilt { why } => {
                (deed.what, deed.why) = ("set the store aside and made it again".into(), why.to_string());
            }
            Event::DamageAccepted { lines, by } => {
                (deed.by, deed.what) = (by.to_string(), format!("accepted damage to {} lines", lines.len()));
            }
            Event::Retried { receipt, by } => {
                (deed.by, deed.what) = (by.to_string(), "has what was refused sent once more".into());
                deed.receipt = Some(receipt);
            }
            Event::Dropped { receipt, by, why } => {
                (deed.by, deed.what, deed.why) = (by.to_string(), "lets rest what was refused".into(), why.to_string());
                deed.receipt = Some(receipt);
            }
            Event::Review { by, verb, .. } => {
                // What rules noticed, no person did here.
                deed.by = if by == Actor::Rule { "irate".into() } else { by.to_string() };
                deed.what = said(&verb);
            }
            Event::Marked { kind, text, by, .. } => {
                deed.by = if by == Actor::Rule { "irate".into() } else { by.to_string() };
                deed.what = format!("marked ({kind}): {text}");
            }
            Event::Muted { mute } => {
                deed.by = mute.by.to_string();
                (deed.what, deed.why) = (format!("muted {} until {}", mute.what, mute.until), mute.why.to_string());
            }
            Event::Unmuted { muted, by } => (deed.by, deed.what) = (by.to_string(), format!("unmuted {muted}")),
            Event::HookQueued { hook, kind, targets, .. } => {
                let targets: Vec<&str> = targets.iter().map(Plain::as_str).collect();
                deed.what = format!("queued {kind} {hook} for {}", targets.join(", "));
            }
            Event::HookDelivered { hook, target, status, attempts } => {
                deed.what = format!("told {target} of {hook}: {status}, attempt {attempts}");
            }
            Event::HookGivenUp { hook, target, why, attempts } => {
                deed.what = format!("gave up telling {target} of {hook} after {attempts} attempts");
                deed.why = why.to_string();
            }
            Event::FileBegun { file, lines, .. } => {
                deed.what = format!("began file {file} of the journal, behind {lines} lines");
            }
            Event::Unknown => deed.what = "written by another version".into(),
        }
        deed
    }

    /// Adds what the intent or the end of its receipt says.
    fn complete(&mut self, receipt: &Receipt) {
        // Who tries it again is another than who began it.
        if self.by == "irate" {
            self.by = receipt.by.to_string();
        }
        self.ticket = Some(receipt.ticket.clone());
        self.number = Some(receipt.number.clone());
        self.rule = Some(receipt.rule.clone());
        self.level = Some(receipt.level);
        self.why = receipt.why.iter().map(|fact| fact.as_str()).collect::<Vec<_>>().join("; ");
    }

    fn fields_of(&mut self, receipt: &Receipt) {
        self.fields = receipt.fields.iter().map(|result| result.change.field).collect();
        self.fields.extend(receipt.side_effects.iter().map(|change| change.field));
    }

    /// What [`HEADERS`] stand over.
    pub(super) fn cells(&self) -> Vec<String> {
        let rule = self.rule.as_ref().map(|rule| match self.level {
            Some(level) => format!("{rule} ({level})"),
            None => rule.to_string(),
        });
        let ticket = self.number.as_ref().map(Plain::as_str).or(self.ticket.as_ref().map(TicketId::as_str));
        let mut what = self.what.clone();
        for (label, text) in [("note", &self.note), ("why:", &self.why)] {
            if !text.is_empty() {
                what.push_str(&format!("; {label} {text}"));
            }
        }
        vec![
            self.entry.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            self.by.clone(),
            self.entry.event.kind().into(),
            or_dash(ticket),
            or_dash(rule.as_deref()),
            or_dash(self.receipt.as_ref().map(ReceiptId::as_str)),
            what,
        ]
    }

    /// What [`ALL_HEADERS`] stand over.
    pub(super) fn all_cells(&self) -> Vec<String> {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        vec![
            self.entry.seq.to_string(),
            self.entry.at.to_string(),
            self.by.clone(),
            self.entry.event.kind().into(),
            text(self.ticket.as_ref().map(TicketId::as_str)),
            text(self.number.as_ref().map(Plain::as_str)),
            text(self.rule.as_ref().map(Plain::as_str)),
            self.level.map_or(String::new(), |level| level.to_string()),
            text(self.receipt.as_ref().map(ReceiptId::as_str)),
            self.what.clone(),
            self.note.clone(),
            self.why.clone(),
        ]
    }
}

fn said(verb: &Verb) -> String {
    match verb {
        Verb::Reviewed { .. } => "reviewed it".into(),
        Verb::Unreviewed => "took the review back".into(),
        Verb::Acknowledged { .. } => "is on it".into(),
        Verb::Unacknowledged => "is not on it any more".into(),
        Verb::Snoozed { until, .. } => format!("lets it rest until {until}"),
        Verb::Woken => "lets it rest no more".into(),
        Verb::Corrected { message, score } => format!("corrected {message} to {score}"),
        Verb::Uncorrected { message } => format!("took the correction of {message} back"),
        Verb::Held { field } => format!("a person set {field}; rules leave it"),
        Verb::Released { field } => format!("rules may set {field} again"),
    }
}

fn or_dash(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).unwrap_or("-").to_owned()
}

fn changes(fields: &[FieldResult]) -> String {
    let change = |result: &FieldResult| match result.outcome {
        crate::domain::FieldOutcome::Planned => result.change.to_string(),
        _ => format!("{}{}", result.change, result.remark()),
    };
    let changes: Vec<String> = fields.iter().map(change).collect();
    if changes.is_empty() { "a note only".into() } else { changes.join(", ") }
}

fn settled_words(receipt: &Receipt) -> String {
    let along: Vec<String> = receipt.side_effects.iter().map(ToString::to_string).collect();
    match along.is_empty() {
        true => changes(&receipt.fields),
        false => format!("{}; the PSA changed along with it {}", changes(&receipt.fields), along.join(", ")),
    }
}

/// The word of a state, as `state:` and the journal spell it.
pub(super) fn state_word(state: ReceiptState) -> &'static str {
    match state {
        ReceiptState::Done => "done",
        ReceiptState::Partial => "partial",
        ReceiptState::Dropped => "dropped",
        ReceiptState::UnderWay => "under_way",
    }
}

fn state_words(state: ReceiptState) -> &'static str {
    match state {
        ReceiptState::Done => "done",
        ReceiptState::Partial => "done in part",
        ReceiptState::Dropped => "done in part, the rest dropped",
        ReceiptState::UnderWay => "under way",
    }
}

fn note_words(note: &NoteOutcome) -> String {
    match note {
        NoteOutcome::Planned => "planned".into(),
        NoteOutcome::Written(id) => format!("written as {id}"),
        NoteOutcome::Refused(why) => format!("refused: {why}"),
    }
}
