//! The one thread that owns the database: it takes many commands, writes, flushes once, and only
//! then acknowledges them all.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::StoreError;
use super::guard::{condemn, guarded};
use super::marks::{Flushed, Marks};
use super::trees::Trees;
use crate::domain::{TicketId, TicketRecord};

/// The most commands that share one flush.
const GROUP: usize = 128;

/// Where an answer goes.
pub(super) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// What can be asked of the owner.
pub(super) enum Command {
    Records(Reply<Vec<TicketRecord>>),
    Put(Vec<TicketRecord>, Reply<()>),
    Remove(Vec<TicketId>, Reply<()>),
    Cached([u8; 32], Reply<Option<Vec<u8>>>),
    Cache([u8; 32], Vec<u8>, Reply<()>),
    Sweep(Timestamp, Reply<()>),
    SetMarks(Marks, Reply<()>),
    Close(Reply<()>),
}

/// Owns the database until it is closed.
pub(super) struct Owner {
    dir: PathBuf,
    trees: Trees,
    given_up: Arc<AtomicBool>,
    /// Writes that wait for the flush, with how they went so far.
    unacknowledged: Vec<(Reply<()>, Result<(), StoreError>)>,
    /// Marks that wait for the flush.
    marks: Option<Marks>,
}

impl Owner {
    pub(super) fn new(dir: PathBuf, trees: Trees, given_up: Arc<AtomicBool>) -> Self {
        Self { dir, trees, given_up, unacknowledged: Vec::new(), marks: None }
    }

    /// Serves until somebody closes the store or all handles are gone.
    pub(super) fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut closing = None;
        let mut group = Vec::with_capacity(GROUP);
        while closing.is_none() && commands.blocking_recv_many(&mut group, GROUP) > 0 {
            for command in group.drain(..) {
                if let ControlFlow::Break(reply) = self.obey(command) {
                    closing = Some(reply);
                    break;
                }
            }
            self.acknowledge();
        }
        let flushed = self.working(Trees::sync);
        self.end();
        if let Some(reply) = closing {
            answer(reply, flushed);
        }
    }

    /// Does what it is told; breaks when it is told to close.
    fn obey(&mut self, command: Command) -> ControlFlow<Reply<()>> {
        match command {
            Command::Records(reply) => answer(reply, self.working(|trees| trees.load(|| ()))),
            Command::Cached(key, reply) => answer(reply, self.working(|trees| trees.cached(&key))),
            Command::Put(records, reply) => {
                self.write(reply, |trees| records.into_iter().try_for_each(|record| trees.put(record)));
            }
            Command::Remove(tickets, reply) => {
                self.write(reply, |trees| tickets.iter().try_for_each(|ticket| trees.remove(ticket)));
            }
            Command::Cache(key, entry, reply) => self.write(reply, |trees| trees.cache(&key, entry)),
            Command::Sweep(now, reply) => self.write(reply, |trees| trees.sweep(now)),
            Command::SetMarks(marks, reply) => {
                let outcome = self.working(|trees| trees.set_marks(&marks));
                if outcome.is_ok() {
                    self.marks = Some(marks);
                }
                self.unacknowledged.push((reply, outcome));
            }
            Command::Close(reply) => return ControlFlow::Break(reply),
        }
        ControlFlow::Continue(())
    }

    fn write(&mut self, reply: Reply<()>, work: impl FnOnce(&mut Trees) -> Result<(), StoreError>) {
        let outcome = self.working(work);
        self.unacknowledged.push((reply, outcome));
    }

    fn acknowledge(&mut self) {
        if self.unacknowledged.is_empty() {
            return;
        }
        let flushed = self.working(Trees::sync).and_then(|()| match self.marks.take() {
            Some(marks) => Ok(Flushed::write(&self.dir, &marks)?),
            None => Ok(()),
        });
        for (reply, outcome) in self.unacknowledged.drain(..) {
            answer(reply, outcome.and(flushed.clone()));
        }
    }

    /// Runs `work` under guard; once it is given up, nothing is touched again.
    fn working<T>(&mut self, work: impl FnOnce(&mut Trees) -> Result<T, StoreError>) -> Result<T, StoreError> {
        if self.given_up.load(Ordering::Acquire) {
            return Err(StoreError::GivenUp);
        }
        let outcome = guarded(|| work(&mut self.trees));
        if let Err(StoreError::Damaged { why }) = &outcome {
            condemn(&self.dir, why);
            self.given_up.store(true, Ordering::Release);
        }
        outcome
    }

    fn end(self) {
        if self.given_up.load(Ordering::Acquire) {
            // Closing waits for sled's own threads, and one that panicked never ends.
            std::mem::forget(self.trees);
        } else {
            // Nothing is left to be told about a failure here: everything is flushed.
            let _ = guarded(|| {
                drop(self.trees);
                Ok(())
            });
        }
    }
}

/// Nobody may be waiting any more.
fn answer<T>(reply: Reply<T>, outcome: Result<T, StoreError>) {
    let _ = reply.send(outcome);
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::guard::open;
    use super::super::tests::{clock, quiet_guarded_threads};
    use super::*;

    #[test]
    fn marks_that_were_not_written_are_not_claimed() {
        let temp = tempfile::tempdir().expect("a folder");
        let dir = temp.path().to_path_buf();
        let given_up = Arc::new(AtomicBool::new(true));
        let mut owner = Owner::new(dir.clone(), Trees::open(&dir.join("sled")).expect("opened"), given_up.clone());
        let (reply, mut answer) = oneshot::channel();
        let marks = Marks { journal: 9, ..Marks::default() };
        assert!(owner.obey(Command::SetMarks(marks, reply)).is_continue());
        given_up.store(false, Ordering::Release);
        owner.acknowledge();
        assert_eq!(answer.try_recv().expect("answered"), Err(StoreError::GivenUp));
        assert_eq!(Flushed::read(&dir).expect("read"), Flushed::Nothing);
    }

    #[test]
    fn a_panic_in_use_condemns_the_store_until_it_is_made_again() {
        quiet_guarded_threads();
        let temp = tempfile::tempdir().expect("a folder");
        let dir = temp.path().to_path_buf();
        let given_up = Arc::new(AtomicBool::new(false));
        let mut owner = Owner::new(dir.clone(), Trees::open(&dir.join("sled")).expect("opened"), given_up.clone());
        let guarded = std::thread::Builder::new().name(super::super::GUARDED_THREAD.into()).spawn(move || {
            let first = owner.working::<()>(|_| panic!("a page with the customer's words"));
            let second = owner.working(|trees| trees.cached(&[0; 32]));
            owner.end();
            (first, second)
        });
        let (first, second) = guarded.expect("spawned").join().expect("the panic goes no further");
        let first = first.expect_err("panicked");
        assert!(matches!(&first, StoreError::Damaged { .. }) && !first.to_string().contains("words"), "{first}");
        assert_eq!(second, Err(StoreError::GivenUp));
        assert!(given_up.load(Ordering::Acquire));
        let opened = open(&dir, &clock()).expect("opened");
        let Outcome::SetAside { to: Some(to), why } = opened.outcome else { panic!("{:?}", opened.outcome) };
        assert!(to.is_dir() && why.contains("panicked"), "{why}");
        drop(opened.store);
        let again = open(&dir, &clock()).expect("opened");
        assert_eq!(again.outcome, Outcome::Intact);
    }
}
