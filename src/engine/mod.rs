//! The engine: one task that owns all state. Everything that waits (the PSA, the judge, the disk)
//! runs in child tasks that send their results back; screens talk to it through [`crate::seat`].
//!
//! | file | what it does |
//! |---|---|
//! | `intake` | asks the PSA what changed, within the tenant's budget |
//! | `owed` | conversations that are still to be read |
//! | `pace` | how long to wait between two looks |
//! | `queue` | questions that wait for a judge |
//! | `chain` | the judges in their order, each with its circuit breaker |
//! | `scoring` | cleans, caches and judges messages, each question once |
//! | `sent` | what left this machine, byte for byte |
//! | `applying` | takes results into the records |
//! | `deciding` | asks the policy, makes proposals |
//! | `act` | carries out a receipt, step by step, resumable |
//! | `races` | what was overwritten in the moment between look and write |
//! | `acting` | begins acts, and hears of them |
//! | `hooking` | tells webhook targets what happens, and what they missed |
//! | `serving` | answers the seats |
//! | `checkup` | says how everything stands that the engine depends on |
//! | `keeper` | the one thread that writes journal and readings |
//! | `board` | records, rows and what seats have been told |
//! | `lists` | keeps the PSA's lists for a look back |
//! | `history` | what happened, put together again for a look back |
//! | `storms` | the same symptom told by several clients |
//! | `trends` | sentiment over time, and the watch over what is usual |

mod act;
mod acting;
mod applying;
mod board;
mod chain;
pub mod checkup;
mod clients;
mod deciding;
mod elevation;
mod front;
mod history;
mod hooking;
mod intake;
mod keeper;
mod lists;
mod owed;
mod pace;
mod queue;
mod races;
mod receipts;
mod retracting;
mod reviewing;
mod scoring;
mod sent;
mod serving;
mod storms;
mod telling;
mod trends;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::domain::{
    Busy, Calendars, Clock, Edges, Episode, HookId, Mute, Picklists, Plain, ProposalId, PsaKind, ReceiptId, StormRules,
    TicketId, TicketRecord, Weights,
};
use crate::hooks::Hooks;
use crate::journal::{Journal, ReadingLine, Readings, Replay, SaidOf};
use crate::policy::Policy;
use crate::psa::Psa;
use crate::psa::webhook::Hints;
use crate::seat::{Door, Health, Hello, SavedView, Seat, VERSION, Wanted, Welcome};
use crate::store::{Lock, Marks, Outcome, Store, StoreError};

use acting::ActNews;
use board::Board;
use hooking::{HookNews, Hooking};
use intake::{Intake, IntakeNews};
use keeper::Keeper;
use queue::day_start;
use receipts::Receipts;
use scoring::{ScoreNews, Scoring};
use storms::Storms;
use trends::Trends;

pub use chain::{ChainLink, Place};
pub use clients::{ClientRule, Clients};
pub use history::{Basis, Complete, History};
pub use intake::Boards;
pub use keeper::fold;
pub use lists::last_picklists;
pub use scoring::cache_key;
pub use sent::SentLog;
pub use trends::{milestones, overlay};

/// Requests and results that may wait for the engine before senders wait.
const INBOX: usize = 1024;

/// Results taken in before seats are told.
const MOST_AT_ONCE: usize = 256;

/// How often expired readings are swept out of the cache.
const SWEEP: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// How long the end waits for acts under way.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often attention is ranked again as time passes.
const TICK: Duration = Duration::from_secs(60);

/// Everything an engine is made of.
pub struct Parts {
    /// How it behaves.
    pub settings: Settings,
    /// The service desk.
    pub psa: Arc<dyn Psa>,
    /// The judges, the first choice first; none when judging is off.
    pub judges: Vec<ChainLink>,
    /// The rules.
    pub policy: Policy,
    /// The cache of everything that can be fetched again.
    pub store: Store,
    /// What it holds.
    pub records: Vec<TicketRecord>,
    /// How the store was found.
    pub found: Outcome,
    /// What the store had seen.
    pub marks: Marks,
    /// The truth.
    pub journal: Journal,
    /// What the journal held.
    pub replay: Replay,
    /// The readings.
    pub readings: Readings,
    /// What webhooks say has changed; it is only looked at.
    pub hints: Option<Hints>,
    /// Who is told what happens here.
    pub hooks: Hooks,
    /// The one source of time.
    pub clock: Clock,
    /// Held while the engine runs: one engine a workspace.
    pub lock: Lock,
}

/// How an engine behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The workspace's name.
    pub workspace: Plain,
    /// Whether seats may change tickets.
    pub write: bool,
    /// For how long at most a read-only seat may change them once it asked; nought forbids it.
    pub elevation: jiff::SignedDuration,
    /// The saved views.
    pub views: Vec<SavedView>,
    /// The weights of attention.
    pub weights: Weights,
    /// Consent and VIP by client.
    pub clients: Clients,
    /// When the desk is open, by client and board.
    pub calendars: Calendars,
    /// When tickets of several clients count as a storm.
    pub storm: StormRules,
    /// The boards that are watched.
    pub boards: Boards,
    /// The shortest time between polls.
    pub poll: Duration,
    /// How far back the first run reads.
    pub lookback: Duration,
    /// How messages are read before judging.
    pub text: crate::text::Settings,
    /// Tickets of history that a model reads a day (UTC); `None` is all at once.
    pub backfill_a_day: Option<usize>,
    /// The daily budget in millionths of a dollar, for the header.
    pub budget_micros: Option<u64>,
    /// What was spent earlier today, in millionths of a dollar, for the header.
    pub spent_micros: u64,
}

/// A running engine.
pub struct Handle {
    door: Door,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Handle {
    /// Starts an engine. It reads its records back before it answers the first seat.
    pub async fn start(parts: Parts) -> Self {
        let (requests, asked) = mpsc::channel(INBOX);
        let (arrivals, arriving) = mpsc::channel(16);
        let (stop, stopped) = watch::channel(false);
        let welcome = welcome(&parts.settings, &parts.policy, parts.psa.kind());
        let engine = Engine::new(parts, stopped.clone()).await;
        let task = tokio::spawn(engine.run(asked, arriving, stopped));
        Self { door: Door::new(welcome, requests, arrivals), stop, task }
    }

    /// Where seats are had.
    pub fn door(&self) -> Door {
        self.door.clone()
    }

    /// Seats a user.
    pub async fn seat(&self, user: Plain) -> Seat {
        self.door.seat(Hello { version: VERSION, session: fastrand::u64(..), user }).await
    }

    /// Finishes what is under way, saves, and ends.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

/// What a seat of an engine with these is told first.
pub fn welcome(settings: &Settings, policy: &Policy, psa: PsaKind) -> Welcome {
    let rule = |rule: &crate::policy::Rule| crate::seat::RuleName { name: rule.name.clone(), level: rule.level };
    Welcome {
        version: VERSION,
        workspace: settings.workspace.clone(),
        psa,
        write: settings.write,
        thresholds: policy.thresholds,
        edges: policy.edges,
        views: settings.views.clone(),
        rules: policy.rules.iter().map(rule).collect(),
    }
}

/// A result of a child task. The simulated clock stands still until it is taken in.
pub(crate) struct Internal {
    news: InternalNews,
    _busy: Busy,
}

pub(crate) enum InternalNews {
    Intake(IntakeNews),
    Score(ScoreNews),
    Act(ActNews),
    Hook(HookNews),
    Saved(Result<(), StoreError>),
    /// A line of the journal or of the readings that could not be written.
    Unkept(Plain),
}

/// How children reach the engine.
#[derive(Clone)]
pub(crate) struct Post {
    inbox: mpsc::Sender<Internal>,
    clock: Clock,
}

impl Post {
    /// Sends a result; waits while the engine is behind. An engine that has stopped needs none.
    pub(crate) async fn send(&self, news: InternalNews) {
        let _ = self.inbox.send(Internal { news, _busy: self.clock.busy() }).await;
    }
}

pub(crate) struct Engine {
    settings: Settings,
    psa: Arc<dyn Psa>,
    policy: Policy,
    clock: Clock,
    store: Store,
    keeper: Keeper,
    post: Post,
    inbox: mpsc::Receiver<Internal>,
    board: Board,
    scoring: Scoring,
    hooking: Hooking,
    trends: Trends,
    storms: Storms,
    picklists: Picklists,
    picklists_known: bool,
    /// Messages newer than this are live: by the PSA's clock, or by ours where there was no cursor.
    live_from: Timestamp,
    /// There was no cursor at the start.
    without_cursor: bool,
    first_run: bool,
    /// The store holds less than the marks beside it say: they stay until everything is read again.
    rebuilding: bool,
    cursor: Option<Timestamp>,
    /// Receipts by ticket while they are under way: one at a time.
    acting: HashMap<TicketId, ReceiptId>,
    /// Tickets whose act waits for room in the API budget.
    postponed: HashSet<TicketId>,
    receipts: Receipts,
    own_receipts: HashSet<ReceiptId>,
    mutes: Vec<Mute>,
    /// What people said before, by ticket: for tickets and messages that come back.
    said: HashMap<TicketId, SaidOf>,
    /// Numbers from the readings files, for messages that come back after the store was lost.
    restored: keeper::Restored,
    /// Open episodes of tickets that have not come back yet.
    episodes: HashMap<TicketId, Episode>,
    /// Readings of this turn.
    lines: Vec<ReadingLine>,
    /// Writes that nothing waits for, but the end.
    writes: JoinSet<()>,
    /// Acts under way. None may outlive the engine: whoever opens the workspace next takes them up.
    acts: JoinSet<()>,
    answers: HashMap<ReceiptId, acting::Answer>,
    refresh: Arc<Notify>,
    applied: VecDeque<(u64, u64)>,
    elevation: elevation::Elevation,
    psa_health: Health,
    fresh_at: Option<Timestamp>,
    warnings: Vec<Plain>,
    rule_warnings: Vec<Plain>,
    intake_warnings: Vec<Plain>,
    saving: bool,
    store_lost: bool,
    next_tick: Timestamp,
    next_sweep: Timestamp,
    next_front: Timestamp,
    /// How far the journal went when the store was last flushed.
    marks_reach: u64,
    /// The journal is damaged or cannot be written: nothing acts.
    frozen_journal: bool,
    lock: Lock,
}

impl Engine {
    async fn new(parts: Parts, stopped: watch::Receiver<bool>) -> Self {
        let Parts {
            settings,
            psa,
            judges,
            policy,
            store,
            records,
            found,
            marks,
            journal,
            replay,
            readings,
            hints,
            hooks,
            clock,
            lock,
        } = parts;
        let (sender, inbox) = mpsc::channel(INBOX);
        let post = Post { inbox: sender, clock: clock.clone() };
        let refresh = Arc::new(Notify::new());
        let now = clock.now();
        let (keeper, restored, ledger) = Keeper::start(journal, readings, clock.clone()).await;
        let board = Board::new(records);
        let trends = Trends::new(ledger, settings.calendars.zone(), hooks.alarm, now);
        let begun = board.history_read_since(day_start(now));
        let scoring = Scoring::new(judges, store.clone(), &settings, post.clone(), begun);
        let first_run = marks.cursor.is_none();
        let rebuilding = !matches!(found, Outcome::Intact);
        let mut engine = Self {
            live_from: marks.cursor.map_or(now, |cursor| intake::behind(cursor, psa.overlap())),
            without_cursor: first_run,
            first_run,
            rebuilding,
            cursor: marks.cursor,
            next_tick: now + jiff::SignedDuration::try_from(TICK).unwrap_or_default(),
            psa,
            policy,
            clock,
            store,
            keeper,
            post,
            inbox,
            board,
            scoring,
            hooking: Hooking::new(hooks.targets),
            trends,
            storms: Storms::new(settings.storm),
            picklists: Picklists::default(),
            picklists_known: false,
            acting: HashMap::new(),
            postponed: HashSet::new(),
            receipts: Receipts::default(),
            mutes: Vec::new(),
            said: HashMap::new(),
            own_receipts: HashSet::new(),
            restored,
            episodes: HashMap::new(),
            lines: Vec::new(),
            writes: JoinSet::new(),
            acts: JoinSet::new(),
            answers: HashMap::new(),
            refresh,
            applied: VecDeque::new(),
            elevation: elevation::Elevation::new(settings.elevation),
            psa_health: Health::Starting,
            fresh_at: None,
            warnings: Vec::new(),
            rule_warnings: Vec::new(),
            intake_warnings: Vec::new(),
            saving: false,
            store_lost: false,
            frozen_journal: false,
            next_sweep: now,
            next_front: now,
            marks_reach: marks.journal,
            lock,
            settings,
        };
        engine.recall(replay, &found);
        engine.recall_trends();
        engine.recall_storms();
        engine.note_changes();
        engine.requeue_pending();
        engine.start_intake(hints, stopped);
        engine
    }

    async fn run(
        mut self,
        mut asked: mpsc::Receiver<Wanted>,
        mut arriving: mpsc::Receiver<crate::seat::Outlet>,
        mut stopped: watch::Receiver<bool>,
    ) {
        self.after();
        loop {
            let (clock, wake) = (self.clock.clone(), self.next_wake());
            tokio::select! {
                biased;
                _ = stopped.wait_for(|stop| *stop) => break,
                // Before its first request is answered, so that no seat misses what comes after.
                Some(outlet) = arriving.recv() => self.board.welcome(outlet, self.storms.all()),
                Some(wanted) = asked.recv() => self.answer(wanted),
                Some(internal) = self.inbox.recv() => {
                    self.take(internal);
                    for _ in 0..MOST_AT_ONCE {
                        let Ok(internal) = self.inbox.try_recv() else { break };
                        self.take(internal);
                    }
                }
                () = clock.sleep_until(wake) => self.tick(),
            }
            self.after();
        }
        self.finish().await;
    }

    fn take(&mut self, internal: Internal) {
        match internal.news {
            InternalNews::Intake(news) => self.take_intake(news),
            InternalNews::Score(news) => self.take_score(news),
            InternalNews::Act(news) => self.take_act(news),
            InternalNews::Hook(news) => self.take_hook(news),
            InternalNews::Saved(result) => self.take_saved(result),
            InternalNews::Unkept(why) => self.take_unkept(&why),
        }
    }

    /// When something must happen although nobody sends anything.
    fn next_wake(&self) -> Timestamp {
        let judge = self.scoring.resumes_at(self.clock.now());
        let waits = [Some(self.next_tick), judge, self.board.tells_at(), self.hooking.wakes_at()];
        waits.into_iter().flatten().min().unwrap_or(self.next_tick)
    }

    fn tick(&mut self) {
        let now = self.clock.now();
        if now >= self.next_tick {
            self.next_tick = now + jiff::SignedDuration::try_from(TICK).unwrap_or_default();
            self.board.touch_open();
            self.tend_front();
        }
        if now >= self.next_sweep {
            self.next_sweep = now + SWEEP;
            self.sweep();
            self.sweep_mutes();
            self.trends.sweep(now);
            self.note_reports();
        }
    }

    /// After every turn: decide about what changed, start what can start, tell the seats, save.
    fn after(&mut self) {
        self.watch_storms();
        self.decide_changed();
        self.start_scoring();
        self.watch_trend();
        self.tend_hooks();
        self.tell();
        self.keep_readings();
        self.save();
    }

    fn start_intake(&self, hints: Option<Hints>, stopped: watch::Receiver<bool>) {
        let Settings { poll, lookback, boards, .. } = self.settings.clone();
        let intake = Intake::new(
            self.psa.clone(),
            self.clock.clone(),
            self.post.clone(),
            intake::Nudges { refresh: self.refresh.clone(), hints },
            intake::Manner { poll, lookback, boards },
            self.cursor.filter(|_| !self.rebuilding),
            self.board.held(),
        );
        tokio::spawn(intake.run(stopped));
    }

    async fn finish(mut self) {
        self.finish_acts().await;
        self.acts.shutdown().await;
        self.finish_hooks().await;
        self.keep_readings();
        while self.writes.join_next().await.is_some() {}
        let position = self.keeper.position();
        if !self.store_lost {
            let (records, marks) = self.board.unsaved(self.cursor, self.clock.now(), position);
            let saved = self.store.put_records(records).await;
            if saved.is_ok() && !self.rebuilding && self.store.set_marks(marks).await.is_err() {
                tracing::warn!("the last marks were not saved; the next start reads a little more again");
            }
        }
        self.tell();
        self.store.keep_front(self.front()).await;
        self.board.close();
        self.keeper.stop().await;
        if let Err(error) = self.store.close().await {
            tracing::warn!(%error, "the store did not close cleanly");
        }
    }

    /// Gives acts under way a moment to end; what does not end is taken up at the next start.
    async fn finish_acts(&mut self) {
        let clock = self.clock.clone();
        let patience = clock.sleep(PATIENCE);
        tokio::pin!(patience);
        while let Ok(internal) = self.inbox.try_recv() {
            self.take(internal);
        }
        while !self.acting.is_empty() {
            tokio::select! {
                Some(internal) = self.inbox.recv() => self.take(internal),
                () = &mut patience => return,
            }
        }
    }
}

/// A fresh name for a receipt: sortable by time, and short enough for a note.
pub fn new_receipt_id(now: Timestamp) -> ReceiptId {
    ReceiptId::new(ulid_at(now))
}

/// A fresh name for an event that webhook targets hear of.
pub fn new_hook_id(now: Timestamp) -> HookId {
    HookId::new(format!("msg_{}", ulid_at(now)))
}

/// A fresh name for a proposal.
pub(crate) fn new_proposal_id(now: Timestamp) -> ProposalId {
    ProposalId::new(ulid_at(now))
}

fn ulid_at(now: Timestamp) -> String {
    let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or_default();
    ulid::Ulid::from_parts(milliseconds, fastrand::u128(..)).to_string()
}

/// How rows are made of records.
pub(crate) struct Lens<'a> {
    edges: &'a Edges,
    weights: &'a Weights,
    clients: &'a Clients,
    calendars: &'a Calendars,
    mutes: &'a [Mute],
    storms: &'a Storms,
    now: Timestamp,
}

impl<'a> Lens<'a> {
    /// Made of the engine's parts, so that the board may be changed meanwhile.
    fn new(policy: &'a Policy, settings: &'a Settings, mutes: &'a [Mute], storms: &'a Storms, now: Timestamp) -> Self {
        let Settings { weights, clients, calendars, .. } = settings;
        Self { edges: &policy.edges, weights, clients, calendars, mutes, storms, now }
    }
}
