//! A workspace in a temporary folder: the real engine over the real client, the practice service
//! desk and a judge, on a clock that the test moves.

pub(crate) mod clients;
pub(crate) mod written;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clients::Access;
use irate::domain::{Clock, Mode, Plain, PsaKind, Row, Simulation, StormRules, Weights};
use irate::engine::{Boards, ChainLink, Clients, Handle, Parts, Place, Settings};
use irate::hooks::Hooks;
use irate::journal::{Journal, Readings};
use irate::judge::cost::Prices;
use irate::judge::lexicon::Lexicon;
use irate::judge::llm::{AskSettings, Credential, Llm, LlmSettings, Prompts, Provider};
use irate::policy::{Categories, Limits, Notes, Policy, Rule, default_rules};
use irate::practice::{PracticeLlm, PracticePsa, WorldSettings};
use irate::psa::Psa;
use irate::psa::webhook::Hints;
use irate::seat::{Mirror, Seat, Status};
use irate::store::{Lock, Store};

/// A practice desk with its clock.
pub(crate) struct Desk {
    pub(crate) psa: PracticePsa,
    pub(crate) clock: Clock,
    pub(crate) time: Simulation,
    /// What engines watch.
    pub(crate) boards: Boards,
    /// When tickets of several clients count as a storm.
    pub(crate) storm: StormRules,
    /// The shortest time between two looks.
    pub(crate) poll: Duration,
    /// How much of the tenant's limit clients may use.
    pub(crate) budget_percent: u8,
    /// What single clients consent to.
    pub(crate) clients: Clients,
    /// Who is told what happens.
    pub(crate) hooks: Hooks,
    /// Tickets of history that a model reads a day.
    pub(crate) backfill_a_day: Option<usize>,
    /// Rules beside the default ones.
    pub(crate) rules: Vec<Rule>,
    /// What holds the rules back.
    pub(crate) limits: Limits,
    /// Whether tickets are filed.
    pub(crate) categories: Categories,
    /// Whether a note tells when a message could not be judged.
    pub(crate) report_judge_errors: bool,
    /// Whether seats may change tickets.
    pub(crate) write: bool,
}

impl Desk {
    pub(crate) async fn open(seed: u64, speed: f64) -> Self {
        Self::of(PsaKind::Halo, |quiet| WorldSettings { seed, speed, ..quiet }).await
    }

    /// A desk of `kind`, in a world of one's own.
    pub(crate) async fn of(kind: PsaKind, world: impl FnOnce(WorldSettings) -> WorldSettings) -> Self {
        let (clock, time) = Clock::simulated("2026-03-04T09:00:00Z".parse().expect("a time"));
        let world = world(WorldSettings::quiet(7, clock.clone()));
        let psa = PracticePsa::start(kind, 0, world).await.expect("a free port");
        Self {
            psa,
            clock,
            time,
            boards: Boards::default(),
            storm: StormRules::default(),
            poll: Duration::from_secs(5),
            budget_percent: 100,
            clients: Clients::default(),
            hooks: Hooks::default(),
            backfill_a_day: None,
            rules: Vec::new(),
            limits: Limits::default(),
            categories: Categories::default(),
            report_judge_errors: false,
            write: true,
        }
    }

    /// What the engines of this desk go by.
    pub(crate) fn policy(&self, mode: Mode) -> Policy {
        let mut policy = policy(self.psa.kind(), mode);
        policy.rules.extend(self.rules.iter().cloned());
        (policy.limits, policy.categories) = (self.limits.clone(), self.categories.clone());
        policy.report_judge_errors = self.report_judge_errors;
        policy
    }

    pub(crate) fn client(&self) -> Arc<dyn Psa> {
        let access = Access {
            url: self.psa.url(),
            credentials: self.psa.credentials(),
            budget_percent: self.budget_percent,
            clock: self.clock.clone(),
        };
        clients::client(self.psa.kind(), &access).expect("sound settings")
    }

    /// The embedded judge.
    pub(crate) fn word_list(&self) -> ChainLink {
        let judge = Arc::new(Lexicon::new(self.clock.clone()));
        ChainLink { name: Plain::new("the word list"), judge, place: Place::Embedded, most: 8 }
    }

    /// A model's judge.
    pub(crate) fn model(&self, llm: &PracticeLlm) -> ChainLink {
        let ask = AskSettings { model: llm.model().into(), max_tokens: 400 };
        let settings = LlmSettings {
            provider: Provider::Compatible,
            url: Some(llm.url()),
            api_version: None,
            credential: Credential::Key(llm.api_key().to_owned().into()),
            organization: None,
            project: None,
            tone: ask.clone(),
            triage: ask,
            timeout: Duration::from_secs(20),
            prompts: Prompts::embedded(),
            daily_budget: None,
            prices: Prices::default(),
            requests_per_minute: None,
            concurrency: 8,
            clock: self.clock.clone(),
            cross_check: None,
        };
        let judge = Arc::new(Llm::new(settings).expect("sound settings"));
        ChainLink { name: Plain::new(llm.model()), judge, place: Place::Local, most: 8 }
    }

    /// Starts an engine on `data`.
    pub(crate) async fn engine(&self, data: &Path, judge: ChainLink, mode: Mode) -> Handle {
        self.engine_on(self.client(), data, judge, mode).await
    }

    /// Starts an engine on `data` that reaches the desk through `psa`.
    pub(crate) async fn engine_on(&self, psa: Arc<dyn Psa>, data: &Path, judge: ChainLink, mode: Mode) -> Handle {
        self.engine_with(psa, None, data, judge, mode).await
    }

    /// Starts an engine on `data` that reaches the desk through `psa` and is told of changes.
    pub(crate) async fn engine_with(
        &self,
        psa: Arc<dyn Psa>,
        hints: Option<Hints>,
        data: &Path,
        judge: ChainLink,
        mode: Mode,
    ) -> Handle {
        self.start(psa, hints, data, vec![judge], mode).await
    }

    /// Starts an engine on `data` with these judges, the first choice first.
    pub(crate) async fn engine_of(&self, data: &Path, judges: Vec<ChainLink>, mode: Mode) -> Handle {
        self.start(self.client(), None, data, judges, mode).await
    }

    /// Starts an engine on `data` that judges nothing.
    pub(crate) async fn engine_without_judge(&self, data: &Path, mode: Mode) -> Handle {
        self.engine_of(data, Vec::new(), mode).await
    }

    async fn start(
        &self,
        psa: Arc<dyn Psa>,
        hints: Option<Hints>,
        data: &Path,
        judges: Vec<ChainLink>,
        mode: Mode,
    ) -> Handle {
        let lock = Lock::take(data, "test", self.clock.now()).expect("nobody else is here");
        let (journal, replay) = Journal::open(data).expect("a journal");
        let readings = Readings::open(data).expect("readings");
        let opened = Store::open(data, &self.clock).await.expect("a store");
        Handle::start(Parts {
            settings: Settings {
                write: self.write,
                boards: self.boards.clone(),
                storm: self.storm,
                poll: self.poll,
                clients: self.clients.clone(),
                backfill_a_day: self.backfill_a_day,
                ..settings()
            },
            psa,
            judges,
            policy: self.policy(mode),
            store: opened.store,
            records: opened.records,
            found: opened.outcome,
            marks: opened.marks,
            journal,
            replay,
            readings,
            hints,
            hooks: self.hooks.clone(),
            clock: self.clock.clone(),
            lock,
        })
        .await
    }

    /// Starts an engine on `data` with a person at its screen.
    pub(crate) async fn seated(&self, data: &Path, judge: ChainLink, mode: Mode) -> (Handle, Seat) {
        let handle = self.engine(data, judge, mode).await;
        let seat = handle.seat(Plain::new("sam")).await;
        (handle, seat)
    }

    pub(crate) async fn run(&self, seconds: u64) {
        self.time.run(Duration::from_secs(seconds)).await;
    }
}

fn settings() -> Settings {
    Settings {
        workspace: Plain::new("test"),
        write: true,
        elevation: jiff::SignedDuration::from_mins(60),
        views: Vec::new(),
        weights: Weights::default(),
        clients: Clients::default(),
        calendars: Default::default(),
        boards: Boards::default(),
        storm: Default::default(),
        poll: Duration::from_secs(5),
        lookback: Duration::from_secs(14 * 86_400),
        text: irate::text::Settings::default(),
        backfill_a_day: None,
        budget_micros: None,
        spent_micros: 0,
    }
}

fn policy(kind: PsaKind, mode: Mode) -> Policy {
    let notes = Notes::new([]).expect("the embedded templates are sound");
    Policy {
        mode,
        rules: default_rules(kind, "High", Some("Escalations"), Some("Kenji Mori")),
        ..Policy::new(kind, notes)
    }
}

/// What a seat sees now.
pub(crate) async fn look(seat: &Seat) -> (Vec<Row>, Status) {
    let mut mirror = Mirror::fetch(seat).await.expect("the engine answers");
    for update in seat.waiting() {
        mirror.apply(&update);
    }
    (mirror.rows.into_values().map(std::sync::Arc::unwrap_or_clone).collect(), mirror.status.expect("a status"))
}
