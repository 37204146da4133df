//! How to reach and ask a model, and whether that can work.

use std::time::Duration;

use thiserror::Error;

use super::access::Credential;
use super::prompt::{PromptError, Prompts};
use super::provider::Provider;
use crate::domain::Clock;
use crate::judge::cost::Prices;
use crate::net::NetError;

/// Another opinion on a text's tone in [-1, 1]; `None` when it has none.
pub type CrossCheck = fn(&str) -> Option<f64>;

/// How to reach and ask a model.
#[derive(Clone, Debug)]
pub struct LlmSettings {
    /// Who answers.
    pub provider: Provider,
    /// Where its API begins, such as `http://localhost:11434/v1`; needed for [`Provider::Azure`] and
    /// [`Provider::Compatible`], replaces the provider's own address otherwise.
    pub url: Option<String>,
    /// Azure's older form of addresses: the version of the API, such as `2024-10-21`. The model is
    /// then the name of the deployment, as it always is with Azure.
    pub api_version: Option<String>,
    /// What lets us in; needed by all but [`Provider::Compatible`].
    pub credential: Credential,
    /// OpenAI: the organization that is billed, where the key is good for several.
    pub organization: Option<String>,
    /// OpenAI: the project that is billed, where the key is good for several.
    pub project: Option<String>,
    /// How the tone is asked for.
    pub tone: AskSettings,
    /// How triage is asked for.
    pub triage: AskSettings,
    /// The most time one attempt of one call may take, from connecting to the last byte.
    pub timeout: Duration,
    /// What the model is told.
    pub prompts: Prompts,
    /// The most to spend on one day (UTC), in US dollars. Calls under way when it is reached still
    /// end, so a day may end a few calls above it.
    pub daily_budget: Option<f64>,
    /// What the models cost, where the built-in list does not know or the operator knows better.
    pub prices: Prices,
    /// The most calls in any minute.
    pub requests_per_minute: Option<u32>,
    /// The most calls at the same time; how many do is found out.
    pub concurrency: usize,
    /// What everything is timed by.
    pub clock: Clock,
    /// A second opinion on the tone: where it clearly disagrees in sign, confidence is low.
    pub cross_check: Option<CrossCheck>,
}

/// How one question is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskSettings {
    /// The model, as the provider names it.
    pub model: String,
    /// The most tokens an answer may have, beside what a model thinks to itself; one that is cut off
    /// is asked for once more with more.
    pub max_tokens: u32,
}

/// Why the judge cannot be set up.
#[derive(Debug, Error, Clone, PartialEq)]
pub enum LlmError {
    /// No address.
    #[error("provider = \"{provider}\" needs [judge] url, such as {usual}")]
    NoUrl {
        /// The provider's word in the config.
        provider: &'static str,
        /// What it may look like.
        usual: &'static str,
    },
    /// An address of Azure's older form without the version of the API.
    #[error(
        "an address with /openai/deployments needs [judge] api_version, such as \"2024-10-21\"; or write the address \
         as https://RESOURCE.openai.azure.com/openai/v1"
    )]
    NoApiVersion,
    /// A key that this provider does not know.
    #[error("[judge] {key} is for provider = \"{of}\"; \"{provider}\" does not know it")]
    StrayKey {
        /// The key.
        key: &'static str,
        /// The provider's word in the config.
        provider: &'static str,
        /// Whose key it is.
        of: &'static str,
    },
    /// An address that cannot be used, or no way to trust it.
    #[error("[judge] url: {0}")]
    Net(#[from] NetError),
    /// No key.
    #[error(
        "provider = \"{provider}\" needs a key: set [judge] api_key_env, api_key_file or api_key_cmd, or bearer_cmd \
         for a command that prints a short-lived token"
    )]
    NoKey {
        /// The provider's word in the config.
        provider: &'static str,
    },
    /// No model.
    #[error("[judge] model is empty: name the model as the provider does")]
    NoModel,
    /// No room for an answer.
    #[error("[judge] max_tokens must be at least 1; 400 is usual")]
    NoLength,
    /// A budget that is no amount.
    #[error("[judge] daily_budget_usd must be an amount of dollars, 0 or more")]
    BadBudget,
    /// A price that is no amount.
    #[error("[judge.price] and [judge.prices]: every price must be dollars per million tokens, 0 or more")]
    BadPrice,
    /// A budget that could not be kept.
    #[error(
        "[judge] daily_budget_usd cannot be kept, because the price of {model} is unknown: set [judge.price] \
         in dollars per million tokens (0 for a local model), or take the budget out"
    )]
    UnknownPrice {
        /// The model.
        model: String,
    },
    /// A prompt is wrong.
    #[error(transparent)]
    Prompt(#[from] PromptError),
}

/// The daily budget in micros, after all figures were found to make sense.
pub(super) fn checked_budget(settings: &LlmSettings) -> Result<Option<u64>, LlmError> {
    let asked = [&settings.tone, &settings.triage];
    if asked.iter().any(|ask| ask.model.trim().is_empty()) {
        return Err(LlmError::NoModel);
    }
    if asked.iter().any(|ask| ask.max_tokens == 0) {
        return Err(LlmError::NoLength);
    }
    if !settings.prices.are_sane() {
        return Err(LlmError::BadPrice);
    }
    let Some(dollars) = settings.daily_budget else { return Ok(None) };
    if !dollars.is_finite() || dollars < 0.0 {
        return Err(LlmError::BadBudget);
    }
    match asked.into_iter().find(|ask| settings.prices.of(&ask.model).is_none()) {
        Some(ask) => Err(LlmError::UnknownPrice { model: ask.model.clone() }),
        None => Ok(Some((dollars * 1e6).round() as u64)),
    }
}

/// The headers of every call: whom OpenAI is to bill.
pub(super) fn headers(settings: &LlmSettings) -> Result<Vec<(&'static str, String)>, LlmError> {
    let given = [
        ("organization", "OpenAI-Organization", &settings.organization),
        ("project", "OpenAI-Project", &settings.project),
    ];
    let given = given.into_iter().filter_map(|(key, header, value)| Some((key, header, value.clone()?)));
    given
        .map(|(key, header, value)| match settings.provider {
            Provider::Openai => Ok((header, value)),
            other => Err(LlmError::StrayKey { key, provider: other.word(), of: Provider::Openai.word() }),
        })
        .collect()
}
