//! One chat-completions endpoint: sends a question, learns how each model wants to be asked.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;

use super::dialect::{Dialect, Provider};
use super::question::Question;
use super::refusal::Refusal;
use super::wire::{Completion, Request};
use crate::domain::{Pending, Plain};
use crate::judge::NoReading;
use crate::net::{Answer, Call, Http, NetError};

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
    pub(super) async fn complete(&self, question: &Question, user: &str, limit: u32) -> Result<Completion, NoReading> {
        let model = &question.settings.model;
        let known = self.learned().get(model).cloned();
        let mut dialect = known.unwrap_or_else(|| self.dialect(model));
        let mut tried = Vec::new();
        loop {
            let call = self.call(&Request::new(question, user, limit, &dialect));
            let answer = self.http.send(call).await.map_err(|error| unreachable(&error))?;
            let request_id = answer.header("x-request-id").map(Plain::new);
            tracing::debug!(%model, status = answer.status, ?request_id, "answered");
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

    fn call(&self, request: &Request<'_>) -> Call {
        let call = Call::post("chat/completions").json(request);
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
