//! Whose wire format is spoken: paths, models, and what each of them takes and refuses.
//!
//! Written from the vendors' facts, with no look at the client: a client that sends what the real
//! server refuses is refused here too.

use axum::http::{HeaderMap, header};
use serde_json::Value;

use super::refusal::Refusal;

/// Whose wire format is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LlmDialect {
    /// OpenAI.
    Openai,
    /// Azure OpenAI, in both forms of its addresses; its models are deployments.
    Azure,
    /// Moonshot (Kimi).
    Moonshot,
    /// xAI (Grok).
    Xai,
    /// DeepSeek.
    Deepseek,
    /// A lenient server that takes all fields.
    #[default]
    Compatible,
    /// Ollama's `/v1`.
    Ollama,
    /// llama.cpp's `llama-server`.
    LlamaServer,
    /// The server of llama-cpp-python.
    LlamaCppPython,
    /// LM Studio.
    LmStudio,
    /// vLLM.
    Vllm,
    /// A LiteLLM proxy.
    Litellm,
}

/// A model and what it takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Model {
    pub(super) name: &'static str,
    thinks: Thinks,
    /// Whether a temperature other than 1 is taken.
    temperature: bool,
}

/// Whether a model thinks before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thinks {
    /// It does not, and refuses `reasoning_effort`.
    Never,
    /// As `reasoning_effort` says, out of these; the first is what it does unasked.
    Efforts(&'static [&'static str]),
    /// Unless `thinking` is disabled.
    UnlessDisabled,
    /// Always.
    Always,
    /// Unless `reasoning_effort` is none; any other field is ignored.
    UnlessNone,
}

const fn model(name: &'static str, thinks: Thinks, temperature: bool) -> Model {
    Model { name, thinks, temperature }
}

const NEW_EFFORTS: Thinks = Thinks::Efforts(&["low", "none", "medium", "high"]);
const QUIET_EFFORTS: Thinks = Thinks::Efforts(&["none", "low", "medium", "high"]);
const OLD_EFFORTS: Thinks = Thinks::Efforts(&["medium", "minimal", "low", "high"]);
const OPENAI: &[Model] = &[
    model("gpt-6-luna", NEW_EFFORTS, false),
    model("gpt-5.4-nano", QUIET_EFFORTS, false),
    model("gpt-5-nano", OLD_EFFORTS, false),
    model("gpt-4o-mini", Thinks::Never, true),
];
/// What a deployment holds cannot be seen by its name.
const AZURE: &[Model] = &[
    model("desk-luna", NEW_EFFORTS, false),
    model("desk-nano", OLD_EFFORTS, false),
    model("desk-mini", Thinks::Never, true),
];
const MOONSHOT: &[Model] = &[
    model("kimi-k2.5", Thinks::UnlessDisabled, false),
    model("kimi-k2.7-code", Thinks::Always, false),
    model("moonshot-v1-8k", Thinks::Never, true),
];
const XAI: &[Model] = &[
    model("grok-4.20-0309-non-reasoning", Thinks::Never, true),
    model("grok-4.3", NEW_EFFORTS, true),
    model("grok-4", Thinks::Always, true),
];
const DEEPSEEK: &[Model] = &[model("deepseek-flash", Thinks::UnlessDisabled, true)];
const PRACTICE: &[Model] = &[model("practice-word-list-1", Thinks::Never, true)];
const THINKING_PRACTICE: &[Model] = &[model("practice-word-list-1", Thinks::UnlessNone, true)];

impl LlmDialect {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Openai,
        Self::Azure,
        Self::Moonshot,
        Self::Xai,
        Self::Deepseek,
        Self::Compatible,
        Self::Ollama,
        Self::LlamaServer,
        Self::LlamaCppPython,
        Self::LmStudio,
        Self::Vllm,
        Self::Litellm,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Azure => "azure",
            Self::Moonshot => "moonshot",
            Self::Xai => "xai",
            Self::Deepseek => "deepseek",
            Self::Compatible => "compatible",
            Self::Ollama => "ollama",
            Self::LlamaServer => "llama-server",
            Self::LlamaCppPython => "llama-cpp-python",
            Self::LmStudio => "lm-studio",
            Self::Vllm => "vllm",
            Self::Litellm => "litellm",
        }
    }

    pub(super) fn models(self) -> &'static [Model] {
        match self {
            Self::Openai => OPENAI,
            Self::Azure => AZURE,
            Self::Moonshot => MOONSHOT,
            Self::Xai => XAI,
            Self::Deepseek => DEEPSEEK,
            Self::Ollama | Self::LlamaServer | Self::Vllm => THINKING_PRACTICE,
            Self::Compatible | Self::LlamaCppPython | Self::LmStudio | Self::Litellm => PRACTICE,
        }
    }

    /// The API's root, below the address of the server.
    pub(super) fn root(self) -> &'static str {
        if self == Self::Azure { "/openai/v1" } else { "/v1" }
    }

    /// Lets in who shows `key` as this server wants to see it.
    pub(super) fn authorize(self, headers: &HeaderMap, key: &str) -> Result<(), Refusal> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = header(header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
        let shown = match self {
            Self::Ollama | Self::LmStudio => return Ok(()),
            Self::Azure => header("api-key").or(bearer),
            _ => bearer,
        };
        if shown == Some(key) { Ok(()) } else { Err(Refusal::key()) }
    }

    /// What limits the answer, in tokens, by the fields that this server knows.
    pub(super) fn most_tokens(self, body: &Value) -> Option<usize> {
        let field = |name: &str| body[name].as_u64().and_then(|tokens| usize::try_from(tokens).ok());
        match self {
            Self::Ollama | Self::LlamaCppPython | Self::Deepseek => field("max_tokens"),
            _ => field("max_completion_tokens").or_else(|| field("max_tokens")),
        }
    }

    /// Whether the length limit holds for thinking too.
    pub(super) fn limits_thinking(self) -> bool {
        self != Self::Xai
    }

    /// Checks the fields of a call of `model`; whether the model will think.
    pub(super) fn check(self, model: &Model, body: &Value) -> Result<bool, Refusal> {
        self.check_fields(model, body)?;
        self.check_format(body)?;
        self.check_thinking(model, body)
    }

    fn check_fields(self, model: &Model, body: &Value) -> Result<(), Refusal> {
        let has = |field: &str| !body[field].is_null();
        if has("max_tokens") && has("max_completion_tokens") && matches!(self, Self::Openai | Self::Azure) {
            let message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
            return Err(Refusal::bad(Some("max_tokens"), message));
        }
        let thinker = model.thinks != Thinks::Never;
        if has("max_tokens") && thinker && matches!(self, Self::Openai | Self::Azure) {
            let message = "Unsupported parameter: 'max_tokens' is not supported with this model. \
                           Use 'max_completion_tokens' instead.";
            return Err(Refusal::bad(Some("max_tokens"), message).coded("unsupported_parameter"));
        }
        let warm = body["temperature"].as_f64().is_some_and(|temperature| temperature != 1.0);
        if warm && !model.temperature {
            return Err(match self {
                Self::Moonshot => Refusal::bad(None, "invalid temperature: only 1 is allowed for this model"),
                _ => Refusal::bad(
                    Some("temperature"),
                    "Unsupported value: 'temperature' does not support this value with this model. \
                     Only the default (1) value is supported.",
                )
                .coded("unsupported_value"),
            });
        }
        let known: &[&str] = match self {
            Self::Openai => &[
                "store",
                "reasoning_effort",
                "max_completion_tokens",
                "prompt_cache_key",
                "prompt_cache_options",
                "seed",
            ],
            Self::Azure => &["reasoning_effort", "max_completion_tokens", "seed"],
            _ => return Ok(()),
        };
        let always = ["model", "messages", "max_tokens", "temperature", "response_format"];
        let fields = body.as_object().map(|fields| fields.keys()).into_iter().flatten();
        match fields.map(String::as_str).find(|field| !always.contains(field) && !known.contains(field)) {
            Some(stray) => Err(Refusal::bad(None, format!("Unrecognized request argument supplied: {stray}"))),
            None => Ok(()),
        }
    }

    fn check_format(self, body: &Value) -> Result<(), Refusal> {
        const PARAM: Option<&str> = Some("response_format");
        let format = &body["response_format"];
        let Some(kind) = format["type"].as_str() else { return Ok(()) };
        let says_json = body["messages"].to_string().to_lowercase().contains("json");
        match (self, kind) {
            (Self::LlamaCppPython, "json_schema") => Err(Refusal {
                status: 500,
                ..Refusal::bad(
                    None,
                    "[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), \
                     'msg': \"Input should be 'text' or 'json_object'\"}]",
                )
            }),
            (Self::LmStudio, "json_object") => {
                Err(Refusal::bad(None, "'response_format.type' must be 'json_schema' or 'text'"))
            }
            (Self::Openai | Self::Azure | Self::Deepseek | Self::Compatible, "json_object") if !says_json => {
                let message = "'messages' must contain the word 'json' in some form, to use 'response_format' of type \
                               'json_object'.";
                Err(Refusal::bad(Some("messages"), message))
            }
            (Self::Openai | Self::Azure | Self::Moonshot, "json_schema") => {
                match flaw(&format["json_schema"]["schema"], self == Self::Moonshot) {
                    Some(flaw) => {
                        let message =
                            format!("Invalid schema for response_format '{}': {flaw}", format["json_schema"]["name"]);
                        Err(Refusal::bad(PARAM, message))
                    }
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn check_thinking(self, model: &Model, body: &Value) -> Result<bool, Refusal> {
        let effort = body["reasoning_effort"].as_str();
        let disabled = body["thinking"]["type"] == "disabled";
        match (model.thinks, effort) {
            (Thinks::Never, Some(_)) => match self {
                Self::Openai | Self::Azure => {
                    Err(Refusal::bad(None, "Unrecognized request argument supplied: reasoning_effort"))
                }
                Self::Xai => Err(Refusal::bad(None, "This model does not support parameter reasoningEffort.")),
                _ => Ok(false),
            },
            (Thinks::Never, None) => Ok(false),
            (Thinks::Efforts(known), Some(effort)) if !known.contains(&effort) => {
                let known: Vec<String> = known.iter().map(|effort| format!("'{effort}'")).collect();
                let message = format!(
                    "Unsupported value: 'reasoning_effort' does not support '{effort}' with this model. \
                     Supported values are: {}.",
                    known.join(", ")
                );
                Err(Refusal::bad(Some("reasoning_effort"), message).coded("unsupported_value"))
            }
            (Thinks::Efforts(known), effort) => Ok(effort.unwrap_or(known[0]) != "none"),
            (Thinks::Always, Some(_)) if self == Self::Xai => {
                Err(Refusal::bad(None, "This model does not support parameter reasoningEffort."))
            }
            (Thinks::Always, _) if disabled => Err(Refusal::bad(None, "thinking cannot be disabled for this model")),
            (Thinks::Always, _) => Ok(true),
            (Thinks::UnlessDisabled, _) => Ok(!disabled),
            (Thinks::UnlessNone, effort) => Ok(effort != Some("none")),
        }
    }

    /// Whether a schema is taken and then not held to.
    pub(super) fn ignores_schema(self) -> bool {
        self == Self::Deepseek
    }
}

impl std::str::FromStr for LlmDialect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|dialect| dialect.word() == text).ok_or_else(|| {
            let words: Vec<&str> = Self::ALL.into_iter().map(Self::word).collect();
            format!("there is no dialect {text}; there is {}", words.join(", "))
        })
    }
}

/// What a strict mode minds about a schema: everything required, nothing else allowed, an enum of at
/// most 500 values, no keyword beyond its part of the language.
fn flaw(schema: &Value, moonshot: bool) -> Option<String> {
    const FORBIDDEN: [&str; 7] = ["$schema", "$ref", "pattern", "format", "const", "oneOf", "default"];
    if schema["type"] != "object" {
        return Some("the root must be of type 'object'".into());
    }
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    if !moonshot && schema["additionalProperties"] != false {
        return Some("'additionalProperties' is required to be supplied and to be false".into());
    }
    let required = |name: &String| schema["required"].as_array().is_some_and(|list| list.iter().any(|it| it == name));
    if let Some(name) = properties.keys().find(|name| !moonshot && !required(name)) {
        return Some(format!("'required' must include every key in properties; missing '{name}'"));
    }
    let text = schema.to_string();
    if let Some(keyword) = FORBIDDEN.iter().find(|keyword| text.contains(&format!("\"{keyword}\":"))) {
        return Some(format!("'{keyword}' is not permitted"));
    }
    let values: usize = properties.values().filter_map(|it| it["enum"].as_array()).map(Vec::len).sum();
    (values > 510).then(|| format!("{values} enum values are too many"))
}
