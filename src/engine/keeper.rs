//! The one thread that writes the journal and the readings. Nothing is sent to a PSA before its
//! intent has come back from here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use jiff::Timestamp;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use crate::domain::{Clock, Judgement, Ledger, MessageId, Place, Plain, ReceiptId, Tone, Triage};
use crate::journal::{Event, Journal, ReadingLine, Readings};

/// Commands that may wait for the disk.
const QUEUE: usize = 256;

/// How far both files reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) journal: u64,
    pub(crate) readings: (String, u64),
}

/// What the readings files know of messages whose records were lost: numbers without words.
#[derive(Debug, Default)]
pub(super) struct Restored {
    pub(super) tones: HashMap<MessageId, Judgement<Tone>>,
    pub(super) triages: HashMap<MessageId, Judgement<Triage>>,
}

/// What the writing thread is asked.
pub(super) enum Command {
    Append(Timestamp, Box<Event>, oneshot::Sender<Result<(), Plain>>),
    Stash(ReceiptId, String, oneshot::Sender<Result<(), Plain>>),
    Stashed(ReceiptId, oneshot::Sender<Option<String>>),
    Drop(ReceiptId),
    Read(Vec<ReadingLine>, oneshot::Sender<Result<(), Plain>>),
    Stop,
}

/// A line to the writing thread; cheap to clone.
#[derive(Clone)]
pub(super) struct Desk {
    commands: mpsc::Sender<Command>,
    clock: Clock,
}

pub(super) struct Keeper {
    desk: Desk,
    position: Arc<Mutex<Position>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Reads the readings back, then writes what is asked.
    pub(super) async fn start(journal: Journal, readings: Readings, clock: Clock) -> (Self, Restored, Ledger) {
        let (commands, wanted) = mpsc::channel(QUEUE);
        let (ready, replayed) = oneshot::channel();
        // Known before anybody asks: an engine that reads 0 here would take its journal for cut short.
        let begun = Position { journal: journal.position().bytes, readings: readings.position() };
        let position = Arc::new(Mutex::new(begun));
        let shared = position.clone();
        let now = clock.now();
        let thread = std::thread::Builder::new()
            .name("irate-keeper".into())
            .spawn(move || {
                // Whoever started us waits for this; if they are gone, nobody sends commands either.
                let _ = ready.send(replay(&readings, now));
                write(journal, readings, wanted, &shared);
            })
            .ok();
        let (restored, ledger) = replayed.await.unwrap_or_default();
        (Self { desk: Desk { commands, clock }, position, thread }, restored, ledger)
    }

    pub(super) fn desk(&self) -> Desk {
        self.desk.clone()
    }

    /// How far both files reach.
    pub(super) fn position(&self) -> Position {
        self.position.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes what waits, and ends.
    pub(super) async fn stop(mut self) {
        let _ = self.desk.commands.send(Command::Stop).await;
        if let Some(thread) = self.thread.take() {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

impl Desk {
    /// A line to whoever reads the other end: a keeper without a disk.
    #[cfg(test)]
    pub(super) fn detached(clock: Clock) -> (Self, mpsc::Receiver<Command>) {
        let (commands, wanted) = mpsc::channel(QUEUE);
        (Self { commands, clock }, wanted)
    }

    /// Writes `event` and waits until it is on the disk.
    ///
    /// # Errors
    /// When it is not; nothing may be sent on it then.
    pub(super) async fn record(&self, at: Timestamp, event: Event) -> Result<(), Plain> {
        self.ask(|done| Command::Append(at, Box::new(event), done)).await?
    }

    /// Puts `event` in line now, before everything that is asked later; the future tells when it is on
    /// the disk.
    ///
    /// # Errors
    /// When it is not.
    pub(super) fn put(&self, at: Timestamp, event: Event) -> impl Future<Output = Result<(), Plain>> + Send + 'static {
        let (done, answer) = oneshot::channel();
        let in_line = self.commands.try_send(Command::Append(at, Box::new(event), done));
        let (commands, busy) = (self.commands.clone(), self.clock.busy());
        async move {
            let gone = || Plain::new("the journal's writer has stopped");
            match in_line {
                Ok(()) => {}
                // The disk is far behind; then the order of events that nothing hangs on may be lost.
                Err(TrySendError::Full(command)) => commands.send(command).await.map_err(|_| gone())?,
                Err(TrySendError::Closed(_)) => return Err(gone()),
            }
            let written = answer.await.map_err(|_| gone())?;
            drop(busy);
            written
        }
    }

    /// Puts a rendered note into its private file until it is confirmed.
    pub(super) async fn stash(&self, receipt: &ReceiptId, note: String) -> Result<(), Plain> {
        self.ask(|done| Command::Stash(receipt.clone(), note, done)).await?
    }

    /// The note that waits for `receipt`.
    pub(super) async fn stashed(&self, receipt: &ReceiptId) -> Option<String> {
        self.ask(|done| Command::Stashed(receipt.clone(), done)).await.ok().flatten()
    }

    /// The note of `receipt` is confirmed.
    pub(super) async fn drop_note(&self, receipt: &ReceiptId) {
        let _ = self.commands.send(Command::Drop(receipt.clone())).await;
    }

    /// Writes readings and waits until they are on the disk.
    pub(super) async fn read(&self, lines: Vec<ReadingLine>) -> Result<(), Plain> {
        self.ask(|done| Command::Read(lines, done)).await?
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, Plain> {
        let _busy = self.clock.busy();
        let (done, answer) = oneshot::channel();
        let gone = || Plain::new("the journal's writer has stopped");
        self.commands.send(command(done)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }
}

fn replay(readings: &Readings, now: Timestamp) -> (Restored, Ledger) {
    let (mut restored, mut ledger) = (Restored::default(), Ledger::new(now));
    let result = readings.replay(|line| {
        fold(&mut ledger, &line);
        let message = &line.about.message;
        if let Some(tone) = line.as_tone() {
            restored.tones.insert(message.clone(), tone);
        }
        if let Some(triage) = line.as_triage() {
            restored.triages.insert(message.clone(), triage);
        }
    });
    if let Err(error) = result {
        tracing::warn!(%error, "some readings could not be read back");
    }
    (restored, ledger)
}

/// Takes a line of the readings into the ledger; of the ticket it knows no more than the client's
/// number and what triage put it under.
pub fn fold(ledger: &mut Ledger, line: &ReadingLine) {
    let message = &line.about.message;
    if let Some(tone) = line.as_tone() {
        ledger.put(message, line.about.at, tone.reading().map(|reading| reading.value.score));
        let held = ledger.place(&message.ticket).unwrap_or_default();
        let client = line.about.client.clone().unwrap_or_default();
        ledger.describe(&message.ticket, &Place { client, ..held });
    }
    let triage = line.as_triage();
    let category = triage.as_ref().and_then(Judgement::reading).and_then(|reading| reading.value.category.as_ref());
    if let (Some(category), Some(held)) = (category, ledger.place(&message.ticket)) {
        ledger.describe(&message.ticket, &Place { category: category.value.label.clone(), ..held });
    }
}

fn tell(shared: &Mutex<Position>, journal: &Journal, readings: &Readings) {
    let position = Position { journal: journal.position().bytes, readings: readings.position() };
    *shared.lock().unwrap_or_else(PoisonError::into_inner) = position;
}

fn write(mut journal: Journal, mut readings: Readings, mut wanted: mpsc::Receiver<Command>, shared: &Mutex<Position>) {
    let words = |error: crate::journal::JournalError| Plain::new(&error.to_string());
    while let Some(command) = wanted.blocking_recv() {
        match command {
            Command::Append(at, event, done) => {
                let result = journal.append(at, &event).map(drop).map_err(words);
                tell(shared, &journal, &readings);
                let _ = done.send(result);
            }
            Command::Stash(receipt, note, done) => {
                let _ = done.send(journal.stash_note(&receipt, &note).map_err(words));
            }
            Command::Stashed(receipt, done) => {
                let _ = done.send(journal.stashed_note(&receipt));
            }
            Command::Drop(receipt) => {
                if let Err(error) = journal.drop_note(&receipt) {
                    tracing::warn!(%error, "a confirmed note could not be removed");
                }
            }
            Command::Read(lines, done) => {
                let result = readings.append(&lines).map(drop).map_err(words);
                tell(shared, &journal, &readings);
                let _ = done.send(result);
            }
            Command::Stop => return,
        }
    }
}
