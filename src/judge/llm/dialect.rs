//! How providers differ in what they take, and how to do with less when one refuses.
//!
//! All of them speak chat completions. What differs is a handful of fields, held here in one struct;
//! a new provider is a new row of [`Dialect::of`].

use serde::{Deserialize, Serialize};

use super::refusal::Refusal;

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// OpenAI.
    Openai,
    /// Any other server that speaks OpenAI's chat completions: Ollama, llama.cpp, vLLM, a gateway.
    Compatible,
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Openai, Self::Compatible];

    /// The word in the config.
    pub fn word(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Compatible => "compatible",
        }
    }

    /// Where its API begins, unless the config says otherwise.
    pub(super) fn base(self) -> Option<&'static str> {
        match self {
            Self::Openai => Some("https://api.openai.com/v1"),
            Self::Compatible => None,
        }
    }

    pub(super) fn needs_key(self) -> bool {
        self == Self::Openai
    }
}

/// What a request to one model holds beside the messages.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Dialect {
    /// What the limit on the answer's length is called.
    pub(super) length: LengthField,
    /// Sent only where it is sure to be taken.
    pub(super) temperature: Option<f64>,
    /// How to ask for as little thinking as possible; thinking eats the length limit.
    pub(super) reasoning_effort: Option<&'static str>,
    /// How the answer is held to the schema.
    pub(super) json: JsonMode,
    /// Whether to say that the vendor shall not keep the exchange.
    pub(super) store: Option<bool>,
}

/// What the limit on the answer's length is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LengthField {
    MaxTokens,
    MaxCompletionTokens,
}

/// How the answer is held to the schema, strictest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum JsonMode {
    /// `json_schema`, strict.
    Schema,
    /// `json_object` with the schema beside it: llama-cpp-python.
    ObjectWithSchema,
    /// `json_object`.
    Object,
    /// The prompt alone.
    Asked,
}

impl Dialect {
    pub(super) fn of(provider: Provider, model: &str) -> Self {
        match provider {
            Provider::Openai => Self {
                length: LengthField::MaxCompletionTokens,
                temperature: None,
                reasoning_effort: least_effort(model),
                json: JsonMode::Schema,
                store: Some(false),
            },
            // Local servers think by default where the model can, and sample with their own
            // temperature; those that know neither field ignore it or are asked again without.
            Provider::Compatible => Self {
                length: LengthField::MaxTokens,
                temperature: Some(0.0),
                reasoning_effort: Some("none"),
                json: JsonMode::Schema,
                store: None,
            },
        }
    }

    /// What to try next, where the refusal was of a field that we can do without.
    pub(super) fn without(&self, refusal: &Refusal) -> Option<Self> {
        let mut next = self.clone();
        if refusal.is_of_json_mode() {
            next.json = self.json.step_down(refusal)?;
        } else if refusal.is_of_field("max_tokens") || refusal.is_of_field("max_completion_tokens") {
            next.length = self.length.other();
        } else if self.temperature.is_some() && refusal.is_of_field("temperature") {
            next.temperature = None;
        } else if self.reasoning_effort.is_some() && refusal.is_of_field("reasoning_effort") {
            next.reasoning_effort = None;
        } else if self.store.is_some() && refusal.is_of_field("store") {
            next.store = None;
        } else {
            return None;
        }
        Some(next)
    }
}

impl LengthField {
    fn other(self) -> Self {
        match self {
            Self::MaxTokens => Self::MaxCompletionTokens,
            Self::MaxCompletionTokens => Self::MaxTokens,
        }
    }
}

impl JsonMode {
    fn step_down(self, refusal: &Refusal) -> Option<Self> {
        match self {
            Self::Schema if refusal.is_servers_fault() => Some(Self::ObjectWithSchema),
            Self::Schema | Self::ObjectWithSchema => Some(Self::Object),
            Self::Object => Some(Self::Asked),
            Self::Asked => None,
        }
    }
}

/// The least `reasoning_effort` that an OpenAI model takes; `None` where it knows no such field.
/// A model that came later is asked for none, and asked again without the field if it refuses.
fn least_effort(model: &str) -> Option<&'static str> {
    let model = model.strip_prefix("ft:").unwrap_or(model);
    let is_of = |families: &[&str]| families.iter().any(|family| model.starts_with(family));
    if is_of(&["gpt-3", "gpt-4", "chatgpt-4"]) {
        None
    } else if is_of(&["o1", "o3", "o4"]) {
        Some("low")
    } else if model == "gpt-5" || model.starts_with("gpt-5-") {
        Some("minimal")
    } else {
        Some("none")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, body: &str) -> Refusal {
        Refusal::read(status, body.as_bytes(), None)
    }

    #[test]
    fn openai_is_asked_for_the_least_thinking_its_model_allows() {
        let effort = |model| Dialect::of(Provider::Openai, model).reasoning_effort;
        assert_eq!(effort("gpt-6-luna"), Some("none"));
        assert_eq!(effort("gpt-5.4-nano"), Some("none"));
        assert_eq!(effort("gpt-5-nano"), Some("minimal"));
        assert_eq!(effort("ft:gpt-4o-mini:acme"), None);
        assert_eq!(effort("o3-mini"), Some("low"));
        assert!(Dialect::of(Provider::Openai, "gpt-6-luna").temperature.is_none());
    }

    #[test]
    fn the_json_mode_steps_down_one_at_a_time() {
        let mut dialect = Dialect::of(Provider::Compatible, "m");
        let body = r#"{"error":{"message":"'response_format.type' must be 'text'","param":null}}"#;
        let mut seen = Vec::new();
        while let Some(next) = dialect.without(&refusal(400, body)) {
            seen.push(next.json);
            dialect = next;
        }
        assert_eq!(seen, [JsonMode::Object, JsonMode::Asked]);
    }

    #[test]
    fn a_server_error_that_names_json_object_keeps_the_schema() {
        let body =
            r#"{"error":{"message":"Input should be: response_format.type 'text' or 'json_object'","code":null}}"#;
        let dialect = Dialect::of(Provider::Compatible, "m");
        assert_eq!(dialect.without(&refusal(500, body)).map(|next| next.json), Some(JsonMode::ObjectWithSchema));
        assert_eq!(dialect.without(&refusal(500, r#"{"error":{"message":"CUDA out of memory"}}"#)), None);
    }

    #[test]
    fn a_refused_field_is_renamed_or_left_out() {
        let dialect = Dialect::of(Provider::Compatible, "m");
        let length = r#"{"error":{"message":"Unsupported parameter: 'max_tokens'","param":"max_tokens"}}"#;
        let next = dialect.without(&refusal(400, length)).expect("a way on");
        assert_eq!(next.length, LengthField::MaxCompletionTokens);
        let temperature =
            r#"{"error":{"message":"Only the default (1) is supported with max_tokens","param":"temperature"}}"#;
        assert_eq!(dialect.without(&refusal(400, temperature)).map(|next| next.temperature), Some(None));
        let effort = r#"{"detail":[{"loc":["body","reasoning_effort"],"msg":"Extra inputs are not permitted","input":"temperature"}]}"#;
        let next = dialect.without(&refusal(422, effort)).expect("a way on");
        assert_eq!((next.reasoning_effort, next.temperature), (None, Some(0.0)));
        assert_eq!(dialect.without(&refusal(400, r#"{"error":{"message":"bad","param":"model"}}"#)), None);
        assert_eq!(dialect.without(&refusal(401, length)), None);
    }
}
