//! What a caller asked: one of the two questions about one fenced message, or why it is refused.

use serde::Deserialize;
use serde_json::Value;

use super::dialect::{LlmDialect, Model};
use super::refusal::Refusal;
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
    pub(super) model: &'static Model,
    /// The longest answer, in tokens.
    pub(super) most_tokens: usize,
    /// Whether the model thinks before it answers.
    pub(super) thinks: bool,
    /// Whether the answer is held to a format.
    pub(super) held: bool,
    prompt_chars: usize,
}

/// What is to be answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Question {
    Tone,
    /// With the categories that may be chosen, each with its code as token.
    Triage(Vec<FieldValue>),
    /// The category alone, of these.
    Category(Vec<FieldValue>),
}

impl Question {
    /// The schema's name.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Tone => "tone",
            Self::Triage(_) => "triage",
            Self::Category(_) => "category",
        }
    }
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    model: String,
    messages: Vec<ChatMessage>,
    response_format: Option<Format>,
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
    Text,
}

#[derive(Deserialize)]
struct Schema {
    name: String,
    schema: Value,
}

impl Request {
    /// Reads a call in `dialect`, of the model `deployment` where the path names one.
    ///
    /// # Errors
    /// A refusal that says what is wrong with it.
    pub(super) fn parse(body: &[u8], dialect: LlmDialect, deployment: Option<&str>) -> Result<Self, Refusal> {
        let no_request = |error: serde_json::Error| Refusal {
            status: if matches!(dialect, LlmDialect::LlamaServer | LlmDialect::LlamaCppPython) { 500 } else { 400 },
            ..Refusal::bad(None, format!("The body is no chat-completions request: {error}"))
        };
        let raw: Value = serde_json::from_slice(body).map_err(no_request)?;
        let body = Body::deserialize(&raw).map_err(no_request)?;
        let asked = deployment.unwrap_or(&body.model);
        let known = dialect.models();
        let model = known
            .iter()
            .find(|model| model.name == asked)
            .ok_or_else(|| Refusal::model(&known.iter().map(|model| model.name).collect::<Vec<_>>().join(", ")))?;
        let thinks = dialect.check(model, &raw)?;
        let texts = |role: &str| body.messages.iter().filter(|m| m.role == role).map(ChatMessage::text).collect();
        let (system, users): (Vec<String>, Vec<String>) = (texts("system"), texts("user"));
        let asked = users.last().ok_or_else(|| Refusal::bad(Some("messages"), "There is no user message."))?;
        let message = fenced(asked).ok_or_else(|| Refusal::bad(Some("messages"), NO_FENCE))?;
        let system = system.join("\n");
        let held = match &body.response_format {
            Some(Format::JsonSchema { .. }) => !dialect.ignores_schema(),
            Some(Format::JsonObject) => true,
            Some(Format::Text) | None => false,
        };
        let question = question(body.response_format, &system)?;
        let prompt_chars = body.messages.iter().map(|m| m.text().chars().count()).sum();
        let most_tokens = dialect.most_tokens(&raw).unwrap_or(USUAL_TOKENS);
        Ok(Self { message: message.into(), question, system, model, most_tokens, thinks, held, prompt_chars })
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
            "category" => Ok(Question::Category(categories(system, Some(&schema)))),
            _ => Err(Refusal::bad(PARAM, "This server knows the schemas `tone`, `triage` and `category`.")),
        },
        Some(Format::JsonObject) if !system.to_lowercase().contains("json") => {
            Err(Refusal::bad(PARAM, "The messages must contain the word json to use json_object."))
        }
        _ if system.contains("urgency_reason") => Ok(Question::Triage(categories(system, None))),
        _ if system.contains("score") => Ok(Question::Tone),
        _ if system.contains("category_reason") => Ok(Question::Category(categories(system, None))),
        _ => Err(Refusal::bad(PARAM, "Ask for json_schema, or with a prompt that names the fields.")),
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
            for dialect in LlmDialect::ALL {
                prop_assert!(Request::parse(&body, dialect, None).is_err());
            }
        }
    }
}
