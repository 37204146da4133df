//! One chat-completions endpoint: sends a question, learns how each model wants to be asked.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;

use super::dialect::{Dialect, Provider};
use super::question::Question;
use super::refusal::Refusal;
use super::transcript::{Sent, Transcript};
use super::wire::{Completion, Request};
use crate::domain::{Pending, Plain};
use crate::judge::NoReading;
use crate::net::{Answer, Attempt, Call, Http, NetError};

/// Where questions are posted, below the base.
const CHAT: &str = "chat/completions";

/// Where questions go. Cheap calls only: no answer is judged here.
pub(super) struct Endpoint {
    http: Http,
    url: String,
    key: Option<SecretString>,
    provider: Provider,
    /// What each model was found to take, where that is less than its provider promises.
    learned: Mutex<HashMap<String, Dialect>>,
}

impl Endpoint {
    pub(super) fn new(http: Http, url: String, key: Option<SecretString>, provider: Provider) -> Self {
        Self { http, url, key, provider, learned: Mutex::default() }
    }

    /// Where its API begins, without a slash at the end.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// How `model` is asked at first, whatever was learned since.
    pub(super) fn dialect(&self, model: &str) -> Dialect {
        Dialect::of(self.provider, model)
    }

    /// Asks `question` about the text in `user`, for at most `limit` tokens; where the endpoint
    /// refuses a field that we can do without, asks again without it and remembers that.
    pub(super) async fn complete(
        &self,
        question: &Question,
        user: &str,
        limit: u32,
        transcript: &mut Transcript<'_>,
    ) -> Result<Completion, NoReading> {
        let model = &question.settings.model;
        let known = self.learned().get(model).cloned();
        let mut dialect = known.unwrap_or_else(|| self.dialect(model));
        let mut tried = Vec::new();
        loop {
            let request = Request::new(question, user, limit, &dialect);
            let body = serde_json::to_string(&request).expect("a request is plain data");
            let sent = Sent { url: &self.chat_url(), model, body: &body };
            let tell = |attempt: Attempt<'_>| transcript.note(&sent, attempt);
            let answer = self.http.send_and_tell(self.call(&body), tell).await.map_err(|error| unreachable(&error))?;
            if answer.is_success() {
                if !tried.is_empty() {
                    tracing::info!(%model, ?dialect, "the model takes less than its provider promises");
                    self.learned().insert(model.clone(), dialect);
                }
                return Completion::read(&answer.body).ok_or_else(|| not_a_completion(&answer));
            }
            let refusal = Refusal::read(answer.status, &answer.body, answer.retry_after());
            let next = dialect.without(&refusal);
            tried.push(dialect);
            dialect = match next {
                Some(next) if !tried.contains(&next) => next,
                _ => return Err(refusal.no_reading(model)),
            };
        }
    }

    fn chat_url(&self) -> String {
        format!("{}/{CHAT}", self.url)
    }

    /// Whatever may have been answered may have been paid for, so only a refusal is tried again.
    fn call(&self, body: &str) -> Call {
        let call = Call::post(CHAT).json_text(body).once().again_after(is_worth_another_try);
        match &self.key {
            Some(key) => call.bearer(key.clone()),
            None => call,
        }
    }

    /// A map is whole after each insertion, so a poisoned lock is still good.
    fn learned(&self) -> MutexGuard<'_, HashMap<String, Dialect>> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the server did not answer the question, and may do so in a moment.
fn is_worth_another_try(answer: &Answer) -> bool {
    matches!(answer.status, 408 | 409 | 429 | 500..)
}

fn unreachable(error: &NetError) -> NoReading {
    let detail = Plain::new(&format!("the judge does not answer: {error}. Check [judge] url and the network"));
    NoReading::Pending { why: Pending::Outage, detail, retry_after: None }
}

fn not_a_completion(answer: &Answer) -> NoReading {
    let detail = format!(
        "the judge answered with something that is no chat completion (HTTP {}): check that [judge] url is where \
         the API begins, often ending in /v1",
        answer.status
    );
    NoReading::Pending { why: Pending::Outage, detail: Plain::new(&detail), retry_after: None }
}
