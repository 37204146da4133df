//! How HaloPSA says no: there is no standard error body, so each place has its own.

use std::time::Duration;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

use crate::practice::fault::retry_after;

/// A call that was refused.
#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    /// A JSON body in one of the many shapes.
    Json(StatusCode, Value),
    /// From the proxy in front.
    Page(StatusCode),
    /// No bearer token at all.
    NoToken,
    /// Too many calls.
    SlowDown(Option<Duration>),
}

impl Refusal {
    /// A bare JSON string.
    pub(super) fn text(status: StatusCode, words: &str) -> Self {
        Self::Json(status, json!(words))
    }

    /// `{"error":"…"}`, with a description where there is one.
    pub(super) fn oauth(status: StatusCode, error: &str, description: Option<&str>) -> Self {
        let mut body = json!({ "error": error });
        if let Some(description) = description {
            body["error_description"] = json!(description);
        }
        Self::Json(status, body)
    }

    /// `{"error":{"error_description":"…"}}`.
    pub(super) fn described(status: StatusCode, words: &str) -> Self {
        Self::Json(status, json!({ "error": { "error_description": words } }))
    }

    /// A .NET exception.
    pub(super) fn exception(status: StatusCode, words: &str) -> Self {
        Self::Json(status, json!({ "ClassName": "System.Exception", "Message": words }))
    }

    /// `{"resultCode":"…","errorMessage":"…"}`.
    pub(super) fn coded(status: StatusCode, code: &str, words: &str) -> Self {
        Self::Json(status, json!({ "resultCode": code, "errorMessage": words }))
    }

    /// A field that is wanted.
    pub(super) fn required(field: &str) -> Self {
        Self::Json(StatusCode::BAD_REQUEST, json!({ field: "The field is required" }))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Json(status, body) => (status, Json(body)).into_response(),
            Self::Page(status) => {
                let page = format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>");
                (status, Html(page)).into_response()
            }
            Self::NoToken => (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response(),
            Self::SlowDown(None) => {
                (StatusCode::TOO_MANY_REQUESTS, Html("<html><body>Too many requests</body></html>")).into_response()
            }
            Self::SlowDown(Some(wait)) => {
                let page = Html("<html><body>Too many requests</body></html>");
                (StatusCode::TOO_MANY_REQUESTS, retry_after(wait), page).into_response()
            }
        }
    }
}
