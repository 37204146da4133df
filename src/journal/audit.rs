//! Whether a journal is whole: checking it beside whoever writes it, and accepting what is lost.

use std::path::Path;

use jiff::Timestamp;

use super::event::{Entry, Event};
use super::scan::{Damage, NOTHING_BEFORE, Place, Scan};
use super::{Journal, JournalError, failed};
use crate::domain::Actor;

/// What [`verify`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// How many files there are.
    pub files: usize,
    /// How many lines there are, with those of files that were taken away.
    pub lines: u64,
    /// When the first and the last entry that verify were written.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Every damage that nobody accepted, in order.
    pub damage: Vec<Damage>,
    /// The damage that a person accepted.
    pub accepted: Vec<Damage>,
    /// Bytes behind the last newline: a write that never ended, or one that is going on.
    pub unfinished: u64,
    /// The hash of the last line, in hex: keep it elsewhere to prove later that nothing is missing.
    pub head: String,
    /// What became of the head that was noted earlier, where one was asked for.
    pub noted: Option<Noted>,
}

/// Whether a head that was noted earlier is still in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Noted {
    /// Nothing was written when it was noted.
    Beginning,
    /// It is the hash of this line: all that stood there then is there still.
    At(Place),
    /// It is not: lines at the end are gone, or were written anew.
    Gone,
}

impl Audit {
    fn of(scan: Scan, noted: Option<&str>) -> (Vec<Entry>, Self) {
        let noted = noted.map(|hash| match (hash == NOTHING_BEFORE, scan.found) {
            (true, _) => Noted::Beginning,
            (false, Some(place)) => Noted::At(place),
            (false, None) => Noted::Gone,
        });
        let audit = Self {
            files: scan.files,
            lines: scan.lines,
            span: scan.entries.first().zip(scan.entries.last()).map(|(first, last)| (first.at, last.at)),
            damage: scan.damage,
            accepted: scan.accepted,
            unfinished: scan.tail.len() as u64,
            head: scan.head,
            noted,
        };
        (scan.entries, audit)
    }

    /// Whether nothing at all is wrong.
    pub fn is_whole(&self) -> bool {
        self.damage.is_empty() && self.unfinished == 0 && self.noted != Some(Noted::Gone)
    }
}

/// Checks the journal in `dir` without changing anything; also while it is being written. `noted` is
/// a head that was noted earlier: it must still be in the chain.
///
/// # Errors
/// When it cannot be read.
pub fn verify(dir: &Path, noted: Option<&str>) -> Result<Audit, JournalError> {
    let scan = Scan::of_folder(dir, noted).map_err(failed("read", dir))?;
    Ok(Audit::of(scan, noted).1)
}

/// Reads the journal in `dir` and checks it as [`verify`] does, without changing anything: every
/// entry that verifies by itself, oldest first.
///
/// # Errors
/// When it cannot be read.
pub fn read(dir: &Path) -> Result<(Vec<Entry>, Audit), JournalError> {
    let scan = Scan::of_folder(dir, None).map_err(failed("read", dir))?;
    Ok(Audit::of(scan, None))
}

/// Lets the journal in `dir` act again: writes down that `by` accepts the damage that is there.
/// The damaged lines stay as they are. Says what was accepted. The caller holds the workspace's
/// lock: nobody else may be writing.
///
/// # Errors
/// When it cannot be read or written.
pub fn accept_damage(dir: &Path, at: Timestamp, by: Actor) -> Result<Vec<Damage>, JournalError> {
    let (mut journal, _) = Journal::open(dir)?;
    let damage = verify(dir, None)?.damage;
    if !damage.is_empty() {
        let lines = damage.iter().map(Damage::named).collect();
        journal.append(at, &Event::DamageAccepted { lines, by })?;
    }
    Ok(damage)
}
