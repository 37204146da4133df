//! `kill -9` at random moments: rules act by themselves, every fault there is between `irate` and its
//! PSA, and the process is killed again and again. Afterwards nobody was forgotten and everything was
//! written exactly once.
//!
//! The PSA and the judge run here, so that what was written is known for certain; `irate serve` is a
//! process of its own. The moments come from `IRATE_CRASH_SEED`, always the same without it; each
//! desk is killed `IRATE_CRASH_ROUNDS` times. What the system does meanwhile no seed decides.

#![expect(clippy::print_stdout, reason = "whoever runs it long wants the seed and what was torn")]

mod common {
    pub(crate) mod written;
}

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::{self, Display, Formatter};
use std::fs::{self, File};
use std::ops::Range;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::str::FromStr;
use std::time::Duration;

use common::written::check_written_once;
use irate::config::credentials;
use irate::domain::{Clock, Plain, PsaKind, Purpose, Receipt, ReceiptId, ReceiptState, TicketId};
use irate::journal::{self, Entry, Event};
use irate::practice::{PracticeLlm, PracticePsa, PsaFault, WorldSettings, Written};
use irate::seat::{Health, Mirror, Seat, Status, socket};
use jiff::SignedDuration;
use tempfile::TempDir;

/// The moments of a run that asks for no others.
const SEED: u64 = 7;

/// How often a desk's `irate` is killed when nobody says.
const ROUNDS: u32 = 5;

/// How often at most on one desk, whose customers lose patience only once.
const ROUNDS_A_DESK: u32 = 10;

/// How likely each fault strikes a call. Together they spoil every twentieth: where it is more, a process
/// waits for its PSA until it is killed, and it is to be killed at its work.
const CHANCE: f64 = 0.006;

/// Customers who lose their patience in a round.
const ANGRY_A_ROUND: usize = 3;

/// When every second process is killed, in milliseconds after its start.
const OF_ITS_LIFE: Range<u64> = 300..2500;

/// When the others are, in milliseconds after they wrote something down: an act is short, and it is what
/// must not be torn.
const OF_AN_ACT: Range<u64> = 0..300;

/// How long it is waited for that something is written down; the weather may hold everything up.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(8);

/// How long anything may take that must come.
const PATIENCE: SignedDuration = SignedDuration::from_secs(120);

/// What customers write; each is reason enough for both rules.
const ANGRY: [&str; 3] = [
    "This is completely unacceptable! We have been down for six hours and nobody tells us anything!",
    "I am furious. You wiped our shared drive and nobody even apologised.",
    "I am furious about this, it is the worst service I ever had in my life and I told you so before.",
];

macro_rules! survives {
    ($name:ident, $kind:expr) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            killed_at_random_nothing_is_lost_or_done_twice($kind).await;
        }
    };
}

survives!(autotask, PsaKind::Autotask);
survives!(connectwise, PsaKind::Connectwise);
survives!(halo, PsaKind::Halo);
survives!(kaseya_bms, PsaKind::KaseyaBms);

async fn killed_at_random_nothing_is_lost_or_done_twice(kind: PsaKind) {
    let seed = asked("IRATE_CRASH_SEED").unwrap_or(SEED);
    let rounds = asked("IRATE_CRASH_ROUNDS").unwrap_or(ROUNDS);
    println!("{kind}: IRATE_CRASH_SEED={seed} IRATE_CRASH_ROUNDS={rounds}");
    let desks = (0..rounds).step_by(ROUNDS_A_DESK as usize).zip(seed..);
    for (gone, seed) in desks {
        a_desk_loses_nothing(kind, seed, ROUNDS_A_DESK.min(rounds - gone)).await;
    }
}

async fn a_desk_loses_nothing(kind: PsaKind, seed: u64, rounds: u32) {
    let mut desk = Desk::open(kind, seed).await;
    desk.read_all_there_is().await;
    desk.psa.set_faults(PsaFault::storm(CHANCE));
    let mut toll = Toll::default();
    for _ in 0..rounds {
        desk.customers_lose_patience();
        desk.serve_and_kill().await;
        toll.take(&desk);
    }
    desk.psa.set_faults(Vec::new());
    desk.serve_until_all_is_done().await;

    let receipts = settled(&desk.journal());
    println!("{kind}: {} angry customers, {} acts; {toll}", desk.angry.len(), receipts.len());
    assert_eq!(desk.forgotten(), []);
    check_settled(&desk.journal(), &receipts);
    check_written_once(&desk.psa, &receipts);
    check_once_an_episode(&desk.journal());
    let verified = desk.run(&["audit", "verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    assert!(!desk.log().contains("panicked"), "{}", desk.log());
}

/// What the environment says under `name`.
fn asked<T: FromStr>(name: &str) -> Option<T> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// What a ticket held when its customer lost patience.
type Held = BTreeMap<&'static str, String>;

/// A PSA, a judge, and a workspace for `irate` between them.
struct Desk {
    psa: PracticePsa,
    llm: PracticeLlm,
    dir: TempDir,
    clock: Clock,
    luck: fastrand::Rng,
    /// Open tickets whose customers are content so far.
    content: Vec<TicketId>,
    angry: BTreeMap<TicketId, Held>,
}

impl Desk {
    /// A desk of `kind` where only we and `irate` change anything.
    async fn open(kind: PsaKind, seed: u64) -> Self {
        let clock = Clock::system();
        let quiet = WorldSettings::quiet(seed, clock.clone());
        let psa = PracticePsa::start(kind, 0, WorldSettings { limit_scale: 100.0, ..quiet }).await;
        let llm = PracticeLlm::start(0, clock.clone()).await.expect("a free port");
        let desk = Self {
            psa: psa.expect("a free port"),
            llm,
            dir: tempfile::tempdir().expect("a folder"),
            clock,
            luck: fastrand::Rng::with_seed(seed),
            content: Vec::new(),
            angry: BTreeMap::new(),
        };
        desk.set_up();
        desk
    }

    fn set_up(&self) {
        let (kind, given) = (self.psa.kind(), self.psa.credentials());
        let (url, judge) = (self.psa.url(), self.llm.url());
        let mut args = vec!["init", "--name", "acme", "--kind", kind.word(), "--url", &url, "--mode", "auto"];
        args.extend(["--escalate-team", "Escalations", "--escalate-owner", "Kenji Mori"]);
        args.extend(["--judge", "compatible", "--judge-url", &judge, "--model", self.llm.model()]);
        args.extend(["--api-key-env", "JUDGE_KEY", "--secret-env", "DESK_SECRET"]);
        let open = credentials(kind).iter().filter(|wanted| !wanted.secret);
        let flags: Vec<(String, &str)> =
            open.map(|wanted| (format!("--{}", wanted.key.replace('_', "-")), given.get(wanted.key))).collect();
        args.extend(flags.iter().flat_map(|(flag, value)| [flag.as_str(), value]));
        let made = self.run(&args);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let file = self.dir.path().join("config/workspaces/acme.toml");
        let text = fs::read_to_string(&file).expect("the config");
        let text = text.replace("# poll_seconds = 10", "poll_seconds = 1");
        let text = text.replace("# api_budget_percent = 25", "api_budget_percent = 100");
        fs::write(&file, text.replace("# lookback_days = 14", "lookback_days = 2")).expect("written");
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data/acme")
    }

    fn command(&self, args: &[&str]) -> Command {
        let (kind, given) = (self.psa.kind(), self.psa.credentials());
        let secret = credentials(kind).iter().find(|wanted| wanted.secret).expect("a secret").key;
        let mut command = Command::new(env!("CARGO_BIN_EXE_irate"));
        command.args(args).current_dir(self.dir.path()).env_clear().stdin(Stdio::null());
        command.env("HOME", self.dir.path()).env("TZ", "UTC");
        command.env("DESK_SECRET", given.get(secret)).env("JUDGE_KEY", self.llm.api_key());
        command.env("IRATE_CONFIG_DIR", self.dir.path().join("config"));
        command.env("IRATE_DATA_DIR", self.dir.path().join("data"));
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the program")
    }

    /// What all processes said so far.
    fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("said")).unwrap_or_default()
    }

    fn serve(&self) -> Serving {
        let said = File::options().append(true).create(true).open(self.dir.path().join("said")).expect("a file");
        let mut command = self.command(&["serve"]);
        Serving(command.stdout(Stdio::null()).stderr(said).spawn().expect("the program"))
    }

    /// What is written down.
    fn journal(&self) -> Vec<Entry> {
        let (entries, audit) = journal::read(&self.data()).expect("the journal");
        assert!(audit.damage.is_empty(), "{:?}", audit.damage);
        entries
    }

    /// The first run: history is read and does not act. What customers write from now on does.
    async fn read_all_there_is(&mut self) {
        let serving = self.serve();
        let mirror = self.at_rest(&serving, || true).await;
        serving.interrupt();
        let content = mirror.rows.into_values().filter(|row| !row.ticket.closed && row.counts.messages > 0);
        self.content = content.map(|row| row.ticket.id.clone()).collect();
        self.luck.shuffle(&mut self.content);
        assert!(self.psa.writes().is_empty(), "history acted");
    }

    fn customers_lose_patience(&mut self) {
        for _ in 0..ANGRY_A_ROUND {
            let ticket = self.content.pop().expect("another content customer");
            let held = self.psa.fields(&ticket).expect("it is there");
            let text = self.luck.choice(ANGRY).expect("a text");
            assert!(self.psa.customer_writes(&ticket, &format!("{text} Reference {}.", ticket.as_str())));
            self.angry.insert(ticket, held);
        }
    }

    async fn serve_and_kill(&mut self) {
        let before = self.journal().len();
        let mut serving = self.serve();
        let moment = match self.luck.bool() {
            true => OF_ITS_LIFE,
            false => {
                self.more_is_written(before).await;
                OF_AN_ACT
            }
        };
        self.clock.sleep(Duration::from_millis(self.luck.u64(moment))).await;
        serving.still_runs(self);
        // Dropping kills.
    }

    async fn more_is_written(&self, before: usize) {
        let begun = self.clock.now();
        while self.journal().len() == before && self.clock.now().duration_since(begun) < LONGEST_WAIT {
            self.clock.sleep(Duration::from_millis(20)).await;
        }
    }

    async fn serve_until_all_is_done(&self) {
        let serving = self.serve();
        self.at_rest(&serving, || self.forgotten().is_empty()).await;
        serving.interrupt();
    }

    /// What a seat sees once the PSA was looked at, `done` says so, and nothing has been under way for a while.
    async fn at_rest(&self, serving: &Serving, done: impl Fn() -> bool) -> Mirror {
        let begun = self.clock.now();
        let (seat, mut mirror) = self.sit_down().await;
        let mut restless = self.clock.now();
        loop {
            let (now, status) = (self.clock.now(), mirror.status.as_ref());
            if !status.is_some_and(at_rest) || !done() {
                restless = now;
            }
            if now.duration_since(restless) > A_WHILE {
                return mirror;
            }
            let waited = now.duration_since(begun);
            assert!(
                waited < PATIENCE,
                "process {} is not done: {status:?}, {:?}, {}",
                serving.0.id(),
                self.forgotten(),
                self.log()
            );
            self.clock.sleep(Duration::from_millis(200)).await;
            seat.waiting().iter().for_each(|update| mirror.apply(update));
        }
    }

    /// Who lost patience and was not escalated by both rules, although the ticket did not hold all that before.
    fn forgotten(&self) -> Vec<(&TicketId, u8)> {
        let receipts = settled(&self.journal());
        let acted = |ticket: &TicketId, level: u8| {
            let mut of = receipts.iter().filter(|receipt| receipt.ticket == *ticket);
            of.any(|receipt| receipt.purpose == Purpose::Escalate && receipt.level == level)
        };
        let asked = self.angry.iter().flat_map(|(ticket, held)| levels_asked(held).map(move |level| (ticket, level)));
        asked.filter(|(ticket, level)| !acted(ticket, *level)).collect()
    }

    /// A seat at the engine, as soon as it lets somebody in.
    async fn sit_down(&self) -> (Seat, Mirror) {
        let (begun, path) = (self.clock.now(), self.data().join("seat.sock"));
        loop {
            match socket::join(&path, Plain::new("eve")).await {
                Ok(seat) => {
                    let mirror = Mirror::fetch(&seat).await.expect("the engine answers");
                    return (seat, mirror);
                }
                Err(why) => assert!(self.clock.now().duration_since(begun) < PATIENCE, "{why}: {}", self.log()),
            }
            self.clock.sleep(Duration::from_millis(200)).await;
        }
    }
}

/// How long nothing must be under way: a rule's second act begins within it.
const A_WHILE: SignedDuration = SignedDuration::from_secs(3);

fn at_rest(status: &Status) -> bool {
    let quiet = (status.acting, status.coverage.pending, status.queue.waiting) == (0, 0, 0);
    quiet && status.psa == Health::Good && status.fresh_at.is_some()
}

/// The levels of the rules that change something on a ticket that holds this, whatever triage says.
fn levels_asked(held: &Held) -> impl Iterator<Item = u8> + use<> {
    let holds = |field: &str, labels: &[&str]| held.get(field).is_some_and(|label| labels.contains(&label.as_str()));
    let raised = holds("priority", &["High", "Critical"]);
    let handed_over = holds("team", &["Escalations"]) && holds("owner", &["Kenji Mori"]);
    [(1, raised), (2, handed_over)].into_iter().filter(|(_, already)| !already).map(|(level, _)| level)
}

/// An `irate serve`; killed when it is dropped.
struct Serving(Child);

impl Serving {
    fn still_runs(&mut self, desk: &Desk) {
        let ended = self.0.try_wait().expect("a child");
        assert!(ended.is_none(), "it ended by itself, {ended:?}: {}", desk.log());
    }

    /// Ctrl-C.
    fn interrupt(mut self) {
        let sent = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status().expect("kill");
        assert!(sent.success());
        let ended = self.0.wait().expect("it ends");
        assert!(ended.success(), "{ended:?}");
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the kills tore.
#[derive(Default)]
struct Toll {
    /// Kills that left an act unfinished.
    kills: usize,
    /// The acts.
    torn: BTreeSet<ReceiptId>,
    /// Those whose note the PSA had, and the journal knew nothing of it.
    unnoted: BTreeSet<ReceiptId>,
}

impl Toll {
    fn take(&mut self, desk: &Desk) {
        let journal = desk.journal();
        let torn = under_way(&journal);
        let noted = |id: &ReceiptId| {
            journal.iter().any(|entry| matches!(&entry.event, Event::NoteSent { receipt, .. } if receipt == id))
        };
        let notes = desk.psa.writes().into_iter().filter_map(|write| match write.what {
            Written::Note { text, .. } => ReceiptId::find_in(&text),
            _ => None,
        });
        self.kills += usize::from(!torn.is_empty());
        self.unnoted.extend(notes.filter(|id| !noted(id)));
        self.torn.extend(torn);
    }
}

impl Display for Toll {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (torn, unnoted) = (self.torn.len(), self.unnoted.len());
        write!(f, "{} kills tore {torn} acts, {unnoted} of them between the note and its line", self.kills)
    }
}

/// Acts that are begun and not settled.
fn under_way(journal: &[Entry]) -> BTreeSet<ReceiptId> {
    let mut open = BTreeSet::new();
    for entry in journal {
        match &entry.event {
            Event::Intent { receipt, .. } => drop(open.insert(receipt.id.clone())),
            Event::Settled { receipt } => drop(open.remove(&receipt.id)),
            _ => {}
        }
    }
    open
}

/// Every receipt as it was settled.
fn settled(journal: &[Entry]) -> Vec<Receipt> {
    let settled = journal.iter().filter_map(|entry| match &entry.event {
        Event::Settled { receipt } => Some(receipt.clone()),
        _ => None,
    });
    settled.collect()
}

/// Every receipt was settled, once and well.
fn check_settled(journal: &[Entry], receipts: &[Receipt]) {
    let mut seen = BTreeSet::new();
    for receipt in receipts {
        assert_eq!(receipt.state, ReceiptState::Done, "{receipt:?}");
        assert!(seen.insert(&receipt.id), "settled twice: {receipt:?}");
    }
    assert!(under_way(journal).is_empty(), "never settled: {:?}", under_way(journal));
}

/// No level acted twice on a ticket before its episode ended.
fn check_once_an_episode(journal: &[Entry]) {
    let mut acted: BTreeSet<(&TicketId, u8)> = BTreeSet::new();
    for entry in journal {
        match &entry.event {
            Event::Intent { receipt, .. } if receipt.purpose == Purpose::Escalate => {
                assert!(acted.insert((&receipt.ticket, receipt.level)), "twice in one episode: {receipt:?}");
            }
            Event::EpisodeEnded { ticket, .. } => acted.retain(|(of, _)| *of != ticket),
            _ => {}
        }
    }
}
