//! Chat completions as they go over the wire.

use serde::Serialize;
use serde_json::Value;

use super::dialect::{CacheHint, Dialect, JsonMode, LengthField, Thinking};
use super::provider::Provider;
use super::question::Question;
use super::schema::Schema;
use crate::domain::Plain;
use crate::judge::cost::Tokens;

/// One request. Static text stands before the customer's, so that providers can cache it.
#[derive(Serialize)]
pub(super) struct Request<'a> {
    model: &'a str,
    messages: [Message<'a>; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<Kind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_cache_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_cache_options: Option<Mode>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: Content<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Text(&'a str),
    Parts([Part<'a>; 1]),
}

#[derive(Serialize)]
struct Part<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
    prompt_cache_breakpoint: Mode,
}

/// `{"type": …}`
#[derive(Serialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: &'static str,
}

/// `{"mode": …}`
#[derive(Serialize)]
struct Mode {
    mode: &'static str,
}

const EXPLICIT: Mode = Mode { mode: "explicit" };

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ResponseFormat<'a> {
    JsonSchema {
        json_schema: Named<'a>,
    },
    JsonObject {
        #[serde(skip_serializing_if = "Option::is_none")]
        schema: Option<&'a Schema>,
    },
}

#[derive(Serialize)]
struct Named<'a> {
    name: &'static str,
    strict: bool,
    schema: &'a Schema,
}

impl<'a> Request<'a> {
    /// `question` about the text in `user`, answered in at most `limit` tokens beside the model's
    /// thinking.
    pub(super) fn new(question: &'a Question, user: &'a str, limit: u32, dialect: &Dialect) -> Self {
        let limit = limit.saturating_add(dialect.thinking.room());
        let length = |field| (dialect.length == field).then_some(limit);
        let system = &question.prompt.system;
        let breakpoint = dialect.cache == CacheHint::Breakpoint;
        let system = match breakpoint {
            true => Content::Parts([Part { kind: "text", text: system, prompt_cache_breakpoint: EXPLICIT }]),
            false => Content::Text(system),
        };
        Self {
            model: &question.settings.model,
            messages: [
                Message { role: "system", content: system },
                Message { role: "user", content: Content::Text(user) },
            ],
            max_tokens: length(LengthField::MaxTokens),
            max_completion_tokens: length(LengthField::MaxCompletionTokens),
            temperature: dialect.temperature,
            reasoning_effort: match dialect.thinking {
                Thinking::Effort(effort) => Some(effort),
                _ => None,
            },
            thinking: (dialect.thinking == Thinking::Disabled).then_some(Kind { kind: "disabled" }),
            store: dialect.store,
            response_format: ResponseFormat::of(question, dialect.json),
            prompt_cache_key: breakpoint.then(|| question.cache_key()),
            prompt_cache_options: breakpoint.then_some(EXPLICIT),
        }
    }
}

impl<'a> ResponseFormat<'a> {
    fn of(question: &'a Question, mode: JsonMode) -> Option<Self> {
        let schema = &question.schema;
        match mode {
            JsonMode::Schema => {
                Some(Self::JsonSchema { json_schema: Named { name: question.name, strict: true, schema } })
            }
            JsonMode::ObjectWithSchema => Some(Self::JsonObject { schema: Some(schema) }),
            JsonMode::Object => Some(Self::JsonObject { schema: None }),
            JsonMode::Asked => None,
        }
    }
}

/// What we use of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Completion {
    /// The model's name, as it calls itself.
    pub(super) model: Option<Plain>,
    /// What it wrote; empty when nothing.
    pub(super) content: String,
    /// It, or a filter behind it, would not answer.
    pub(super) refused: bool,
    /// The length limit cut it off.
    pub(super) truncated: bool,
    /// What it used, where it tells.
    pub(super) tokens: Option<Tokens>,
    /// What that costs by the vendor's own account, in micros, where it tells.
    pub(super) micros: Option<u64>,
}

impl Completion {
    /// Reads a body of any shape; `None` when it is no chat completion. Servers add fields and bend
    /// types, so everything but the message itself may be missing or odd. Thinking text is ignored.
    pub(super) fn read(body: &[u8], provider: Provider) -> Option<Self> {
        let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
        let body: Value = serde_json::from_slice(body).ok()?;
        let choice = body.pointer("/choices/0")?;
        let message = choice.get("message")?.as_object()?;
        let finish = choice["finish_reason"].as_str().unwrap_or_default();
        let refusal = message.get("refusal").and_then(Value::as_str).unwrap_or_default();
        Some(Self {
            model: body["model"].as_str().map(Plain::new).filter(|model| !model.is_empty()),
            content: message.get("content").map(text).unwrap_or_default(),
            refused: finish == "content_filter" || !refusal.is_empty(),
            truncated: finish == "length",
            tokens: body.get("usage").and_then(|usage| tokens(usage, provider)),
            micros: body.pointer("/usage/cost_in_usd_ticks").and_then(Value::as_u64).map(|ticks| ticks.div_ceil(TICKS)),
        })
    }
}

/// Text, or the text parts of a list of parts.
fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => String::new(),
    }
}

/// xAI's ticks in a millionth of a dollar.
const TICKS: u64 = 10_000;

fn tokens(usage: &Value, provider: Provider) -> Option<Tokens> {
    let count = |path: &str| usage.pointer(path).and_then(Value::as_u64).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    let first = |paths: &[&str]| paths.iter().find_map(|path| count(path)).unwrap_or(0);
    let thought_apart = match provider.counts_thinking_apart() {
        true => first(&["/completion_tokens_details/reasoning_tokens"]),
        false => 0,
    };
    Some(Tokens {
        sent: count("/prompt_tokens")?,
        cached: first(&["/prompt_tokens_details/cached_tokens", "/prompt_cache_hit_tokens", "/cached_tokens"]),
        cache_written: first(&["/prompt_tokens_details/cache_write_tokens", "/cache_write_tokens"]),
        answered: count("/completion_tokens")?.saturating_add(thought_apart),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::question::tests::tone_question;
    use super::*;

    fn sent(dialect: &Dialect) -> String {
        let question = tone_question();
        serde_json::to_string(&Request::new(&question, "<user>", 300, dialect)).expect("plain data")
    }

    #[test]
    fn openai_gets_its_own_names_and_no_temperature() {
        let body = sent(&Dialect::of(Provider::Openai, "gpt-5.4-nano"));
        assert!(body.starts_with(r#"{"model":"the-model","messages":[{"role":"system","content":"#), "{body}");
        assert!(body.contains(
            r#"{"role":"user","content":"<user>"}],"max_completion_tokens":300,"reasoning_effort":"none","store":false,"response_format":{"type":"json_schema","json_schema":{"name":"tone","strict":true,"schema":{"type":"object","properties":{"reason""#
        ));
    }

    #[test]
    fn what_is_cached_ends_with_the_static_part() {
        let body: Value = serde_json::from_str(&sent(&Dialect::of(Provider::Openai, "gpt-6-luna"))).expect("JSON");
        let system = &body["messages"][0]["content"];
        assert_eq!(system.as_array().map(Vec::len), Some(1));
        assert_eq!(system[0]["prompt_cache_breakpoint"], json!({"mode": "explicit"}));
        assert_eq!(body["prompt_cache_options"], json!({"mode": "explicit"}));
        assert!(body["prompt_cache_key"].as_str().is_some_and(|key| !key.is_empty() && key.len() <= 64));
        assert!(body["messages"][1]["content"].is_string(), "nothing is written behind the static part");
        for provider in [Provider::Azure, Provider::Compatible, Provider::Deepseek] {
            assert!(!sent(&Dialect::of(provider, "gpt-6-luna")).contains("prompt_cache"), "{}", provider.word());
        }
    }

    #[test]
    fn thinking_is_switched_off_in_each_providers_own_way() {
        let body =
            |provider, model| -> Value { serde_json::from_str(&sent(&Dialect::of(provider, model))).expect("JSON") };
        let deepseek = body(Provider::Deepseek, "deepseek-flash");
        assert_eq!(deepseek["thinking"], json!({"type": "disabled"}));
        assert_eq!((&deepseek["max_tokens"], &deepseek["temperature"]), (&json!(300), &json!(0.0)));
        assert_eq!(deepseek["response_format"], json!({"type": "json_object"}));
        assert!(deepseek.get("reasoning_effort").is_none());
        let kimi = body(Provider::Moonshot, "kimi-k2.5");
        assert_eq!((&kimi["thinking"]["type"], &kimi["max_completion_tokens"]), (&json!("disabled"), &json!(300)));
        assert!(kimi.get("temperature").is_none() && kimi.get("store").is_none());
        let nano = body(Provider::Openai, "gpt-5-nano");
        assert_eq!((&nano["reasoning_effort"], &nano["max_completion_tokens"]), (&json!("minimal"), &json!(4300)));
    }

    #[test]
    fn every_json_mode_has_its_envelope() {
        let mut dialect = Dialect::of(Provider::Compatible, "m");
        let mut format = |json| {
            dialect.json = json;
            let body: Value = serde_json::from_str(&sent(&dialect)).expect("JSON");
            assert_eq!((&body["max_tokens"], &body["temperature"]), (&json!(300), &json!(0.0)));
            body.get("response_format").cloned()
        };
        let object = format(JsonMode::ObjectWithSchema).expect("one");
        assert_eq!((&object["type"], &object["schema"]["type"]), (&json!("json_object"), &json!("object")));
        assert_eq!(format(JsonMode::Object), Some(json!({"type": "json_object"})));
        assert_eq!(format(JsonMode::Asked), None);
    }

    fn read(choice: Value, usage: Value) -> Option<Completion> {
        let body = json!({"model": "m-1", "choices": [choice], "usage": usage, "provider_specific_fields": {}});
        Completion::read(format!("\u{feff}\n\n\n{body}").as_bytes(), Provider::Compatible)
    }

    #[test]
    fn answers_are_read_leniently() {
        let usage = json!({
            "prompt_tokens": 2300, "completion_tokens": 80,
            "prompt_tokens_details": {"cached_tokens": 2000, "audio": null},
        });
        let choice = json!({"message": {"content": "{}", "reasoning_content": "hm"}, "finish_reason": "odd"});
        let expected = Completion {
            model: Some(Plain::new("m-1")),
            content: "{}".into(),
            refused: false,
            truncated: false,
            tokens: Some(Tokens { sent: 2300, cached: 2000, cache_written: 0, answered: 80 }),
            micros: None,
        };
        assert_eq!(read(choice, usage), Some(expected));
        let parts = json!({"message": {"content": [{"type": "text", "text": "{"}, {"type": "text", "text": "}"}]}});
        assert_eq!(read(parts, json!(null)).map(|read| (read.content, read.tokens)), Some(("{}".into(), None)));
        assert_eq!(Completion::read(b"<html></html>", Provider::Openai), None);
        assert_eq!(Completion::read(br#"{"error": {"message": "no"}}"#, Provider::Openai), None);
    }

    #[test]
    fn refusals_and_cuts_are_seen() {
        let refused = json!({"message": {"content": null, "refusal": "I will not"}, "finish_reason": "stop"});
        assert!(read(refused, json!({})).expect("read").refused);
        let filtered = json!({"message": {"content": ""}, "finish_reason": "content_filter"});
        assert!(read(filtered, json!({})).expect("read").refused);
        let cut = read(json!({"message": {"content": "{\"rea"}, "finish_reason": "length"}), json!({})).expect("read");
        assert!(cut.truncated && !cut.refused);
    }

    #[test]
    fn the_cached_share_is_found_where_each_provider_puts_it() {
        let cached = |extra: Value| {
            let mut usage = json!({"prompt_tokens": 10, "completion_tokens": 1});
            usage.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
            tokens(&usage, Provider::Deepseek).expect("counted").cached
        };
        assert_eq!(cached(json!({"prompt_cache_hit_tokens": 7, "prompt_cache_miss_tokens": 3})), 7);
        assert_eq!(cached(json!({"cached_tokens": 6})), 6);
        assert_eq!(cached(json!({"prompt_tokens_details": null})), 0);
    }

    #[test]
    fn xai_counts_thinking_apart_and_tells_its_price() {
        let body = json!({
            "choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}],
            "usage": {
                "prompt_tokens": 10, "completion_tokens": 5, "cost_in_usd_ticks": 1_234_567,
                "completion_tokens_details": {"reasoning_tokens": 100},
            },
        });
        let read = |provider| Completion::read(body.to_string().as_bytes(), provider).expect("read");
        assert_eq!(read(Provider::Xai).tokens.map(|tokens| tokens.answered), Some(105));
        assert_eq!(read(Provider::Openai).tokens.map(|tokens| tokens.answered), Some(5));
        assert_eq!(read(Provider::Xai).micros, Some(124));
    }

    proptest! {
        #[test]
        fn any_body_is_survived(body: Vec<u8>) {
            Completion::read(&body, Provider::Xai);
        }
    }
}
