//! The judges: one trait, the LLM client, and the embedded word list.
//!
//! A judge reads a cleaned text and answers with numbers, a reason and verbatim quotes. Answers are
//! validated here; whether anything is done about them is decided elsewhere.

pub mod cost;
mod estimate;
mod exchange;
pub mod lexicon;
pub mod llm;
pub mod tokens;

use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

pub use self::estimate::Estimate;
pub use self::exchange::Exchange;
use crate::domain::{Abstention, Cleaned, FieldValue, Pending, Plain, Reading, Tone, Triage};

/// Something that reads messages. Two questions, each its own call.
#[async_trait]
pub trait Judge: Send + Sync {
    /// What makes this judge's answers what they are: a hash over the rendered static prompt, the
    /// schema, endpoint, model and parameters. Part of the cache key.
    fn fingerprint(&self, ask: &Ask<'_>) -> Fingerprint;

    /// How the message sounds.
    async fn tone(&self, text: &Cleaned) -> Outcome<Tone>;

    /// How pressing the matter is, how much it affects, and which of `categories` it is. All of
    /// them are active; none may be chosen.
    async fn triage(&self, text: &Cleaned, categories: &[FieldValue]) -> Outcome<Triage>;

    /// What asking `ask` about `texts` would cost, without asking: nothing, unless the judge says
    /// otherwise.
    fn estimate(&self, _ask: &Ask<'_>, texts: &[&str]) -> Estimate {
        Estimate::free(texts.len())
    }
}

/// What came of asking, and everything that left this machine for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome<T> {
    /// The reading, or why there is none.
    pub result: Result<Reading<T>, NoReading>,
    /// Each request as it left, in order; empty where nothing did.
    pub exchanges: Vec<Exchange>,
}

impl<T> Outcome<T> {
    /// What was found out without sending anything.
    pub fn unsent(result: Result<Reading<T>, NoReading>) -> Self {
        Self { result, exchanges: Vec::new() }
    }
}

/// One of the two questions.
#[derive(Clone, Copy, Debug)]
pub enum Ask<'a> {
    /// How the message sounds.
    Tone,
    /// What the ticket is about.
    Triage {
        /// The PSA's active categories.
        categories: &'a [FieldValue],
    },
}

/// A SHA-256.
pub type Fingerprint = [u8; 32];

/// Why there is no reading.
#[derive(Debug, Error, Clone, PartialEq)]
pub enum NoReading {
    /// Final for this text, prompt and model.
    #[error("abstained: {0}")]
    Abstained(Abstention),
    /// To be tried again. Holds no customer text.
    #[error("{detail}")]
    Pending {
        /// Why, as shown on the message.
        why: Pending,
        /// In words, with the remedy, as shown in the header.
        detail: Plain,
        /// How long to leave the judge alone, where it said so.
        retry_after: Option<Duration>,
    },
}
