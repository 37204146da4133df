//! What can be fetched or made again: one record a ticket, and the score cache. In sled 0.34.
//!
//! Nothing here is the only copy of anything. sled panics, or silently opens empty, on a damaged
//! file and after some power cuts; so it is opened and used on one guarded thread, checked against
//! what is known to have been flushed, and set aside when it fails: see [`Outcome`]. Writes are
//! acknowledged when they are on the disk, many at once.
//!
//! A stored message body is at most 12,000 bytes long as JSON; what is beyond is fetched again from
//! the PSA when somebody needs it.
//!
//! What must not be lost belongs in [`crate::journal`], not here. This room decides nothing about
//! tickets.

mod front;
mod guard;
mod lock;
mod marks;
mod owner;
mod trees;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use crate::domain::{Clock, TicketId, TicketRecord};
use owner::{Command, Reply};

pub use front::Front;
pub use guard::GUARDED_THREAD;
pub use lock::{Holder, Lock, LockError};
pub use marks::Marks;

/// The longest wait for an answer. It guards against a hang of the library, so it is real time
/// whatever clock the program runs on.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A handle on the store; cheap to clone. The store closes when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Store {
    dir: Arc<Path>,
    commands: mpsc::Sender<Command>,
    given_up: Arc<AtomicBool>,
    clock: Clock,
}

/// A store that was opened.
pub struct Opened {
    /// The handle.
    pub store: Store,
    /// How it was found.
    pub outcome: Outcome,
    /// How far it goes; after it was set aside: how far it went when it was last flushed.
    pub marks: Marks,
    /// Every ticket in it.
    pub records: Vec<TicketRecord>,
}

/// How a store was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There was none.
    Fresh,
    /// It holds everything that was flushed.
    Intact,
    /// It was damaged. A new one is open, to be filled from PSA, readings and journal. Until
    /// [`Store::set_marks`] says that it is filled, the next start sets it aside again.
    SetAside {
        /// Where the damaged one is now; `None` where nothing of it was left.
        to: Option<PathBuf>,
        /// What was wrong with it, in words.
        why: String,
    },
}

/// Why the store could not do its work.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// It cannot be trusted any more.
    #[error("the store is damaged: {why}. irate goes on without it and makes it again at the next start")]
    Damaged {
        /// What is wrong, in words, without what it holds.
        why: String,
    },
    /// The disk is full.
    #[error("no room on the disk for the store. Make room, then start again; nothing is lost")]
    Full,
    /// The file system refused.
    #[error("the store cannot be read or written: {why}. Check the permissions of its folder and the disk")]
    Io {
        /// The system's words.
        why: String,
    },
    /// Another process has it open.
    #[error("another process has the store open. End it, then start again")]
    InUse,
    /// No answer came.
    #[error("the store did not answer within a minute. irate goes on without it; is the disk overloaded?")]
    Stuck,
    /// It was damaged or stuck before.
    #[error("the store failed before. irate goes on without it until the next start")]
    GivenUp,
    /// It was closed.
    #[error("the store is closed")]
    Closed,
}

impl fmt::Debug for Opened {
    /// Without the tickets: they hold customer text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({:?}, {:?}, {} records)", self.outcome, self.marks, self.records.len())
    }
}

impl Store {
    /// Opens the store in the workspace's folder `dir`, which is made if it is not there. A damaged
    /// one is set aside. The caller holds the workspace's [`Lock`].
    ///
    /// # Errors
    /// When the disk is full or refuses, or another process has the store open.
    pub async fn open(dir: &Path, clock: &Clock) -> Result<Opened, StoreError> {
        let (dir, clock) = (dir.to_path_buf(), clock.clone());
        let _busy = clock.busy();
        let opening = tokio::task::spawn_blocking({
            let clock = clock.clone();
            move || guard::open(&dir, &clock)
        });
        opening.await.map_err(|_| StoreError::Closed)?
    }

    /// Every ticket, as it stands in the store.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn records(&self) -> Result<Vec<TicketRecord>, StoreError> {
        self.ask(Command::Records).await
    }

    /// Writes tickets with their messages; each is written whole or not at all.
    ///
    /// # Errors
    /// When some may not be on the disk.
    pub async fn put_records(&self, records: Vec<TicketRecord>) -> Result<(), StoreError> {
        self.ask(|reply| Command::Put(records, reply)).await
    }

    /// Forgets tickets and their messages.
    ///
    /// # Errors
    /// When some may still be on the disk.
    pub async fn remove(&self, tickets: Vec<TicketId>) -> Result<(), StoreError> {
        self.ask(|reply| Command::Remove(tickets, reply)).await
    }

    /// What is cached under `key`, if it has not expired by `now`. What cannot be read is not there.
    pub async fn cached<T: DeserializeOwned>(&self, key: [u8; 32], now: Timestamp) -> Option<T> {
        let entry = self.ask(|reply| Command::Cached(key, reply)).await.ok()??;
        trees::cache_value(&entry, now)
    }

    /// Keeps `value` under `key` until `expires`.
    ///
    /// # Errors
    /// When it may not be on the disk.
    pub async fn cache<T: Serialize>(&self, key: [u8; 32], value: &T, expires: Timestamp) -> Result<(), StoreError> {
        let entry = trees::cache_entry(value, expires)?;
        self.ask(|reply| Command::Cache(key, entry, reply)).await
    }

    /// Forgets what has expired by `now`.
    ///
    /// # Errors
    /// When some may still be on the disk.
    pub async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        self.ask(|reply| Command::Sweep(now, reply)).await
    }

    /// Says that everything up to `marks` is in the store.
    ///
    /// # Errors
    /// When that may not be on the disk.
    pub async fn set_marks(&self, marks: Marks) -> Result<(), StoreError> {
        self.ask(|reply| Command::SetMarks(marks, reply)).await
    }

    /// Whether it was found damaged while in use, or got stuck. From then on every call fails at
    /// once; the next start checks it, and makes it again where it is damaged.
    pub fn damaged(&self) -> bool {
        self.given_up.load(Ordering::Acquire)
    }

    /// Keeps the first page of the queue for the next screen. Where that fails, the next screen is empty
    /// for a moment longer.
    pub async fn keep_front(&self, front: Front) {
        let dir = self.dir.clone();
        let _busy = self.clock.busy();
        let written = tokio::task::spawn_blocking(move || front.write(&dir)).await;
        if let Ok(Err(error)) = written {
            tracing::warn!(%error, "the first page was not kept");
        }
    }

    /// Closes it for all handles; when this returns it can be opened again.
    ///
    /// # Errors
    /// When the last writes may not be on the disk.
    pub async fn close(self) -> Result<(), StoreError> {
        self.ask(Command::Close).await
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, StoreError> {
        if self.damaged() {
            return Err(StoreError::GivenUp);
        }
        let (reply, answer) = oneshot::channel();
        let _busy = self.clock.busy();
        let asked = async {
            self.commands.send(command(reply)).await.map_err(|_| StoreError::Closed)?;
            tokio::select! {
                biased;
                answer = answer => answer.map_err(|_| StoreError::Closed)?,
                // A command that slips in while the owner leaves lies there unread for ever.
                () = self.commands.closed() => Err(StoreError::Closed),
            }
        };
        tokio::time::timeout(LONGEST_WAIT, asked).await.unwrap_or_else(|_| {
            self.given_up.store(true, Ordering::Release);
            Err(StoreError::Stuck)
        })
    }
}

impl StoreError {
    fn damaged(why: impl Into<String>) -> Self {
        Self::Damaged { why: why.into() }
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io { why: error.to_string() },
        }
    }
}

impl From<sled::Error> for StoreError {
    fn from(error: sled::Error) -> Self {
        match error {
            sled::Error::Io(error) => match error.kind() {
                io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                    Self::damaged("a file of it is cut or garbled")
                }
                // The outer kind of this one says nothing.
                _ if error.to_string().contains("could not acquire lock") => Self::InUse,
                _ => error.into(),
            },
            sled::Error::Corruption { .. } => Self::damaged("a checksum in it does not match"),
            sled::Error::CollectionNotFound(_) => Self::damaged("a part of it is gone"),
            sled::Error::Unsupported(_) => Self::damaged("its settings are not the ones it was made with"),
            sled::Error::ReportableBug(_) => Self::damaged("it contradicts itself"),
        }
    }
}

#[cfg(test)]
mod tests;
