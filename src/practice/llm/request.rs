//! What a caller asked: one of the two questions about one fenced message, or why it is refused.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::FieldValue;

/// The completion length of a call that sets no limit, in tokens.
const USUAL_TOKENS: usize = 4096;

/// A call that can be answered.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) question: Question,
    /// The system messages: the static part of the prompt.
    pub(super) system: String,
    /// What stands inside the fence.
    pub(super) message: String,
    /// The longest answer, in tokens.
    pub(super) most_tokens: usize,
    prompt_chars: usize,
}

/// What is to be answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Question {
    Tone,
    /// With the categories that may be chosen, each with its code as token.
    Triage(Vec<FieldValue>),
}

impl Question {
    /// The schema's name.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Tone => "tone",
            Self::Triage(_) => "triage",
        }
    }
}

/// A refusal, in the shape of the API's errors.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) message: String,
    pub(super) kind: &'static str,
    pub(super) param: Option<&'static str>,
    pub(super) code: Option<&'static str>,
}

impl Refusal {
    pub(super) fn key() -> Self {
        let message = "Incorrect API key. Send `Authorization: Bearer` with the key this server printed.".into();
        Self { status: 401, message, kind: "invalid_request_error", param: None, code: Some("invalid_api_key") }
    }

    pub(super) fn path() -> Self {
        let message = "Unknown path. This server has /v1/chat/completions, /v1/models and /stats.".into();
        Self { status: 404, message, kind: "invalid_request_error", param: None, code: Some("unknown_url") }
    }

    pub(super) fn fault(status: u16) -> Self {
        let kind = if status >= 500 { "server_error" } else { "invalid_request_error" };
        let code = (status == 429).then_some("rate_limit_exceeded");
        Self { status, message: format!("A fault with status {status} was ordered."), kind, param: None, code }
    }

    fn model(known: &str) -> Self {
        let message = format!("This server has one model, {known}.");
        let code = Some("model_not_found");
        Self { status: 404, message, kind: "invalid_request_error", param: Some("model"), code }
    }

    fn bad(param: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { status: 400, message: message.into(), kind: "invalid_request_error", param, code: None }
    }
}

#[derive(Deserialize)]
struct Body {
    model: String,
    messages: Vec<ChatMessage>,
    response_format: Option<Format>,
    max_tokens: Option<usize>,
    max_completion_tokens: Option<usize>,
}

#[derive(Deserialize)]
struct ChatMessage {
    role: String,
    content: Content,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    text: String,
}

impl ChatMessage {
    fn text(&self) -> String {
        match &self.content {
            Content::Text(text) => text.clone(),
            Content::Parts(parts) => parts.iter().map(|part| part.text.as_str()).collect(),
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Format {
    JsonSchema { json_schema: Schema },
    JsonObject,
}

#[derive(Deserialize)]
struct Schema {
    name: String,
    schema: Value,
}

impl Request {
    /// Reads a call for `model`.
    ///
    /// # Errors
    /// A refusal that says what is wrong with it.
    pub(super) fn parse(body: &[u8], model: &str) -> Result<Self, Refusal> {
        let body: Body = serde_json::from_slice(body)
            .map_err(|error| Refusal::bad(None, format!("The body is no chat-completions request: {error}")))?;
        if body.model != model {
            return Err(Refusal::model(model));
        }
        let texts = |role: &str| body.messages.iter().filter(|m| m.role == role).map(ChatMessage::text).collect();
        let (system, users): (Vec<String>, Vec<String>) = (texts("system"), texts("user"));
        let asked = users.last().ok_or_else(|| Refusal::bad(Some("messages"), "There is no user message."))?;
        let message = fenced(asked).ok_or_else(|| Refusal::bad(Some("messages"), NO_FENCE))?;
        let system = system.join("\n");
        let question = question(body.response_format, &system)?;
        let prompt_chars = body.messages.iter().map(|m| m.text().chars().count()).sum();
        let most_tokens = body.max_completion_tokens.or(body.max_tokens).unwrap_or(USUAL_TOKENS);
        Ok(Self { message: message.into(), question, system, most_tokens, prompt_chars })
    }

    /// About how many tokens all messages have together.
    pub(super) fn prompt_tokens(&self) -> usize {
        self.prompt_chars.div_ceil(4)
    }
}

const NO_FENCE: &str = "The last user message has no fence: a line `<<<MESSAGE token` with a hex token, \
                        the message, and a line `token MESSAGE>>>` with the same token.";

/// What stands between a line `<<<MESSAGE token` and the first line `token MESSAGE>>>` after it.
fn fenced(text: &str) -> Option<&str> {
    let mut lines = lines(text);
    let (token, begin) = lines.find_map(|(line, at)| {
        let token = line.strip_prefix("<<<MESSAGE ")?.trim_end();
        let hex = !token.is_empty() && token.chars().all(|c| c.is_ascii_hexdigit());
        hex.then(|| (token, (at + line.len() + 1).min(text.len())))
    })?;
    let (_, end) =
        lines.find(|(line, _)| line.trim_end().strip_suffix(" MESSAGE>>>").is_some_and(|sent| sent == token))?;
    text.get(begin..end).map(|inside| inside.strip_suffix('\n').unwrap_or(inside))
}

/// Each line with where it begins.
fn lines(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut at = 0;
    text.split('\n').map(move |line| {
        let begin = at;
        at += line.len() + 1;
        (line, begin)
    })
}

/// Which question is asked, by the schema's name, or by the fields the prompt describes.
fn question(format: Option<Format>, system: &str) -> Result<Question, Refusal> {
    const PARAM: Option<&str> = Some("response_format");
    match format {
        Some(Format::JsonSchema { json_schema: Schema { name, schema } }) => match name.as_str() {
            "tone" => Ok(Question::Tone),
            "triage" => Ok(Question::Triage(categories(system, Some(&schema)))),
            _ => Err(Refusal::bad(PARAM, "This server knows the schemas `tone` and `triage`.")),
        },
        Some(Format::JsonObject) if !system.to_lowercase().contains("json") => {
            Err(Refusal::bad(PARAM, "The messages must contain the word json to use json_object."))
        }
        Some(Format::JsonObject) if system.contains("urgency_reason") => Ok(Question::Triage(categories(system, None))),
        Some(Format::JsonObject) if system.contains("score") => Ok(Question::Tone),
        _ => Err(Refusal::bad(PARAM, "Ask for json_schema, or for json_object with a prompt that names the fields.")),
    }
}

/// The categories that the prompt lists as `c001 Name`, as far as the schema allows them.
fn categories(system: &str, schema: Option<&Value>) -> Vec<FieldValue> {
    let allowed = schema.and_then(|schema| schema.pointer("/properties/category/enum")?.as_array());
    let may = |code: &str| allowed.is_none_or(|codes| codes.iter().any(|allowed| allowed == code));
    let listed = system.lines().filter_map(|line| line.trim().split_once(' '));
    let coded = listed.filter(|(code, _)| {
        code.strip_prefix('c').is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()))
    });
    coded.filter(|(code, _)| may(code)).map(|(code, name)| FieldValue::new(name, code)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_fenced_counts() {
        let text = "Rate this.\n<<<MESSAGE 0af3\nhello\n\nff MESSAGE>>>\nworld\n0af3 MESSAGE>>>\nReminder.";
        assert_eq!(fenced(text), Some("hello\n\nff MESSAGE>>>\nworld"));
        assert_eq!(fenced("<<<MESSAGE 0a\n0a MESSAGE>>>"), Some(""));
        for broken in
            ["hello", "<<<MESSAGE xyz\nhello\nxyz MESSAGE>>>", "<<<MESSAGE 0a\nhello\n0b MESSAGE>>>", "<<<MESSAGE 0a"]
        {
            assert_eq!(fenced(broken), None, "{broken}");
        }
    }

    #[test]
    fn categories_come_from_the_prompt_and_are_bound_by_the_schema() {
        let system = "Choose a code:\nc001 Network>VPN\nc002 Hardware>Printer\ncategory is one of them";
        let schema = json!({ "properties": { "category": { "enum": ["c002", null] } } });
        assert_eq!(categories(system, Some(&schema)), [FieldValue::new("Hardware>Printer", "c002")]);
        assert_eq!(categories(system, None).len(), 2);
    }

    proptest! {
        #[test]
        fn any_text_survives_its_fence(message in "[^\r]{0,80}", token in "[0-9a-f]{16}") {
            let text = format!("before\n<<<MESSAGE {token}\n{message}\n{token} MESSAGE>>>\nafter");
            prop_assert_eq!(fenced(&text), Some(message.as_str()));
        }

        #[test]
        fn no_body_is_too_strange(body in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Request::parse(&body, "m").is_err());
        }
    }
}
