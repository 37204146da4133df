//! Reading a journal from its first byte to its last, and saying what is wrong with it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::event::{DamagedLine, Entry, Event};
use super::line::{is_intact, sha256};

/// What the first line names as the hash of the line before it.
pub(super) const NOTHING_BEFORE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A line that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Its number; the first is 1.
    pub line: u64,
    /// What is wrong, in words.
    pub why: &'static str,
    sha256: String,
}

impl Damage {
    /// The line as [`Event::DamageAccepted`] names it.
    pub(super) fn named(&self) -> DamagedLine {
        DamagedLine { line: self.line, sha256: self.sha256.clone() }
    }
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

/// Everything a journal file holds, good and bad.
#[derive(Debug)]
pub(super) struct Scan {
    /// The entries that verify by themselves, in file order.
    pub(super) entries: Vec<Entry>,
    /// What is wrong, in file order, but for what a person accepted.
    pub(super) damage: Vec<Damage>,
    /// How many lines end with a newline.
    pub(super) lines: u64,
    /// How many bytes those lines take.
    pub(super) bytes: u64,
    /// What follows the last newline.
    pub(super) tail: Vec<u8>,
    /// The hash of the last line.
    pub(super) head: String,
    /// The place of the next line.
    pub(super) next_seq: u64,
}

/// The members that every line has, whatever its event.
#[derive(Deserialize)]
struct Envelope {
    seq: u64,
    at: Timestamp,
    prev: String,
}

impl Scan {
    /// Reads the file; one that is not there is empty.
    pub(super) fn of_file(path: &Path) -> io::Result<Self> {
        match File::open(path) {
            Ok(file) => Self::of(BufReader::new(file)),
            Err(error) if error.kind() == ErrorKind::NotFound => Self::of(io::empty()),
            Err(error) => Err(error),
        }
    }

    /// Reads all of `journal`.
    pub(super) fn of(mut journal: impl BufRead) -> io::Result<Self> {
        let mut scan = Self {
            entries: Vec::new(),
            damage: Vec::new(),
            lines: 0,
            bytes: 0,
            tail: Vec::new(),
            head: NOTHING_BEFORE.into(),
            next_seq: 1,
        };
        let mut line = Vec::new();
        while journal.read_until(b'\n', &mut line)? > 0 {
            if line.pop_if(|last| *last == b'\n').is_none() {
                scan.tail = line;
                break;
            }
            scan.bytes += line.len() as u64 + 1;
            scan.take(&line);
            line.clear();
        }
        scan.forgive();
        Ok(scan)
    }

    fn take(&mut self, line: &[u8]) {
        self.lines += 1;
        let sha256 = sha256(line);
        match parse(line) {
            Ok((entry, prev)) => {
                if prev != self.head {
                    self.note("it does not follow from the line before it", &sha256);
                } else if entry.seq != self.next_seq {
                    self.note("its number is not the one after the line before it", &sha256);
                }
                self.next_seq = entry.seq.saturating_add(1);
                self.entries.push(entry);
            }
            Err(why) => {
                self.note(why, &sha256);
                self.next_seq = self.next_seq.saturating_add(1);
            }
        }
        self.head = sha256;
    }

    fn note(&mut self, why: &'static str, sha256: &str) {
        self.damage.push(Damage { line: self.lines, why, sha256: sha256.into() });
    }

    /// Takes out the damage that a person accepted.
    fn forgive(&mut self) {
        let accepted: Vec<&DamagedLine> = self
            .entries
            .iter()
            .filter_map(|entry| match &entry.event {
                Event::DamageAccepted { lines, .. } => Some(lines),
                _ => None,
            })
            .flatten()
            .collect();
        self.damage.retain(|damage| !accepted.contains(&&damage.named()));
    }
}

/// A line's entry and the hash it names of the line before it.
fn parse(line: &[u8]) -> Result<(Entry, String), &'static str> {
    if !is_intact(line) {
        return Err("its checksum does not match");
    }
    let value: Value = serde_json::from_slice(line).map_err(|_| "it is not JSON")?;
    let Envelope { seq, at, prev } = Envelope::deserialize(&value).map_err(|_| "seq, at or prev is missing")?;
    // Sealed, so written on purpose: what this version does not know, a newer one meant.
    let event = Event::deserialize(&value).unwrap_or(Event::Unknown);
    Ok((Entry { seq, at, event }, prev))
}
