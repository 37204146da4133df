//! Storms: the same symptom told by several clients within minutes. Looked for whenever a ticket
//! comes, closes or leaves; told once.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Judgement, Plain, Report, Storm, StormId, StormRules, TicketId, TicketRecord, storms};
use crate::hooks::{Happening, StormBegun};
use crate::seat::News;
use crate::text;

use super::Engine;

/// How long ago a ticket may have been opened.
const YOUNG: SignedDuration = SignedDuration::from_hours(24);

pub(super) struct Storms {
    rules: StormRules,
    /// What open young tickets were opened with.
    reports: HashMap<TicketId, Report>,
    storms: Vec<Storm>,
    /// The storm of each ticket that is in one.
    of: HashMap<TicketId, StormId>,
    /// Tickets of storms that were told to webhooks.
    told: HashSet<TicketId>,
    /// Something came or went since they were looked for.
    outdated: bool,
}

impl Storms {
    pub(super) fn new(rules: StormRules) -> Self {
        Self {
            rules,
            reports: HashMap::new(),
            storms: Vec::new(),
            of: HashMap::new(),
            told: HashSet::new(),
            outdated: false,
        }
    }

    pub(super) fn of(&self, ticket: &TicketId) -> Option<&StormId> {
        self.of.get(ticket)
    }

    pub(super) fn all(&self) -> &[Storm] {
        &self.storms
    }

    /// Takes note of a ticket as it stands.
    fn note(&mut self, record: &TicketRecord, now: Timestamp) {
        let ticket = &record.ticket;
        let young = now.duration_since(ticket.opened_at) < YOUNG;
        if ticket.closed || !young {
            return self.forget(&ticket.id);
        }
        let Some(report) = report(record) else { return };
        self.outdated |= self.reports.get(&ticket.id) != Some(&report);
        self.reports.insert(ticket.id.clone(), report);
    }

    pub(super) fn forget(&mut self, ticket: &TicketId) {
        self.outdated |= self.reports.remove(ticket).is_some();
    }

    /// They were told before this engine began.
    pub(super) fn remember(&mut self, tickets: impl IntoIterator<Item = TicketId>) {
        self.told.extend(tickets);
    }

    /// Looks again; says whose storm is another than before, and which storms are new to webhooks.
    fn look(&mut self) -> (HashSet<TicketId>, Vec<Storm>) {
        self.outdated = false;
        let reports: Vec<Report> = self.reports.values().cloned().collect();
        self.storms = storms(&reports, &self.rules);
        let of = self.storms.iter().flat_map(|storm| storm.tickets.iter().map(|id| (id.clone(), storm.id.clone())));
        let before = std::mem::replace(&mut self.of, of.collect());
        let all = before.keys().chain(self.of.keys());
        let moved = all.filter(|id| before.get(*id) != self.of.get(*id)).cloned().collect();
        let mut begun = Vec::new();
        for storm in &self.storms {
            if !storm.tickets.iter().any(|ticket| self.told.contains(ticket)) {
                begun.push(storm.clone());
            }
            self.told.extend(storm.tickets.iter().cloned());
        }
        (moved, begun)
    }
}

/// What a ticket was opened with: its summary, and the first words its customer wrote.
fn report(record: &TicketRecord) -> Option<Report> {
    let ticket = &record.ticket;
    let client = ticket.client.as_ref()?.name.clone();
    let first = record.messages().iter().find(|heard| heard.message.is_customers())?;
    let cleaned = text::clean(&first.message, ticket.summary.as_str());
    let said = cleaned.map(|cleaned| cleaned.text).unwrap_or_default();
    let triage = record.triage.as_ref().and_then(|triage| Judgement::reading(&triage.judgement));
    let category: Option<Plain> =
        triage.and_then(|reading| reading.value.category.as_ref()).map(|judged| judged.value.label.clone());
    Some(Report::new(ticket.id.clone(), client, ticket.opened_at, category, ticket.summary.as_str(), &said))
}

impl Engine {
    /// A ticket came, changed or was read.
    pub(super) fn note_report(&mut self, ticket: &TicketId) {
        if let Some(record) = self.board.record(ticket) {
            self.storms.note(record, self.clock.now());
        }
    }

    /// What lies here already, and what grew too old meanwhile.
    pub(super) fn note_reports(&mut self) {
        let now = self.clock.now();
        self.board.records().for_each(|record| self.storms.note(record, now));
    }

    /// What lies here at the start another engine has seen, and told of.
    pub(super) fn recall_storms(&mut self) {
        self.note_reports();
        let (moved, _) = self.storms.look();
        moved.into_iter().for_each(|ticket| self.board.touch(ticket));
    }

    /// Looks for storms where something changed; a new one is told once.
    pub(super) fn watch_storms(&mut self) {
        if !self.storms.outdated {
            return;
        }
        let before = self.storms.storms.clone();
        let (moved, begun) = self.storms.look();
        moved.into_iter().for_each(|ticket| self.board.touch(ticket));
        if self.storms.storms != before {
            self.board.say(self.clock.now(), News::Storms { storms: self.storms.storms.clone() });
        }
        for storm in begun {
            self.tell_hooks(Happening::StormBegun(StormBegun::from(&storm)));
        }
    }
}
