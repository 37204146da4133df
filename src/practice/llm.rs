//! A practice LLM: an OpenAI-compatible chat-completions server on the loopback interface.
//!
//! It answers with the readings of the embedded word list, so that everything around a model (the
//! prompt, the schema, HTTP, validation, quotes, cost) runs without a key. It understands only the
//! two questions irate asks, and no message that is not fenced. [`PracticeLlm::fail_next`] makes it
//! fail the ways real models do.

mod answer;
mod request;

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::answer::Answer;
use self::request::{Refusal, Request};
use crate::domain::Clock;

const API_KEY: &str = "practice-llm";
const MODEL: &str = "practice-word-list-1";

/// A prefix of fewer tokens is never cached.
const LEAST_CACHED: usize = 1024;
/// Cached prefixes grow in steps of this many tokens.
const CACHE_STEP: usize = 128;

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

/// A way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An error answer with this status; 429 says to come back in a second.
    Status(u16),
    /// An answer that is no JSON.
    Malformed,
    /// The right answer after this long, by the server's clock.
    Slow(Duration),
    /// An answer cut in the middle, as by a length limit.
    Cut,
    /// Quotes that are not in the message.
    BadQuotes,
    /// Numbers outside their scales.
    OutOfRange,
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
    /// Listens on `port` of 127.0.0.1 (0: any free one) and answers until it is stopped. `clock`
    /// dates the answers and times [`Fault::Slow`].
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start(port: u16, clock: Clock) -> Result<Self, LlmServerError> {
        let failed = |source| LlmServerError::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (stop, stopped) = watch::channel(false);
        let server = Arc::new(Server { clock, stopped: stopped.clone(), desk: Mutex::default() });
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
        format!("http://{}/v1", self.address)
    }

    /// The key it asks for. It protects nothing.
    pub fn api_key(&self) -> &'static str {
        API_KEY
    }

    /// The one model it has.
    pub fn model(&self) -> &'static str {
        MODEL
    }

    /// What a script needs to use it: `url`, `api_key`, `model`.
    pub fn hello(&self) -> Value {
        json!({ "url": self.url(), "api_key": API_KEY, "model": MODEL })
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
    stopped: watch::Receiver<bool>,
    desk: Mutex<Desk>,
}

/// What changes from call to call.
#[derive(Debug, Default)]
struct Desk {
    calls: u64,
    rejected: u64,
    answered: BTreeMap<&'static str, u64>,
    faults: VecDeque<Fault>,
    /// The static part last seen for each question, hashed: the next like it is a cache hit.
    warm: BTreeMap<&'static str, u64>,
}

impl Server {
    /// Nothing panics while the desk is held, so a poisoned lock is still good.
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
        let busy = self.clock.busy();
        let (number, fault) = {
            let mut desk = self.desk();
            desk.calls += 1;
            (desk.calls, desk.faults.pop_front())
        };
        if let Some(Fault::Status(status)) = fault {
            return Err(Refusal::fault(status));
        }
        authorize(headers)?;
        let request = Request::parse(body, MODEL)?;
        if let Some(Fault::Slow(span)) = fault {
            drop(busy);
            tokio::select! {
                () = self.clock.sleep(span) => {}
                () = told(self.stopped.clone()) => {}
            }
        }
        let content = content(&request, fault);
        Ok(self.completion(number, &request, content, fault))
    }

    fn completion(&self, number: u64, request: &Request, mut content: String, fault: Option<Fault>) -> Value {
        let limit = match fault {
            Some(Fault::Cut) => tokens(&content) / 2,
            _ => request.most_tokens,
        };
        let cut = tokens(&content) > limit;
        if cut {
            content = content.chars().take(limit * 4).collect();
        }
        let question = request.question.name();
        let cached = self.cached(question, &request.system);
        *self.desk().answered.entry(question).or_default() += 1;
        json!({
            "id": format!("chatcmpl-{number}"),
            "object": "chat.completion",
            "created": self.clock.now().as_second(),
            "model": MODEL,
            "choices": [{
                "index": 0,
                "message": { "role": "assistant", "content": content, "refusal": null },
                "finish_reason": if cut { "length" } else { "stop" },
            }],
            "usage": usage(request.prompt_tokens(), cached, tokens(&content)),
        })
    }

    /// How many tokens of the static part were seen in the call before.
    fn cached(&self, question: &'static str, system: &str) -> usize {
        let mut hasher = DefaultHasher::new();
        system.hash(&mut hasher);
        let hash = hasher.finish();
        let warm = self.desk().warm.insert(question, hash) == Some(hash);
        let prefix = tokens(system) / CACHE_STEP * CACHE_STEP;
        if warm && prefix >= LEAST_CACHED { prefix } else { 0 }
    }
}

/// About how many tokens `text` has.
fn tokens(text: &str) -> usize {
    text.chars().count().div_ceil(4)
}

fn usage(prompt: usize, cached: usize, completion: usize) -> Value {
    json!({
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": { "cached_tokens": cached },
    })
}

fn content(request: &Request, fault: Option<Fault>) -> String {
    let mut answer = Answer::to(request);
    match fault {
        Some(Fault::Malformed) => return "Of course! I rated the message for you: {\"score\": ".into(),
        Some(Fault::BadQuotes) => answer.misquote(),
        Some(Fault::OutOfRange) => answer.overshoot(),
        _ => {}
    }
    answer.json()
}

fn authorize(headers: &HeaderMap) -> Result<(), Refusal> {
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if sent.and_then(|value| value.strip_prefix("Bearer ")) == Some(API_KEY) { Ok(()) } else { Err(Refusal::key()) }
}

fn routes(server: Arc<Server>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(chat))
        .route("/v1/models", get(models))
        .route("/stats", get(stats))
        .fallback(async || Refusal::path())
        .with_state(server)
}

async fn chat(State(server): State<Arc<Server>>, headers: HeaderMap, body: Bytes) -> Response {
    match server.answer(&headers, &body).await {
        Ok(completion) => Json(completion).into_response(),
        Err(refusal) => {
            server.desk().rejected += 1;
            refusal.into_response()
        }
    }
}

async fn models(headers: HeaderMap) -> Result<Json<Value>, Refusal> {
    authorize(&headers)?;
    let model = json!({ "id": MODEL, "object": "model", "created": 0, "owned_by": "irate" });
    Ok(Json(json!({ "object": "list", "data": [model] })))
}

async fn stats(State(server): State<Arc<Server>>) -> Json<Value> {
    let desk = server.desk();
    let answered = |question: &str| desk.answered.get(question).copied().unwrap_or(0);
    Json(json!({
        "calls": desk.calls,
        "by_schema": { "tone": answered("tone"), "triage": answered("triage") },
        "rejected": desk.rejected,
    }))
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let error = json!({
            "error": { "message": self.message, "type": self.kind, "param": self.param, "code": self.code }
        });
        let mut response = (status, Json(error)).into_response();
        if status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
        }
        response
    }
}
