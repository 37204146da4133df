//! The practice LLM at work: counts and keeps each call, lets it through or not, and answers it.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use fastrand::Rng;
use futures::stream;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::completion::{completion, tokens};
use super::dialect::LlmDialect;
use super::fault::{Fault, LlmFault};
use super::limits::Gate;
use super::refusal::Refusal;
use super::request::Request;
use super::{API_KEY, LlmCall, LlmServing};
use crate::domain::Clock;

/// The calls that are kept to be looked at; later ones are only counted.
const MOST_KEPT: usize = 10_000;

/// A prefix of fewer tokens is never cached.
const LEAST_CACHED: usize = 1024;
/// Cached prefixes grow in steps of this many tokens.
const CACHE_STEP: usize = 128;

/// Waits until the server is told to stop, or nobody is left to tell it.
pub(super) async fn told(mut stopped: watch::Receiver<bool>) {
    if stopped.wait_for(|stopped| *stopped).await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[derive(Debug)]
pub(super) struct Server {
    clock: Clock,
    pub(super) serving: LlmServing,
    stopped: watch::Receiver<bool>,
    desk: Mutex<Desk>,
}

/// What changes from call to call.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) calls: u64,
    rejected: u64,
    pub(super) answered: BTreeMap<&'static str, u64>,
    by_status: BTreeMap<u16, u64>,
    pub(super) faults: VecDeque<Fault>,
    /// The static part last seen for each question, hashed: the next like it is a cache hit.
    warm: BTreeMap<&'static str, u64>,
    gate: Gate,
    luck: Rng,
    pub(super) requests: Vec<LlmCall>,
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
    pub(super) fn new(clock: Clock, serving: LlmServing, stopped: watch::Receiver<bool>) -> Self {
        let desk = Mutex::new(Desk { luck: Rng::with_seed(serving.seed), ..Desk::default() });
        Self { clock, serving, stopped, desk }
    }

    /// Nothing panics while the desk is held, so a poisoned lock is still good.
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
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
        let mut answer = completion(self.serving.dialect, request, cached, fault);
        answer["id"] = json!(format!("chatcmpl-{number}"));
        answer["created"] = json!(self.clock.now().as_second());
        deliver(&answer.to_string(), fault)
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

pub(super) fn routes(server: Arc<Server>) -> Router {
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
