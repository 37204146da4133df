//! Reading a journal from its first byte to its last, over all its files, and saying what is wrong
//! with it.

use std::fmt;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::event::{DamagedLine, Entry, Event};
use super::files::{self, CURRENT, full_name};
use super::line::{is_intact, sha256};

/// What the first line names as the hash of the line before it.
pub(super) const NOTHING_BEFORE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Where a line stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name of its file.
    pub file: String,
    /// Its number in that file; the first is 1.
    pub line: u64,
}

/// A line that is not as it was written, or that lacks what was before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where.
    pub place: Place,
    /// What is wrong, in words.
    pub why: String,
    file: u32,
    sha256: String,
}

impl Damage {
    /// The line as [`Event::DamageAccepted`] names it.
    pub(super) fn named(&self) -> DamagedLine {
        DamagedLine { file: self.file, line: self.place.line, sha256: self.sha256.clone() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {}", self.file, self.line)
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.why)
    }
}

/// Everything a journal holds, good and bad.
#[derive(Debug)]
pub(super) struct Scan {
    /// The entries that verify by themselves, in order.
    pub(super) entries: Vec<Entry>,
    /// What is wrong, in order, but for what a person accepted.
    pub(super) damage: Vec<Damage>,
    /// What a person accepted of it.
    pub(super) accepted: Vec<Damage>,
    /// How many files there are.
    pub(super) files: usize,
    /// How many lines end with a newline, with those of files that were taken away.
    pub(super) lines: u64,
    /// How many bytes those lines take.
    pub(super) bytes: u64,
    /// The same in the current file alone.
    pub(super) current: Extent,
    /// What follows the last newline.
    pub(super) tail: Vec<u8>,
    /// The hash of the last line.
    pub(super) head: String,
    /// The place of the next line.
    pub(super) next_seq: u64,
    /// A hash that is looked for, and where it was found.
    sought: Option<String>,
    pub(super) found: Option<Place>,
}

/// The file that is being read, and how far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) number: u32,
    pub(super) lines: u64,
    pub(super) bytes: u64,
    /// Its number is not in its name.
    is_current: bool,
    /// The numbers of the files that should stand between the one before and this one.
    missing: Option<(u32, u32)>,
}

/// The members that every line has, whatever its event.
#[derive(Deserialize)]
struct Envelope {
    seq: u64,
    at: Timestamp,
    prev: String,
}

impl Scan {
    /// Reads the journal in `dir`; one that is not there is empty. Notes where the line stands whose
    /// hash is `sought`.
    pub(super) fn of_folder(dir: &Path, sought: Option<&str>) -> io::Result<Self> {
        let mut scan = Self::begin(sought);
        for opened in files::open_all(dir)? {
            scan.read(opened.number, BufReader::new(opened.file))?;
        }
        Ok(scan.end())
    }

    fn begin(sought: Option<&str>) -> Self {
        Self {
            entries: Vec::new(),
            damage: Vec::new(),
            accepted: Vec::new(),
            files: 0,
            lines: 0,
            bytes: 0,
            current: Extent::default(),
            tail: Vec::new(),
            head: NOTHING_BEFORE.into(),
            next_seq: 1,
            sought: sought.map(str::to_lowercase),
            found: None,
        }
    }

    /// Reads all of a journal that is one file.
    #[cfg(test)]
    pub(super) fn of(journal: impl BufRead) -> io::Result<Self> {
        let mut scan = Self::begin(None);
        scan.read(None, journal)?;
        Ok(scan.end())
    }

    /// Reads one file, whose number is told where it is full.
    fn read(&mut self, number: Option<u32>, mut file: impl BufRead) -> io::Result<()> {
        self.files += 1;
        let expected = self.current.number.saturating_add(1);
        let missing = number.filter(|number| *number > expected).map(|number| (expected, number - 1));
        self.current =
            Extent { number: number.unwrap_or(expected), is_current: number.is_none(), missing, ..Extent::default() };
        let mut line = Vec::new();
        while file.read_until(b'\n', &mut line)? > 0 {
            if line.pop_if(|last| *last == b'\n').is_none() {
                self.end_without_newline(line);
                break;
            }
            self.take(&line);
            line.clear();
        }
        Ok(())
    }

    fn take(&mut self, line: &[u8]) {
        self.count(line.len() as u64 + 1);
        let sha256 = sha256(line);
        match parse(line) {
            Ok((entry, prev)) => {
                if self.current.lines == 1 {
                    self.pass_over_missing(&entry.event, line.len() as u64 + 1);
                }
                if let Some(missing) = self.current.missing.take() {
                    self.note(missing_words(missing), &sha256);
                } else if prev != self.head {
                    self.note("it does not follow from the line before it".into(), &sha256);
                } else if entry.seq != self.next_seq {
                    self.note("its number is not the one after the line before it".into(), &sha256);
                }
                self.next_seq = entry.seq.saturating_add(1);
                self.entries.push(entry);
            }
            Err(why) => {
                self.note(why.into(), &sha256);
                self.next_seq = self.next_seq.saturating_add(1);
            }
        }
        if self.sought.as_ref() == Some(&sha256) {
            self.found = Some(self.place());
        }
        self.head = sha256;
    }

    fn count(&mut self, bytes: u64) {
        self.lines = self.lines.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        self.current.lines += 1;
        self.current.bytes += bytes;
    }

    /// A file's own first line tells its number and what stood before it, so that both are known
    /// where the files before it are gone.
    fn pass_over_missing(&mut self, first: &Event, length: u64) {
        let Event::FileBegun { file, lines, bytes } = first else { return };
        if self.current.is_current && *file > self.current.number {
            self.current.missing = Some((self.current.number, *file - 1));
            self.current.number = *file;
        }
        if self.current.missing.is_some() {
            (self.lines, self.bytes) = (lines.saturating_add(1), bytes.saturating_add(length));
        }
    }

    /// A write that never ended, in the file that is written; in a full one something is gone.
    fn end_without_newline(&mut self, tail: Vec<u8>) {
        if self.current.is_current {
            self.tail = tail;
            return;
        }
        self.count(tail.len() as u64);
        let sha256 = sha256(&tail);
        self.note("it has no end".into(), &sha256);
        self.head = sha256;
    }

    fn note(&mut self, why: String, sha256: &str) {
        self.damage.push(Damage { place: self.place(), why, file: self.current.number, sha256: sha256.into() });
    }

    fn place(&self) -> Place {
        let file = if self.current.is_current { CURRENT.into() } else { full_name(self.current.number) };
        Place { file, line: self.current.lines }
    }

    /// Takes out the damage that a person accepted, and makes sure of the number of the file that is
    /// written when nothing but full ones are there.
    fn end(mut self) -> Self {
        if !self.current.is_current {
            self.current =
                Extent { number: self.current.number.saturating_add(1), is_current: true, ..Extent::default() };
        }
        let accepted: Vec<&DamagedLine> = self
            .entries
            .iter()
            .filter_map(|entry| match &entry.event {
                Event::DamageAccepted { lines, .. } => Some(lines),
                _ => None,
            })
            .flatten()
            .collect();
        (self.accepted, self.damage) =
            std::mem::take(&mut self.damage).into_iter().partition(|damage| accepted.contains(&&damage.named()));
        self
    }
}

fn missing_words((first, last): (u32, u32)) -> String {
    match first == last {
        true => format!("{}, which stood before it, is missing", full_name(first)),
        false => format!("{} to {}, which stood before it, are missing", full_name(first), full_name(last)),
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
