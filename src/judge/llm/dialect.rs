//! How models differ in what they take, and how to do with less when one refuses.
//!
//! All of them speak chat completions. What differs is a handful of fields, held here in one struct
//! and one table; a new model is a new row of [`TABLE`].

use serde::Serialize;

use super::provider::Provider;
use super::refusal::Refusal;

/// What a request to one model holds beside the messages.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Dialect {
    /// What the limit on the answer's length is called.
    pub(super) length: LengthField,
    /// Sent only where it is sure to be taken.
    pub(super) temperature: Option<f64>,
    /// How to ask for as little thinking as possible; thinking eats the length limit.
    pub(super) thinking: Thinking,
    /// How the answer is held to the schema.
    pub(super) json: JsonMode,
    /// Whether to say that the vendor shall not keep the exchange.
    pub(super) store: Option<bool>,
    /// How to help the vendor's prompt cache along.
    pub(super) cache: CacheHint,
}

/// What the limit on the answer's length is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LengthField {
    MaxTokens,
    MaxCompletionTokens,
}

/// What is said about thinking before the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Thinking {
    /// Nothing: the model does not think.
    Unsaid,
    /// Nothing: the model thinks, and cannot be told not to.
    Always,
    /// `thinking: {"type": "disabled"}`
    Disabled,
    /// `reasoning_effort`
    Effort(&'static str),
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

/// How the vendor's prompt cache is helped along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CacheHint {
    /// It needs no help, or knows none.
    None,
    /// An explicit breakpoint behind the static part. Without it these models write the message of
    /// every call into the cache, at a quarter above the price of input.
    Breakpoint,
    /// A header that leads like questions to the server that knows them.
    Conversation,
}

/// Tokens on top of the answer's limit for a model that thinks first.
const THINKING_ROOM: u32 = 4000;

const OPENAI: Dialect = Dialect {
    length: LengthField::MaxCompletionTokens,
    temperature: None,
    thinking: Thinking::Effort("none"),
    json: JsonMode::Schema,
    store: Some(false),
    cache: CacheHint::None,
};

const MOONSHOT: Dialect = Dialect { thinking: Thinking::Disabled, store: None, ..OPENAI };

const XAI: Dialect = Dialect { temperature: Some(0.0), store: None, cache: CacheHint::Conversation, ..OPENAI };

const DEEPSEEK: Dialect = Dialect {
    length: LengthField::MaxTokens,
    temperature: Some(0.0),
    thinking: Thinking::Disabled,
    json: JsonMode::Object,
    store: None,
    cache: CacheHint::None,
};

/// Local servers think by default where the model can, and sample with their own temperature; those
/// that know neither field ignore it or are asked again without.
const COMPATIBLE: Dialect = Dialect { thinking: Thinking::Effort("none"), json: JsonMode::Schema, ..DEEPSEEK };

/// What the models of each provider take, by how their names begin; the first row that fits counts.
/// A model that came later is asked like the last row of its provider, and asked again without what
/// it refuses.
const TABLE: &[(Provider, &[&str], Dialect)] = &[
    (
        Provider::Openai,
        &["gpt-3", "gpt-4", "chatgpt-4"],
        Dialect { temperature: Some(0.0), thinking: Thinking::Unsaid, ..OPENAI },
    ),
    (Provider::Openai, &["o1", "o3", "o4"], Dialect { thinking: Thinking::Effort("low"), ..OPENAI }),
    (Provider::Openai, &["gpt-5.6", "gpt-6"], Dialect { cache: CacheHint::Breakpoint, ..OPENAI }),
    (Provider::Openai, &["gpt-5."], OPENAI),
    (Provider::Openai, &["gpt-5"], Dialect { thinking: Thinking::Effort("minimal"), ..OPENAI }),
    (Provider::Openai, &[""], OPENAI),
    (Provider::Moonshot, &["moonshot-v1"], Dialect { temperature: Some(0.0), thinking: Thinking::Unsaid, ..MOONSHOT }),
    (Provider::Moonshot, &["kimi-k3"], Dialect { thinking: Thinking::Effort("low"), ..MOONSHOT }),
    (Provider::Moonshot, &["kimi-k2.7"], Dialect { thinking: Thinking::Always, ..MOONSHOT }),
    (Provider::Moonshot, &[""], MOONSHOT),
    (Provider::Xai, &["grok-4.20"], Dialect { thinking: Thinking::Unsaid, ..XAI }),
    (Provider::Xai, &[""], XAI),
    (Provider::Deepseek, &[""], DEEPSEEK),
    (Provider::Compatible, &[""], COMPATIBLE),
];

impl Dialect {
    pub(super) fn of(provider: Provider, model: &str) -> Self {
        let model = model.strip_prefix("ft:").unwrap_or(model);
        let fits = |names: &[&str]| names.iter().any(|name| model.starts_with(name));
        let row = |provider| TABLE.iter().find(|(of, names, _)| *of == provider && fits(names));
        let of = |provider| row(provider).map(|(.., dialect)| dialect.clone()).expect("each provider has a last row");
        match provider {
            // The same models, without what belongs to OpenAI's own service.
            Provider::Azure => Self { store: None, cache: CacheHint::None, ..of(Provider::Openai) },
            provider => of(provider),
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
        } else if self.thinking.field().is_some_and(|field| refusal.is_of_field(field)) {
            next.thinking = self.thinking.step_down(refusal);
        } else if self.store.is_some() && refusal.is_of_field("store") {
            next.store = None;
        } else if self.cache == CacheHint::Breakpoint && refusal.mentions("prompt_cache") {
            next.cache = CacheHint::None;
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

impl Thinking {
    /// Tokens that must be left for it beside the answer.
    pub(super) fn room(self) -> u32 {
        match self {
            Self::Unsaid | Self::Disabled | Self::Effort("none") => 0,
            Self::Always | Self::Effort(_) => THINKING_ROOM,
        }
    }

    fn field(self) -> Option<&'static str> {
        match self {
            Self::Unsaid | Self::Always => None,
            Self::Disabled => Some("thinking"),
            Self::Effort(_) => Some("reasoning_effort"),
        }
    }

    /// The least of the efforts that a refusal names instead. Who names none knows no such field, and
    /// who must think is left to it.
    fn step_down(self, refusal: &Refusal) -> Self {
        match self {
            Self::Effort(refused) => {
                let mut others = ["minimal", "low"].into_iter().filter(|effort| *effort != refused);
                others.find(|effort| refusal.quotes(effort)).map_or(Self::Unsaid, Self::Effort)
            }
            Self::Disabled | Self::Always | Self::Unsaid => Self::Always,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, body: &str) -> Refusal {
        Refusal::read(status, body.as_bytes(), None)
    }

    #[test]
    fn a_model_is_asked_for_the_least_thinking_it_allows() {
        let thinking = |provider, model| Dialect::of(provider, model).thinking;
        for (model, effort) in [
            ("gpt-6-luna", Thinking::Effort("none")),
            ("gpt-5.4-nano", Thinking::Effort("none")),
            ("gpt-5-nano-2025-08-07", Thinking::Effort("minimal")),
            ("gpt-5", Thinking::Effort("minimal")),
            ("ft:gpt-4o-mini:acme", Thinking::Unsaid),
            ("o3-mini", Thinking::Effort("low")),
            ("not-out-yet", Thinking::Effort("none")),
        ] {
            assert_eq!(thinking(Provider::Openai, model), effort, "{model}");
            assert_eq!(thinking(Provider::Azure, model), effort, "{model}");
        }
        assert_eq!(thinking(Provider::Moonshot, "kimi-k2.5"), Thinking::Disabled);
        assert_eq!(thinking(Provider::Moonshot, "kimi-k2.7-code"), Thinking::Always);
        assert_eq!(thinking(Provider::Moonshot, "kimi-k3"), Thinking::Effort("low"));
        assert_eq!(thinking(Provider::Moonshot, "moonshot-v1-8k"), Thinking::Unsaid);
        assert_eq!(thinking(Provider::Xai, "grok-4.20-0309-non-reasoning"), Thinking::Unsaid);
        assert_eq!(thinking(Provider::Xai, "grok-4.3"), Thinking::Effort("none"));
        assert_eq!(thinking(Provider::Deepseek, "deepseek-flash"), Thinking::Disabled);
    }

    #[test]
    fn who_thinks_has_room_for_it() {
        assert_eq!([Thinking::Unsaid, Thinking::Disabled, Thinking::Effort("none")].map(Thinking::room), [0; 3]);
        assert_eq!([Thinking::Always, Thinking::Effort("low")].map(Thinking::room), [THINKING_ROOM; 2]);
    }

    #[test]
    fn temperature_is_sent_only_to_who_takes_it() {
        let warm = |provider, model| Dialect::of(provider, model).temperature.is_some();
        assert!(warm(Provider::Openai, "gpt-4o-mini") && warm(Provider::Moonshot, "moonshot-v1-8k"));
        assert!(warm(Provider::Deepseek, "deepseek-flash") && warm(Provider::Compatible, "m"));
        for model in ["gpt-5-nano", "gpt-5.4-nano", "gpt-6-luna"] {
            assert!(!warm(Provider::Openai, model) && !warm(Provider::Azure, model), "{model}");
        }
        assert!(!warm(Provider::Moonshot, "kimi-k2.6"));
    }

    #[test]
    fn only_openai_itself_is_told_about_its_cache_and_its_store() {
        let luna = Dialect::of(Provider::Openai, "gpt-6-luna");
        assert_eq!((luna.cache, luna.store), (CacheHint::Breakpoint, Some(false)));
        assert_eq!(Dialect::of(Provider::Openai, "gpt-5.5").cache, CacheHint::None);
        for provider in Provider::ALL.into_iter().filter(|provider| *provider != Provider::Openai) {
            let dialect = Dialect::of(provider, "gpt-6-luna");
            assert!(dialect.cache != CacheHint::Breakpoint && dialect.store.is_none(), "{}", provider.word());
        }
        let refused = r#"{"error":{"message":"unknown","param":"prompt_cache_options"}}"#;
        assert_eq!(luna.without(&refusal(400, refused)).map(|next| next.cache), Some(CacheHint::None));
    }

    #[test]
    fn the_effort_steps_to_the_least_that_is_named() {
        let dialect = Dialect::of(Provider::Azure, "our-deployment");
        let named = r#"{"error":{"message":"Unsupported value: 'none'. Supported values are: 'minimal', 'low', and 'high'.","param":"reasoning_effort"}}"#;
        let next = dialect.without(&refusal(400, named)).expect("a way on");
        assert_eq!(next.thinking, Thinking::Effort("minimal"));
        let low = r#"{"error":{"message":"Unsupported value: 'minimal'. Supported values are: 'low', 'high'.","param":"reasoning_effort"}}"#;
        assert_eq!(next.without(&refusal(400, low)).map(|next| next.thinking), Some(Thinking::Effort("low")));
        let unknown =
            r#"{"error":{"message":"Unrecognized request argument supplied: reasoning_effort","param":null}}"#;
        assert_eq!(dialect.without(&refusal(400, unknown)).map(|next| next.thinking), Some(Thinking::Unsaid));
        let must =
            r#"{"error":{"message":"thinking cannot be disabled for this model","type":"invalid_request_error"}}"#;
        let kimi = Dialect::of(Provider::Moonshot, "kimi-next");
        assert_eq!(kimi.without(&refusal(400, must)).map(|next| next.thinking), Some(Thinking::Always));
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
        assert_eq!((next.thinking, next.temperature), (Thinking::Unsaid, Some(0.0)));
        assert_eq!(dialect.without(&refusal(400, r#"{"error":{"message":"bad","param":"model"}}"#)), None);
        assert_eq!(dialect.without(&refusal(401, length)), None);
    }
}
