//! How ConnectWise says no: a JSON body with a code, but for what the proxies in front say.

use std::time::Duration;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

/// A call that was refused.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The usual body.
    Coded { status: StatusCode, code: &'static str, message: String },
    /// A `resource`, such as `ticket`, that cannot become what the call asks for.
    Invalid { resource: &'static str, problems: Vec<Problem> },
    /// From IIS or a proxy in front.
    Page(StatusCode),
    /// Too many calls.
    SlowDown(Option<Duration>),
}

/// What is wrong with one field of a record that a client sent.
#[derive(Debug)]
pub(super) struct Problem {
    code: &'static str,
    message: String,
    field: String,
}

impl Problem {
    /// A field that may not be empty.
    pub(super) fn required(field: &str) -> Self {
        let message = format!("The {field} field is required.");
        Self { code: "MissingRequired", message, field: field.into() }
    }

    pub(super) fn invalid(field: &str, message: String) -> Self {
        Self { code: "InvalidField", message, field: field.into() }
    }

    fn told(&self, resource: &str) -> Value {
        let Self { code, message, field } = self;
        json!({ "code": code, "message": message, "resource": resource, "field": field, "details": null })
    }
}

impl Refusal {
    pub(super) fn coded(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self::Coded { status, code, message: message.into() }
    }

    pub(super) fn bad_argument(message: impl Into<String>) -> Self {
        Self::coded(StatusCode::BAD_REQUEST, "InvalidArgument", message)
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::coded(StatusCode::NOT_FOUND, "NotFound", format!("{what} not found"))
    }

    pub(super) fn method_not_allowed() -> Self {
        let words = "The requested resource does not support this method.";
        Self::coded(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", words)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Coded { status, code, message } => {
                (status, Json(json!({ "code": code, "message": message, "errors": null }))).into_response()
            }
            Self::Invalid { resource, problems } => {
                let errors: Vec<Value> = problems.iter().map(|problem| problem.told(resource)).collect();
                let message = format!("{resource} object is invalid");
                let body = json!({ "code": "InvalidObject", "message": message, "errors": errors });
                (StatusCode::BAD_REQUEST, Json(body)).into_response()
            }
            Self::Page(status) => page(status),
            Self::SlowDown(None) => page(StatusCode::TOO_MANY_REQUESTS),
            Self::SlowDown(Some(wait)) => {
                let seconds = wait.as_millis().div_ceil(1000).max(1);
                let words = format!("Too many requests. Please try again in {seconds} seconds.");
                let body = Json(json!({ "error": "ConnectWiseAPI", "message": words }));
                (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())], body).into_response()
            }
        }
    }
}

fn page(status: StatusCode) -> Response {
    let page = format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>");
    (status, Html(page)).into_response()
}
