//! The first page of the queue as the engine saw it last, in a small file beside the store: a screen shows
//! it while the store is still being opened. It is old, it may be gone, and nothing is decided by it.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::Row;
use crate::private;

const FILE: &str = "front";

/// The rows at the top of the first view.
#[derive(Clone, Serialize, Deserialize)]
pub struct Front {
    /// When it looked so.
    pub at: Timestamp,
    /// The rows, the first one first.
    pub rows: Vec<Arc<Row>>,
}

impl Front {
    /// What stands in the workspace's folder `dir`. What cannot be read is not there.
    pub fn read(dir: &Path) -> Option<Self> {
        let bytes = fs::read(dir.join(FILE)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Puts it in the place of what stands in `dir`.
    ///
    /// # Errors
    /// When the disk is full or refuses.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        private::replace(&dir.join(FILE), &serde_json::to_vec(self)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_not_there() {
        let dir = tempfile::tempdir().expect("a folder");
        assert!(Front::read(dir.path()).is_none());
        let front = Front { at: Timestamp::UNIX_EPOCH, rows: Vec::new() };
        front.write(dir.path()).expect("written");
        assert_eq!(Front::read(dir.path()).map(|front| front.at), Some(Timestamp::UNIX_EPOCH));
        assert!(private::is_private(&dir.path().join(FILE)), "it holds names and summaries");
        fs::write(dir.path().join(FILE), "{\"at\":").expect("written");
        assert!(Front::read(dir.path()).is_none());
    }
}
