//! A practice PSA: a small seeded world of a managed service provider, served over HTTP on
//! loopback in a PSA's own wire format, with traffic.
//!
//! It is written from the wire facts by itself and never looks at the clients in [`crate::psa`]:
//! two readings of the same facts prove something to each other. The world (`world`), what happens
//! in it (`traffic`) and how it stands (`state`, `ticket`) know no wire format; each dialect is a
//! folder that only translates.

mod halo;
mod llm;
mod site;
mod state;
mod ticket;
mod traffic;
mod world;

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::domain::{Clock, PsaKind};
pub use llm::{Fault, LlmServerError, PracticeLlm};
use site::{Site, Throttle};
use state::State;
pub use state::{Write, Written};
use traffic::Plan;
use world::World;

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
}

/// What a client logs in with. Made from the seed; it opens nothing but the practice PSA.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Credentials {
    /// The application's id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The tenant.
    pub tenant: String,
}

/// Why there is no practice PSA.
#[derive(Debug, Error)]
pub enum PracticeError {
    /// There is no practice PSA of this kind.
    #[error("there is no practice {kind}; there is: {known}", known = known_kinds())]
    UnknownKind {
        /// What was asked for.
        kind: PsaKind,
    },
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

/// The kinds that can be practised on.
const KINDS: [PsaKind; 1] = [PsaKind::Halo];

fn known_kinds() -> String {
    KINDS.map(PsaKind::word).join(", ")
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
    /// When there is no practice PSA of that kind, the speed is no number from 0 up, or the port
    /// cannot be had.
    pub async fn start(kind: PsaKind, port: u16, settings: WorldSettings) -> Result<Self, PracticeError> {
        let WorldSettings { seed, speed, clock } = settings;
        if !KINDS.contains(&kind) {
            return Err(PracticeError::UnknownKind { kind });
        }
        if !speed.is_finite() || speed < 0.0 {
            return Err(PracticeError::BadSpeed(speed));
        }
        let refused = |why| PracticeError::Port { port, why };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let (standing, plan) = Plan::new(World::embedded(), seed);
        let state = State::begin(standing, clock.now());
        let throttle = Throttle::new(halo::CALLS, halo::WINDOW);
        let site = Arc::new(Site::new(clock, seed, format!("http://{address}"), state, throttle));
        let credentials = halo::credentials(seed);
        let app = halo::router(Arc::clone(&site), credentials.clone());
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

    /// When the API was called: the last few thousand times, oldest first. Logins and calls that were
    /// refused count too.
    pub fn calls(&self) -> Vec<Timestamp> {
        self.site.calls()
    }

    /// Lets at most `calls` through within `window` from now on, instead of the PSA's own limit.
    pub fn limit_calls(&self, calls: u32, window: Duration) {
        *self.site.throttle() = Throttle::new(calls, window);
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

impl Drop for PracticePsa {
    fn drop(&mut self) {
        self.end();
    }
}
