//! What left this machine: every request to a model, byte for byte, for as long as its reading is
//! good. Kept in the store, since it can be shown again only as long as it was not lost; nothing
//! decides by it.
//!
//! The long beginning that all requests of a question share is kept once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::{Judgement, MessageId, Plain, TicketRecord};
use crate::judge::{Exchange, Fingerprint};
use crate::seat::{Asked, SentCall, SentMessage};
use crate::store::{Store, StoreError};

/// How long it is kept, as long as the reading that came of it.
pub(super) const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);

/// How often a shared beginning is written again, so that it outlives what refers to it.
const HEAD_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// Requests kept of one question about one text; the latest.
const MOST: u64 = 8;

/// Where the customer's part begins. Within a JSON text the quotes would be escaped.
const CUSTOMERS_PART: &str = r#"{"role":"user""#;

/// The record of what was sent; cheap to clone.
#[derive(Clone)]
pub struct SentLog {
    store: Store,
    /// Beginnings and when they were last written.
    heads: Arc<Mutex<HashMap<Fingerprint, Timestamp>>>,
}

/// Which texts' requests were for which message.
#[derive(Serialize, Deserialize)]
struct Pointer {
    key: Fingerprint,
}

/// How many requests there were for a key.
#[derive(Default, Serialize, Deserialize)]
struct Count {
    count: u64,
}

/// A request whose body lacks its beginning.
#[derive(Serialize, Deserialize)]
struct Kept {
    head: Fingerprint,
    exchange: Exchange,
}

impl SentLog {
    /// Keeps its record in `store`.
    pub fn new(store: Store) -> Self {
        Self { store, heads: Arc::default() }
    }

    /// What was sent because of each of a ticket's customer messages.
    pub async fn of(&self, record: &TicketRecord, now: Timestamp) -> Vec<SentMessage> {
        let mut messages = Vec::new();
        for heard in record.messages().iter().filter(|heard| heard.message.is_customers()) {
            let id = &heard.message.id;
            let mut calls = self.asking(id, Asked::Tone, now).await;
            calls.extend(self.asking(id, Asked::Triage, now).await);
            let reading = heard.tone.as_ref().and_then(Judgement::reading);
            let cached = reading.is_some_and(|reading| reading.origin.cached);
            messages.push(SentMessage { message: Plain::new(&id.to_string()), at: heard.message.at, cached, calls });
        }
        messages
    }

    /// The requests about one question, oldest first.
    async fn asking(&self, message: &MessageId, asked: Asked, now: Timestamp) -> Vec<SentCall> {
        let Some(Pointer { key }) = self.store.cached(pointer_row(message, asked), now).await else {
            return Vec::new();
        };
        let Count { count } = self.store.cached(count_row(&key), now).await.unwrap_or_default();
        let mut calls = Vec::new();
        for number in count.saturating_sub(MOST)..count {
            calls.extend(self.call(&key, number, asked, now).await);
        }
        calls
    }

    async fn call(&self, key: &Fingerprint, number: u64, asked: Asked, now: Timestamp) -> Option<SentCall> {
        let Kept { head, exchange } = self.store.cached(exchange_row(key, number), now).await?;
        let beginning: String = self.store.cached(head, now).await?;
        let tokens = exchange.tokens;
        Some(SentCall {
            asked,
            url: exchange.url,
            model: exchange.asked,
            answered_by: exchange.answered_by,
            at: exchange.sent_at,
            status: exchange.status,
            tokens_in: tokens.map(|tokens| tokens.sent),
            tokens_cached: tokens.map(|tokens| tokens.cached),
            tokens_out: tokens.map(|tokens| tokens.answered),
            cost_micros: exchange.micros,
            request_id: exchange.request_id,
            body: beginning + &exchange.body,
            answer: exchange.answer,
        })
    }

    /// Notes that what was or will be sent under `key` is for this question about this message.
    pub(super) async fn point(&self, message: &MessageId, asked: Asked, key: Fingerprint, now: Timestamp) {
        let written = self.store.cache(pointer_row(message, asked), &Pointer { key }, expiry(now)).await;
        warn_of(written);
    }

    /// Keeps what was sent under `key`.
    pub(super) async fn keep(&self, key: &Fingerprint, exchanges: &[Exchange], now: Timestamp) {
        if !exchanges.is_empty() {
            warn_of(self.write(key, exchanges, now).await);
        }
    }

    async fn write(&self, key: &Fingerprint, exchanges: &[Exchange], now: Timestamp) -> Result<(), StoreError> {
        let Count { mut count } = self.store.cached(count_row(key), now).await.unwrap_or_default();
        for exchange in exchanges {
            let (beginning, rest) = split(&exchange.body);
            let head = self.keep_head(beginning, now).await?;
            let kept = Kept { head, exchange: Exchange { body: rest.to_owned(), ..exchange.clone() } };
            self.store.cache(exchange_row(key, count), &kept, expiry(now)).await?;
            count += 1;
        }
        self.store.cache(count_row(key), &Count { count }, expiry(now)).await
    }

    async fn keep_head(&self, beginning: &str, now: Timestamp) -> Result<Fingerprint, StoreError> {
        let head = row(&[b"beginning", beginning.as_bytes()]);
        let known = self.heads().get(&head).is_some_and(|at| now.duration_since(*at) < HEAD_EVERY);
        if !known {
            let expires = expiry(now).saturating_add(HEAD_EVERY).unwrap_or(Timestamp::MAX);
            self.store.cache(head, &beginning, expires).await?;
            self.heads().insert(head, now);
        }
        Ok(head)
    }

    /// Whole after each insertion, so a poisoned lock is still good.
    fn heads(&self) -> std::sync::MutexGuard<'_, HashMap<Fingerprint, Timestamp>> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The part of a body that all requests of a question share, and the rest.
fn split(body: &str) -> (&str, &str) {
    body.split_at(body.find(CUSTOMERS_PART).unwrap_or(0))
}

fn expiry(now: Timestamp) -> Timestamp {
    now.saturating_add(KEPT_FOR).unwrap_or(Timestamp::MAX)
}

fn pointer_row(message: &MessageId, asked: Asked) -> Fingerprint {
    row(&[b"asked", message.to_string().as_bytes(), &[u8::from(asked == Asked::Triage)]])
}

fn count_row(key: &Fingerprint) -> Fingerprint {
    row(&[b"requests", key])
}

fn exchange_row(key: &Fingerprint, number: u64) -> Fingerprint {
    row(&[b"request", key, &number.to_be_bytes()])
}

/// SHA-256 over length-prefixed parts: no two rows can collide by joining, and none with a reading's.
fn row(parts: &[&[u8]]) -> Fingerprint {
    let mut hash = Sha256::new_with_prefix(b"sent");
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn warn_of(written: Result<(), StoreError>) {
    if let Err(error) = written {
        tracing::warn!(%error, "what was sent to the judge was not kept");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Clock, TicketId};

    fn start() -> Timestamp {
        "2026-08-14T06:00:00Z".parse().expect("a time")
    }

    fn exchange(text: &str) -> Exchange {
        let system = "rate it, \\\"role\\\":\\\"user\\\" is data ".repeat(40);
        Exchange {
            url: "https://judge.example/v1/chat/completions".into(),
            asked: Plain::new("model-1"),
            answered_by: None,
            body: format!(
                r#"{{"model":"model-1","messages":[{{"role":"system","content":"{system}"}},{{"role":"user","content":"{text}"}}]}}"#
            ),
            sent_at: start(),
            status: Some(200),
            answer: "{}".into(),
            tokens: None,
            micros: Some(7),
            request_id: None,
        }
    }

    #[tokio::test]
    async fn what_was_sent_comes_back_byte_for_byte_and_the_latest_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let (clock, _simulation) = Clock::simulated(start());
        let log = SentLog::new(Store::open(folder.path(), &clock).await.expect("opens").store);
        let message = MessageId::note(TicketId::new("7"), 4);
        assert!(log.asking(&message, Asked::Tone, start()).await.is_empty());
        log.point(&message, Asked::Tone, [1; 32], start()).await;
        let texts: Vec<String> = (0..11).map(|n| format!("message {n} {}", r#"{\"role\":\"user\"}"#)).collect();
        for pair in texts.chunks(2) {
            let exchanges: Vec<Exchange> = pair.iter().map(|text| exchange(text)).collect();
            log.keep(&[1; 32], &exchanges, start()).await;
        }
        let calls = log.asking(&message, Asked::Tone, start()).await;
        let bodies: Vec<String> = calls.into_iter().map(|call| call.body).collect();
        assert_eq!(bodies, texts[3..].iter().map(|text| exchange(text).body).collect::<Vec<_>>());
        assert!(log.asking(&message, Asked::Tone, start() + KEPT_FOR).await.is_empty(), "expired");
        let kept = log.store.cached::<Kept>(exchange_row(&[1; 32], 10), start()).await.expect("kept");
        assert!(kept.exchange.body.len() < 100, "the beginning is kept apart");
    }
}
