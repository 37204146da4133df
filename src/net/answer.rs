//! What came back.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use super::error::NetError;
use super::retry;

/// An answer of any status.
#[derive(Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, at most 16 MB.
    pub body: Vec<u8>,
    /// The server's clock, where it told it.
    pub date: Option<Timestamp>,
    headers: HeaderMap,
    retry_after: Option<Duration>,
}

impl Answer {
    /// Puts an answer together that arrived at `now`.
    pub(super) fn new(status: u16, headers: HeaderMap, body: Vec<u8>, now: Timestamp) -> Self {
        let (date, retry_after) = (retry::date(&headers), retry::told_to_wait(&headers, now));
        Self { status, body, date, headers, retry_after }
    }

    /// The first header of that name, where it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the server asked us to wait, counted from the moment of the answer.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// [`NetError::NotJson`] where the body is something else or lacks what `T` needs.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, NetError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| NetError::NotJson { line: error.line(), column: error.column() })
    }
}

impl fmt::Debug for Answer {
    /// The body may be a customer's, and headers may set cookies.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}
