//! What a model answers: the content, how it ended, and what it used, in each server's shape.

use serde_json::{Value, json};

use super::answer::Answer;
use super::dialect::LlmDialect;
use super::fault::Fault;
use super::request::Request;

/// The tokens of a model's thinking.
const THOUGHT: usize = 700;

/// Tokens as this server counts them.
#[derive(Clone, Copy, Debug)]
struct Used {
    prompt: usize,
    cached: usize,
    /// Without thinking.
    answer: usize,
    thought: usize,
}

/// About how many tokens `text` has.
pub(super) fn tokens(text: &str) -> usize {
    text.chars().count().div_ceil(4)
}

/// The whole completion, but for its number and date.
pub(super) fn completion(dialect: LlmDialect, request: &Request, cached: usize, fault: Option<Fault>) -> Value {
    let content = content(request, fault);
    let thought = if request.thinks { THOUGHT } else { 0 };
    let (room, thought) = match fault {
        Some(Fault::ThoughtAway) => (0, request.most_tokens),
        Some(Fault::Cut) => (tokens(&content) / 2, thought),
        _ if dialect.limits_thinking() => {
            (request.most_tokens.saturating_sub(thought), thought.min(request.most_tokens))
        }
        _ => (request.most_tokens, thought),
    };
    let cut = tokens(&content) > room;
    let content: String = if cut { content.chars().take(room * 4).collect() } else { content };
    let used = Used { prompt: request.prompt_tokens(), cached, answer: tokens(&content), thought };
    let mut message = json!({"role": "assistant", "content": content});
    let mut finish = if cut { "length" } else { "stop" };
    match fault {
        Some(Fault::Refused) => {
            (message["content"], message["refusal"]) = (Value::Null, json!("I cannot help with that."));
        }
        Some(Fault::AnswerFiltered) => (message["content"], finish) = (json!(""), "content_filter"),
        _ => {}
    }
    if thought > 0 {
        match dialect {
            LlmDialect::Deepseek | LlmDialect::Moonshot | LlmDialect::LlamaServer | LlmDialect::Vllm => {
                message["reasoning_content"] = json!("{\"score\": 1} or rather not");
            }
            LlmDialect::Ollama => message["reasoning"] = json!("{\"score\": 1} or rather not"),
            _ => {}
        }
    }
    let mut choice = json!({"index": 0, "message": message, "finish_reason": finish});
    let mut completion = json!({"object": "chat.completion", "model": request.model.name});
    match dialect {
        LlmDialect::Azure => {
            let safe = json!({"hate": {"filtered": false, "severity": "safe"}});
            choice["content_filter_results"] = safe.clone();
            completion["prompt_filter_results"] = json!([{"prompt_index": 0, "content_filter_results": safe}]);
        }
        LlmDialect::Litellm => choice["provider_specific_fields"] = json!({}),
        LlmDialect::LlamaServer => completion["timings"] = json!({"prompt_n": used.prompt}),
        _ => {}
    }
    completion["choices"] = json!([choice]);
    if fault != Some(Fault::NoUsage) {
        completion["usage"] = usage(dialect, used);
    }
    completion
}

fn usage(dialect: LlmDialect, used: Used) -> Value {
    let Used { prompt, cached, answer, thought } = used;
    let mut usage = json!({
        "prompt_tokens": prompt,
        "completion_tokens": answer + thought,
        "total_tokens": prompt + answer + thought,
    });
    let reasoning = json!({"reasoning_tokens": thought});
    match dialect {
        LlmDialect::Ollama => {}
        LlmDialect::Deepseek => {
            usage["prompt_cache_hit_tokens"] = json!(cached);
            usage["prompt_cache_miss_tokens"] = json!(prompt - cached);
            usage["completion_tokens_details"] = reasoning;
        }
        LlmDialect::Moonshot => usage["cached_tokens"] = json!(cached),
        LlmDialect::Xai => {
            usage["completion_tokens"] = json!(answer);
            usage["prompt_tokens_details"] = json!({"cached_tokens": cached});
            usage["completion_tokens_details"] = reasoning;
            // 1.25 and 2.50 dollars per million tokens, at 1e10 ticks to the dollar.
            let ticks = (prompt - cached) * 12_500 + cached * 2_000 + (answer + thought) * 25_000;
            usage["cost_in_usd_ticks"] = json!(ticks);
        }
        LlmDialect::Openai | LlmDialect::Azure | LlmDialect::Litellm => {
            usage["prompt_tokens_details"] = json!({"cached_tokens": cached});
            usage["completion_tokens_details"] = reasoning;
        }
        _ => usage["prompt_tokens_details"] = json!({"cached_tokens": cached}),
    }
    usage
}

fn content(request: &Request, fault: Option<Fault>) -> String {
    let mut answer = Answer::to(request);
    match fault {
        Some(Fault::Malformed) => return "Of course! I rated the message for you: {\"score\": ".into(),
        Some(Fault::WrongFields) => return json!({"sentiment": "negative", "stars": 2}).to_string(),
        Some(Fault::Empty) => return String::new(),
        Some(Fault::BadQuotes) => answer.misquote(),
        Some(Fault::OutOfRange) => answer.overshoot(),
        _ => {}
    }
    let json = answer.json();
    match fault {
        Some(Fault::ThinkTags) => format!("<think>\nIs it {{\"score\": 1}}? No.\n</think>\n\n{json}"),
        Some(Fault::Fenced) => format!("```json\n{json}\n```"),
        Some(Fault::Listed) => format!("[{json}]"),
        Some(Fault::TextNumbers) => answer.json_with_text_numbers(),
        Some(Fault::Prose) => format!("Here is my rating:\n\n{json}\n\nLet me know if you need more."),
        _ if request.held => json,
        // Who is held to no format talks.
        _ => format!("I read the message carefully. My rating: {json}"),
    }
}
