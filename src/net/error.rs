//! Why there is no answer.

use std::error::Error as StdError;
use std::io;

use thiserror::Error;

use crate::domain::Plain;

/// The longest explanation of a broken connection, in characters.
const MOST_WORDS: usize = 160;

/// Why a call has no answer that can be used. Never holds a header, a body or a query string.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum NetError {
    /// No connection, no answer in time, or the connection broke.
    #[error("cannot reach {host}: {why}")]
    Unreachable {
        /// The host that was called.
        host: Plain,
        /// In words: refused, DNS, TLS, timed out, connection cut.
        why: Plain,
    },
    /// The answer is longer than 16 MB.
    #[error("the answer of {host} is longer than 16 MB; ask for less at a time")]
    TooLarge {
        /// The host that was called.
        host: Plain,
    },
    /// The address cannot be used.
    #[error("the address cannot be used: {why}")]
    BadUrl {
        /// What is wrong with it, and what to write instead.
        why: Plain,
    },
    /// The body is not the JSON that was expected.
    #[error("the answer is not the JSON expected (line {line}, column {column}); check that the address is the API's")]
    NotJson {
        /// The line of the body, from 1.
        line: usize,
        /// The column of that line.
        column: usize,
    },
    /// This machine knows no certificate authority.
    #[error(
        "this machine has no CA certificates, so no https address can be trusted: install the package ca-certificates, or set SSL_CERT_FILE to a PEM file"
    )]
    NoCertificates,
    /// The server sent us elsewhere.
    #[error("{host} redirects to {target}; redirects are not followed, so write the final address into the config")]
    Redirected {
        /// The host that was called.
        host: Plain,
        /// The host it names.
        target: Plain,
    },
}

/// A failed attempt: the error, and how far the request got.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: NetError,
    pub(super) reached: Reached,
}

/// How far a failed request got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// The server never saw it.
    Nothing,
    /// The server may have acted on it.
    Perhaps,
    /// The server answered, and would answer the same again.
    Answered,
}

impl Failure {
    /// The server answered with something that is an error in itself.
    pub(super) fn answered(error: NetError) -> Self {
        Self { error, reached: Reached::Answered }
    }

    /// The words for what went wrong between us and `host`.
    pub(super) fn broken(host: &Plain, error: &reqwest::Error) -> Self {
        let reached = if error.is_connect() { Reached::Nothing } else { Reached::Perhaps };
        let why = Plain::new(&words(error)).cut(MOST_WORDS);
        Self { error: NetError::Unreachable { host: host.clone(), why }, reached }
    }
}

fn words(error: &reqwest::Error) -> String {
    if let Some(tls) = cause::<rustls::Error>(error) {
        return format!("no trusted TLS connection ({tls})");
    }
    if error.is_timeout() {
        return if error.is_connect() { "connecting timed out" } else { "the answer timed out" }.into();
    }
    if error.is_dns() {
        return "its name could not be resolved (DNS)".into();
    }
    match cause::<io::Error>(error).map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => "connection refused".into(),
        Some(kind) if error.is_connect() => format!("no connection ({kind})"),
        None if error.is_connect() => "no connection, perhaps because of a proxy".into(),
        _ => "the connection was cut".into(),
    }
}

/// The first `T` among the causes of `error`. An I/O error hides what it wraps from `source`, so it
/// is opened.
fn cause<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}
