//! One request to a model as it left, and what came back: the proof of what was sent where.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::cost::Tokens;
use crate::domain::Plain;

/// One request that left this machine, whatever became of it: a first question, the same without a
/// field that was refused, one more try, a repair.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// Where it went, with path and query. No address holds a secret.
    pub url: String,
    /// The model that was asked.
    pub asked: Plain,
    /// The model that answered, as it calls itself.
    pub answered_by: Option<Plain>,
    /// The body, byte for byte. No secret of ours is in it; the customer's text is, as it was cleaned.
    pub body: String,
    /// When it left.
    pub sent_at: Timestamp,
    /// The answer's HTTP status; `None` where no whole answer came.
    pub status: Option<u16>,
    /// What the model wrote; empty where it wrote nothing.
    pub answer: String,
    /// What it used, where it told.
    pub tokens: Option<Tokens>,
    /// What it cost, in millionths of a US dollar: 0 where it was refused, `None` where nobody knows.
    pub micros: Option<u64>,
    /// The server's name for it, which its support will ask for.
    pub request_id: Option<Plain>,
}

impl fmt::Debug for Exchange {
    /// Body and answer are a customer's text, or speak of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, asked, status, body, .. } = self;
        write!(f, "Exchange({url}, {asked}, {status:?}, {} bytes)", body.len())
    }
}
