//! Who answers: what each provider is called, where it is, and how a caller shows who they are.

use serde::{Deserialize, Serialize};

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// OpenAI.
    Openai,
    /// Azure OpenAI: a resource of one's own, where a model is a deployment.
    Azure,
    /// Moonshot (Kimi).
    Moonshot,
    /// xAI (Grok).
    Xai,
    /// DeepSeek.
    Deepseek,
    /// Any other server that speaks OpenAI's chat completions: Ollama, llama.cpp, LM Studio, vLLM, a
    /// gateway such as LiteLLM.
    Compatible,
}

/// How a fixed key is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyHeader {
    /// `Authorization: Bearer KEY`
    Bearer,
    /// `api-key: KEY`
    ApiKey,
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Openai, Self::Azure, Self::Moonshot, Self::Xai, Self::Deepseek, Self::Compatible];

    /// The word in the config.
    pub fn word(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Azure => "azure",
            Self::Moonshot => "moonshot",
            Self::Xai => "xai",
            Self::Deepseek => "deepseek",
            Self::Compatible => "compatible",
        }
    }

    /// Where its API begins, unless the config says otherwise. Moonshot's accounts of mainland China
    /// have an address of their own, `https://api.moonshot.cn/v1`.
    pub fn base(self) -> Option<&'static str> {
        match self {
            Self::Openai => Some("https://api.openai.com/v1"),
            Self::Moonshot => Some("https://api.moonshot.ai/v1"),
            Self::Xai => Some("https://api.x.ai/v1"),
            Self::Deepseek => Some("https://api.deepseek.com/v1"),
            Self::Azure | Self::Compatible => None,
        }
    }

    /// Whether it answers nobody without a key or token.
    pub fn needs_key(self) -> bool {
        self != Self::Compatible
    }

    /// What an address looks like, where one must be given.
    pub fn usual_url(self) -> Option<&'static str> {
        match self {
            Self::Azure => Some("https://RESOURCE.openai.azure.com/openai/v1"),
            Self::Compatible => Some("http://127.0.0.1:11434/v1"),
            _ => None,
        }
    }

    pub(super) fn key_header(self) -> KeyHeader {
        if self == Self::Azure { KeyHeader::ApiKey } else { KeyHeader::Bearer }
    }

    /// Whether `completion_tokens` leaves out what the model thought to itself.
    pub(super) fn counts_thinking_apart(self) -> bool {
        self == Self::Xai
    }

    /// The most categories offered in one question: each provider's limit on the values of an enum,
    /// less one for null. OpenAI's and Moonshot's documents name 500, and so does Azure's; xAI states
    /// none. DeepSeek holds answers to no schema, so only the prompt's length counts.
    pub(super) fn most_categories(self) -> usize {
        match self {
            Self::Deepseek => 999,
            Self::Openai | Self::Azure | Self::Moonshot | Self::Xai | Self::Compatible => 499,
        }
    }
}
