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

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use fastrand::Rng;
use futures::stream;
use jiff::Timestamp;
use serde_json::{Value, json};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::completion::tokens;
pub use self::dialect::LlmDialect;
pub use self::fault::{Fault, LlmFault};
use self::limits::Gate;
pub use self::limits::LlmLimits;
use self::refusal::Refusal;
pub use self::refusal::Wait;
use self::request::Request;
use crate::domain::Clock;

const API_KEY: &str = "practice-llm";

/// The calls that are kept to be looked at; later ones are only counted.
const MOST_KEPT: usize = 10_000;

/// A prefix of fewer tokens is never cached.
const LEAST_CACHED: usize = 1024;
/// Cached prefixes grow in steps of this many tokens.
const CACHE_STEP: usize = 128;

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
        let desk = Mutex::new(Desk { luck: Rng::with_seed(serving.seed), ..Desk::default() });
        let server = Arc::new(Server { clock, serving, stopped: stopped.clone(), desk });
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

/// Waits until the server is told to stop, or nobody is left to tell it.
async fn told(mut stopped: watch::Receiver<bool>) {
    if stopped.wait_for(|stopped| *stopped).await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[derive(Debug)]
struct Server {
    clock: Clock,
    serving: LlmServing,
    stopped: watch::Receiver<bool>,
    desk: Mutex<Desk>,
}

/// What changes from call to call.
#[derive(Debug, Default)]
struct Desk {
    calls: u64,
    rejected: u64,
    answered: BTreeMap<&'static str, u64>,
    by_status: BTreeMap<u16, u64>,
    faults: VecDeque<Fault>,
    /// The static part last seen for each question, hashed: the next like it is a cache hit.
    warm: BTreeMap<&'static str, u64>,
    gate: Gate,
    luck: Rng,
    requests: Vec<LlmCall>,
}

impl Desk {
    /// What goes wrong with the next call: what was ordered for it, else what luck brings.
    fn fault(&mut self, usual: &[LlmFault]) -> Option<Fault> {
        let ordered = self.faults.pop_front();
        ordered.or_else(|| usual.iter().find(|it| self.luck.u8(0..100) < it.percent).map(|it| it.fault))
    }

    /// How many tokens of the static part of `request` were seen in the call before.
    fn cached(&mut self, request: &Request) -> usize {
        let mut hasher = DefaultHasher::new();
        request.system.hash(&mut hasher);
        let hash = hasher.finish();
        let warm = self.warm.insert(request.question.name(), hash) == Some(hash);
        let prefix = tokens(&request.system) / CACHE_STEP * CACHE_STEP;
        if warm && prefix >= LEAST_CACHED { prefix } else { 0 }
    }
}

/// A call as it came.
struct Incoming {
    /// The deployment its path names.
    deployment: Option<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Server {
    /// Nothing panics while the desk is held, so a poisoned lock is still good.
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one call and counts it.
    async fn chat(&self, call: Incoming) -> Response {
        let index = self.record(&call);
        let mut response = match self.answer(&call, index).await {
            Ok(response) => response,
            Err(refusal) => {
                self.desk().rejected += 1;
                refusal.respond(self.serving.dialect, self.clock.now())
            }
        };
        let mut desk = self.desk();
        let status = response.status().as_u16();
        *desk.by_status.entry(status).or_default() += 1;
        if let Some(call) = desk.requests.get_mut(index) {
            call.status = Some(status);
        }
        for (name, value) in self.headers(&desk, index) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
        response
    }

    /// Counts a call and keeps it; its number, from 0.
    fn record(&self, call: &Incoming) -> usize {
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let headers = call.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let path = call.uri.path_and_query().map_or_else(String::new, ToString::to_string);
        let mut desk = self.desk();
        desk.calls += 1;
        if desk.requests.len() < MOST_KEPT {
            desk.requests.push(LlmCall { at: self.clock.now(), path, headers, body: call.body.clone(), status: None });
        }
        usize::try_from(desk.calls - 1).unwrap_or(usize::MAX)
    }

    async fn answer(&self, call: &Incoming, number: usize) -> Result<Response, Refusal> {
        let _busy = self.clock.busy();
        let LlmServing { dialect, limits, wait, .. } = self.serving;
        let fault = {
            let mut desk = self.desk();
            let fault = desk.fault(&self.serving.faults);
            desk.gate.enter(limits, self.clock.now()).map_err(|span| Refusal::too_fast(span, wait))?;
            fault
        };
        let _under_way = UnderWay(self);
        if let Some(response) = fault.and_then(early) {
            return Ok(response);
        }
        if let Some(refusal) = fault.and_then(Fault::refusal) {
            return Err(refusal);
        }
        dialect.authorize(&call.headers, API_KEY)?;
        let request = Request::parse(&call.body, dialect, call.deployment.as_deref())?;
        self.take_time(fault).await;
        Ok(self.complete(number, &request, fault))
    }

    /// Waits as long as this answer takes; not at all once the server is told to stop.
    async fn take_time(&self, fault: Option<Fault>) {
        let (least, most) = (*self.serving.latency.start(), *self.serving.latency.end());
        let usual = least + most.saturating_sub(least).mul_f64(self.desk().luck.f64());
        let span = if let Some(Fault::Slow(span)) = fault { span } else { usual };
        if span.is_zero() {
            return;
        }
        tokio::select! {
            () = self.clock.sleep_within_call(span) => {}
            () = told(self.stopped.clone()) => {}
        }
    }

    fn complete(&self, number: usize, request: &Request, fault: Option<Fault>) -> Response {
        let cached = {
            let mut desk = self.desk();
            *desk.answered.entry(request.question.name()).or_default() += 1;
            desk.cached(request)
        };
        let mut completion = completion::completion(self.serving.dialect, request, cached, fault);
        completion["id"] = json!(format!("chatcmpl-{number}"));
        completion["created"] = json!(self.clock.now().as_second());
        deliver(&completion.to_string(), fault)
    }

    /// What stands on each answer beside the body.
    fn headers(&self, desk: &Desk, number: usize) -> Vec<(&'static str, HeaderValue)> {
        let id = format!("practice-{number}").parse().ok();
        let mut headers: Vec<_> = id.map(|id| ("x-request-id", id)).into_iter().collect();
        let Some(most) = self.serving.limits.a_minute else { return headers };
        let left = desk.gate.left(most);
        let reset = match self.serving.dialect {
            LlmDialect::Openai => Some("1s"),
            LlmDialect::Azure => Some("10"),
            _ => return headers,
        };
        headers.extend([("x-ratelimit-limit-requests", most.into()), ("x-ratelimit-remaining-requests", left.into())]);
        headers.extend(reset.map(|reset| ("x-ratelimit-reset-requests", HeaderValue::from_static(reset))));
        headers
    }
}

/// A call that counts as being under way until it is dropped.
struct UnderWay<'a>(&'a Server);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.desk().gate.leave();
    }
}

/// The answer of a server that breaks before it looks at the call.
fn early(fault: Fault) -> Option<Response> {
    let broken = StatusCode::INTERNAL_SERVER_ERROR;
    match fault {
        Fault::PlainText => Some((broken, "Internal Server Error").into_response()),
        Fault::StringError => Some((broken, Json(json!({"error": "the worker died"}))).into_response()),
        Fault::DoNotRetry => {
            let body = Json(json!({"error": {"message": "broken for good", "type": "server_error"}}));
            Some((broken, [("x-should-retry", "false")], body).into_response())
        }
        _ => None,
    }
}

/// Sends `completion`, in whatever state `fault` leaves it.
fn deliver(completion: &str, fault: Option<Fault>) -> Response {
    let body = match fault {
        Some(Fault::NotACompletion) => Body::from(r#"{"hello": "world"}"#),
        Some(Fault::BlankLines) => Body::from(format!("\n\n\n\n{completion}")),
        Some(Fault::ByteOrderMark) => Body::from(format!("\u{feff}{completion}")),
        Some(Fault::HalfBody) => {
            let half = Bytes::copy_from_slice(&completion.as_bytes()[..completion.len() / 2]);
            Body::from_stream(stream::iter([Ok(half), Err(io::Error::other("cut"))]))
        }
        _ => Body::from(completion.to_owned()),
    };
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn routes(server: Arc<Server>) -> Router {
    let routes = Router::new().route("/stats", get(stats));
    let routes = match server.serving.dialect {
        LlmDialect::Azure => routes
            .route("/openai/v1/chat/completions", post(chat))
            .route("/openai/v1/models", get(models))
            .route("/openai/deployments/{deployment}/chat/completions", post(chat_of)),
        LlmDialect::Deepseek => routes
            .route("/chat/completions", post(chat))
            .route("/v1/chat/completions", post(chat))
            .route("/v1/models", get(models)),
        _ => routes.route("/v1/chat/completions", post(chat)).route("/v1/models", get(models)),
    };
    routes.fallback(nowhere).with_state(server)
}

async fn chat(State(server): State<Arc<Server>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    server.chat(Incoming { deployment: None, uri, headers, body }).await
}

/// Azure's older form: the path names the deployment, the query the version of the API.
async fn chat_of(
    State(server): State<Arc<Server>>,
    Path(deployment): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !uri.query().is_some_and(|query| query.starts_with("api-version=20")) {
        return Refusal::path().respond(server.serving.dialect, server.clock.now());
    }
    server.chat(Incoming { deployment: Some(deployment), uri, headers, body }).await
}

async fn nowhere(State(server): State<Arc<Server>>) -> Response {
    Refusal::path().respond(server.serving.dialect, server.clock.now())
}

async fn models(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    let dialect = server.serving.dialect;
    if let Err(refusal) = dialect.authorize(&headers, API_KEY) {
        return refusal.respond(dialect, server.clock.now());
    }
    let model = |name| json!({ "id": name, "object": "model", "created": 0, "owned_by": "irate" });
    let data: Vec<Value> = dialect.models().iter().map(|it| model(it.name)).collect();
    Json(json!({ "object": "list", "data": data })).into_response()
}

async fn stats(State(server): State<Arc<Server>>) -> Json<Value> {
    let desk = server.desk();
    let answered = |question: &str| desk.answered.get(question).copied().unwrap_or(0);
    let by_status: BTreeMap<String, u64> = desk.by_status.iter().map(|(s, count)| (s.to_string(), *count)).collect();
    Json(json!({
        "calls": desk.calls,
        "by_schema": { "tone": answered("tone"), "triage": answered("triage"), "category": answered("category") },
        "by_status": by_status,
        "rejected": desk.rejected,
    }))
}
