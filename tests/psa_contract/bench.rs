//! A practice desk of one kind, a client of it, and time to spend.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use irate::domain::{Clock, Field, FieldValue, Picklists, Plain, Simulation, Ticket, TicketId};
use irate::practice::{PracticePsa, WorldSettings};
use irate::psa::{Changed, Page, Psa};
use jiff::Timestamp;

use crate::clients::{Access, client};
use crate::side::Side;

/// More pages than any walk here has.
const MOST_PAGES: usize = 50;

/// A practice desk and what is needed to try a client on it. Its time moves only when told.
pub(crate) struct Bench<S> {
    pub(crate) psa: PracticePsa,
    pub(crate) clock: Clock,
    pub(crate) time: Simulation,
    pub(crate) side: S,
}

impl<S: Side> Bench<S> {
    /// A desk that lets any number of calls through.
    pub(crate) async fn open(seed: u64, speed: f64) -> Self {
        Self::open_with(|quiet| WorldSettings { seed, speed, ..quiet }).await
    }

    /// A desk in a world of one's own.
    pub(crate) async fn open_with(world: impl FnOnce(WorldSettings) -> WorldSettings) -> Self {
        let (clock, time) = Clock::simulated(start());
        let psa = start_world::<S>(0, world(WorldSettings::quiet(1, clock.clone()))).await;
        let side = S::new(psa.url(), psa.credentials());
        Self { psa, clock, time, side }
    }

    pub(crate) fn access(&self) -> Access {
        let (url, credentials) = (self.psa.url(), self.psa.credentials());
        Access { url, credentials, budget_percent: 100, clock: self.clock.clone() }
    }

    pub(crate) fn client(&self) -> Arc<dyn Psa> {
        client(S::KIND, &self.access()).expect("sound settings")
    }

    pub(crate) async fn run(&self, seconds: u64) {
        self.time.run(Duration::from_secs(seconds)).await;
    }

    /// Lets time pass until `work` is done.
    pub(crate) async fn spend<T>(&self, work: impl Future<Output = T>) -> T {
        spend(&self.time, work).await
    }

    /// Every page of what changed since.
    pub(crate) async fn walk(&self, client: &dyn Psa, since: Timestamp) -> Vec<Page> {
        let mut pages: Vec<Page> = Vec::new();
        loop {
            let next = pages.last().and_then(|page| page.next.clone());
            pages.push(self.spend(client.changed(since, next)).await.expect("a page"));
            if pages.last().is_some_and(|page| page.next.is_none()) {
                return pages;
            }
            assert!(pages.len() < MOST_PAGES, "the walk ends");
        }
    }

    /// Every ticket there is, once.
    pub(crate) async fn all(&self, client: &dyn Psa) -> Vec<Changed> {
        let rows = self.walk(client, Timestamp::UNIX_EPOCH).await.into_iter().flat_map(|page| page.tickets);
        rows.map(|row| (row.ticket.id.clone(), row)).collect::<BTreeMap<_, _>>().into_values().collect()
    }

    /// An open ticket like this, as the client reads it alone.
    pub(crate) async fn ticket_where(&self, client: &dyn Psa, wanted: impl Fn(&Ticket) -> bool) -> Ticket {
        let open = self.all(client).await.into_iter().map(|changed| changed.ticket).filter(|ticket| !ticket.closed);
        let found = open.into_iter().find(wanted).expect("one such ticket");
        client.ticket(&found.id).await.expect("a ticket")
    }
}

/// When the practice begins.
pub(crate) fn start() -> Timestamp {
    "2026-03-04T09:00:00Z".parse().expect("a time")
}

/// Starts a desk on `port` that lets any number of calls through.
pub(crate) async fn start_psa<S: Side>(port: u16, seed: u64, speed: f64, clock: &Clock) -> PracticePsa {
    start_world::<S>(port, WorldSettings { speed, ..WorldSettings::quiet(seed, clock.clone()) }).await
}

async fn start_world<S: Side>(port: u16, world: WorldSettings) -> PracticePsa {
    let psa = PracticePsa::start(S::KIND, port, world).await.expect("a free port");
    psa.limit_calls(1_000_000, Duration::from_secs(1));
    psa
}

/// Lets time pass until `work` is done.
pub(crate) async fn spend<T>(time: &Simulation, work: impl Future<Output = T>) -> T {
    let passing = async {
        loop {
            time.run(Duration::from_secs(1)).await;
        }
    };
    tokio::select! {
        biased;
        done = work => done,
        () = passing => unreachable!("time never ends"),
    }
}

/// A value `ticket` may take in `field` and does not hold, and that keeps it open.
pub(crate) fn other_value(lists: &Picklists, ticket: &Ticket, field: Field) -> FieldValue {
    other_values(lists, ticket, field).next().expect("another value").clone()
}

/// Whether [`other_value`] has one for each of `fields`: a board may have one team only.
pub(crate) fn has_other_values(lists: &Picklists, ticket: &Ticket, fields: &[Field]) -> bool {
    fields.iter().all(|field| other_values(lists, ticket, *field).next().is_some())
}

fn other_values<'a>(lists: &'a Picklists, ticket: &'a Ticket, field: Field) -> impl Iterator<Item = &'a FieldValue> {
    let held = ticket.fields.get(&field);
    let ends = |label: &Plain| ["Closed", "Complete", "Resolved"].contains(&label.as_str());
    let offered = lists.for_ticket(ticket, field).map(|pick| &pick.value);
    offered.filter(move |value| Some(*value) != held && !ends(&value.label))
}

pub(crate) fn ids(changed: &[Changed]) -> Vec<TicketId> {
    changed.iter().map(|changed| changed.ticket.id.clone()).collect()
}
