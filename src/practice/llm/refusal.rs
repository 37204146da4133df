//! An error, and how each server words it.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::dialect::LlmDialect;

/// A refusal, before anybody's wording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) message: String,
    pub(super) kind: &'static str,
    pub(super) param: Option<&'static str>,
    pub(super) code: Option<&'static str>,
    /// How long to wait, and how that is said.
    pub(super) wait: Option<(Duration, Wait)>,
}

/// How a server says how long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// `Retry-After` in seconds.
    Seconds,
    /// `Retry-After` in seconds with decimals.
    Decimals,
    /// `retry-after-ms`, beside a longer `Retry-After`.
    Millis,
    /// `Retry-After` as an HTTP date.
    Date,
    /// `llm_provider-retry-after`, as a gateway renames it.
    Renamed,
    /// Not at all.
    Untold,
}

impl Refusal {
    fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), kind, param: None, code: None, wait: None }
    }

    pub(super) fn key() -> Self {
        Self::new(401, "invalid_request_error", "Incorrect API key provided. Send the key this server printed.")
            .coded("invalid_api_key")
    }

    pub(super) fn path() -> Self {
        Self::new(404, "invalid_request_error", "Unknown path. This server has chat/completions, models and /stats.")
            .coded("unknown_url")
    }

    pub(super) fn fault(status: u16) -> Self {
        let kind = if status >= 500 { "server_error" } else { "invalid_request_error" };
        let refusal = Self::new(status, kind, format!("A fault with status {status} was ordered."));
        match status {
            429 => Self::too_fast(Duration::from_secs(1), Wait::Seconds),
            _ => refusal,
        }
    }

    pub(super) fn too_fast(wait: Duration, how: Wait) -> Self {
        let refusal = Self::new(429, "rate_limit_error", "Rate limit reached: too many requests.");
        Self { wait: Some((wait, how)), ..refusal.coded("rate_limit_exceeded") }
    }

    pub(super) fn no_money(status: u16) -> Self {
        let message = "You exceeded your current quota (insufficient balance); check your plan and billing details.";
        let refusal = Self::new(status, "insufficient_quota", message);
        if status == 429 { refusal.coded("insufficient_quota") } else { refusal }
    }

    pub(super) fn overloaded() -> Self {
        Self::new(429, "engine_overloaded_error", "The engine is currently overloaded, please try again later")
    }

    pub(super) fn filtered() -> Self {
        let message = "The response was filtered due to the prompt triggering the content management policy.";
        Self { param: Some("prompt"), ..Self::new(400, "content_filter", message).coded("content_filter") }
    }

    pub(super) fn model(known: &str) -> Self {
        let message = format!("The model does not exist. This server has {known}.");
        Self { param: Some("model"), ..Self::new(404, "invalid_request_error", message).coded("model_not_found") }
    }

    pub(super) fn bad(param: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { param, ..Self::new(400, "invalid_request_error", message) }
    }

    pub(super) fn coded(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// The answer, in the words of `dialect`.
    pub(super) fn respond(self, dialect: LlmDialect, now: Timestamp) -> Response {
        let (status, body) = self.body(dialect);
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(body)).into_response();
        for (name, value) in self.wait.iter().flat_map(|(wait, how)| how.headers(*wait, now)) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }

    fn body(&self, dialect: LlmDialect) -> (u16, Value) {
        let Self { status, message, kind, param, code, .. } = self;
        let openai = json!({"error": {"message": message, "type": kind, "param": param, "code": code}});
        match dialect {
            LlmDialect::Azure if *code == Some("content_filter") => {
                let filtered = json!({"filtered": true, "severity": "medium"});
                let inner = json!({
                    "code": "ResponsibleAIPolicyViolation",
                    "content_filter_result": {"violence": filtered, "hate": {"filtered": false, "severity": "safe"}},
                });
                let mut body = openai;
                body["error"]["status"] = json!(400);
                body["error"]["innererror"] = inner;
                (*status, body)
            }
            LlmDialect::Azure if *status == 429 && *kind == "rate_limit_error" => {
                let message = "Requests have exceeded call rate limit of your current pricing tier. Please retry after \
                               some seconds, or ask for a quota increase.";
                (429, json!({"error": {"code": "429", "message": message}}))
            }
            LlmDialect::Moonshot => {
                let kind = match (*status, *kind) {
                    (401, _) => "invalid_authentication_error",
                    (429, "insufficient_quota") => "exceeded_current_quota_error",
                    (429, "rate_limit_error") => "rate_limit_reached_error",
                    (_, kind) => kind,
                };
                (*status, json!({"error": {"type": kind, "message": message}}))
            }
            LlmDialect::Xai => (*status, json!({"code": "Client specified an invalid argument", "error": message})),
            LlmDialect::LlamaServer => {
                let kind = if *status == 401 { "authentication_error" } else { kind };
                (*status, json!({"error": {"code": status, "message": message, "type": kind}}))
            }
            LlmDialect::LlamaCppPython if *status == 401 => (401, json!({"detail": "Invalid API key"})),
            LlmDialect::Litellm if *status == 401 => (
                400,
                json!({"error": {"message": "No connected db.", "type": "no_db_connection", "param": null, "code": "400"}}),
            ),
            LlmDialect::Litellm if *status == 404 && *code == Some("model_not_found") => {
                let message = "Invalid model name passed in model. Call `/v1/models` to view available models.";
                (400, json!({"error": {"message": message, "type": "None", "param": "None", "code": "400"}}))
            }
            LlmDialect::Litellm => {
                let kind = if *status == 429 { "throttling_error" } else { kind };
                let body = json!({"message": message, "type": kind, "param": param, "code": status.to_string()});
                (*status, json!({"error": body}))
            }
            _ => (*status, openai),
        }
    }
}

impl Wait {
    fn headers(self, wait: Duration, now: Timestamp) -> Vec<(HeaderName, String)> {
        let seconds = wait.as_millis().div_ceil(1000).max(1).to_string();
        let name = HeaderName::from_static;
        match self {
            Self::Seconds => vec![(header::RETRY_AFTER, seconds)],
            Self::Decimals => vec![(header::RETRY_AFTER, format!("{:.3}", wait.as_secs_f64()))],
            Self::Millis => {
                vec![(name("retry-after-ms"), wait.as_millis().to_string()), (header::RETRY_AFTER, seconds)]
            }
            Self::Date => {
                let http = |at: Timestamp| DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap_or_default();
                let whole = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
                let until = now.saturating_add(whole + SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX);
                vec![(header::RETRY_AFTER, http(until)), (header::DATE, http(now))]
            }
            Self::Renamed => vec![(name("llm_provider-retry-after"), seconds)],
            Self::Untold => Vec::new(),
        }
    }
}
