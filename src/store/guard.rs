//! Opening sled so that neither its panics nor its silent losses get any further.
//!
//! Damaged is: a panic, a checksum that does not match, a record that cannot be read, or marks that
//! are missing or behind what was flushed. A damaged store is set aside and a new one opened.

use std::any::Any;
use std::fs;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, mpsc as progress};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::marks::{Flushed, Marks};
use super::owner::Owner;
use super::trees::Trees;
use super::{Opened, Outcome, Store, StoreError};
use crate::domain::{Clock, Plain, TicketRecord};
use crate::private;

/// The name of the thread whose panics are caught here: a panic hook has nothing to say about it.
pub const GUARDED_THREAD: &str = "irate-store";

const FOLDER: &str = "sled";
const CONDEMNED: &str = "store.damaged";
/// Damaged stores kept for a look. They hold customer text, so not for ever.
const KEPT_ASIDE: usize = 2;
/// Commands that may wait for the owner.
const QUEUE: usize = 1024;
/// The longest wait for a sign of progress. It guards against a hang of the library, so it is real
/// time whatever clock the program runs on.
const LONGEST_SILENCE: Duration = Duration::from_secs(10);
/// Rows between two signs of progress.
const ROWS_PER_SIGN: usize = 1024;

/// What the owner reports while it opens.
enum Sign {
    Alive,
    Done(Result<Found, StoreError>),
}

/// What an opened database holds.
struct Found {
    is_new: bool,
    marks: Option<Marks>,
    records: Vec<TicketRecord>,
}

/// Opens the store in `dir`, on a new one after the old one failed.
pub(super) fn open(dir: &Path, clock: &Clock) -> Result<Opened, StoreError> {
    private::folder(dir)?;
    let flushed = Flushed::read(dir)?;
    match usable(dir, &flushed).and_then(|()| start(dir, &flushed, clock)) {
        Ok((store, found)) => {
            let outcome = if found.is_new { Outcome::Fresh } else { Outcome::Intact };
            let marks = found.marks.unwrap_or_default();
            Ok(Opened { store, outcome, marks, records: found.records })
        }
        Err(StoreError::Damaged { why }) => {
            let to = set_aside(dir, clock.now())?;
            let (store, found) = start(dir, &Flushed::Nothing, clock)?;
            let marks = flushed.into_marks().unwrap_or_default();
            Ok(Opened { store, outcome: Outcome::SetAside { to, why }, marks, records: found.records })
        }
        Err(error) => Err(error),
    }
}

/// What can be said of a store without opening it.
fn usable(dir: &Path, flushed: &Flushed) -> Result<(), StoreError> {
    match fs::read(dir.join(CONDEMNED)) {
        Ok(why) => return Err(StoreError::damaged(Plain::new(&String::from_utf8_lossy(&why)).cut(200))),
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        Err(_) => {}
    }
    if !dir.join(FOLDER).exists() && *flushed != Flushed::Nothing {
        return Err(StoreError::damaged("its folder is gone"));
    }
    Ok(())
}

/// Opens the database on the thread that will own it, and waits until it is read and checked.
fn start(dir: &Path, flushed: &Flushed, clock: &Clock) -> Result<(Store, Found), StoreError> {
    let (signs, seen) = progress::channel();
    let (commands, queue) = mpsc::channel(QUEUE);
    let given_up = Arc::new(AtomicBool::new(false));
    let store = Store { dir: dir.into(), commands, given_up: given_up.clone(), clock: clock.clone() };
    let (dir, flushed) = (dir.to_path_buf(), flushed.clone());
    thread::Builder::new().name(GUARDED_THREAD.into()).spawn(move || {
        let prepared = guarded(|| prepare(&dir.join(FOLDER), &flushed, &signs));
        let (trees, result) = match prepared {
            Ok((trees, found)) => (Some(trees), Ok(found)),
            Err(error) => (None, Err(error)),
        };
        // Nobody listens any more when this took too long; what was opened is closed again then.
        if signs.send(Sign::Done(result)).is_ok()
            && let Some(trees) = trees
        {
            Owner::new(dir, trees, given_up).run(queue);
        }
    })?;
    loop {
        match seen.recv_timeout(LONGEST_SILENCE) {
            Ok(Sign::Alive) => {}
            Ok(Sign::Done(result)) => return result.map(|found| (store, found)),
            Err(progress::RecvTimeoutError::Timeout) => return Err(StoreError::damaged("it does not open")),
            Err(progress::RecvTimeoutError::Disconnected) => return Err(StoreError::damaged("its thread died")),
        }
    }
}

fn prepare(folder: &Path, flushed: &Flushed, signs: &progress::Sender<Sign>) -> Result<(Trees, Found), StoreError> {
    let mut trees = Trees::open(folder)?;
    let marks = trees.marks()?;
    flushed.require(marks.as_ref()).map_err(StoreError::damaged)?;
    let mut rows = 0usize;
    let records = trees.load(|| {
        rows += 1;
        if rows.is_multiple_of(ROWS_PER_SIGN) {
            // Who waited too long has gone; that is noticed at the end.
            let _ = signs.send(Sign::Alive);
        }
    })?;
    let found = Found { is_new: trees.is_new(), marks, records };
    Ok((trees, found))
}

/// Runs `work`; a panic is damage.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(blame(panic.as_ref())))
}

/// What a panic of the library means. Its words may hold pieces of the data, so they are not repeated.
fn blame(panic: &(dyn Any + Send)) -> StoreError {
    let words = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    match words {
        Some(words) if words.contains("StorageFull") || words.contains("No space left") => StoreError::Full,
        _ => StoreError::damaged("the database library panicked on it"),
    }
}

/// Notes that the store in `dir` must not be used again.
pub(super) fn condemn(dir: &Path, why: &str) {
    // A disk that refuses even this leaves the damage to be found again at the next start.
    let _ = private::replace(&dir.join(CONDEMNED), why.as_bytes());
}

/// Renames what is left of the damaged store and says where it is now.
fn set_aside(dir: &Path, now: Timestamp) -> io::Result<Option<PathBuf>> {
    let folder = dir.join(FOLDER);
    let aside = free_name(dir, now);
    let to = match fs::rename(&folder, &aside) {
        Ok(()) => Some(aside),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    private::sync_parent(&folder)?;
    private::remove(&dir.join(CONDEMNED))?;
    drop_oldest(dir)?;
    Ok(to)
}

fn free_name(dir: &Path, now: Timestamp) -> PathBuf {
    let stamp = now.strftime("%Y%m%dT%H%M%SZ");
    let mut path = dir.join(format!("{FOLDER}.bad-{stamp}"));
    let mut again = 2;
    while path.exists() {
        path = dir.join(format!("{FOLDER}.bad-{stamp}-{again}"));
        again += 1;
    }
    path
}

fn drop_oldest(dir: &Path) -> io::Result<()> {
    let mut aside = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("sled.bad-") {
            aside.push(entry.path());
        }
    }
    aside.sort();
    let surplus = aside.len().saturating_sub(KEPT_ASIDE);
    aside[..surplus].iter().try_for_each(fs::remove_dir_all)
}
