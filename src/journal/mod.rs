//! The truth: what irate and the people at it did, and what the judges said.
//!
//! Three things lie in one private folder, each written by one process:
//!
//! - `journal.jsonl` ([`Journal`]): every act, from the intent to its end. A line is on the disk
//!   before anything is sent on it. Never rewritten; customer text never enters it.
//! - `readings/2026-11.jsonl` ([`Readings`]): the numbers of every judgement, by month. No text.
//! - `notes/RECEIPT.txt`: a rendered note, from before it is sent until it is confirmed.
//!
//! What can be fetched or made again belongs in [`crate::store`], not here. All calls block.
//!
//! # How to check a journal by hand
//!
//! A line is one JSON object. Its last member `sum` is the SHA-256, in lower-case hex, of the bytes
//! of the line before `,"sum":`. `prev` is the SHA-256 of the whole line before it without its
//! newline, 64 zeros in the first; `seq` counts from 1.
//!
//! ```python
//! import hashlib, json
//! sha256 = lambda data: hashlib.sha256(data).hexdigest()
//! prev = "0" * 64
//! for number, line in enumerate(open("journal.jsonl", "rb"), 1):
//!     line = line.removesuffix(b"\n")
//!     entry, content = json.loads(line), line.rpartition(b',"sum":')[0]
//!     assert entry["sum"] == sha256(content), f"line {number} was changed"
//!     assert (entry["prev"], entry["seq"]) == (prev, number), f"line {number} does not follow"
//!     prev = sha256(line)
//! print("whole, up to", prev)
//! ```
//!
//! The chain shows every change but one: lines missing at the end. Against that, the marks of the
//! store keep the length, and whoever wants a proof keeps the last hash elsewhere.

mod event;
mod line;
mod reading_line;
mod readings;
mod replay;
mod scan;

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;
use thiserror::Error;

use crate::domain::{Actor, ReceiptId};
use crate::private;

pub use event::{DamagedLine, Entry, Event, note_sha256};
pub use reading_line::{About, Kept, Made, Outcome, Paid, ReadingLine, ToneNumbers, TriageNumbers, TriageQuoted};
pub use readings::{Readings, Replayed};
pub use replay::{Cut, Replay, Unsettled};
pub use scan::Damage;
use scan::Scan;

const FILE: &str = "journal.jsonl";
const CUT_FILE: &str = "journal.cut";
const NOTES: &str = "notes";
const VERSION: u32 = 1;

/// The append-only record, open for writing.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    file: File,
    position: Position,
    next_seq: u64,
    head: String,
    failed: bool,
}

/// How far a journal goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Bytes.
    pub bytes: u64,
    /// Lines.
    pub lines: u64,
}

/// What [`verify`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// How many lines there are.
    pub lines: u64,
    /// Every damage that nobody accepted, in file order.
    pub damage: Vec<Damage>,
    /// Bytes behind the last newline: a write that never ended, or one that is going on.
    pub unfinished: u64,
    /// The hash of the last line, in hex: keep it elsewhere to prove later that nothing is missing.
    pub head: String,
}

/// Why the journal could not do its work. Nothing may be sent after one of these.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The file system refused.
    #[error("cannot {what} {}: {why}. Make room or mend the permissions, then start again", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's words.
        why: io::Error,
    },
    /// An earlier write failed.
    #[error("an earlier write to the journal failed, so nothing more is sent; mend what it named, then start again")]
    Stopped,
    /// A receipt's name cannot be the name of a file.
    #[error("{0} cannot name a note: only ASCII letters and digits can")]
    BadName(ReceiptId),
    /// Something could not be put into words.
    #[error("cannot write an entry as JSON: {0}. Please report this")]
    Json(serde_json::Error),
}

#[derive(Serialize)]
struct Line<'a> {
    v: u32,
    seq: u64,
    at: Timestamp,
    prev: &'a str,
    #[serde(flatten)]
    event: &'a Event,
}

impl Journal {
    /// Opens the journal in `dir`, which is made if it is not there, and reads all of it. Notes of
    /// settled receipts are removed; they should have been dropped.
    ///
    /// # Errors
    /// When the files cannot be read or written. Damage is no error: see [`Replay::damage`].
    pub fn open(dir: &Path) -> Result<(Self, Replay), JournalError> {
        let path = dir.join(FILE);
        private::folder(&dir.join(NOTES)).map_err(failed("make the folder", &dir.join(NOTES)))?;
        let file = private::appendable(&path).map_err(failed("open", &path))?;
        let scan = Scan::of_file(&path).map_err(failed("read", &path))?;
        let cut = cut_tail(dir, &file, &scan).map_err(failed("cut the unfinished last line of", &path))?;
        let journal = Self {
            dir: dir.into(),
            file,
            position: Position { bytes: scan.bytes, lines: scan.lines },
            next_seq: scan.next_seq,
            head: scan.head,
            failed: false,
        };
        let replay = Replay { entries: scan.entries, cut, damage: scan.damage.into_iter().next() };
        journal.drop_settled_notes(&replay)?;
        Ok((journal, replay))
    }

    /// Writes `event`; it is on the disk when this returns.
    ///
    /// # Errors
    /// When it may not be on the disk. The journal then refuses all further writes until it is
    /// opened again, so that nothing is sent that could be forgotten.
    pub fn append(&mut self, at: Timestamp, event: &Event) -> Result<Position, JournalError> {
        if self.failed {
            return Err(JournalError::Stopped);
        }
        let mut line = line::seal(&Line { v: VERSION, seq: self.next_seq, at, prev: &self.head, event })
            .map_err(JournalError::Json)?;
        let head = line::sha256(&line);
        line.push(b'\n');
        self.failed = true;
        self.file
            .write_all(&line)
            .and_then(|()| self.file.sync_data())
            .map_err(failed("write", &self.dir.join(FILE)))?;
        self.failed = false;
        self.head = head;
        self.next_seq += 1;
        self.position.bytes += line.len() as u64;
        self.position.lines += 1;
        Ok(self.position)
    }

    /// How far it goes.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Keeps a rendered note until it is confirmed; it is on the disk when this returns.
    ///
    /// # Errors
    /// When it may not be on the disk, or the receipt's name is none of ours.
    pub fn stash_note(&self, receipt: &ReceiptId, text: &str) -> Result<(), JournalError> {
        let path = self.note_path(receipt).ok_or_else(|| JournalError::BadName(receipt.clone()))?;
        private::replace(&path, text.as_bytes()).map_err(failed("write", &path))
    }

    /// The note that waits for `receipt`. Compare it with the digest in the intent.
    pub fn stashed_note(&self, receipt: &ReceiptId) -> Option<String> {
        fs::read_to_string(self.note_path(receipt)?).ok()
    }

    /// Forgets the note of `receipt`, if there is one.
    ///
    /// # Errors
    /// When it is still there.
    pub fn drop_note(&self, receipt: &ReceiptId) -> Result<(), JournalError> {
        let Some(path) = self.note_path(receipt) else { return Ok(()) };
        private::remove(&path).map_err(failed("remove", &path))
    }

    /// Removes what a crash between the end of a receipt and the drop of its note left behind.
    fn drop_settled_notes(&self, replay: &Replay) -> Result<(), JournalError> {
        let folder = self.dir.join(NOTES);
        let settled: HashSet<&str> = replay.settled().map(ReceiptId::as_str).collect();
        for note in fs::read_dir(&folder).map_err(failed("list", &folder))? {
            let path = note.map_err(failed("list", &folder))?.path();
            if path.file_stem().and_then(|name| name.to_str()).is_some_and(|name| settled.contains(name)) {
                private::remove(&path).map_err(failed("remove", &path))?;
            }
        }
        Ok(())
    }

    /// A name that could lead out of the folder has no path.
    fn note_path(&self, receipt: &ReceiptId) -> Option<PathBuf> {
        let name = receipt.as_str();
        let safe = !name.is_empty() && name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        safe.then(|| self.dir.join(NOTES).join(format!("{name}.txt")))
    }
}

/// Checks the journal in `dir` without changing anything; also while it is being written.
///
/// # Errors
/// When it cannot be read.
pub fn verify(dir: &Path) -> Result<Audit, JournalError> {
    let path = dir.join(FILE);
    let scan = Scan::of_file(&path).map_err(failed("read", &path))?;
    Ok(Audit { lines: scan.lines, damage: scan.damage, unfinished: scan.tail.len() as u64, head: scan.head })
}

/// The entries of the journal in `dir`, without changing anything; also while it is being written.
/// Damaged lines are left out.
///
/// # Errors
/// When it cannot be read.
pub fn entries(dir: &Path) -> Result<Vec<Entry>, JournalError> {
    let path = dir.join(FILE);
    Ok(Scan::of_file(&path).map_err(failed("read", &path))?.entries)
}

/// Lets the journal in `dir` act again: writes down that `by` accepts the damage that is there.
/// The damaged lines stay as they are. Says what was accepted. The caller holds the workspace's
/// lock: nobody else may be writing.
///
/// # Errors
/// When it cannot be read or written.
pub fn accept_damage(dir: &Path, at: Timestamp, by: Actor) -> Result<Vec<Damage>, JournalError> {
    let (mut journal, _) = Journal::open(dir)?;
    let damage = verify(dir)?.damage;
    if !damage.is_empty() {
        let lines = damage.iter().map(Damage::named).collect();
        journal.append(at, &Event::DamageAccepted { lines, by })?;
    }
    Ok(damage)
}

/// Moves what follows the last newline out of the way, into a file beside the journal.
fn cut_tail(dir: &Path, file: &File, scan: &Scan) -> io::Result<Option<Cut>> {
    if scan.tail.is_empty() {
        return Ok(None);
    }
    let to = dir.join(CUT_FILE);
    private::replace(&to, &scan.tail)?;
    file.set_len(scan.bytes)?;
    file.sync_all()?;
    Ok(Some(Cut { line: scan.lines + 1, bytes: scan.tail.len() as u64, to }))
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> JournalError {
    let path = path.to_path_buf();
    move |why| JournalError::Io { what, path, why }
}

#[cfg(test)]
mod tests;
