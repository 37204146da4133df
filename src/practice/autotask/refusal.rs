//! How Datto PSA says no: a list of errors, mostly with 500, even where the caller is wrong.

use std::time::Duration;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A call that was refused.
#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    /// `{"errors":["…"]}`.
    Errors(StatusCode, String),
    /// Too many calls within the hour.
    SlowDown(Option<Duration>),
    /// Broken inside, so without a list of errors.
    Broken,
}

impl Refusal {
    /// What is wrong with a query or a record: the caller's mistake comes as 500.
    pub(super) fn invalid(words: impl Into<String>) -> Self {
        Self::Errors(StatusCode::INTERNAL_SERVER_ERROR, words.into())
    }

    /// What cannot even be read.
    pub(super) fn unreadable(words: impl Into<String>) -> Self {
        Self::Errors(StatusCode::BAD_REQUEST, words.into())
    }

    /// A record that is not there.
    pub(super) fn no_record() -> Self {
        Self::Errors(StatusCode::NOT_FOUND, "No matching records found.".into())
    }

    /// A route that is not there.
    pub(super) fn no_route() -> Self {
        Self::Errors(StatusCode::NOT_FOUND, "No HTTP resource was found that matches the request URI.".into())
    }

    pub(super) fn no_method() -> Self {
        let words = "The requested resource does not support this http method.";
        Self::Errors(StatusCode::METHOD_NOT_ALLOWED, words.into())
    }

    /// A field that the entity does not have.
    pub(super) fn no_field(name: &str, entity: &str) -> Self {
        Self::invalid(format!("Unable to find {name} in the {entity} Entity."))
    }

    pub(super) fn required(name: &str) -> Self {
        Self::invalid(format!("Missing Required Field: {name}."))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let errors = |words: &str| Json(json!({ "errors": [words] }));
        let too_many = "The external request threshold for this database was exceeded.";
        match self {
            Self::Errors(status, words) => (status, errors(&words)).into_response(),
            Self::SlowDown(None) => (StatusCode::TOO_MANY_REQUESTS, errors(too_many)).into_response(),
            Self::SlowDown(Some(wait)) => {
                let seconds = wait.as_millis().div_ceil(1000).max(1).to_string();
                (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds)], errors(too_many)).into_response()
            }
            Self::Broken => {
                let body = Json(json!({ "Message": "An error has occurred." }));
                (StatusCode::INTERNAL_SERVER_ERROR, body).into_response()
            }
        }
    }
}
