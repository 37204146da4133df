//! The envelope around every answer, and how BMS says no.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::practice::fault::retry_after;

/// What a handler says.
pub(super) type Answer = Result<Response, Refusal>;

/// It went well.
pub(super) fn success(result: impl Into<Value>) -> Response {
    Json(json!({ "success": true, "error": null, "result": result.into() })).into_response()
}

/// It went well, and there are `total` rows on all pages.
pub(super) fn success_of(result: Vec<Value>, total: usize) -> Response {
    Json(json!({ "success": true, "error": null, "result": result, "totalRecords": total })).into_response()
}

/// A call that was refused.
#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    /// In the envelope, under a status that may be 200.
    Failed { status: StatusCode, code: u32, words: String },
    /// ASP.NET could not bind a field.
    Unbound { field: String, words: String },
    /// Too many calls.
    SlowDown(Option<Duration>),
    /// The body is of a kind that nobody reads here.
    WrongMedia,
    /// There is nothing at this address.
    NoRoute,
}

impl Refusal {
    /// A value that BMS does not take.
    pub(super) fn bad(words: impl Into<String>) -> Self {
        Self::failed(StatusCode::BAD_REQUEST, 1002, words)
    }

    pub(super) fn unauthorized(words: &str) -> Self {
        Self::failed(StatusCode::UNAUTHORIZED, 1001, words)
    }

    pub(super) fn forbidden(words: &str) -> Self {
        Self::failed(StatusCode::FORBIDDEN, 1003, words)
    }

    pub(super) fn no_such(what: &str) -> Self {
        Self::failed(StatusCode::NOT_FOUND, 1004, format!("{what} not found"))
    }

    pub(super) fn broken() -> Self {
        Self::failed(StatusCode::INTERNAL_SERVER_ERROR, 1000, "An unexpected error occurred")
    }

    fn failed(status: StatusCode, code: u32, words: impl Into<String>) -> Self {
        Self::Failed { status, code, words: words.into() }
    }

    /// A field that is wanted.
    pub(super) fn required(field: &str) -> Self {
        Self::Unbound { field: field.into(), words: format!("The {field} field is required.") }
    }

    /// The same, but HTTP says that all is well.
    pub(super) fn under_200(self) -> Self {
        match self {
            Self::Failed { code, words, .. } => Self::Failed { status: StatusCode::OK, code, words },
            other => other,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Failed { status, code, words } => (status, Json(failure(code, &words))).into_response(),
            Self::Unbound { field, words } => {
                let errors = Map::from_iter([(field, json!([words]))]);
                let title = "One or more validation errors occurred.";
                let status = StatusCode::BAD_REQUEST;
                (status, Json(json!({ "errors": errors, "title": title, "status": 400 }))).into_response()
            }
            Self::SlowDown(wait) => {
                let body = Json(failure(1029, "The number of calls to this endpoint is exceeded. Try again later."));
                let status = StatusCode::TOO_MANY_REQUESTS;
                match wait {
                    Some(wait) => (status, retry_after(wait), body).into_response(),
                    None => (status, body).into_response(),
                }
            }
            Self::WrongMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response(),
            Self::NoRoute => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

/// `stackStrace` is the vendor's spelling.
fn failure(code: u32, words: &str) -> Value {
    json!({
        "success": false,
        "error": { "code": code, "message": words, "details": null, "stackStrace": null, "subErrors": [] },
        "result": null,
    })
}
