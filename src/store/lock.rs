//! One process a workspace: a locked file that says who holds it.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::Plain;
use crate::private;

const FILE: &str = "lock";
/// More than the facts of any holder take, in bytes.
const MOST_FACTS: u64 = 4096;

/// The right to write in a workspace's folder, until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
    dir: PathBuf,
}

/// Who holds the lock, as they wrote it down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Their process.
    pub pid: u32,
    /// Their unix user name.
    pub user: Plain,
    /// What they run, such as `irate serve`.
    pub command: Plain,
    /// Since when.
    pub since: Timestamp,
}

/// Why the lock could not be had.
#[derive(Debug, Error)]
pub enum LockError {
    /// Another process has it. `None` where it has not said yet who it is.
    #[error("{} is in use by {}. Join it, or end it first", dir.display(), named(holder.as_ref()))]
    Held {
        /// The workspace's folder.
        dir: PathBuf,
        /// Who.
        holder: Option<Holder>,
    },
    /// The file system refused.
    #[error("cannot lock {}: {why}. Check that the folder is yours and on a local disk", dir.display())]
    Io {
        /// The workspace's folder.
        dir: PathBuf,
        /// The system's words.
        why: io::Error,
    },
}

impl Lock {
    /// Takes the lock on `dir`, which is made if it is not there, to run `command` from `now` on.
    ///
    /// # Errors
    /// When another process has it, or the file system refuses.
    pub fn take(dir: &Path, command: &str, now: Timestamp) -> Result<Self, LockError> {
        let io = |why| LockError::Io { dir: dir.into(), why };
        private::folder(dir).map_err(io)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(dir.join(FILE)).map_err(io)?;
        match file.try_lock() {
            Ok(()) => write_facts(&mut file, command, now).map_err(io)?,
            Err(TryLockError::WouldBlock) => return Err(LockError::Held { dir: dir.into(), holder: facts(&file) }),
            Err(TryLockError::Error(why)) => return Err(io(why)),
        }
        Ok(Self { file, dir: dir.into() })
    }

    /// The workspace's folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The lock goes with the file either way; stale facts would only puzzle a reader.
        let _ = self.file.set_len(0);
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {}, user {}, since {})", self.command, self.pid, self.user, self.since)
    }
}

fn named(holder: Option<&Holder>) -> String {
    holder.map_or_else(|| "another process".into(), Holder::to_string)
}

fn write_facts(file: &mut File, command: &str, now: Timestamp) -> io::Result<()> {
    let user = crate::account::current();
    let holder = Holder { pid: std::process::id(), user, command: Plain::new(command), since: now };
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&serde_json::to_vec(&holder)?)
}

fn facts(mut file: &File) -> Option<Holder> {
    let mut text = Vec::new();
    file.rewind().ok()?;
    file.take(MOST_FACTS).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_second_is_told_who_the_first_is() {
        let temp = tempfile::tempdir().expect("a folder");
        let dir = temp.path().join("acme");
        let now: Timestamp = "2026-03-04T08:00:00Z".parse().expect("a time");
        let lock = Lock::take(&dir, "irate serve", now).expect("free");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&dir), mode(&dir.join(FILE))), (0o700, 0o600));

        let refused = Lock::take(&dir, "irate", now).expect_err("taken");
        let message = refused.to_string();
        for fact in ["irate serve", &std::process::id().to_string(), "2026-03-04T08:00:00Z", "Join it"] {
            assert!(message.contains(fact), "{message}");
        }
        drop(lock);
        assert_eq!(fs::read(dir.join(FILE)).expect("read"), b"");
        drop(Lock::take(&dir, "irate", now).expect("free again"));
    }

    #[test]
    fn a_holder_that_has_not_said_who_it_is_is_held_all_the_same() {
        let temp = tempfile::tempdir().expect("a folder");
        let file = File::create(temp.path().join(FILE)).expect("made");
        file.lock().expect("locked");
        fs::write(temp.path().join(FILE), "{\"pid\":").expect("written");
        let refused = Lock::take(temp.path(), "irate", Timestamp::UNIX_EPOCH).expect_err("taken");
        assert!(matches!(&refused, LockError::Held { holder: None, .. }), "{refused}");
        assert!(refused.to_string().contains("another process"));
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error_with_its_name() {
        let temp = tempfile::tempdir().expect("a folder");
        fs::write(temp.path().join("file"), "").expect("written");
        let refused = Lock::take(&temp.path().join("file/dir"), "irate", Timestamp::UNIX_EPOCH).expect_err("no folder");
        assert!(matches!(&refused, LockError::Io { .. }) && refused.to_string().contains("file/dir"), "{refused}");
    }
}
