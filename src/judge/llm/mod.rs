//! The judge that asks a large language model, over any endpoint that speaks chat completions.
//!
//! Two questions, always two calls: tone and triage. Each is a static part that never changes from
//! call to call, and a user message that fences the customer's text. Whatever comes back is
//! validated; what is invalid is asked for once more and then given up. What to do about a reading
//! is decided elsewhere, and so is whether a text may be sent at all.

mod answer;
mod categories;
mod dialect;
mod endpoint;
mod prompt;
mod question;
mod refusal;
mod salvage;
mod schema;
mod settings;
mod wire;

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;

pub use self::dialect::Provider;
pub use self::prompt::{PromptError, Prompts};
pub use self::settings::{AskSettings, CrossCheck, LlmError, LlmSettings};

use self::answer::Fault;
use self::endpoint::Endpoint;
use self::question::Question;
use self::settings::{checked_budget, price_of};
use self::wire::Completion;
use super::cost::{Ledger, Price, Spend, Spent, Tokens};
use super::{Ask, Fingerprint, Judge, NoReading};
use crate::domain::{
    Abstention, Cleaned, Clock, Confidence, FieldValue, Flag, Origin, Pending, Plain, Reading, Score, Tone, Triage,
};
use crate::net::{Budget, Http, HttpSettings, Limits};

/// How often one call is tried.
const ATTEMPTS: u32 = 3;

/// The most time connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A model behind an endpoint.
pub struct Llm {
    endpoint: Endpoint,
    prompts: Prompts,
    tone: Question,
    triage: AskSettings,
    price: Option<Price>,
    ledger: Ledger,
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
        if provider.needs_key() && settings.api_key.is_none() {
            return Err(LlmError::NoKey { provider: provider.word() });
        }
        let url = settings.url.as_deref().or(provider.base()).ok_or(LlmError::NoUrl)?;
        let url = url.trim().trim_end_matches('/').to_owned();
        let clock = settings.clock;
        let http = Http::new(HttpSettings {
            base: url.clone(),
            clock: clock.clone(),
            timeout: settings.timeout,
            connect_timeout: CONNECT_TIMEOUT.min(settings.timeout),
            attempts: ATTEMPTS,
            limits: Limits::together(match settings.requests_per_minute {
                Some(limit) => Budget::new(clock.clone(), limit, Duration::from_secs(60)),
                None => Budget::unlimited(clock.clone()),
            }),
        })?;
        Ok(Self {
            endpoint: Endpoint::new(http, url, settings.api_key, provider),
            tone: Question::tone(&settings.prompts, &settings.tone)?,
            prompts: settings.prompts,
            triage: settings.triage,
            price: settings.price,
            ledger: Ledger::new(clock.clone(), budget_micros),
            clock,
            cross_check: settings.cross_check,
        })
    }

    /// What was used today.
    pub fn spend(&self) -> Spend {
        self.ledger.spend()
    }

    /// Counts what was already spent today, in micros, by an irate that ran before this one.
    pub fn carry_over(&self, micros: u64) {
        self.ledger.carry_over(micros);
    }

    fn triage_question(&self, categories: &[FieldValue]) -> Result<Question, PromptError> {
        Question::triage(&self.prompts, &self.triage, categories)
    }

    /// Asks until `read` is content with the answer: once more and longer if the length limit cut
    /// it off, once more with the complaint if it was invalid.
    async fn ask<T>(
        &self,
        question: &Question,
        text: &Cleaned,
        read: impl Fn(&str) -> Result<T, Fault> + Send,
    ) -> Result<(T, Bill), NoReading> {
        let mut limit = question.settings.max_tokens;
        let mut lengthened = false;
        let mut bill = Bill::default();
        let mut complaint: Option<String> = None;
        loop {
            self.ledger.check().map_err(out_of_money)?;
            let user = question.prompt.user_message(&text.text, complaint.as_deref(), || fastrand::u64(..));
            let completion = self.endpoint.complete(question, &user, limit).await?;
            self.book(question, &completion, &mut bill);
            if completion.refused {
                return Err(NoReading::Abstained(Abstention::InvalidAnswer));
            }
            let fault = match read(&completion.content) {
                Ok(value) => return Ok((value, bill)),
                Err(fault) => fault,
            };
            tracing::debug!(question = question.name, %fault, cut = completion.truncated, "invalid answer");
            if completion.truncated && !lengthened {
                (lengthened, limit) = (true, limit.saturating_mul(2));
            } else if !completion.truncated && complaint.is_none() {
                complaint = Some(fault.to_string());
            } else {
                return Err(NoReading::Abstained(Abstention::InvalidAnswer));
            }
        }
    }

    fn book(&self, question: &Question, completion: &Completion, bill: &mut Bill) {
        let model = &question.settings.model;
        let price = price_of(self.price, model);
        let micros = price.zip(completion.tokens).map(|(price, tokens)| price.cost(&tokens));
        let tokens = completion.tokens.unwrap_or_default();
        self.ledger.book(tokens, micros);
        bill.add(tokens, micros, completion.model.clone().unwrap_or_else(|| Plain::new(model)));
    }

    fn origin(&self, question: &Question, bill: Bill) -> Origin {
        let fingerprint = self.fingerprint_of(question);
        let prompt: String = fingerprint.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Origin {
            embedded: false,
            model: bill.model,
            prompt: Plain::new(&prompt),
            tokens_in: bill.tokens.sent,
            tokens_out: bill.tokens.answered,
            cost_micros: bill.micros,
            cached: false,
            at: self.clock.now(),
        }
    }

    fn fingerprint_of(&self, question: &Question) -> Fingerprint {
        question.fingerprint(self.endpoint.url(), &self.endpoint.dialect(&question.settings.model))
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

    async fn tone(&self, text: &Cleaned) -> Result<Reading<Tone>, NoReading> {
        let (mut tone, bill) = self.ask(&self.tone, text, |content| answer::tone(content, &text.text)).await?;
        tone.flags.extend(&text.flags);
        let doubtful = is_doubtful(text) || self.is_contradicted(text, tone.score);
        Ok(Reading { value: tone, confidence: confidence(doubtful), origin: self.origin(&self.tone, bill) })
    }

    async fn triage(&self, text: &Cleaned, categories: &[FieldValue]) -> Result<Reading<Triage>, NoReading> {
        let question = self.triage_question(categories).map_err(|error| broken_prompt(&error))?;
        let read = |content: &str| answer::triage(content, &text.text, &question.categories);
        let (triage, bill) = self.ask(&question, text, read).await?;
        let origin = self.origin(&question, bill);
        Ok(Reading { value: triage, confidence: confidence(is_doubtful(text)), origin })
    }
}

/// What one reading cost, over all its calls.
#[derive(Debug)]
struct Bill {
    model: Plain,
    tokens: Tokens,
    /// `None` once the cost of any call was unknown.
    micros: Option<u64>,
}

impl Default for Bill {
    fn default() -> Self {
        Self { model: Plain::default(), tokens: Tokens::default(), micros: Some(0) }
    }
}

impl Bill {
    fn add(&mut self, tokens: Tokens, micros: Option<u64>, model: Plain) {
        self.tokens = self.tokens.plus(tokens);
        self.micros = self.micros.zip(micros).map(|(sum, micros)| sum.saturating_add(micros));
        self.model = model;
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
