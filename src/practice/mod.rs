//! A practice PSA: a small seeded world of a managed service provider, served over HTTP on
//! loopback in a PSA's own wire format, with traffic.
//!
//! It is written from the wire facts by itself and never looks at the clients in [`crate::psa`]:
//! two readings of the same facts prove something to each other. The world (`world`), what happens
//! in it (`traffic`) and how it stands (`state`, `ticket`) know no wire format; each dialect is a
//! folder that only translates. `site` is the ground they all stand on, `fault` the weather between
//! them and their clients.

mod autotask;
mod connectwise;
mod fault;
mod halo;
mod kaseya_bms;
mod llm;
mod params;
mod site;
mod state;
mod ticket;
mod traffic;
mod world;

use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware;
use axum::response::Response;
use indexmap::IndexMap;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::domain::{Clock, Field, PsaKind, TicketId};
use fault::{No, Served};
pub use fault::{PsaFault, Weather};
pub use llm::{Fault, LlmCall, LlmDialect, LlmFault, LlmLimits, LlmServerError, LlmServing, PracticeLlm, Wait};
pub use site::CallMade;
use site::{CallLimit, Site, Throttle};
use state::State;
pub use state::{Write, Written};
use ticket::{Edit, Ticket};
use traffic::Plan;
use world::World;
use world::desk::Agent;

/// How a practice world runs.
#[derive(Clone, Debug)]
pub struct WorldSettings {
    /// Decides ticket numbers, jitter and the order of events. Equal seeds make equal worlds.
    pub seed: u64,
    /// Scales the spacing of traffic, never time stamps: at 1 something happens every six seconds
    /// or so, at 0 nothing ever does.
    pub speed: f64,
    /// Stamps everything and times the traffic.
    pub clock: Clock,
    /// Scales the PSA's own call limit; 1 is what it documents.
    pub limit_scale: f64,
    /// What goes wrong.
    pub faults: Vec<PsaFault>,
    /// Tickets beside those of the stories, for imports that are worth the name.
    pub bulk: Option<Bulk>,
}

impl WorldSettings {
    /// A quiet world: nothing happens, nothing goes wrong, and the limit is the PSA's own.
    pub fn quiet(seed: u64, clock: Clock) -> Self {
        Self { seed, speed: 0.0, clock, limit_scale: 1.0, faults: Vec::new(), bulk: None }
    }
}

/// Many tickets more, told from the stories over and over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// How many.
    pub tickets: u32,
    /// Messages on each, the opening among them.
    pub messages: u32,
}

/// What a client logs in with, by the names that the config has for it. Made from the seed; it opens
/// nothing but the practice PSA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Credentials(IndexMap<&'static str, String>);

impl Credentials {
    fn new<const N: usize>(values: [(&'static str, String); N]) -> Self {
        Self(values.into())
    }

    /// The value called `name`, such as `client_id`; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The same, with another value called `name`.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.0.insert(name, value.to_owned());
        self
    }
}

/// One wire format in which the world is served.
struct Dialect {
    /// What the PSA documents.
    limit: CallLimit,
    credentials: fn(u64) -> Credentials,
    router: fn(Arc<Site>, Credentials) -> Router,
    no: fn(No) -> Response,
}

fn dialect(kind: PsaKind) -> &'static Dialect {
    match kind {
        PsaKind::Connectwise => &connectwise::DIALECT,
        PsaKind::Autotask => &autotask::DIALECT,
        PsaKind::Halo => &halo::DIALECT,
        PsaKind::KaseyaBms => &kaseya_bms::DIALECT,
    }
}

/// Why there is no practice PSA.
#[derive(Debug, Error)]
pub enum PracticeError {
    /// The speed is no number from 0 up.
    #[error("the speed of the practice world is a number from 0 up, not {0}")]
    BadSpeed(f64),
    /// The port cannot be had.
    #[error("cannot listen on 127.0.0.1 port {port} ({why}); choose another port, or 0 for any free one")]
    Port {
        /// The port asked for.
        port: u16,
        /// What the system said.
        why: io::Error,
    },
}

/// A running practice PSA on 127.0.0.1. It ends when it is dropped.
pub struct PracticePsa {
    kind: PsaKind,
    site: Arc<Site>,
    credentials: Credentials,
    /// Dropped to let idle connections go.
    leave: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
    traffic: JoinHandle<()>,
}

impl PracticePsa {
    /// Starts a world and serves it as a PSA of `kind` on `port` of 127.0.0.1; 0 takes a free one.
    ///
    /// # Errors
    /// When the speed is no number from 0 up, or the port cannot be had.
    pub async fn start(kind: PsaKind, port: u16, settings: WorldSettings) -> Result<Self, PracticeError> {
        let WorldSettings { seed, speed, clock, limit_scale, faults, bulk } = settings;
        let dialect = dialect(kind);
        if !speed.is_finite() || speed < 0.0 {
            return Err(PracticeError::BadSpeed(speed));
        }
        let refused = |why| PracticeError::Port { port, why };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let (standing, plan) = Plan::new(World::embedded(), seed);
        let begins = clock.now().saturating_add(fault::skew(&faults)).unwrap_or(clock.now());
        let mut state = State::begin(standing, begins);
        if let Some(bulk) = bulk {
            state.add_bulk(World::embedded(), bulk, begins);
        }
        let throttle = Throttle::new(dialect.limit.scaled(limit_scale));
        let site = Arc::new(Site::new(clock, seed, format!("http://{address}"), state, throttle, faults));
        let credentials = (dialect.credentials)(seed);
        let weather = middleware::from_fn_with_state(Served { site: Arc::clone(&site), no: dialect.no }, fault::serve);
        let app = (dialect.router)(Arc::clone(&site), credentials.clone()).layer(weather);
        let (leave, left) = oneshot::channel::<()>();
        let serving = axum::serve(listener, app).with_graceful_shutdown(async {
            let _ = left.await;
        });
        let server = tokio::spawn(async {
            // Serving ends only when told to leave.
            let _ = serving.await;
        });
        let traffic = tokio::spawn(traffic::play(plan, Arc::clone(&site), speed));
        Ok(Self { kind, site, credentials, leave: Some(leave), server, traffic })
    }

    /// Which PSA it practises.
    pub fn kind(&self) -> PsaKind {
        self.kind
    }

    /// Where it is, such as `http://127.0.0.1:8080`.
    pub fn url(&self) -> String {
        self.site.origin.clone()
    }

    /// What a client logs in with.
    pub fn credentials(&self) -> Credentials {
        self.credentials.clone()
    }

    /// Kind, address and credentials as one JSON object, for whoever is to connect.
    pub fn hello(&self) -> Value {
        json!({ "kind": self.kind.word(), "url": self.url(), "credentials": self.credentials })
    }

    /// What clients of the API wrote so far, oldest first.
    pub fn writes(&self) -> Vec<Write> {
        self.site.state().writes().to_vec()
    }

    /// The calls to the API: the last hundred thousand, oldest first. Logins and calls that were
    /// refused count too.
    pub fn calls(&self) -> Vec<CallMade> {
        self.site.calls()
    }

    /// Lets at most `calls` through within `window` from now on, instead of the PSA's own limit.
    pub fn limit_calls(&self, calls: u32, window: Duration) {
        let mut throttle = self.site.throttle();
        let limit = CallLimit { calls, window, ..throttle.limit() };
        *throttle = Throttle::new(limit);
    }

    /// How often the traffic and the desk's people changed something since `since`.
    pub fn changes(&self, since: Timestamp) -> usize {
        let state = self.site.state();
        state.tickets().map(|ticket| ticket.changes(since)).sum()
    }

    /// Ends the traffic: from now on only clients of the API change anything.
    pub fn pause(&self) {
        self.traffic.abort();
    }

    /// What goes wrong from now on; the PSA's clock stays as it was.
    pub fn set_faults(&self, faults: Vec<PsaFault>) {
        self.site.set_faults(faults);
    }

    /// The tickets of the world, by their native ids, oldest first.
    pub fn tickets(&self) -> Vec<TicketId> {
        self.site.state().tickets().map(|ticket| TicketId::new(ticket.number.to_string())).collect()
    }

    /// Deletes a ticket, as a person may in the PSA. Whether there was one.
    pub fn delete(&self, ticket: &TicketId) -> bool {
        native(ticket).is_some_and(|number| self.site.state().delete(number))
    }

    /// Merges `ticket` into `into`, as a person may in the PSA. Whether there were both.
    pub fn merge(&self, ticket: &TicketId, into: &TicketId) -> bool {
        let (from, into) = (native(ticket), native(into));
        from.zip(into).is_some_and(|(from, into)| self.site.state().merge(from, into, self.site.now()))
    }

    /// A colleague sets a field of a ticket: its word and its label as [`Self::fields`] has them, the
    /// empty label for nobody. Whether there were both.
    pub fn colleague_sets(&self, ticket: &TicketId, field: &str, label: &str) -> bool {
        let edit = Edit::called(field, label);
        native(ticket)
            .zip(edit)
            .is_some_and(|(number, edit)| self.site.state().colleague_edits(number, &edit, self.site.now()))
    }

    /// The colleague called `who` sets `field` to the value called `label` in the moment between the last look
    /// of a client of the API and its next change to the ticket. Whether there is all that.
    pub fn colleague_comes_first(&self, ticket: &TicketId, field: Field, label: &str, who: &str) -> bool {
        let wanted = Edit::called(field.word(), label).zip(Agent::ALL.iter().find(|agent| agent.name() == who));
        native(ticket).zip(wanted).is_some_and(|(number, (edit, by))| self.site.state().rival(number, edit, *by))
    }

    /// The customer writes `text` on a ticket. Whether there was one.
    pub fn customer_writes(&self, ticket: &TicketId, text: &str) -> bool {
        native(ticket).is_some_and(|number| self.site.state().customer_writes(number, text, self.site.now()))
    }

    /// How much each person has written on a ticket after its opening, by their names: its contact and
    /// the desk's agents.
    pub fn written_by(&self, ticket: &TicketId) -> BTreeMap<String, usize> {
        let state = self.site.state();
        native(ticket).and_then(|number| state.ticket(number)).map(Ticket::written_by).unwrap_or_default()
    }

    /// A ticket's fields, as the world itself has them: the field's word in [`crate::domain::Field::word`] or
    /// `summary`, and the value's label, empty where there is none. A board is a team here.
    pub fn fields(&self, ticket: &TicketId) -> Option<BTreeMap<&'static str, String>> {
        let state = self.site.state();
        state.ticket(native(ticket)?).map(Ticket::fields)
    }

    /// Ends it; the port is free when this returns.
    pub async fn stop(mut self) {
        self.end();
        let _ = (&mut self.server).await;
        let _ = (&mut self.traffic).await;
    }

    fn end(&mut self) {
        self.leave.take();
        self.server.abort();
        self.traffic.abort();
    }
}

/// The world numbers tickets as people see them, and so do the ids of all dialects.
fn native(ticket: &TicketId) -> Option<u32> {
    ticket.as_str().parse().ok()
}

impl Drop for PracticePsa {
    fn drop(&mut self) {
        self.end();
    }
}
