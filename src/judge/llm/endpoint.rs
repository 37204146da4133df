//! One chat-completions endpoint: sends a question, learns how each model wants to be asked.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::access::Access;
use super::address::Address;
use super::dialect::{CacheHint, Dialect};
use super::provider::Provider;
use super::question::Question;
use super::refusal::Refusal;
use super::transcript::{Sent, Transcript};
use super::wire::{Completion, Request};
use crate::domain::{Pending, Plain};
use crate::judge::NoReading;
use crate::net::{Answer, Attempt, Call, Http, NetError};

/// Where questions go. Cheap calls only: no answer is judged here.
pub(super) struct Endpoint {
    pub(super) http: Http,
    pub(super) address: Address,
    pub(super) access: Access,
    pub(super) provider: Provider,
    /// Headers of every call: OpenAI's organization and project.
    pub(super) headers: Vec<(&'static str, String)>,
    /// What each model was found to take, where that is less than its provider promises.
    pub(super) learned: Mutex<HashMap<String, Dialect>>,
}

impl Endpoint {
    /// What a question is posted to, before the model.
    pub(super) fn url(&self) -> &str {
        self.address.base()
    }

    /// How `model` is asked at first, whatever was learned since.
    pub(super) fn dialect(&self, model: &str) -> Dialect {
        Dialect::of(self.provider, model)
    }

    /// Asks `question` about the text in `user`, for at most `limit` tokens beside those of thinking;
    /// where the endpoint refuses a field that we can do without, asks again without it and remembers
    /// that; where it refuses a token that can be renewed, asks again with a new one.
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
        let mut renewed = false;
        loop {
            let answer = self.send(question, user, limit, &dialect, transcript).await?;
            if answer.is_success() {
                if !tried.is_empty() {
                    tracing::info!(%model, ?dialect, "the model takes less than its provider promises");
                    self.learned().insert(model.clone(), dialect);
                }
                return Completion::read(&answer.body, self.provider).ok_or_else(|| not_a_completion(&answer));
            }
            let refusal = Refusal::of(&answer);
            if answer.status == 401 && !renewed && self.access.renew().await {
                renewed = true;
                continue;
            }
            let next = dialect.without(&refusal);
            tried.push(dialect);
            dialect = match next {
                Some(next) if !tried.contains(&next) => next,
                _ => return Err(refusal.no_reading(model)),
            };
        }
    }

    async fn send(
        &self,
        question: &Question,
        user: &str,
        limit: u32,
        dialect: &Dialect,
        transcript: &mut Transcript<'_>,
    ) -> Result<Answer, NoReading> {
        let model = &question.settings.model;
        let request = Request::new(question, user, limit, dialect);
        let body = serde_json::to_string(&request).expect("a request is plain data");
        let call = self.access.sign(self.call(question, dialect, &body)).await?;
        let sent = Sent { url: &self.address.url(model), provider: self.provider, model, body: &body };
        let tell = |attempt: Attempt<'_>| transcript.note(&sent, attempt);
        self.http.send_and_tell(call, tell).await.map_err(|error| unreachable(&error))
    }

    /// Whatever may have been answered may have been paid for, so only a refusal is tried again.
    fn call(&self, question: &Question, dialect: &Dialect, body: &str) -> Call {
        let call = Call::post(self.address.path(&question.settings.model)).json_text(body);
        let mut call = call.once().again_after(|answer| Refusal::of(answer).may_pass());
        if let Some(version) = self.address.version() {
            call = call.query("api-version", version);
        }
        if dialect.cache == CacheHint::Conversation {
            call = call.header("x-grok-conv-id", question.cache_key());
        }
        self.headers.iter().fold(call, |call, (name, value)| call.header(*name, value.clone()))
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
