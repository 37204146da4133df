//! What is sent: the payload itself, or what a template makes of it.
//!
//! In a template every value is written as JSON, quotes and all, so that none can break out; and text
//! is inert before it gets there: what a chat could take for a mention, a link or markup is replaced
//! by its full-width likeness.

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use thiserror::Error;

use super::payload::Payload;
use super::words;
use crate::domain::HookKind;

const TEAMS: &str = include_str!("../../prompts/hooks/teams.json.j2");
const SLACK: &str = include_str!("../../prompts/hooks/slack.json.j2");

/// What chats take for mentions, links and markup.
const MARKUP: [char; 8] = ['<', '>', '@', '[', ']', '`', '*', '~'];

/// What makes the body of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Template {
    /// Nothing: the payload is sent as it is.
    #[default]
    None,
    /// The embedded one for Microsoft Teams: an Adaptive Card.
    Teams,
    /// The embedded one for Slack: text and blocks.
    Slack,
    /// One of the user's own.
    Own(String),
}

/// A template that cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the template cannot be used for {kind}: {why}")]
pub struct BadTemplate {
    kind: HookKind,
    why: String,
}

/// Makes bodies.
#[derive(Clone, Debug)]
pub(super) struct Body {
    /// `None` where the payload is sent as it is.
    environment: Option<Environment<'static>>,
    /// Whether what is made must be JSON.
    json: bool,
}

impl Body {
    /// `template`, tried with one event of each of `kinds`. `content_type` says what it makes.
    pub(super) fn new(template: &Template, content_type: &str, kinds: &[HookKind]) -> Result<Self, BadTemplate> {
        let json = is_json(content_type);
        let source = match template {
            Template::None => return Ok(Self { environment: None, json }),
            Template::Teams => TEAMS.to_owned(),
            Template::Slack => SLACK.to_owned(),
            Template::Own(source) => source.clone(),
        };
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(move |_| if json { AutoEscape::Json } else { AutoEscape::None });
        let bad = |kind: HookKind, why: String| BadTemplate { kind, why };
        environment.add_template_owned("hook", source).map_err(|error| bad(kinds[0], error.to_string()))?;
        let body = Self { environment: Some(environment), json };
        for kind in kinds {
            let text = body.of(&Payload::trial(*kind)).map_err(|why| bad(*kind, why))?;
            if text.trim().is_empty() {
                return Err(bad(*kind, "it says nothing".into()));
            }
        }
        Ok(body)
    }

    /// The body for `payload`, which is the JSON of a [`Payload`]. Where nothing is made of it, its bytes.
    ///
    /// # Errors
    /// In words, when the template fails on it.
    pub(super) fn render(&self, payload: &str) -> Result<String, String> {
        if self.environment.is_none() {
            return Ok(payload.to_owned());
        }
        let payload = serde_json::from_str(payload).map_err(|_| "another version wrote it".to_owned())?;
        self.of(&payload)
    }

    fn of(&self, payload: &Payload) -> Result<String, String> {
        let Some(environment) = &self.environment else { return Err("there is no template".into()) };
        let words = |error: minijinja::Error| error.to_string();
        let template = environment.get_template("hook").map_err(words)?;
        let text = template.render(values(payload)).map_err(words)?;
        match self.json {
            true => compact(&text),
            false => Ok(text),
        }
    }
}

/// The same JSON without its white space.
fn compact(text: &str) -> Result<String, String> {
    let json: serde_json::Value = serde_json::from_str(text).map_err(|error| format!("it makes no JSON: {error}"))?;
    Ok(json.to_string())
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

/// What a template knows.
fn values(payload: &Payload) -> Value {
    let json = serde_json::to_value(&payload.what).unwrap_or_default();
    let facts = words::facts(payload).into_iter();
    context! {
        type => payload.kind().word(),
        timestamp => payload.timestamp.to_string(),
        data => Value::from(Serde(inert(json["data"].clone()))),
        headline => plain(&words::headline(payload)),
        facts => facts.map(|(name, fact)| context! { name, value => plain(&fact) }).collect::<Vec<_>>(),
        link => payload.ticket().and_then(|ticket| ticket.link.as_ref()).map(|link| address(link.as_str())),
    }
}

/// The same with all its text inert.
fn inert(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value::{Array, Object, String};
    match value {
        String(text) => String(plain(&text)),
        Array(items) => Array(items.into_iter().map(inert).collect()),
        Object(members) => {
            let member = |(name, value): (std::string::String, serde_json::Value)| match (name.as_str(), value) {
                ("link", String(link)) => (name, String(address(&link))),
                (_, value) => (name, inert(value)),
            };
            Object(members.into_iter().map(member).collect())
        }
        other => other,
    }
}

/// Text that no chat takes for more than text.
fn plain(text: &str) -> String {
    let likeness = |c: char| char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c);
    text.chars().map(|c| if MARKUP.contains(&c) { likeness(c) } else { c }).collect()
}

/// An address that ends where it ends.
fn address(link: &str) -> String {
    let mut safe = String::with_capacity(link.len());
    for c in link.chars() {
        match c {
            '<' | '>' | '"' | '\'' | '|' | '`' | '\\' | '(' | ')' | ' ' => {
                safe.push_str(&format!("%{:02X}", u32::from(c)))
            }
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(template: &Template, kind: HookKind) -> serde_json::Value {
        let body = Body::new(template, "application/json", &[kind]).expect("sound");
        let payload = serde_json::to_string(&Payload::trial(kind)).expect("json");
        serde_json::from_str(&body.render(&payload).expect("made")).expect("json")
    }

    fn texts(value: &serde_json::Value) -> Vec<String> {
        match value {
            serde_json::Value::String(text) => vec![text.clone()],
            serde_json::Value::Array(items) => items.iter().flat_map(texts).collect(),
            serde_json::Value::Object(members) => members.values().flat_map(texts).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn the_embedded_templates_take_every_event_and_mention_nobody() {
        for template in [Template::Teams, Template::Slack] {
            for kind in HookKind::ALL.into_iter().chain([HookKind::Test]) {
                let made = made(&template, kind);
                for text in texts(&made) {
                    let opens = text.strip_prefix("<https://psa.example/").unwrap_or(&text);
                    assert!(!opens.contains(['@', '<', '*', '`']), "{template:?} {kind}: {text}");
                    assert!(!text.contains("](http"), "{template:?} {kind}: {text}");
                }
            }
        }
    }

    #[test]
    fn chats_get_the_form_they_take() {
        let teams = made(&Template::Teams, HookKind::SentimentChanged);
        let card = &teams["attachments"][0];
        assert_eq!(teams["type"], "message");
        assert_eq!(card["contentType"], "application/vnd.microsoft.card.adaptive");
        assert_eq!(card["content"]["type"], "AdaptiveCard");
        assert_eq!(card["content"]["actions"][0]["url"], "https://psa.example/t/7?a=1&b=%3C!channel%3E%7Cx");
        let slack = made(&Template::Slack, HookKind::SentimentChanged);
        let headline = slack["text"].as_str().expect("a text");
        assert!(
            headline.starts_with("\"＜!channel＞ ＠here\" ［x］") && headline.ends_with(": tone urgent"),
            "{headline}"
        );
        assert_eq!(slack["blocks"][0]["text"]["type"], "plain_text");
    }

    #[test]
    fn ones_own_template_is_tried_with_every_event_that_is_wanted() {
        let own = |source: &str| Template::Own(source.to_owned());
        let made = |source: &str, kind: &str, kinds: &[HookKind]| {
            let body = Body::new(&own(source), kind, kinds).map_err(|bad| bad.to_string())?;
            body.render(&serde_json::to_string(&Payload::trial(kinds[0])).expect("json"))
        };
        let down = [HookKind::JudgeDown];
        assert!(made(r#"{"n": {{ data.judge }}, "t": {{ type }}}"#, "application/json", &down).is_ok());
        assert_eq!(made("{{ type }}", "text/plain", &down), Ok("judge.down".into()));
        let error = made(r#"{"n": "{{ data.judge }}"}"#, "application/vnd.x+json; charset=utf-8", &down);
        assert!(error.expect_err("quotes twice").contains("it makes no JSON"));
        let both = [HookKind::JudgeDown, HookKind::SentimentChanged];
        let error = made("{{ data.judge }}", "text/plain", &both).expect_err("no judge there");
        assert!(error.contains("for ticket.sentiment_changed"), "{error}");
        assert!(made("{{ data.judge", "text/plain", &down).is_err());
        assert!(made("", "text/plain", &down).expect_err("empty").contains("it says nothing"));
    }

    #[test]
    fn without_a_template_the_payload_is_sent_byte_for_byte() {
        let body = Body::new(&Template::None, "application/json", &HookKind::ALL).expect("sound");
        assert_eq!(body.render("{ \"any\" : 1 }"), Ok("{ \"any\" : 1 }".into()));
    }
}
