//! What lies in sled, and how.
//!
//! | tree | key | value |
//! |---|---|---|
//! | `tickets` | ticket id | the record without its messages |
//! | `messages` | ticket id, 0, time, kind, native id | one message with its judgement |
//! | `scores` | SHA-256 | `{"v", "expires", "value"}` |
//! | `meta` | `marks`, `sum` | the marks; the checksum of all tickets and messages |
//!
//! sled can lose rows without a word. So every change of a ticket also changes one checksum over
//! all rows, in the same transaction, and whoever reads them all compares.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sled::transaction::{ConflictableTransactionError, TransactionError, Transactional};
use sled::{Batch, Db, Tree};

use super::StoreError;
use super::marks::Marks;
use crate::domain::{Heard, MessageKind, TicketId, TicketRecord};
use crate::private;

const VERSION: u32 = 1;
const CACHE_BYTES: u64 = 32 << 20;
const FLUSH_EVERY_MS: u64 = 500;
/// Rows written without a sync, at most: more of them at once, and a power cut costs the whole file.
const MOST_UNSYNCED: usize = 500;
/// sled wants values below 16 KB; this leaves room for the rest of a message. In bytes, as JSON.
const LONGEST_BODY: usize = 12_000;
/// How often a lock that outlives its process is tried again, and how long apart.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

const MARKS: &[u8] = b"marks";
const SUM: &[u8] = b"sum";

/// The open database.
pub(super) struct Trees {
    db: Db,
    /// sled flushes without a sync; this handle is for the sync.
    file: File,
    tickets: Tree,
    messages: Tree,
    scores: Tree,
    meta: Tree,
    sum: Sum,
    unsynced: usize,
}

#[derive(Serialize, Deserialize)]
struct Stored<T> {
    v: u32,
    value: T,
}

#[derive(Serialize, Deserialize)]
struct Cached<T> {
    v: u32,
    expires: Timestamp,
    value: T,
}

impl Trees {
    /// Opens or makes the database in `folder`. Not checked yet: see [`Self::load`].
    pub(super) fn open(folder: &Path) -> Result<Self, StoreError> {
        private::folder(folder)?;
        let db = open_db(folder)?;
        let path = folder.join("db");
        let file = File::open(&path)?;
        private::sync_parent(&path)?;
        let tree = |name: &str| db.open_tree(name);
        let (tickets, messages, scores, meta) = (tree("tickets")?, tree("messages")?, tree("scores")?, tree("meta")?);
        Ok(Self { db, file, tickets, messages, scores, meta, sum: Sum::default(), unsynced: 0 })
    }

    /// Reads every row there is; `step` is called for each ticket and each cached score.
    ///
    /// # Errors
    /// When something cannot be read, or is missing.
    pub(super) fn load(&mut self, mut step: impl FnMut()) -> Result<Vec<TicketRecord>, StoreError> {
        let mut sum = Sum::default();
        let mut records = Vec::new();
        for row in &self.tickets {
            let (key, value) = row?;
            sum.toggle(Table::Tickets, &key, &value);
            let record: TicketRecord = decode(&value)?;
            let mut messages = Vec::new();
            for row in self.messages.scan_prefix(messages_of(&record.ticket.id)) {
                let (key, value) = row?;
                sum.toggle(Table::Messages, &key, &value);
                messages.push(decode(&value)?);
            }
            records.push(record.with_messages(messages));
            step();
        }
        for row in &self.scores {
            row?;
            step();
        }
        if self.meta.get(SUM)?.map_or(sum != Sum::default(), |stored| stored != sum.0) {
            return Err(StoreError::damaged("it has lost tickets or messages"));
        }
        self.sum = sum;
        Ok(records)
    }

    /// Writes a ticket: only the rows that changed, all of them or none.
    pub(super) fn put(&mut self, record: TicketRecord) -> Result<(), StoreError> {
        let id = record.ticket.id.clone();
        let mut messages = BTreeMap::new();
        for heard in record.messages() {
            messages.insert(message_key(heard), encode(&storable(heard))?);
        }
        let mut change = Change::of(&self.sum);
        for row in self.messages.scan_prefix(messages_of(&id)) {
            let (key, old) = row?;
            change.set(Table::Messages, &key, Some(&old), messages.remove(key.as_ref()));
        }
        for (key, new) in messages {
            change.set(Table::Messages, &key, None, Some(new));
        }
        let key = id.as_str().as_bytes();
        let old = self.tickets.get(key)?;
        change.set(Table::Tickets, key, old.as_deref(), Some(encode(&record.with_messages(Vec::new()))?));
        self.commit(change)
    }

    /// Forgets a ticket with its messages.
    pub(super) fn remove(&mut self, ticket: &TicketId) -> Result<(), StoreError> {
        let mut change = Change::of(&self.sum);
        for row in self.messages.scan_prefix(messages_of(ticket)) {
            let (key, old) = row?;
            change.set(Table::Messages, &key, Some(&old), None);
        }
        let key = ticket.as_str().as_bytes();
        change.set(Table::Tickets, key, self.tickets.get(key)?.as_deref(), None);
        self.commit(change)
    }

    fn commit(&mut self, change: Change) -> Result<(), StoreError> {
        if change.rows == 0 {
            return Ok(());
        }
        let committed = (&self.tickets, &self.messages, &self.meta).transaction(|(tickets, messages, meta)| {
            tickets.apply_batch(&change.tickets)?;
            messages.apply_batch(&change.messages)?;
            meta.insert(SUM, &change.sum.0)?;
            Ok::<(), ConflictableTransactionError<Infallible>>(())
        });
        match committed {
            Ok(()) => self.sum = change.sum,
            Err(TransactionError::Storage(error)) => return Err(error.into()),
            Err(TransactionError::Abort(never)) => match never {},
        }
        self.wrote(change.rows)
    }

    /// The entry under `key`, expired or not: see [`cache_value`].
    pub(super) fn cached(&self, key: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.scores.get(key)?.map(|entry| entry.to_vec()))
    }

    /// Keeps an entry made by [`cache_entry`].
    pub(super) fn cache(&mut self, key: &[u8; 32], entry: Vec<u8>) -> Result<(), StoreError> {
        self.scores.insert(key, entry)?;
        self.wrote(1)
    }

    /// Forgets the entries that have expired, and those that cannot be read.
    pub(super) fn sweep(&mut self, now: Timestamp) -> Result<(), StoreError> {
        for row in &self.scores.clone() {
            let (key, entry) = row?;
            if cache_value::<IgnoredAny>(&entry, now).is_none() {
                self.scores.remove(key)?;
                self.wrote(1)?;
            }
        }
        Ok(())
    }

    /// How far the store goes, as it says itself.
    pub(super) fn marks(&self) -> Result<Option<Marks>, StoreError> {
        self.meta.get(MARKS)?.map(|value| decode(&value)).transpose()
    }

    /// Writes down how far the store goes.
    pub(super) fn set_marks(&mut self, marks: &Marks) -> Result<(), StoreError> {
        self.meta.insert(MARKS, encode(marks)?)?;
        self.wrote(1)
    }

    fn wrote(&mut self, rows: usize) -> Result<(), StoreError> {
        self.unsynced += rows;
        if self.unsynced >= MOST_UNSYNCED { self.sync() } else { Ok(()) }
    }

    /// Puts everything written so far on the disk.
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        self.db.flush()?;
        self.file.sync_data()?;
        self.unsynced = 0;
        Ok(())
    }

    /// Whether it was made just now.
    pub(super) fn is_new(&self) -> bool {
        !self.db.was_recovered()
    }
}

/// A process that ended a moment ago may still hold sled's lock. Real time: nobody's clock runs a
/// lock of the system.
fn open_db(folder: &Path) -> Result<Db, StoreError> {
    let config = sled::Config::new().path(folder).cache_capacity(CACHE_BYTES).flush_every_ms(Some(FLUSH_EVERY_MS));
    for _ in 1..LOCK_TRIES {
        match config.open().map_err(StoreError::from) {
            Err(StoreError::InUse) => std::thread::sleep(LOCK_PAUSE),
            opened => return opened,
        }
    }
    Ok(config.open()?)
}

/// The two tables under the checksum.
#[derive(Clone, Copy)]
enum Table {
    Tickets,
    Messages,
}

/// The exclusive-or of the SHA-256 of every row: changes with each row, in any order.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Sum([u8; 32]);

impl Sum {
    /// Puts a row in, or takes it out again.
    fn toggle(&mut self, table: Table, key: &[u8], value: &[u8]) {
        let row = Sha256::new()
            .chain_update([table as u8])
            .chain_update((key.len() as u64).to_be_bytes())
            .chain_update(key)
            .chain_update(value)
            .finalize();
        self.0.iter_mut().zip(row).for_each(|(sum, byte)| *sum ^= byte);
    }
}

/// Row changes that belong together.
struct Change {
    tickets: Batch,
    messages: Batch,
    sum: Sum,
    rows: usize,
}

impl Change {
    fn of(sum: &Sum) -> Self {
        Self { tickets: Batch::default(), messages: Batch::default(), sum: *sum, rows: 0 }
    }

    fn set(&mut self, table: Table, key: &[u8], old: Option<&[u8]>, new: Option<Vec<u8>>) {
        if old == new.as_deref() {
            return;
        }
        for value in old.into_iter().chain(new.as_deref()) {
            self.sum.toggle(table, key, value);
        }
        let batch = match table {
            Table::Tickets => &mut self.tickets,
            Table::Messages => &mut self.messages,
        };
        match new {
            Some(new) => batch.insert(key, new),
            None => batch.remove(key),
        }
        self.rows += 1;
    }
}

/// What the keys of a ticket's messages begin with. No id holds a 0: control characters do not
/// survive in one.
fn messages_of(ticket: &TicketId) -> Vec<u8> {
    [ticket.as_str().as_bytes(), &[0]].concat()
}

fn message_key(heard: &Heard) -> Vec<u8> {
    let id = &heard.message.id;
    let kind = match id.kind {
        MessageKind::Opening => 0,
        MessageKind::Note => 1,
        MessageKind::TimeEntry => 2,
    };
    // Big-endian with the sign turned over, so that keys sort as times do.
    let at = (heard.message.at.as_microsecond() ^ i64::MIN).to_be_bytes();
    [&messages_of(&id.ticket), &at[..], &[kind], id.native.as_str().as_bytes()].concat()
}

/// The message, with its body cut where it is too long.
fn storable(heard: &Heard) -> Cow<'_, Heard> {
    let end = fitting(&heard.message.body.raw);
    if end == heard.message.body.raw.len() {
        return Cow::Borrowed(heard);
    }
    let mut short = heard.clone();
    short.message.body.raw.truncate(end);
    Cow::Owned(short)
}

/// How many bytes of `text` take no more than [`LONGEST_BODY`] bytes as JSON.
fn fitting(text: &str) -> usize {
    let mut room = LONGEST_BODY;
    for (at, char) in text.char_indices() {
        let takes = match char {
            '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
            '\0'..'\u{20}' => 6,
            _ => char.len_utf8(),
        };
        match room.checked_sub(takes) {
            Some(rest) => room = rest,
            None => return at,
        }
    }
    text.len()
}

fn encode(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(&Stored { v: VERSION, value }).map_err(|_| unwritable())
}

/// The parser's own words may quote the value, so they are not repeated.
fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    match serde_json::from_slice(bytes) {
        Ok(Stored { v: VERSION, value }) => Ok(value),
        _ => Err(StoreError::damaged("a record in it cannot be read")),
    }
}

/// An entry of the score cache.
pub(super) fn cache_entry(value: &impl Serialize, expires: Timestamp) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(&Cached { v: VERSION, expires, value }).map_err(|_| unwritable())
}

/// What an entry holds, unless it has expired by `now` or cannot be read.
pub(super) fn cache_value<T: DeserializeOwned>(entry: &[u8], now: Timestamp) -> Option<T> {
    let Cached { v, expires, value } = serde_json::from_slice(entry).ok()?;
    (v == VERSION && now < expires).then_some(value)
}

fn unwritable() -> StoreError {
    StoreError::Io { why: "a value cannot be put into JSON".into() }
}
