//! A workspace in a temporary folder: the real engine over the real client, the practice service
//! desk and a judge, on a clock that the test moves.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use irate::domain::{Clock, Edges, Mode, Plain, PsaKind, Redaction, Row, Simulation, Weights};
use irate::engine::{Boards, Clients, Handle, Parts, Settings};
use irate::journal::{Journal, Readings};
use irate::judge::Judge;
use irate::policy::{NoteTemplate, Policy, Scales, default_rules};
use irate::practice::{PracticePsa, WorldSettings};
use irate::psa::Psa;
use irate::psa::halo::{Halo, HaloSettings};
use irate::query::{Query, Thresholds};
use irate::seat::{Mirror, Seat, Status};
use irate::store::{Lock, Store};

/// A practice desk with its clock.
pub(crate) struct Desk {
    pub(crate) psa: PracticePsa,
    pub(crate) clock: Clock,
    pub(crate) time: Simulation,
}

impl Desk {
    pub(crate) async fn open(seed: u64, speed: f64) -> Self {
        let (clock, time) = Clock::simulated("2026-03-04T09:00:00Z".parse().expect("a time"));
        let world = WorldSettings { speed, ..WorldSettings::quiet(seed, clock.clone()) };
        let psa = PracticePsa::start(PsaKind::Halo, 0, world).await.expect("a free port");
        Self { psa, clock, time }
    }

    pub(crate) fn client(&self) -> Arc<dyn Psa> {
        let credentials = self.psa.credentials();
        let settings = HaloSettings {
            url: self.psa.url(),
            auth_url: None,
            tenant: Some(credentials.get("tenant").into()),
            client_id: credentials.get("client_id").into(),
            client_secret: credentials.get("client_secret").into(),
            note_outcome: None,
            budget_percent: 100,
            link: None,
            clock: self.clock.clone(),
        };
        Arc::new(Halo::new(settings).expect("sound settings"))
    }

    /// Starts an engine on `data`.
    pub(crate) async fn engine(&self, data: &Path, judge: Arc<dyn Judge>, embedded: bool, mode: Mode) -> Handle {
        self.engine_on(self.client(), data, judge, embedded, mode).await
    }

    /// Starts an engine on `data` that reaches the desk through `psa`.
    pub(crate) async fn engine_on(
        &self,
        psa: Arc<dyn Psa>,
        data: &Path,
        judge: Arc<dyn Judge>,
        embedded: bool,
        mode: Mode,
    ) -> Handle {
        let lock = Lock::take(data, "test", self.clock.now()).expect("nobody else is here");
        let (journal, replay) = Journal::open(data).expect("a journal");
        let readings = Readings::open(data).expect("readings");
        let opened = Store::open(data, &self.clock).await.expect("a store");
        Handle::start(Parts {
            settings: settings(embedded),
            psa,
            judge: Some(judge),
            policy: policy(mode),
            store: opened.store,
            records: opened.records,
            found: opened.outcome,
            marks: opened.marks,
            journal,
            replay,
            readings,
            hints: None,
            clock: self.clock.clone(),
            lock,
        })
        .await
    }

    /// Starts an engine on `data` with a person at its screen.
    pub(crate) async fn seated(
        &self,
        data: &Path,
        judge: Arc<dyn Judge>,
        embedded: bool,
        mode: Mode,
    ) -> (Handle, Seat) {
        let handle = self.engine(data, judge, embedded, mode).await;
        let seat = handle.seat(Plain::new("sam")).await;
        (handle, seat)
    }

    pub(crate) async fn run(&self, seconds: u64) {
        self.time.run(Duration::from_secs(seconds)).await;
    }
}

fn settings(embedded: bool) -> Settings {
    Settings {
        workspace: Plain::new("test"),
        write: true,
        views: Vec::new(),
        weights: Weights::default(),
        clients: Clients::default(),
        boards: Boards::default(),
        poll: Duration::from_secs(5),
        lookback: Duration::from_secs(14 * 86_400),
        embedded,
        local: true,
        concurrency: 8,
        redaction: Redaction::Secrets,
        budget_micros: None,
    }
}

fn policy(mode: Mode) -> Policy {
    Policy {
        mode,
        scope: Query::default(),
        hands_off: Vec::new(),
        rules: default_rules(PsaKind::Halo, "High", Some("Escalations"), Some("Kenji Mori")),
        thresholds: Thresholds::default(),
        edges: Edges::default(),
        scales: Scales::new(),
        note: NoteTemplate::new(None).expect("the embedded template is sound"),
    }
}

/// What a seat sees now.
pub(crate) async fn look(seat: &Seat) -> (Vec<Row>, Status) {
    let mut mirror = Mirror::fetch(seat).await.expect("the engine answers");
    for update in seat.waiting() {
        mirror.apply(&update);
    }
    (mirror.rows.into_values().collect(), mirror.status.expect("a status"))
}
