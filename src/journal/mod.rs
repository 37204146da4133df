//! The truth: what irate and the people at it did, and what the judges said.
//!
//! Three things lie in one private folder, each written by one process:
//!
//! - `journal.jsonl` ([`Journal`]): every act, from the intent to its end. A line is on the disk
//!   before anything is sent on it. Never rewritten; customer text never enters it. A full file
//!   becomes `journal-000001.jsonl` and on, and the chain goes on in a new one. None is ever deleted.
//! - `readings/2026-11.jsonl` ([`Readings`]): the numbers of every judgement, by month. No text.
//! - `notes/RECEIPT.txt`: a rendered note, from before it is sent until it is confirmed.
//!
//! What can be fetched or made again belongs in [`crate::store`], not here. All calls block.
//!
//! # How to check a journal by hand
//!
//! A line is one JSON object. Its last member `sum` is the SHA-256, in lower-case hex, of the bytes
//! of the line before `,"sum":`. `prev` is the SHA-256 of the whole line before it without its
//! newline, 64 zeros in the first; `seq` counts from 1. Both run on over the files.
//!
//! ```python
//! import glob, hashlib, json
//! sha256 = lambda data: hashlib.sha256(data).hexdigest()
//! prev, files = "0" * 64, sorted(glob.glob("journal-*.jsonl")) + ["journal.jsonl"]
//! for number, line in enumerate((line for name in files for line in open(name, "rb")), 1):
//!     line = line.removesuffix(b"\n")
//!     entry, content = json.loads(line), line.rpartition(b',"sum":')[0]
//!     assert entry["sum"] == sha256(content), f"line {number} was changed"
//!     assert (entry["prev"], entry["seq"]) == (prev, number), f"line {number} does not follow"
//!     prev = sha256(line)
//! print("whole, up to", prev)
//! ```
//!
//! The chain shows every change but two: lines missing at the end, and a journal written anew from
//! some line on. Against the first, the marks of the store keep the length; against both, whoever
//! wants a proof keeps the last hash elsewhere, where [`verify`] finds it again.

mod audit;
mod event;
mod files;
mod hooked;
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

use crate::domain::ReceiptId;
use crate::private;

pub use audit::{Audit, Noted, accept_damage, read, verify};
pub use event::{DamagedLine, Entry, Event, note_sha256};
use files::CURRENT;
pub use hooked::{Fate, Hooked};
pub use reading_line::{About, Kept, Made, Outcome, Paid, ReadingLine, ToneNumbers, TriageNumbers, TriageQuoted};
pub use readings::{Readings, Replayed};
pub use replay::{Cut, Replay, Said, SaidOf, Unsettled};
use scan::Scan;
pub use scan::{Damage, Place};

const CUT_FILE: &str = "journal.cut";
const NOTES: &str = "notes";
const VERSION: u32 = 1;

/// How large a file grows before the next one begins, unless the config says otherwise: 16 MB.
pub const FULL: u64 = 16_000_000;

/// The append-only record, open for writing.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    file: File,
    /// The number of that file, and how long it is.
    number: u32,
    length: u64,
    /// The length at which the next file begins.
    full: u64,
    position: Position,
    next_seq: u64,
    head: String,
    failed: bool,
}

/// How far a journal goes, over all its files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Bytes.
    pub bytes: u64,
    /// Lines.
    pub lines: u64,
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
        let path = dir.join(CURRENT);
        private::folder(&dir.join(NOTES)).map_err(failed("make the folder", &dir.join(NOTES)))?;
        let file = files::begin(dir).map_err(failed("open", &path))?;
        let scan = Scan::of_folder(dir, None).map_err(failed("read", dir))?;
        let cut = cut_tail(dir, &file, &scan).map_err(failed("cut the unfinished last line of", &path))?;
        let journal = Self {
            dir: dir.into(),
            file,
            number: scan.current.number,
            length: scan.current.bytes,
            full: FULL,
            position: Position { bytes: scan.bytes, lines: scan.lines },
            next_seq: scan.next_seq,
            head: scan.head,
            failed: false,
        };
        let replay = Replay { entries: scan.entries, cut, damage: scan.damage.into_iter().next() };
        journal.drop_settled_notes(&replay)?;
        Ok((journal, replay))
    }

    /// Begins a new file whenever the current one has `bytes` bytes or more.
    #[must_use]
    pub fn full_at(self, bytes: u64) -> Self {
        Self { full: bytes, ..self }
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
        if self.length >= self.full {
            self.rotate()?;
        }
        // Also where a crash came between the new file and its first line.
        if self.length == 0 && self.number > 1 {
            let Position { bytes, lines } = self.position;
            self.write(at, &Event::FileBegun { file: self.number, lines, bytes })?;
        }
        self.write(at, event)?;
        Ok(self.position)
    }

    fn write(&mut self, at: Timestamp, event: &Event) -> Result<(), JournalError> {
        let mut line = line::seal(&Line { v: VERSION, seq: self.next_seq, at, prev: &self.head, event })
            .map_err(JournalError::Json)?;
        let head = line::sha256(&line);
        line.push(b'\n');
        self.failed = true;
        self.file
            .write_all(&line)
            .and_then(|()| self.file.sync_data())
            .map_err(failed("write", &self.dir.join(CURRENT)))?;
        self.failed = false;
        self.head = head;
        self.next_seq += 1;
        self.length += line.len() as u64;
        self.position.bytes += line.len() as u64;
        self.position.lines += 1;
        Ok(())
    }

    /// Closes the full file and begins the next. A crash between two steps loses nothing: see
    /// [`files`].
    fn rotate(&mut self) -> Result<(), JournalError> {
        self.failed = true;
        let path = self.dir.join(CURRENT);
        self.file.sync_all().map_err(failed("write", &path))?;
        files::retire(&self.dir, self.number).map_err(failed("rename", &path))?;
        self.file = files::begin(&self.dir).map_err(failed("open", &path))?;
        self.number += 1;
        self.length = 0;
        self.failed = false;
        Ok(())
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
        let settled: HashSet<&str> = replay.without_note().map(ReceiptId::as_str).collect();
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

/// Moves what follows the last newline out of the way, into a file beside the journal.
fn cut_tail(dir: &Path, file: &File, scan: &Scan) -> io::Result<Option<Cut>> {
    if scan.tail.is_empty() {
        return Ok(None);
    }
    let to = dir.join(CUT_FILE);
    private::replace(&to, &scan.tail)?;
    file.set_len(scan.current.bytes)?;
    file.sync_all()?;
    Ok(Some(Cut { line: scan.current.lines + 1, bytes: scan.tail.len() as u64, to }))
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> JournalError {
    let path = path.to_path_buf();
    move |why| JournalError::Io { what, path, why }
}

#[cfg(test)]
mod tests;
