//! The records, the rows made of them, and what the seats have been told.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Heard, Pool, Provenance, Row, Storm, Ticket, TicketId, TicketRecord, View};
use crate::seat::{News, Outlet, Status, Update};
use crate::store::Marks;

use super::Lens;
use super::keeper::Position;

/// The shortest time between two status updates.
const STATUS_EVERY: SignedDuration = SignedDuration::from_millis(250);

pub(super) struct Board {
    /// What the tickets have in common.
    pool: Pool,
    records: HashMap<TicketId, Arc<TicketRecord>>,
    rows: BTreeMap<TicketId, Arc<Row>>,
    /// Records whose rows must be made again.
    changed: HashSet<TicketId>,
    /// Records the store has not seen.
    unsaved: HashSet<TicketId>,
    /// Tickets the rules must look at.
    undecided: HashSet<TicketId>,
    outlets: Vec<Outlet>,
    /// The rows as seats were last told of them.
    told: HashMap<TicketId, Arc<Row>>,
    seq: u64,
    status: Option<Status>,
    status_at: Timestamp,
    status_waits: bool,
    saved: Position,
}

/// The tickets that intake knows of.
pub(super) struct Held {
    /// The change up to which each was taken in whole.
    pub(super) whole: HashMap<TicketId, Timestamp>,
    /// Those that are open.
    pub(super) open: HashSet<TicketId>,
    /// Those whose conversation may lack something.
    pub(super) partial: Vec<Ticket>,
}

impl Board {
    /// The tickets of whose history something was read by a model since then.
    pub(super) fn history_read_since(&self, since: Timestamp) -> HashSet<TicketId> {
        let read = |heard: &Heard| {
            let origin = heard.tone.as_ref().and_then(|tone| tone.reading()).map(|reading| &reading.origin);
            heard.provenance == Provenance::Backfill && origin.is_some_and(|it| !it.embedded && it.at >= since)
        };
        let begun = self.records.values().filter(|record| record.messages().iter().any(read));
        begun.map(|record| record.ticket.id.clone()).collect()
    }

    pub(super) fn new(records: Vec<TicketRecord>) -> Self {
        let mut pool = Pool::default();
        let shared = records.into_iter().map(|mut record| {
            record.ticket.share(&mut pool);
            (record.ticket.id.clone(), Arc::new(record))
        });
        let records: HashMap<_, _> = shared.collect();
        Self {
            pool,
            changed: records.keys().cloned().collect(),
            unsaved: HashSet::new(),
            undecided: HashSet::new(),
            rows: BTreeMap::new(),
            records,
            outlets: Vec::new(),
            told: HashMap::new(),
            seq: 0,
            status: None,
            status_at: Timestamp::UNIX_EPOCH,
            status_waits: false,
            saved: Position::default(),
        }
    }

    pub(super) fn record(&self, id: &TicketId) -> Option<&Arc<TicketRecord>> {
        self.records.get(id)
    }

    pub(super) fn records(&self) -> impl Iterator<Item = &Arc<TicketRecord>> {
        self.records.values()
    }

    pub(super) fn row(&self, id: &TicketId) -> Option<&Row> {
        self.rows.get(id).map(Arc::as_ref)
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values().map(Arc::as_ref)
    }

    /// The rows of the tickets after `after`, by id.
    pub(super) fn rows_after(&self, after: Option<&TicketId>) -> impl Iterator<Item = &Arc<Row>> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.rows.range::<TicketId, _>((from, Bound::Unbounded)).map(|(_, row)| row)
    }

    /// What intake need not ask for again.
    pub(super) fn held(&self) -> Held {
        let whole = self.records.iter().filter_map(|(id, record)| Some((id.clone(), record.whole_at?))).collect();
        let is_partial = |record: &&Arc<TicketRecord>| record.whole_at != Some(record.ticket.changed_at);
        let partial = self.records.values().filter(is_partial).map(|record| record.ticket.clone()).collect();
        let open = self.records.iter().filter(|(_, record)| !record.ticket.closed).map(|(id, _)| id.clone()).collect();
        Held { whole, open, partial }
    }

    /// Takes a ticket out.
    pub(super) fn remove(&mut self, id: &TicketId) -> Option<Arc<TicketRecord>> {
        self.unsaved.remove(id);
        self.undecided.remove(id);
        self.changed.remove(id);
        self.rows.remove(id);
        self.told.remove(id);
        self.records.remove(id)
    }

    /// Puts in a ticket that is new.
    pub(super) fn insert(&mut self, mut record: TicketRecord) {
        record.ticket.share(&mut self.pool);
        let id = record.ticket.id.clone();
        self.records.insert(id.clone(), Arc::new(record));
        self.mark(&id);
    }

    /// Keeps what `ticket` has in common with others once.
    pub(super) fn share(&mut self, ticket: &mut Ticket) {
        ticket.share(&mut self.pool);
    }

    /// The record, to be changed: its row, the rules and the store will hear of it.
    pub(super) fn change(&mut self, id: &TicketId) -> Option<&mut TicketRecord> {
        if self.records.contains_key(id) {
            self.mark(id);
        }
        self.records.get_mut(id).map(Arc::make_mut)
    }

    fn mark(&mut self, id: &TicketId) {
        self.changed.insert(id.clone());
        self.unsaved.insert(id.clone());
        self.undecided.insert(id.clone());
    }

    /// Time passes: every open ticket is ranked again, and the rules look at it.
    pub(super) fn touch_open(&mut self) {
        for (id, record) in &self.records {
            if !record.ticket.closed {
                self.changed.insert(id.clone());
                self.undecided.insert(id.clone());
            }
        }
    }

    /// Tickets the rules have not seen as they stand, with their rows made.
    pub(super) fn undecided(&mut self, lens: &Lens<'_>) -> Vec<TicketId> {
        let ids: Vec<TicketId> = self.undecided.drain().collect();
        for id in &ids {
            if let Some(record) = self.records.get(id) {
                self.rows.insert(id.clone(), lens.row(record).into());
            }
        }
        ids
    }

    /// Its row is made again, though it did not change itself.
    pub(super) fn touch(&mut self, id: TicketId) {
        self.changed.insert(id);
    }

    /// The rules shall look at it again.
    pub(super) fn undecide(&mut self, id: TicketId) {
        self.undecided.insert(id);
    }

    /// A change that the rules made themselves: they need not look again.
    pub(super) fn decided(&mut self, id: &TicketId) {
        self.undecided.remove(id);
    }

    /// Makes the rows of what changed and tells the seats of those that differ.
    pub(super) fn tell_rows(&mut self, lens: &Lens<'_>) {
        for id in std::mem::take(&mut self.changed) {
            let Some(record) = self.records.get(&id) else { continue };
            let row = Arc::new(lens.row(record));
            self.rows.insert(id.clone(), row.clone());
            if self.told.get(&id) != Some(&row) {
                self.told.insert(id.clone(), row.clone());
                self.say(lens.now, News::Ticket { ticket: id, row });
            }
        }
    }

    /// Tells every seat; seats that have gone are forgotten.
    pub(super) fn say(&mut self, at: Timestamp, news: News) {
        self.seq += 1;
        let update = Update { seq: self.seq, at, news };
        self.outlets.retain(|outlet| outlet.push(update.clone()));
    }

    /// Whether the status may be told now; a turn that comes too soon is remembered.
    pub(super) fn status_due(&mut self, now: Timestamp) -> bool {
        let due = now.duration_since(self.status_at) >= STATUS_EVERY;
        self.status_waits = !due;
        if due {
            self.status_at = now;
        }
        due
    }

    /// Tells the status when it differs.
    pub(super) fn say_status(&mut self, now: Timestamp, status: Status) {
        if self.status.as_ref() != Some(&status) {
            self.status = Some(status.clone());
            self.say(now, News::Status(Box::new(status)));
        }
    }

    /// When a status that was held back is due.
    pub(super) fn tells_at(&self) -> Option<Timestamp> {
        self.status_waits.then(|| self.status_at + STATUS_EVERY)
    }

    /// A new seat: it pages the rows by itself, and gets the status at once.
    pub(super) fn welcome(&mut self, outlet: Outlet, storms: &[Storm]) {
        if !storms.is_empty() {
            let news = News::Storms { storms: storms.to_vec() };
            outlet.push(Update { seq: self.seq, at: self.status_at, news });
        }
        if let Some(status) = self.status.clone() {
            outlet.push(Update { seq: self.seq, at: self.status_at, news: News::Status(Box::new(status)) });
        }
        self.outlets.push(outlet);
    }

    /// Nothing more will come.
    pub(super) fn close(&mut self) {
        self.outlets.iter().for_each(Outlet::close);
    }

    /// What the store has not seen, and the marks that go with it.
    pub(super) fn unsaved(
        &mut self,
        cursor: Option<Timestamp>,
        at: Timestamp,
        position: Position,
    ) -> (Vec<TicketRecord>, Marks) {
        let ids = std::mem::take(&mut self.unsaved);
        let records: Vec<TicketRecord> =
            ids.iter().filter_map(|id| self.records.get(id)).map(|record| TicketRecord::clone(record)).collect();
        self.saved = position.clone();
        let marks = Marks { cursor, journal: position.journal, readings: position.readings, at };
        (records, marks)
    }

    /// Whether there is something to save.
    pub(super) fn needs_saving(&self, position: &Position) -> bool {
        !self.unsaved.is_empty() || *position != self.saved
    }
}

impl Lens<'_> {
    /// The row of `record`.
    pub(super) fn row(&self, record: &TicketRecord) -> Row {
        let vip = self.clients.vip(record.ticket.client_name());
        let muted = self.mutes.iter().any(|mute| mute.covers(&record.ticket, self.now));
        let calendar = self.calendars.of(&record.ticket);
        let row = record.row(&View { edges: self.edges, weights: self.weights, vip, muted, calendar, now: self.now });
        Row { storm: self.storms.of(&record.ticket.id).cloned(), ..row }
    }
}
