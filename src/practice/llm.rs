//! A practice LLM: a chat-completions server on the loopback interface.
//!
//! It answers with the readings of the embedded word list, so that everything around a model (the
//! prompt, the schema, HTTP, validation, quotes, cost) runs without a key. It understands only the
//! questions irate asks, and no message that is not fenced. It speaks the wire format of any of the
//! providers (`dialect`), refuses what they refuse, has their limits (`limits`), and misbehaves as they
//! do (`fault`), when it is told to.

mod answer;
mod completion;
mod dialect;
mod fault;
mod limits;
mod refusal;
mod request;
mod server;

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use self::dialect::LlmDialect;
pub use self::fault::{Fault, LlmFault};
pub use self::limits::LlmLimits;
pub use self::refusal::Wait;
use self::server::{Server, routes, told};
use crate::domain::Clock;

const API_KEY: &str = "practice-llm";

/// How a practice LLM serves.
#[derive(Clone, Debug)]
pub struct LlmServing {
    /// Whose wire format it speaks.
    pub dialect: LlmDialect,
    /// How long an answer takes, by the server's clock; drawn from the seed.
    pub latency: RangeInclusive<Duration>,
    /// What is too much.
    pub limits: LlmLimits,
    /// How it says how long to wait.
    pub wait: Wait,
    /// What goes wrong, and how often.
    pub faults: Vec<LlmFault>,
    /// Decides latency and luck.
    pub seed: u64,
}

impl Default for LlmServing {
    fn default() -> Self {
        Self {
            dialect: LlmDialect::default(),
            latency: Duration::ZERO..=Duration::ZERO,
            limits: LlmLimits::default(),
            wait: Wait::Seconds,
            faults: Vec::new(),
            seed: 1,
        }
    }
}

/// One call as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LlmCall {
    /// When.
    pub at: Timestamp,
    /// Its path and query.
    pub path: String,
    /// Its headers, but for those of the connection.
    pub headers: BTreeMap<String, String>,
    /// Its body, byte for byte.
    pub body: Bytes,
    /// The status it was answered with, once it was.
    pub status: Option<u16>,
}

/// Why the practice LLM did not start.
#[derive(Debug, Error)]
pub enum LlmServerError {
    /// The port is taken or not allowed.
    #[error("cannot listen on 127.0.0.1:{port}: {source}. Choose another port, or 0 for any free one")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
}

/// A running practice LLM. Dropping it leaves it running; [`Self::stop`] ends it.
#[derive(Debug)]
pub struct PracticeLlm {
    address: SocketAddr,
    server: Arc<Server>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl PracticeLlm {
    /// A lenient server without limits or delay, on `port` of 127.0.0.1 (0: any free one).
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start(port: u16, clock: Clock) -> Result<Self, LlmServerError> {
        Self::serve(port, clock, LlmServing::default()).await
    }

    /// Listens on `port` of 127.0.0.1 (0: any free one) and answers until it is stopped. `clock`
    /// dates the answers and times delays and limits.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn serve(port: u16, clock: Clock, serving: LlmServing) -> Result<Self, LlmServerError> {
        let failed = |source| LlmServerError::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (stop, stopped) = watch::channel(false);
        let server = Arc::new(Server::new(clock, serving, stopped.clone()));
        let routes = routes(server.clone());
        let task = tokio::spawn(async move {
            let served = axum::serve(listener, routes).with_graceful_shutdown(told(stopped)).await;
            if let Err(error) = served {
                tracing::error!(%error, "the practice LLM ended");
            }
        });
        Ok(Self { address, server, stop, task })
    }

    /// The base URL that a client is configured with.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.server.serving.dialect.root())
    }

    /// The key it asks for. It protects nothing.
    pub fn api_key(&self) -> &'static str {
        API_KEY
    }

    /// The first of its models.
    pub fn model(&self) -> &'static str {
        self.server.serving.dialect.models()[0].name
    }

    /// All its models; with Azure its deployments.
    pub fn models(&self) -> impl Iterator<Item = &'static str> {
        self.server.serving.dialect.models().iter().map(|model| model.name)
    }

    /// What a script needs to use it: `url`, `api_key`, `model`.
    pub fn hello(&self) -> Value {
        json!({ "url": self.url(), "api_key": API_KEY, "model": self.model() })
    }

    /// The first 10,000 calls, as they came.
    pub fn requests(&self) -> Vec<LlmCall> {
        self.server.desk().requests.clone()
    }

    /// Completions given: a vendor bills each, whatever the client makes of it.
    pub fn paid(&self) -> u64 {
        self.server.desk().answered.values().sum()
    }

    /// Calls that came so far, answered or not.
    pub fn calls(&self) -> u64 {
        self.server.desk().calls
    }

    /// Answered calls of one schema, `tone` or `triage`.
    pub fn calls_about(&self, schema: &str) -> u64 {
        self.server.desk().answered.get(schema).copied().unwrap_or(0)
    }

    /// Makes the next `n` calls fail with `fault`, behind those already ordered.
    pub fn fail_next(&self, n: usize, fault: Fault) {
        self.server.desk().faults.extend(std::iter::repeat_n(fault, n));
    }

    /// Ends it; calls under way are answered first, slow ones at once.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        // A task that panicked has ended too.
        let _ = self.task.await;
    }
}
