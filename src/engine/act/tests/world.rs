//! A PSA and a journal in memory, in which things happen at numbered moments.

use std::collections::{BTreeMap, HashMap};
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::{Notify, mpsc};

use crate::domain::{
    Body, Clock, Contact, Field, FieldValue, Message, MessageId, Meter, Picklists, Plain, PsaKind, Receipt, ReceiptId,
    Simulation, Speaker, Ticket, TicketId, Visibility,
};
use crate::engine::Post;
use crate::engine::act::{Act, LATE_COMMIT};
use crate::engine::keeper::{Command, Desk};
use crate::journal::{Entry, Event, Replay, Unsettled};
use crate::psa::{Changed, OpenPage, Page, PageToken, Psa, PsaError, Right};

/// The fields of the one ticket.
pub(super) const FIELDS: [Field; 3] = [Field::Priority, Field::Status, Field::Owner];

/// Longer than any act of these courses takes.
const LONG: Duration = Duration::from_secs(6 * 3600);

/// Refusals that are doubted.
const MOST_REFUSALS: u32 = super::MOST_DOUBTS;

/// What happens during one act.
#[derive(Clone, Debug)]
pub(super) struct Course {
    /// What the fields hold at first.
    pub(super) held: [u8; 3],
    /// What we want them to hold.
    pub(super) wanted: [Option<u8>; 3],
    /// What people set: before which call of ours, which field, to what.
    pub(super) edits: Vec<(u32, usize, u8)>,
    /// Which calls fail, and how.
    pub(super) faults: BTreeMap<u32, Fault>,
    /// When we die; we come back.
    pub(super) crash: Option<Crash>,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    /// It never arrives.
    Lost,
    /// It is carried out, and the answer is lost.
    Unheard,
    /// The same, but a note stands there only a while later.
    Late,
    /// Too many calls.
    Throttled,
    /// Refused for no reason.
    Refused,
    /// Refused for no reason, and carried out all the same.
    RefusedYetDone,
}

impl Fault {
    fn carries_out(self) -> bool {
        matches!(self, Self::Unheard | Self::Late | Self::RefusedYetDone)
    }

    fn refuses(self) -> bool {
        matches!(self, Self::Refused | Self::RefusedYetDone)
    }

    fn error(self) -> PsaError {
        let why = Plain::new("out of order");
        match self {
            Self::Lost | Self::Unheard | Self::Late => PsaError::Unreachable { host: Plain::new("desk"), why },
            Self::Throttled => PsaError::Throttled { retry_after: None },
            Self::Refused | Self::RefusedYetDone => PsaError::Invalid { why },
        }
    }
}

/// What a call is for.
#[derive(Clone, Copy, PartialEq)]
enum Call {
    Look,
    Write,
}

/// A death at one step, which is a call to the PSA or a word to the journal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crash {
    pub(super) step: u32,
    pub(super) moment: Moment,
}

/// On which side of what the step does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Moment {
    Before,
    After,
}

/// A value set by somebody.
#[derive(Clone, Debug)]
pub(super) struct Set {
    pub(super) field: Field,
    pub(super) value: Option<FieldValue>,
    pub(super) by_us: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) id: MessageId,
    pub(super) at: Timestamp,
    pub(super) text: String,
}

/// How it ended.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// What the ticket holds.
    pub(super) fields: BTreeMap<Field, FieldValue>,
    /// All that was ever set, in its order.
    pub(super) sets: Vec<Set>,
    /// Our values that the PSA took, each with what our last look had shown.
    pub(super) sent: Vec<(Field, Option<FieldValue>)>,
    pub(super) notes: Vec<Note>,
    /// The receipt at its end; `None` where it never began.
    pub(super) settled: Option<Receipt>,
}

/// Empty, or one of a few.
pub(super) fn value(number: u8) -> Option<FieldValue> {
    (number > 0).then(|| FieldValue::new(&format!("value {number}"), number))
}

/// Carries out `receipt` while `course` happens, and takes it up again where it died.
pub(super) async fn play(course: Course, receipt: Receipt) -> Played {
    let (clock, simulation) = Clock::simulated(Timestamp::UNIX_EPOCH);
    let held = FIELDS.into_iter().zip(course.held);
    let before: BTreeMap<_, _> = held.map(|(field, held)| (field, value(held))).collect();
    let world = Arc::new(World::new(course, clock, &before));
    let act = world.act(receipt, "Triage note.");
    world.live(act.begin(before), &simulation).await;
    if let Some(Unsettled { receipt, note_sha256, .. }) = world.unsettled() {
        assert!(world.lock().crash.is_none(), "only a crash leaves something to be taken up");
        // What was on its way when we died has arrived by now.
        simulation.run(LATE_COMMIT).await;
        let act = world.act(receipt, "");
        world.live(act.resume(note_sha256), &simulation).await;
        assert_eq!(world.unsettled(), None);
    }
    world.ended()
}

struct World {
    clock: Clock,
    died: Notify,
    state: Mutex<State>,
}

struct State {
    edits: Vec<(u32, usize, u8)>,
    faults: BTreeMap<u32, Fault>,
    crash: Option<Crash>,
    steps: u32,
    calls: u32,
    refusals: u32,
    /// What our last look showed.
    seen: BTreeMap<Field, FieldValue>,
    played: Played,
    events: Vec<Event>,
    stash: HashMap<ReceiptId, String>,
}

impl State {
    /// People come before this call, and it may fail. Only what is written is refused, and no more often
    /// than is doubted.
    fn next_call(&mut self, call_is: Call) -> Option<Fault> {
        let call = self.calls;
        self.calls += 1;
        let due: Vec<_> = self.edits.extract_if(.., |(before, ..)| *before == call).collect();
        due.into_iter().for_each(|(_, field, number)| self.set(FIELDS[field], value(number), false));
        let fault = self.faults.get(&call).copied()?;
        if fault.refuses() && (call_is == Call::Look || self.refusals == MOST_REFUSALS) {
            return Some(Fault::Lost);
        }
        self.refusals += u32::from(fault.refuses());
        Some(fault)
    }

    fn set(&mut self, field: Field, value: Option<FieldValue>, by_us: bool) {
        match value.clone() {
            Some(value) => drop(self.played.fields.insert(field, value)),
            None => drop(self.played.fields.remove(&field)),
        }
        self.played.sets.push(Set { field, value, by_us });
    }

    fn take(&mut self, values: &[(Field, Option<FieldValue>)]) {
        for (field, value) in values {
            self.played.sent.push((*field, self.seen.get(field).cloned()));
            self.set(*field, value.clone(), true);
        }
    }

    fn add_note(&mut self, at: Timestamp, text: &str) -> MessageId {
        let id = MessageId::note(TicketId::new("1"), self.played.notes.len());
        self.played.notes.push(Note { id: id.clone(), at, text: text.to_owned() });
        id
    }
}

impl World {
    fn new(course: Course, clock: Clock, held: &BTreeMap<Field, Option<FieldValue>>) -> Self {
        let Course { edits, faults, crash, .. } = course;
        let fields = held.iter().filter_map(|(field, held)| Some((*field, held.clone()?))).collect();
        let state = State {
            edits,
            faults,
            crash,
            steps: 0,
            calls: 0,
            refusals: 0,
            seen: BTreeMap::new(),
            played: Played { fields, ..Played::default() },
            events: Vec::new(),
            stash: HashMap::new(),
        };
        Self { clock, died: Notify::new(), state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn act(self: &Arc<Self>, receipt: Receipt, note: &str) -> Act {
        let (desk, wanted) = Desk::detached(self.clock.clone());
        tokio::spawn(keep(self.clone(), wanted));
        let (inbox, mut news) = mpsc::channel(8);
        tokio::spawn(async move { while news.recv().await.is_some() {} });
        let post = Post { inbox, clock: self.clock.clone() };
        Act::new(self.clone(), desk, self.clock.clone(), post, receipt, note.to_owned())
    }

    /// Runs `act` to its end, or to ours.
    async fn live(&self, act: impl Future<Output = ()> + Send + 'static, simulation: &Simulation) {
        let mut acting = tokio::spawn(act);
        tokio::select! {
            biased;
            () = self.died.notified() => {}
            ended = &mut acting => return ended.expect("no panic"),
            () = simulation.run(LONG) => panic!("the act does not end"),
        }
        acting.abort();
        // Its very last word needs no answer, so it may have ended.
        assert!(acting.await.err().is_none_or(|error| error.is_cancelled()));
    }

    /// One step; where it is the last one, its side.
    fn step(&self) -> Option<Moment> {
        let mut state = self.lock();
        let step = state.steps;
        state.steps += 1;
        state.crash.take_if(|crash| crash.step == step).map(|crash| crash.moment)
    }

    /// Never comes back where we die at this `moment`.
    async fn survive(&self, last: Option<Moment>, moment: Moment) {
        if last == Some(moment) {
            self.died.notify_one();
            pending::<()>().await;
        }
    }

    /// One call: `deed` is what it does, and when that is seen.
    async fn call<T: Send>(
        &self,
        call: Call,
        deed: impl FnOnce(&mut State, Timestamp) -> T + Send,
    ) -> Result<T, PsaError> {
        let last = self.step();
        self.survive(last, Moment::Before).await;
        let (fault, done) = {
            let mut state = self.lock();
            let fault = state.next_call(call);
            let delay = if fault == Some(Fault::Late) { LATE_COMMIT / 2 } else { Duration::ZERO };
            let done = fault.is_none_or(Fault::carries_out).then(|| deed(&mut state, self.clock.now() + delay));
            (fault, done)
        };
        self.survive(last, Moment::After).await;
        match (fault, done) {
            (None, Some(done)) => Ok(done),
            (fault, _) => Err(fault.unwrap_or(Fault::Lost).error()),
        }
    }

    /// What the journal would give back.
    fn unsettled(&self) -> Option<Unsettled> {
        let entry =
            |(seq, event): (usize, &Event)| Entry { seq: seq as u64 + 1, at: self.clock.now(), event: event.clone() };
        let entries = self.lock().events.iter().enumerate().map(entry).collect();
        Replay { entries, ..Replay::default() }.unsettled().pop()
    }

    fn ended(&self) -> Played {
        let mut state = self.lock();
        let settled = state.events.iter().rev().find_map(|event| match event {
            Event::Settled { receipt } => Some(receipt.clone()),
            _ => None,
        });
        Played { settled, ..std::mem::take(&mut state.played) }
    }
}

/// The keeper without its disk.
async fn keep(world: Arc<World>, mut wanted: mpsc::Receiver<Command>) {
    while let Some(command) = wanted.recv().await {
        let last = world.step();
        world.survive(last, Moment::Before).await;
        match command {
            Command::Append(_, event, done) => {
                world.lock().events.push(*event);
                world.survive(last, Moment::After).await;
                let _ = done.send(Ok(()));
            }
            Command::Stash(receipt, note, done) => {
                world.lock().stash.insert(receipt, note);
                world.survive(last, Moment::After).await;
                let _ = done.send(Ok(()));
            }
            Command::Stashed(receipt, done) => {
                let note = world.lock().stash.get(&receipt).cloned();
                world.survive(last, Moment::After).await;
                let _ = done.send(note);
            }
            Command::Drop(receipt) => drop(world.lock().stash.remove(&receipt)),
            Command::Read(..) | Command::Stop => panic!("no act asks for this"),
        }
    }
}

fn ticket(fields: BTreeMap<Field, FieldValue>) -> Ticket {
    Ticket {
        id: TicketId::new("1"),
        number: Plain::new("#1"),
        summary: Plain::new("A ticket"),
        client: None,
        contact: Contact::default(),
        fields: fields.into(),
        opened_at: Timestamp::UNIX_EPOCH,
        changed_at: Timestamp::UNIX_EPOCH,
        closed_at: None,
        closed: false,
        due_at: None,
        link: None,
    }
}

fn message(note: &Note) -> Message {
    Message {
        id: note.id.clone(),
        at: note.at,
        speaker: Speaker::Agent,
        author: Plain::new("irate"),
        email: None,
        subject: None,
        visibility: Visibility::Internal,
        body: Body { raw: note.text.clone(), html: false },
    }
}

#[async_trait]
impl Psa for World {
    fn kind(&self) -> PsaKind {
        PsaKind::Halo
    }

    fn meter(&self) -> Meter {
        Meter::default()
    }

    async fn changed(&self, _: Timestamp, _: Option<PageToken>) -> Result<Page, PsaError> {
        Ok(Page::default())
    }

    async fn open(&self, _: Option<PageToken>) -> Result<OpenPage, PsaError> {
        Ok(OpenPage::default())
    }

    async fn rights(&self) -> Result<Vec<Right>, PsaError> {
        Ok(Vec::new())
    }

    async fn changed_ticket(&self, _: &TicketId) -> Result<Changed, PsaError> {
        let fields = self.call(Call::Look, |state, _| state.played.fields.clone()).await?;
        self.lock().seen.clone_from(&fields);
        Ok(Changed { ticket: ticket(fields), opening: None })
    }

    async fn messages(&self, _: &[TicketId], _: Timestamp) -> Result<Vec<Message>, PsaError> {
        self.call(Call::Look, |state, now| {
            state.played.notes.iter().filter(|note| note.at <= now).map(message).collect()
        })
        .await
    }

    async fn picklists(&self) -> Result<Picklists, PsaError> {
        Ok(Picklists::default())
    }

    /// The write and the look after it are two calls, and people may come between them.
    async fn update(&self, id: &TicketId, values: &[(Field, Option<FieldValue>)]) -> Result<Ticket, PsaError> {
        self.call(Call::Write, |state, _| state.take(values)).await?;
        self.ticket(id).await
    }

    async fn add_internal_note(&self, _: &TicketId, text: &str) -> Result<MessageId, PsaError> {
        self.call(Call::Write, |state, at| state.add_note(at, text)).await
    }
}
