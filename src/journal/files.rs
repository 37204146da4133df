//! The files of the journal and their order: `journal-000001.jsonl` and on, which are full, then
//! `journal.jsonl`, which is written. What stands in them is the scan's business.
//!
//! A full file gets its number by a rename, then an empty `journal.jsonl` is made. Whatever step a
//! crash comes at, the names tell what is to be done: where `journal.jsonl` is not there, it is made.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::private;

/// The file that is written.
pub(super) const CURRENT: &str = "journal.jsonl";
const PREFIX: &str = "journal-";
const SUFFIX: &str = ".jsonl";

/// How often the files are listed again when one gets full while we look.
const MOST_LOOKS: u32 = 8;

/// One file, open for reading.
pub(super) struct Opened {
    /// Its number where its name tells it; the current one's does not.
    pub(super) number: Option<u32>,
    pub(super) file: File,
}

/// What a full file is called.
pub(super) fn full_name(number: u32) -> String {
    format!("{PREFIX}{number:06}{SUFFIX}")
}

/// Opens every file, oldest first, as they stood together at one moment.
pub(super) fn open_all(dir: &Path) -> io::Result<Vec<Opened>> {
    for _ in 0..MOST_LOOKS {
        let numbers = full(dir)?;
        let opened = open_these(dir, &numbers)?;
        // Unless another one got full meanwhile, the current file we hold is the one behind them.
        if full(dir)? == numbers {
            return Ok(opened);
        }
    }
    Err(io::Error::other("its files change faster than they can be opened"))
}

/// Gives the current file, whole and synced, its number. Nothing is overwritten.
pub(super) fn retire(dir: &Path, number: u32) -> io::Result<()> {
    let to = dir.join(full_name(number));
    if to.exists() {
        return Err(io::Error::new(ErrorKind::AlreadyExists, format!("{} is there already", full_name(number))));
    }
    fs::rename(dir.join(CURRENT), &to)?;
    private::sync_parent(&to)
}

/// Opens the current file for appending; where there is none, it is made.
pub(super) fn begin(dir: &Path) -> io::Result<File> {
    private::appendable(&dir.join(CURRENT))
}

fn open_these(dir: &Path, numbers: &[u32]) -> io::Result<Vec<Opened>> {
    let mut opened = Vec::new();
    for number in numbers {
        opened.push(Opened { number: Some(*number), file: File::open(dir.join(full_name(*number)))? });
    }
    match File::open(dir.join(CURRENT)) {
        Ok(file) => opened.push(Opened { number: None, file }),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(opened)
}

/// The numbers of the full files, in order.
fn full(dir: &Path) -> io::Result<Vec<u32>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut numbers = Vec::new();
    for entry in entries {
        numbers.extend(entry?.file_name().to_str().and_then(number_of));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The number that `name` carries, if it is one of ours.
fn number_of(name: &str) -> Option<u32> {
    let number = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok()?;
    (full_name(number) == name).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_have_numbers() {
        assert_eq!(number_of("journal-000012.jsonl"), Some(12));
        assert_eq!(number_of("journal-1234567.jsonl"), Some(1_234_567));
        for other in ["journal.jsonl", "journal-12.jsonl", "journal-+00012.jsonl", "journal-000012.jsonl.gz", "é"] {
            assert_eq!(number_of(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_there_is_not_overwritten() {
        let temp = tempfile::tempdir().expect("a folder");
        begin(temp.path()).expect("made");
        fs::write(temp.path().join(full_name(1)), "kept").expect("written");
        assert!(retire(temp.path(), 1).is_err());
        assert_eq!(fs::read(temp.path().join(full_name(1))).expect("read"), b"kept");
    }
}
