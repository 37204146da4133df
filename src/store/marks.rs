//! How far the store goes along the journal and the readings, kept twice: in sled, and in a file
//! beside it that says what sled must have.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::private;

const FILE: &str = "store.mark";

/// Up to where everything is in the store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// The change cursor of the PSA.
    pub cursor: Option<Timestamp>,
    /// The length of the journal, in bytes.
    pub journal: u64,
    /// The newest file of the readings, and its length in bytes.
    pub readings: (String, u64),
    /// When this was so.
    pub at: Timestamp,
}

impl Marks {
    fn is_behind(&self, other: &Self) -> bool {
        self.journal < other.journal || self.readings < other.readings
    }
}

/// What the file beside the store says was flushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flushed {
    /// Nothing yet.
    Nothing,
    /// Something, but the file is damaged.
    Something,
    /// This much.
    UpTo(Marks),
}

impl Flushed {
    /// Reads the file in `dir`.
    pub(super) fn read(dir: &Path) -> io::Result<Self> {
        match fs::read(dir.join(FILE)) {
            Ok(bytes) => Ok(parse(&bytes).map_or(Self::Something, Self::UpTo)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::Nothing),
            Err(error) => Err(error),
        }
    }

    /// Writes the file in `dir`. `marks` must be flushed before.
    pub(super) fn write(dir: &Path, marks: &Marks) -> io::Result<()> {
        let mut text = serde_json::to_string(marks)?;
        text = format!("{text}\n{}\n", sum(&text));
        private::replace(&dir.join(FILE), text.as_bytes())
    }

    /// # Errors
    /// What is missing, when a store that holds `stored` has lost something that was flushed.
    pub(super) fn require(&self, stored: Option<&Marks>) -> Result<(), String> {
        match (self, stored) {
            (Self::Nothing, _) | (Self::Something, Some(_)) => Ok(()),
            (_, None) => Err("it has lost its marks".into()),
            (Self::UpTo(flushed), Some(stored)) if stored.is_behind(flushed) => {
                Err(format!("it stands at {}, but everything up to {} was flushed", stored.at, flushed.at))
            }
            (Self::UpTo(_), Some(_)) => Ok(()),
        }
    }

    /// The marks, where they can be read.
    pub(super) fn into_marks(self) -> Option<Marks> {
        match self {
            Self::UpTo(marks) => Some(marks),
            Self::Nothing | Self::Something => None,
        }
    }
}

/// Two lines: the marks, and their checksum.
fn parse(bytes: &[u8]) -> Option<Marks> {
    let (marks, check) = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?.split_once('\n')?;
    if sum(marks) == check { serde_json::from_str(marks).ok() } else { None }
}

fn sum(marks: &str) -> String {
    Sha256::digest(marks).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(journal: u64, file: &str, length: u64) -> Marks {
        Marks { journal, readings: (file.into(), length), ..Marks::default() }
    }

    #[test]
    fn only_what_falls_behind_is_lost() {
        let flushed = Flushed::UpTo(marks(100, "2026-11.jsonl", 50));
        let lost = |stored| flushed.require(Some(&stored)).is_err();
        assert!(!lost(marks(100, "2026-11.jsonl", 50)));
        assert!(!lost(marks(101, "2026-12.jsonl", 1)));
        assert!(lost(marks(99, "2026-12.jsonl", 1)));
        assert!(lost(marks(100, "2026-11.jsonl", 49)));
        assert!(lost(marks(100, "2026-10.jsonl", 99)));
        assert!(flushed.require(None).is_err() && Flushed::Something.require(None).is_err());
        assert!(Flushed::Something.require(Some(&Marks::default())).is_ok());
        assert!(Flushed::Nothing.require(None).is_ok());
    }

    #[test]
    fn a_file_that_is_not_as_it_was_written_names_no_marks() {
        let temp = tempfile::tempdir().expect("a folder");
        assert_eq!(Flushed::read(temp.path()).expect("read"), Flushed::Nothing);
        let marks = marks(100, "2026-11.jsonl", 50);
        Flushed::write(temp.path(), &marks).expect("written");
        assert_eq!(Flushed::read(temp.path()).expect("read"), Flushed::UpTo(marks));
        let path = temp.path().join(FILE);
        let bytes = fs::read(&path).expect("read");
        for index in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[index] ^= 1;
            fs::write(&path, &flipped).expect("written");
            assert_eq!(Flushed::read(temp.path()).expect("read"), Flushed::Something, "byte {index}");
            fs::write(&path, &bytes[..index]).expect("written");
            assert_eq!(Flushed::read(temp.path()).expect("read"), Flushed::Something, "cut at {index}");
        }
    }
}
