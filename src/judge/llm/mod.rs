//! The judge that asks a large language model, over any endpoint that speaks chat completions.
//!
//! Two questions, always two calls: tone and triage. Each is a static part that never changes from
//! call to call, and a user message that fences the customer's text. Whatever comes back is
//! validated; what is invalid is asked for once more and then given up. What to do about a reading
//! is decided elsewhere, and so is whether a text may be sent at all.

mod access;
mod address;
mod answer;
mod categories;
mod dialect;
mod endpoint;
mod prompt;
mod provider;
mod question;
mod refusal;
mod salvage;
mod schema;
mod settings;
mod transcript;
mod wire;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

pub use self::access::Credential;
pub use self::prompt::{PromptError, Prompts};
pub use self::provider::Provider;
pub use self::settings::{AskSettings, CrossCheck, LlmError, LlmSettings};

use self::access::Access;
use self::address::Address;
use self::answer::Fault;
use self::endpoint::Endpoint;
use self::question::Question;
use self::settings::{checked_budget, headers};
use self::transcript::Transcript;
use super::cost::{Ledger, Prices, Spend, Spent};
use super::{Ask, Estimate, Fingerprint, Judge, NoReading, Outcome, tokens};
use crate::domain::{
    Abstention, Cleaned, Clock, Confidence, FieldValue, Flag, Judged, Origin, Pending, Plain, Reading, Score, Tone,
    Triage,
};
use crate::net::{Adaptive, Budget, Http, HttpSettings, Limits};

/// How often one call is tried.
const ATTEMPTS: u32 = 3;

/// What is added to the limit of a model that used all of it for thinking, in tokens.
const THOUGHT: u32 = 4000;

/// The most time connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A model behind an endpoint.
pub struct Llm {
    endpoint: Endpoint,
    prompts: Prompts,
    tone: Question,
    triage: AskSettings,
    prices: Prices,
    ledger: Arc<Ledger>,
    clock: Clock,
    cross_check: Option<CrossCheck>,
}

impl Llm {
    /// Sets the judge up; nothing is sent.
    ///
    /// # Errors
    /// When the settings cannot work; see [`LlmError`].
    pub fn new(settings: LlmSettings) -> Result<Self, LlmError> {
        let budget_micros = checked_budget(&settings)?;
        let provider = settings.provider;
        if provider.needs_key() && matches!(settings.credential, Credential::None) {
            return Err(LlmError::NoKey { provider: provider.word() });
        }
        let address = Address::new(provider, settings.url.as_deref(), settings.api_version.as_deref())?;
        let headers = headers(&settings)?;
        let clock = settings.clock;
        let http = Http::new(HttpSettings {
            base: address.base().to_owned(),
            clock: clock.clone(),
            timeout: settings.timeout,
            connect_timeout: CONNECT_TIMEOUT.min(settings.timeout),
            attempts: ATTEMPTS,
            limits: Limits::together(match settings.requests_per_minute {
                Some(limit) => Budget::new(clock.clone(), limit, Duration::from_secs(60)),
                None => Budget::unlimited(clock.clone()),
            })
            .adapting(Adaptive::new(settings.concurrency)),
        })?;
        Ok(Self {
            endpoint: Endpoint {
                http,
                address,
                access: Access::new(settings.credential, provider, clock.clone()),
                provider,
                headers,
                learned: Mutex::default(),
            },
            tone: Question::tone(&settings.prompts, &settings.tone)?,
            prompts: settings.prompts,
            triage: settings.triage,
            prices: settings.prices,
            ledger: Arc::new(Ledger::new(clock.clone(), budget_micros)),
            clock,
            cross_check: settings.cross_check,
        })
    }

    /// What was used today.
    pub fn spend(&self) -> Spend {
        self.ledger.spend()
    }

    /// The same judge, which spends of the same money as `other`.
    pub fn sharing_money_with(mut self, other: &Self) -> Self {
        self.ledger = Arc::clone(&other.ledger);
        self
    }

    /// Counts what was already spent today, in micros, by an irate that ran before this one.
    pub fn carry_over(&self, micros: u64) {
        self.ledger.carry_over(micros);
    }

    fn triage_question(&self, categories: &[FieldValue]) -> Result<Question, PromptError> {
        Question::triage(&self.prompts, &self.triage, categories, self.endpoint.provider.most_categories())
    }

    async fn read_tone(&self, text: &Cleaned, transcript: &mut Transcript<'_>) -> Result<Reading<Tone>, NoReading> {
        let read = |content: &str| answer::tone(content, &text.text);
        let (mut tone, origin) = self.ask(&self.tone, text, transcript, read).await?;
        tone.flags.extend(&text.flags);
        let doubtful =
            is_doubtful(text) || self.is_contradicted(text, tone.score) || self.prompt_was_cut(&self.tone, transcript);
        Ok(Reading { value: tone, confidence: confidence(doubtful), origin })
    }

    async fn read_triage(
        &self,
        text: &Cleaned,
        categories: &[FieldValue],
        transcript: &mut Transcript<'_>,
    ) -> Result<Reading<Triage>, NoReading> {
        let question = self.triage_question(categories).map_err(|error| broken_prompt(&error))?;
        let read = |content: &str| answer::triage(content, &text.text, &question.categories);
        let (mut triage, mut origin) = self.ask(&question, text, transcript, read).await?;
        if let Some(group) = triage.category.take_if(|_| question.categories.are_groups()) {
            triage.category = self.within(group, text, categories, transcript).await;
            origin = self.origin(&question, Some(origin.model), transcript);
        }
        let doubtful = is_doubtful(text) || self.prompt_was_cut(&question, transcript);
        Ok(Reading { value: triage, confidence: confidence(doubtful), origin })
    }

    /// The category within `group`, asked for step by step. What was read before is paid for and stands
    /// by itself, so where a step leads nowhere there is no category.
    async fn within(
        &self,
        mut group: Judged<FieldValue>,
        text: &Cleaned,
        active: &[FieldValue],
        transcript: &mut Transcript<'_>,
    ) -> Option<Judged<FieldValue>> {
        let most = self.endpoint.provider.most_categories();
        loop {
            let label = group.value.label.as_str();
            let question = Question::category(&self.prompts, &self.triage, label, active, most).ok()?;
            if question.categories.is_empty() {
                return None;
            }
            let read = |content: &str| answer::category(content, &text.text, &question.categories);
            let (chosen, _) = self.ask(&question, text, transcript, read).await.ok()?;
            if !question.categories.are_groups() {
                return chosen;
            }
            group = chosen?;
        }
    }

    /// Asks until `read` is content with the answer: once more at most, with more room if the length
    /// limit cut it off, else with the complaint.
    async fn ask<T>(
        &self,
        question: &Question,
        text: &Cleaned,
        transcript: &mut Transcript<'_>,
        read: impl Fn(&str) -> Result<T, Fault> + Send,
    ) -> Result<(T, Origin), NoReading> {
        let mut limit = question.settings.max_tokens;
        let mut second = false;
        let mut complaint: Option<String> = None;
        loop {
            self.ledger.check().map_err(out_of_money)?;
            let user = question.prompt.user_message(&text.text, complaint.as_deref(), || fastrand::u64(..));
            let completion = self.endpoint.complete(question, &user, limit, transcript).await?;
            if completion.refused {
                return Err(NoReading::Abstained(Abstention::InvalidAnswer));
            }
            let fault = match read(&completion.content) {
                Ok(value) => return Ok((value, self.origin(question, completion.model, transcript))),
                Err(fault) => fault,
            };
            tracing::debug!(question = question.name, %fault, cut = completion.truncated, "invalid answer");
            if second {
                return Err(NoReading::Abstained(Abstention::InvalidAnswer));
            }
            second = true;
            match (completion.truncated, completion.content.trim().is_empty()) {
                // It thought until nothing was left for the answer.
                (true, true) => limit = limit.saturating_add(THOUGHT),
                (true, false) => limit = limit.saturating_mul(2),
                (false, _) => complaint = Some(fault.to_string()),
            }
        }
    }

    fn transcript(&self, asked: &AskSettings) -> Transcript<'_> {
        Transcript::new(self.prices.of(&asked.model), &self.ledger)
    }

    /// Where an answer of `model` came from, with the cost of all that was sent for it.
    fn origin(&self, question: &Question, model: Option<Plain>, transcript: &Transcript<'_>) -> Origin {
        let fingerprint = self.fingerprint_of(question);
        let prompt: String = fingerprint.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Origin {
            embedded: false,
            model: model.unwrap_or_else(|| Plain::new(&question.settings.model)),
            prompt: Plain::new(&prompt),
            tokens_in: transcript.tokens().sent,
            tokens_out: transcript.tokens().answered,
            cost_micros: transcript.micros(),
            cached: false,
            at: self.clock.now(),
        }
    }

    fn fingerprint_of(&self, question: &Question) -> Fingerprint {
        question.fingerprint(self.endpoint.url(), &self.endpoint.dialect(&question.settings.model))
    }

    /// Whether a server of one's own read much less than it was sent: some cut what is longer than their
    /// context from the front, without a word, and answer by what is left.
    fn prompt_was_cut(&self, question: &Question, transcript: &Transcript<'_>) -> bool {
        if self.endpoint.provider != Provider::Compatible {
            return false;
        }
        let read = transcript.last_sent().map_or(u64::MAX, u64::from);
        let cut = read.saturating_mul(2) < tokens::count(&question.prompt.system);
        if cut {
            tracing::warn!(read, model = %question.settings.model, "the server cut the prompt: give it a longer context");
        }
        cut
    }

    fn is_contradicted(&self, text: &Cleaned, score: Score) -> bool {
        self.cross_check.and_then(|second| second(&text.text)).is_some_and(|second| disagree(second, score.get()))
    }
}

#[async_trait]
impl Judge for Llm {
    fn fingerprint(&self, ask: &Ask<'_>) -> Fingerprint {
        match ask {
            Ask::Tone => self.fingerprint_of(&self.tone),
            Ask::Triage { categories } => match self.triage_question(categories) {
                Ok(question) => self.fingerprint_of(&question),
                // Nothing is ever read with a prompt that does not render.
                Err(error) => question::digest([error.to_string().as_str()]),
            },
        }
    }

    async fn tone(&self, text: &Cleaned) -> Outcome<Tone> {
        let mut transcript = self.transcript(&self.tone.settings);
        let result = self.read_tone(text, &mut transcript).await;
        Outcome { result, exchanges: transcript.into_exchanges() }
    }

    async fn triage(&self, text: &Cleaned, categories: &[FieldValue]) -> Outcome<Triage> {
        let mut transcript = self.transcript(&self.triage);
        let result = self.read_triage(text, categories, &mut transcript).await;
        Outcome { result, exchanges: transcript.into_exchanges() }
    }

    fn estimate(&self, ask: &Ask<'_>, texts: &[&str]) -> Estimate {
        let question = match ask {
            Ask::Tone => self.tone.clone(),
            Ask::Triage { categories } => match self.triage_question(categories) {
                Ok(question) => question,
                // Nothing is ever asked with a prompt that does not render.
                Err(_) => return Estimate::default(),
            },
        };
        let model = &question.settings.model;
        question.estimate(self.prices.of(model), &self.endpoint.dialect(model), texts)
    }
}

fn is_doubtful(text: &Cleaned) -> bool {
    let planted = BTreeSet::from([Flag::Injection, Flag::HiddenText]);
    text.fell_back || !text.flags.is_disjoint(&planted)
}

fn confidence(doubtful: bool) -> Confidence {
    if doubtful { Confidence::Low } else { Confidence::Normal }
}

/// Whether a clear second opinion and a clear score point in opposite directions.
fn disagree(second: f64, score: f64) -> bool {
    second.abs() >= 0.4 && score.abs() >= 0.2 && second.is_sign_negative() != score.is_sign_negative()
}

fn out_of_money(spent: Spent) -> NoReading {
    let dollars = |micros: u64| micros as f64 / 1e6;
    let detail = format!(
        "the day's ${:.2} for the judge are spent (${:.2}): raise [judge] daily_budget_usd, or wait for midnight UTC",
        dollars(spent.budget),
        dollars(spent.micros)
    );
    NoReading::Pending {
        why: Pending::BudgetSpent,
        detail: Plain::new(&detail),
        retry_after: Some(spent.until_tomorrow),
    }
}

fn broken_prompt(error: &PromptError) -> NoReading {
    let detail = Plain::new(&format!("a prompt does not render: {error}"));
    NoReading::Pending { why: Pending::Outage, detail, retry_after: None }
}

#[cfg(test)]
mod tests;
