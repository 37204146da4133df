//! Chat completions as they go over the wire.

use serde::Serialize;
use serde_json::Value;

use super::dialect::{Dialect, JsonMode, LengthField};
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
    store: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat<'a>>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

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
    /// `question` about the text in `user`, answered in at most `limit` tokens.
    pub(super) fn new(question: &'a Question, user: &'a str, limit: u32, dialect: &Dialect) -> Self {
        let length = |field| (dialect.length == field).then_some(limit);
        Self {
            model: &question.settings.model,
            messages: [
                Message { role: "system", content: &question.prompt.system },
                Message { role: "user", content: user },
            ],
            max_tokens: length(LengthField::MaxTokens),
            max_completion_tokens: length(LengthField::MaxCompletionTokens),
            temperature: dialect.temperature,
            reasoning_effort: dialect.reasoning_effort,
            store: dialect.store,
            response_format: ResponseFormat::of(question, dialect.json),
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
}

impl Completion {
    /// Reads a body of any shape; `None` when it is no chat completion. Servers add fields and bend
    /// types, so everything but the message itself may be missing or odd. Thinking text is ignored.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
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
            tokens: body.get("usage").and_then(tokens),
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

fn tokens(usage: &Value) -> Option<Tokens> {
    let count = |path: &str| usage.pointer(path).and_then(Value::as_u64).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    let first = |paths: &[&str]| paths.iter().find_map(|path| count(path)).unwrap_or(0);
    Some(Tokens {
        sent: count("/prompt_tokens")?,
        cached: first(&["/prompt_tokens_details/cached_tokens", "/prompt_cache_hit_tokens", "/cached_tokens"]),
        cache_written: first(&["/prompt_tokens_details/cache_write_tokens", "/cache_write_tokens"]),
        answered: count("/completion_tokens")?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::dialect::Provider;
    use super::super::question::tests::tone_question;
    use super::*;

    fn sent(dialect: &Dialect) -> String {
        let question = tone_question();
        serde_json::to_string(&Request::new(&question, "<user>", 300, dialect)).expect("plain data")
    }

    #[test]
    fn openai_gets_its_own_names_and_no_temperature() {
        let body = sent(&Dialect::of(Provider::Openai, "gpt-6-luna"));
        assert!(body.starts_with(r#"{"model":"the-model","messages":[{"role":"system","content":"#), "{body}");
        assert!(body.contains(
            r#"{"role":"user","content":"<user>"}],"max_completion_tokens":300,"reasoning_effort":"none","store":false,"response_format":{"type":"json_schema","json_schema":{"name":"tone","strict":true,"schema":{"type":"object","properties":{"reason""#
        ));
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
        Completion::read(format!("\n\n\n{body}").as_bytes())
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
        };
        assert_eq!(read(choice, usage), Some(expected));
        let parts = json!({"message": {"content": [{"type": "text", "text": "{"}, {"type": "text", "text": "}"}]}});
        assert_eq!(read(parts, json!(null)).map(|read| (read.content, read.tokens)), Some(("{}".into(), None)));
        assert_eq!(Completion::read(b"<html></html>"), None);
        assert_eq!(Completion::read(br#"{"error": {"message": "no"}}"#), None);
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
            tokens(&usage).expect("counted").cached
        };
        assert_eq!(cached(json!({"prompt_cache_hit_tokens": 7, "prompt_cache_miss_tokens": 3})), 7);
        assert_eq!(cached(json!({"cached_tokens": 6})), 6);
        assert_eq!(cached(json!({"prompt_tokens_details": null})), 0);
    }

    proptest! {
        #[test]
        fn any_body_is_survived(body: Vec<u8>) {
            Completion::read(&body);
        }
    }
}
