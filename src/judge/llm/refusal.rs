//! An answer that is an error: what the endpoint minds, and what that means for the message.
//!
//! Providers agree on neither shape nor words, so this reads leniently and decides by status and
//! code first, by words last. An error's message may repeat the customer's text: it is matched
//! against and never shown.

use std::time::Duration;

use serde_json::Value;

use crate::domain::{Abstention, Pending, Plain};
use crate::judge::NoReading;
use crate::net::Answer;

/// How long to leave an overloaded provider alone that did not say so itself.
const OVERLOADED: Duration = Duration::from_secs(60);

/// An error status with what its body says.
pub(super) struct Refusal {
    status: u16,
    /// `error.code` and `error.type`, where they look like names.
    names: Vec<String>,
    /// The request field that is minded, in lower case.
    param: Option<String>,
    /// The explanation, in lower case; for matching only.
    message: String,
    retry_after: Option<Duration>,
    /// What the server says about trying again.
    should_retry: Option<bool>,
}

/// What is the matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    Filtered,
    BadKey,
    NotAllowed,
    NoMoney,
    TooFast,
    Overloaded,
    UnknownModel,
    NotFound,
    TooLong,
    Broken,
    Misunderstood,
}

impl Refusal {
    pub(super) fn of(answer: &Answer) -> Self {
        let header = |name: &str| answer.header(name).or_else(|| answer.header(&format!("llm_provider-{name}")));
        let should_retry = header("x-should-retry").and_then(|value| value.trim().parse().ok());
        Self { should_retry, ..Self::read(answer.status, &answer.body, answer.retry_after()) }
    }

    pub(super) fn read(status: u16, body: &[u8], retry_after: Option<Duration>) -> Self {
        let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let error = &body["error"];
        let names = [&error["code"], &error["type"], &body["code"]].into_iter().filter_map(name).collect();
        let param = error["param"].as_str().map(str::to_lowercase);
        Self { status, names, param, message: explanation(&body).to_lowercase(), retry_after, should_retry: None }
    }

    /// Whether it minds how JSON was asked for.
    pub(super) fn is_of_json_mode(&self) -> bool {
        let mentions = |word| self.message.contains(word);
        match self.status {
            400 | 422 => {
                self.param.as_ref().is_some_and(|param| param.starts_with("response_format"))
                    || ["response_format", "json_schema", "structured"].into_iter().any(mentions)
            }
            500 => mentions("response_format") && mentions("json_object"),
            _ => false,
        }
    }

    /// Whether it minds the request field `field`.
    pub(super) fn is_of_field(&self, field: &str) -> bool {
        // xAI spells it reasoningEffort.
        let said = || self.message.contains(field) || self.message.contains(&field.replace('_', ""));
        matches!(self.status, 400 | 422) && self.param.as_ref().map_or_else(said, |param| param == field)
    }

    /// Whether it minds something about the request that has `word` in its name.
    pub(super) fn mentions(&self, word: &str) -> bool {
        matches!(self.status, 400 | 422)
            && (self.message.contains(word) || self.param.as_ref().is_some_and(|param| param.contains(word)))
    }

    /// Whether it names `value`, in quotes.
    pub(super) fn quotes(&self, value: &str) -> bool {
        ['\'', '"', '`'].into_iter().any(|mark| self.message.contains(&format!("{mark}{value}{mark}")))
    }

    /// Whether the same request may be answered in a moment. An overloaded provider needs longer than
    /// a call can wait, and an account without money needs its owner.
    pub(super) fn may_pass(&self) -> bool {
        let passing = match self.cause() {
            Cause::TooFast => true,
            Cause::Broken => !self.is_of_json_mode(),
            _ => false,
        };
        match self.should_retry {
            Some(should) => should && (passing || self.status >= 500),
            None => passing,
        }
    }

    /// Whether the server says that it broke, rather than that the request is wrong.
    pub(super) fn is_servers_fault(&self) -> bool {
        self.status >= 500
    }

    /// What becomes of a message that was answered so by `model`.
    pub(super) fn no_reading(&self, model: &str) -> NoReading {
        let cause = self.cause();
        let Some((why, what, remedy)) = cause.meaning() else {
            return NoReading::Abstained(Abstention::InvalidAnswer);
        };
        let patience = (cause == Cause::Overloaded).then_some(OVERLOADED);
        let detail = format!("the judge ({model}) {what} ({}): {remedy}", self.status_and_name());
        NoReading::Pending { why, detail: Plain::new(&detail), retry_after: self.retry_after.or(patience) }
    }

    fn cause(&self) -> Cause {
        if self.is_named(&["content_filter", "content_policy_violation", "invalid_prompt"]) {
            return Cause::Filtered;
        }
        // A LiteLLM proxy without a database says 400 to a wrong key.
        if self.is_named(&[
            "invalid_api_key",
            "no_db_connection",
            "invalid_authentication_error",
            "incorrect_api_key_error",
        ]) {
            return Cause::BadKey;
        }
        match self.status {
            401 => Cause::BadKey,
            402 => Cause::NoMoney,
            429 => self.cause_of_too_many(),
            403 if self.is_about_money() => Cause::NoMoney,
            403 => Cause::NotAllowed,
            404 | 400 if self.is_named(&["model_not_found"]) => Cause::UnknownModel,
            400 if self.message.contains("invalid model name") => Cause::UnknownModel,
            400 if self.is_named(&["budget_exceeded"]) || self.is_out_of_money() => Cause::NoMoney,
            404 => Cause::NotFound,
            413 => Cause::TooLong,
            400 if self.is_named(&["context_length_exceeded", "exceed_context_size_error"]) => Cause::TooLong,
            408 | 409 | 500.. => Cause::Broken,
            _ => Cause::Misunderstood,
        }
    }

    /// 429 is three things; the code decides before the words do, since a plea to slow down may
    /// advertise the billing page.
    fn cause_of_too_many(&self) -> Cause {
        const NO_MONEY: [&str; 4] =
            ["insufficient_quota", "exceeded_current_quota_error", "billing_hard_limit_reached", "budget_exceeded"];
        if self.is_named(&NO_MONEY) {
            Cause::NoMoney
        } else if self.is_named(&["rate_limit_exceeded", "rate_limit_reached_error", "rate_limit_error"]) {
            Cause::TooFast
        } else if self.is_named(&["engine_overloaded_error"]) || self.message.contains("overloaded") {
            Cause::Overloaded
        } else if self.is_out_of_money() || (self.is_about_money() && !self.is_about_pace()) {
            Cause::NoMoney
        } else {
            Cause::TooFast
        }
    }

    fn is_named(&self, names: &[&str]) -> bool {
        self.names.iter().any(|name| names.contains(&name.as_str()))
    }

    /// Whether it says in so many words that nothing is left.
    fn is_out_of_money(&self) -> bool {
        self.says(&[
            "insufficient_quota",
            "insufficient balance",
            "exceeded your current quota",
            "budget has been exceeded",
        ])
    }

    fn is_about_money(&self) -> bool {
        self.says(&["quota", "balance", "billing", "credits", "spending limit"])
    }

    /// Whether it speaks of a rate; such a message may advertise a larger quota too.
    fn is_about_pace(&self) -> bool {
        self.says(&[
            "rate limit",
            "rate_limit",
            "ratelimit",
            "requests per",
            "tokens per",
            "retry after",
            "too many requests",
        ])
    }

    fn says(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.message.contains(word))
    }

    /// `HTTP 404, model_not_found`
    fn status_and_name(&self) -> String {
        match self.names.iter().find(|name| name.chars().any(|c| c.is_ascii_alphabetic())) {
            Some(name) => format!("HTTP {}, {name}", self.status),
            None => format!("HTTP {}", self.status),
        }
    }
}

impl Cause {
    /// What it means for the message, what the judge does, and what to do about it; `None` when it
    /// is final for this text.
    fn meaning(self) -> Option<(Pending, &'static str, &'static str)> {
        let (why, what, remedy) = match self {
            Self::Filtered => return None,
            Self::BadKey => (Pending::Outage, "refused the key", "check [judge] api_key_env"),
            Self::NotAllowed => (
                Pending::Outage,
                "does not allow this",
                "check [judge] api_key_env, and that its account may use [judge] model",
            ),
            Self::NoMoney => (
                Pending::BudgetSpent,
                "says that the account has no money or quota left",
                "top it up or raise its limit on the provider's billing page",
            ),
            Self::TooFast => {
                (Pending::RateLimit, "asks us to slow down", "lower [judge] requests_per_minute if this goes on")
            }
            Self::Overloaded => (Pending::Outage, "is overloaded", "it is tried again by itself"),
            Self::UnknownModel => (Pending::Outage, "does not know the model", "check [judge] model"),
            Self::NotFound => (
                Pending::Outage,
                "knows no such model or path",
                "check [judge] model, and that [judge] url is where the API begins, often ending in /v1",
            ),
            Self::TooLong => (
                Pending::Outage,
                "cannot hold prompt and message together",
                "choose a [judge] model with a longer context, or give the server one",
            ),
            Self::Broken => (Pending::Outage, "is down", "it is tried again by itself"),
            Self::Misunderstood => {
                (Pending::Outage, "refused the request", "check [judge] provider, model and url against each other")
            }
        };
        Some((why, what, remedy))
    }
}

/// A code, where it is short enough and plain enough to be one and nothing else.
fn name(value: &Value) -> Option<String> {
    let name = match value {
        Value::String(text) => text.to_lowercase(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    ((1..=48).contains(&name.len()) && name.chars().all(plain)).then_some(name)
}

/// The explanation, wherever it stands.
fn explanation(body: &Value) -> String {
    let error = &body["error"];
    let texts = [&error["message"], error, &body["message"], &body["detail"]];
    if let Some(text) = texts.into_iter().find_map(Value::as_str) {
        return text.to_owned();
    }
    // A list of what did not validate. Its `input` is our own request and is left out.
    let complaints = body["detail"].as_array().map(Vec::as_slice).unwrap_or_default();
    let place = |complaint: &Value| -> String {
        let steps = complaint["loc"].as_array().map(Vec::as_slice).unwrap_or_default();
        steps.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(".")
    };
    let lines = complaints.iter().map(|it| format!("{}: {}", place(it), it["msg"].as_str().unwrap_or_default()));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn outcome(status: u16, body: &str) -> (Option<Pending>, String, Option<Duration>) {
        match Refusal::read(status, body.as_bytes(), None).no_reading("the-model") {
            NoReading::Pending { why, detail, retry_after } => (Some(why), detail.to_string(), retry_after),
            NoReading::Abstained(abstention) => (None, abstention.to_string(), None),
        }
    }

    fn check(status: u16, body: &str, why: Pending, remedy: &str) {
        let (pending, detail, _) = outcome(status, body);
        assert_eq!(pending, Some(why), "{status} {body}");
        assert!(detail.contains(remedy), "{detail}");
    }

    #[test]
    fn a_wrong_key_or_model_names_its_setting() {
        let key = r#"{"error":{"message":"Incorrect API key provided: sk-12345","type":"invalid_request_error","code":"invalid_api_key"}}"#;
        check(401, key, Pending::Outage, "[judge] api_key_env");
        assert!(!outcome(401, key).1.contains("sk-12345"));
        check(401, r#"{"detail":"Invalid API key"}"#, Pending::Outage, "[judge] api_key_env");
        check(
            400,
            r#"{"error":{"message":"No connected db.","type":"no_db_connection","code":"400"}}"#,
            Pending::Outage,
            "api_key_env",
        );
        check(403, r#"{"error":{"message":"no access"}}"#, Pending::Outage, "[judge] api_key_env");
        check(404, r#"{"error":{"message":"gone","code":"model_not_found"}}"#, Pending::Outage, "check [judge] model");
        check(404, "<html>not here</html>", Pending::Outage, "[judge] url");
        check(
            400,
            r#"{"error":{"message":"Invalid model name passed in model=x"}}"#,
            Pending::Outage,
            "check [judge] model",
        );
    }

    #[test]
    fn too_many_requests_is_three_things() {
        let quota = r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#;
        check(429, quota, Pending::BudgetSpent, "billing page");
        let azure = r#"{"error":{"code":"429","message":"Requests have exceeded the call rate limit of your pricing tier. Please retry after 20 seconds. Ask for a quota increase if you need more."}}"#;
        check(429, azure, Pending::RateLimit, "requests_per_minute");
        let advert = r#"{"error":{"message":"Limit 3/min. Add a payment method at /account/billing","code":"rate_limit_exceeded"}}"#;
        check(429, advert, Pending::RateLimit, "requests_per_minute");
        check(
            429,
            r#"{"error":{"message":"too many","type":"throttling_error","code":"429"}}"#,
            Pending::RateLimit,
            "",
        );
        let proxied =
            r#"{"error":{"message":"upstream: insufficient balance","type":"throttling_error","code":"429"}}"#;
        check(429, proxied, Pending::BudgetSpent, "billing page");
        let overloaded = r#"{"error":{"type":"engine_overloaded_error","message":"try later"}}"#;
        assert_eq!(outcome(429, overloaded).2, Some(OVERLOADED));
        check(429, overloaded, Pending::Outage, "overloaded");
        check(402, r#"{"error":{"message":"Insufficient Balance"}}"#, Pending::BudgetSpent, "billing page");
        check(403, r#"{"error":{"message":"your balance is empty"}}"#, Pending::BudgetSpent, "billing page");
    }

    #[test]
    fn the_servers_wish_is_passed_on() {
        let wish = Some(Duration::from_secs(7));
        let NoReading::Pending { retry_after, .. } = Refusal::read(429, b"", wish).no_reading("m") else {
            panic!("pending");
        };
        assert_eq!(retry_after, wish);
    }

    #[test]
    fn only_what_passes_by_itself_is_worth_another_try() {
        let may_pass = |status, body: &str| Refusal::read(status, body.as_bytes(), None).may_pass();
        for status in [408, 409, 429, 500, 502, 503, 504, 529] {
            assert!(may_pass(status, ""), "{status}");
        }
        for status in [400, 401, 402, 403, 404, 413, 422] {
            assert!(!may_pass(status, ""), "{status}");
        }
        assert!(!may_pass(429, r#"{"error":{"code":"insufficient_quota"}}"#));
        assert!(!may_pass(429, r#"{"error":{"type":"engine_overloaded_error"}}"#));
        let unknown_format = r#"{"error":{"message":"response_format must be 'text' or 'json_object'"}}"#;
        assert!(!may_pass(500, unknown_format), "asked in another way at once");
        let told =
            |status, should| Refusal { should_retry: Some(should), ..Refusal::read(status, b"", None) }.may_pass();
        assert!(told(503, true) && told(429, true) && !told(503, false) && !told(429, false) && !told(401, true));
    }

    #[test]
    fn a_filtered_prompt_is_final() {
        assert_eq!(outcome(400, r#"{"error":{"code":"content_filter","param":"prompt"}}"#).0, None);
        assert_eq!(outcome(400, r#"{"error":{"type":"content_filter","message":"high risk"}}"#).0, None);
    }

    #[test]
    fn the_rest_is_an_outage() {
        check(
            503,
            r#"{"error":{"code":503,"type":"unavailable_error"}}"#,
            Pending::Outage,
            "is down (HTTP 503, unavailable_error)",
        );
        check(500, "Internal Server Error", Pending::Outage, "is down (HTTP 500)");
        check(400, r#"{"error":{"type":"exceed_context_size_error","code":400}}"#, Pending::Outage, "longer context");
        check(418, "", Pending::Outage, "[judge] provider, model and url");
    }

    proptest! {
        #[test]
        fn what_the_server_explains_is_never_repeated(words in "[A-Z]{12,40}", status in 300u16..600) {
            for body in [
                serde_json::json!({"error": {"message": words, "code": format!("{words} {words}"), "param": words}}),
                serde_json::json!({"error": words}),
                serde_json::json!({"detail": [{"loc": ["body", words], "msg": words, "input": words}]}),
            ] {
                let (_, detail, _) = outcome(status, &body.to_string());
                prop_assert!(!detail.to_uppercase().contains(&words), "{detail}");
            }
        }

        #[test]
        fn any_body_is_survived(status: u16, body: Vec<u8>) {
            Refusal::read(status, &body, None).no_reading("m");
        }
    }
}
