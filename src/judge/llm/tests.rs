//! The client against an endpoint that answers by script.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use futures::{StreamExt, stream};
use serde_json::{Value, json};

use super::categories::tests::some_categories;
use super::*;
use crate::domain::{Quote, Simulation};
use crate::judge::cost::Price;
use crate::net::serve;

const TEXT: &str = "The VPN is down again, and nobody called me back!";
const NOON: &str = "2026-03-04T12:00:00Z";

/// An endpoint that gives the answers it was told, one after the other, and keeps what it was asked.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Reply>>>,
    asked: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
}

struct Reply {
    status: u16,
    retry_after: Option<&'static str>,
    body: Value,
}

impl Script {
    fn of(answers: impl IntoIterator<Item = Reply>) -> Self {
        let script = Self::default();
        script.answers.lock().expect("unpoisoned").extend(answers);
        script
    }

    async fn serve(&self) -> String {
        let app = Router::new().route("/v1/chat/completions", post(Self::answer)).with_state(self.clone());
        format!("{}/v1/", serve(app).await)
    }

    async fn answer(State(script): State<Self>, headers: HeaderMap, body: Bytes) -> (StatusCode, HeaderMap, String) {
        let body = serde_json::from_slice(&body).expect("JSON");
        script.asked.lock().expect("unpoisoned").push((headers, body));
        let reply = script.answers.lock().expect("unpoisoned").pop_front().expect("an answer is left");
        let mut headers = HeaderMap::new();
        if let Some(wait) = reply.retry_after {
            headers.insert("retry-after", wait.parse().expect("a header"));
        }
        (StatusCode::from_u16(reply.status).expect("a status"), headers, reply.body.to_string())
    }

    fn asked(&self) -> Vec<Value> {
        self.asked.lock().expect("unpoisoned").iter().map(|(_, body)| body.clone()).collect()
    }
}

fn completion(content: impl Into<String>, finish: &str) -> Reply {
    let body = json!({
        "model": "the-model-2026",
        "choices": [{"message": {"role": "assistant", "content": content.into()}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 2000, "completion_tokens": 50, "prompt_tokens_details": {"cached_tokens": 1000}},
    });
    Reply { status: 200, retry_after: None, body }
}

fn error(status: u16, error: Value) -> Reply {
    Reply { status, retry_after: None, body: json!({"error": error}) }
}

fn tone_answer(score: f64) -> String {
    let quotes = ["nobody called me back", "is not in it"];
    json!({"reason": "Complains.", "score": score, "quotes": quotes, "flags": ["follow_up"]}).to_string()
}

fn settings(url: String) -> (LlmSettings, Simulation) {
    let (clock, simulation) = Clock::simulated(NOON.parse().expect("a time"));
    let settings = LlmSettings {
        provider: Provider::Compatible,
        url: Some(url),
        api_version: None,
        credential: Credential::Key("s3cret".into()),
        organization: None,
        project: None,
        tone: AskSettings { model: "the-model".into(), max_tokens: 300 },
        triage: AskSettings { model: "another".into(), max_tokens: 400 },
        timeout: Duration::from_secs(10),
        prompts: Prompts::embedded(),
        daily_budget: None,
        prices: Price { input: 0.1, cached_input: Some(0.01), cache_write: None, output: 0.5 }.into(),
        requests_per_minute: None,
        concurrency: 8,
        clock,
        cross_check: None,
    };
    (settings, simulation)
}

async fn judge(script: &Script) -> Llm {
    Llm::new(settings(script.serve().await).0).expect("a judge")
}

fn cleaned() -> Cleaned {
    Cleaned { text: TEXT.into(), flags: BTreeSet::new(), removed: Vec::new(), fell_back: false }
}

/// Runs the clock while `work` waits on it.
async fn during<T>(simulation: &Simulation, work: impl Future<Output = T>) -> T {
    tokio::join!(work, simulation.run(Duration::from_secs(600))).0
}

fn user_message(request: &Value) -> &str {
    request["messages"][1]["content"].as_str().expect("text")
}

#[tokio::test]
async fn a_tone_is_read_with_where_it_came_from() {
    let script = Script::of([completion(tone_answer(-0.52), "stop")]);
    let llm = judge(&script).await;
    let reading = llm.tone(&cleaned()).await.result.expect("a reading");
    assert_eq!(reading.value.score.get(), -0.52);
    assert_eq!(reading.value.quotes.iter().map(Quote::as_str).collect::<Vec<_>>(), ["nobody called me back"]);
    assert_eq!(reading.confidence, Confidence::Normal);
    let fingerprint: String = llm.fingerprint(&Ask::Tone).iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = Origin {
        embedded: false,
        model: Plain::new("the-model-2026"),
        prompt: Plain::new(&fingerprint[..12]),
        tokens_in: 2000,
        tokens_out: 50,
        // 1000 × 0.1 + 1000 × 0.01 + 50 × 0.5
        cost_micros: Some(135),
        cached: false,
        at: NOON.parse().expect("a time"),
    };
    assert_eq!(reading.origin, expected);
    assert_eq!((llm.spend().today_micros, llm.spend().calls, llm.spend().tokens.cached), (135, 1, 1000));
    let asked = script.asked.lock().expect("unpoisoned");
    assert_eq!(asked[0].0["authorization"], "Bearer s3cret");
}

#[tokio::test]
async fn the_customers_text_stands_only_in_the_fence_of_the_user_message() {
    let script = Script::of([completion(tone_answer(0.0), "stop"), completion(tone_answer(0.0), "stop")]);
    let llm = judge(&script).await;
    llm.tone(&cleaned()).await.result.expect("a reading");
    llm.tone(&Cleaned { text: "Another text.".into(), ..cleaned() }).await.result.expect("a reading");
    let asked = script.asked();
    let lines: Vec<&str> = user_message(&asked[0]).lines().collect();
    let token = lines[0].strip_prefix("<<<MESSAGE ").expect("a marker");
    assert!(token.len() == 16 && token.chars().all(|c| c.is_ascii_hexdigit()), "{token}");
    assert_eq!(lines[1..3], [TEXT, &format!("{token} MESSAGE>>>")]);
    assert_eq!(lines.len(), 4, "one line repeats the task");
    assert!(!user_message(&asked[1]).contains(token), "each call has its own token");
    let mut rest = asked.clone();
    rest.iter_mut().for_each(|request| request["messages"][1]["content"].take().clone_into(&mut json!(null)));
    assert_eq!(rest[0].to_string(), rest[1].to_string(), "all else is the same to the byte");
    assert!(!rest[0].to_string().contains("<<<MESSAGE"));
}

#[tokio::test]
async fn a_triage_has_its_own_model_and_picks_an_offered_category() {
    let answer = json!({
        "urgency_reason": "Work is held up.", "urgency_quote": "is down again", "urgency": 3,
        "impact_reason": "One person.", "impact_quote": "", "impact": "2",
        "category_reason": "Names it.", "category_quote": "The VPN", "category": "c003",
    });
    let script = Script::of([completion(format!("```json\n{answer}\n```"), "stop")]);
    let llm = judge(&script).await;
    let reading = llm.triage(&cleaned(), &some_categories()).await.result.expect("a reading");
    assert_eq!((reading.value.urgency.value.get(), reading.value.impact.value.get()), (3, 2));
    let category = reading.value.category.expect("one");
    assert_eq!(category.value, FieldValue::new("Network>VPN", 31));
    assert_eq!(category.quote.as_ref().map(Quote::as_str), Some("The VPN"));
    let request = &script.asked()[0];
    assert_eq!((&request["model"], &request["max_tokens"]), (&json!("another"), &json!(400)));
    assert_eq!(request["response_format"]["json_schema"]["name"], "triage");
}

#[tokio::test]
async fn what_we_found_ourselves_lowers_confidence_and_joins_the_flags() {
    fn second(text: &str) -> Option<f64> {
        text.contains("wonderful").then_some(0.6)
    }
    let script = Script::of((0..5).map(|_| completion(tone_answer(-0.3), "stop")));
    let (settings, _) = settings(script.serve().await);
    let llm = Llm::new(LlmSettings { cross_check: Some(second), ..settings }).expect("a judge");
    let planted = Cleaned { flags: BTreeSet::from([Flag::HiddenText]), ..cleaned() };
    let reading = llm.tone(&planted).await.result.expect("a reading");
    assert_eq!(reading.confidence, Confidence::Low);
    assert_eq!(reading.value.flags, BTreeSet::from([Flag::HiddenText, Flag::FollowUp]));
    let confidence = async |text: Cleaned| llm.tone(&text).await.result.expect("a reading").confidence;
    assert_eq!(confidence(Cleaned { fell_back: true, ..cleaned() }).await, Confidence::Low);
    assert_eq!(confidence(Cleaned { text: "wonderful".into(), ..cleaned() }).await, Confidence::Low);
    assert_eq!(confidence(Cleaned { flags: BTreeSet::from([Flag::Secret]), ..cleaned() }).await, Confidence::Normal);
    assert_eq!(confidence(cleaned()).await, Confidence::Normal);
}

#[test]
fn only_clear_opinions_disagree() {
    assert!(disagree(0.4, -0.2) && disagree(-0.9, 0.3));
    assert!(!disagree(0.39, -0.9) && !disagree(0.9, -0.19) && !disagree(-0.5, -0.5) && !disagree(0.5, 0.9));
}

#[tokio::test]
async fn an_invalid_answer_is_repaired_once() {
    let script = Script::of([completion(tone_answer(-7.0), "stop"), completion(tone_answer(-0.7), "stop")]);
    let llm = judge(&script).await;
    let reading = llm.tone(&cleaned()).await.result.expect("a reading");
    assert_eq!((reading.value.score.get(), reading.origin.tokens_in), (-0.7, 4000));
    assert_eq!((reading.origin.cost_micros, llm.spend().today_micros), (Some(270), 270));
    let asked = script.asked();
    assert_eq!(asked[0]["messages"][0], asked[1]["messages"][0]);
    let complaint = "A first answer was not valid: the field score must be a number from -1 to 1.";
    assert!(user_message(&asked[1]).contains(complaint) && !user_message(&asked[0]).contains("not valid"));
}

#[tokio::test]
async fn an_answer_that_is_invalid_twice_is_given_up() {
    let invented = json!({
        "urgency_reason": "r", "urgency_quote": "", "urgency": 3, "impact_reason": "r", "impact_quote": "",
        "impact": 2, "category_reason": "r", "category_quote": "", "category": "Invented",
    });
    let script = Script::of((0..2).map(|_| completion(invented.to_string(), "stop")));
    let llm = judge(&script).await;
    let outcome = llm.triage(&cleaned(), &some_categories()).await.result;
    assert_eq!(outcome, Err(NoReading::Abstained(Abstention::InvalidAnswer)));
    assert_eq!(script.asked().len(), 2);
    assert_eq!(llm.spend().calls, 2, "what was given up was paid for");
}

#[tokio::test]
async fn an_answer_that_was_cut_off_gets_twice_the_room_once() {
    let cut = || completion("{\"reason\": \"Compl", "length");
    let script = Script::of([cut(), completion(tone_answer(-0.5), "stop"), cut(), cut()]);
    let llm = judge(&script).await;
    llm.tone(&cleaned()).await.result.expect("a reading");
    assert_eq!(llm.tone(&cleaned()).await.result, Err(NoReading::Abstained(Abstention::InvalidAnswer)));
    let limits: Vec<_> = script.asked().iter().map(|request| request["max_tokens"].as_u64()).collect();
    assert_eq!(limits, [300, 600, 300, 600].map(Some));
}

#[tokio::test]
async fn a_whole_answer_with_a_cut_off_tail_is_good() {
    let script = Script::of([completion(format!("{} And I would add that", tone_answer(-0.5)), "length")]);
    assert!(judge(&script).await.tone(&cleaned()).await.result.is_ok());
}

#[tokio::test]
async fn a_refusal_is_not_asked_again() {
    let script = Script::of([completion("", "content_filter")]);
    let outcome = judge(&script).await.tone(&cleaned()).await.result;
    assert_eq!(outcome, Err(NoReading::Abstained(Abstention::InvalidAnswer)));
    assert_eq!(script.asked().len(), 1);
}

#[tokio::test]
async fn what_a_model_does_not_take_is_remembered_for_that_model() {
    let triage = json!({
        "urgency_reason": "r", "urgency_quote": "", "urgency": 3, "impact_reason": "r", "impact_quote": "", "impact": 2,
    });
    let script = Script::of([
        error(400, json!({"message": "response_format json_schema is unknown", "param": "response_format"})),
        error(422, json!({"message": "extra field reasoning_effort", "param": "reasoning_effort"})),
        completion(tone_answer(0.0), "stop"),
        completion(tone_answer(0.0), "stop"),
        completion(triage.to_string(), "stop"),
    ]);
    let llm = judge(&script).await;
    let before = llm.fingerprint(&Ask::Tone);
    llm.tone(&cleaned()).await.result.expect("a reading");
    llm.tone(&cleaned()).await.result.expect("a reading");
    llm.triage(&cleaned(), &[]).await.result.expect("a reading");
    let seen: Vec<_> = script
        .asked()
        .iter()
        .map(|request| (request["response_format"]["type"].clone(), request.get("reasoning_effort").is_some()))
        .collect();
    let (schema, object) = (json!("json_schema"), json!("json_object"));
    let learned = (object.clone(), false);
    assert_eq!(seen, [(schema.clone(), true), (object, true), learned.clone(), learned, (schema, true)]);
    assert_eq!(llm.fingerprint(&Ask::Tone), before, "what was learned does not empty the cache");
}

#[tokio::test]
async fn two_names_for_one_field_are_not_tried_for_ever() {
    let minded = || error(400, json!({"message": "max_tokens and your text exceed the context"}));
    let script = Script::of([minded(), minded()]);
    let outcome = judge(&script).await.tone(&cleaned()).await.result;
    assert!(matches!(outcome, Err(NoReading::Pending { why: Pending::Outage, .. })), "{outcome:?}");
    let fields: Vec<_> = script.asked().iter().map(|request| request.get("max_tokens").is_some()).collect();
    assert_eq!(fields, [true, false]);
}

#[tokio::test]
async fn a_wrong_key_is_not_tried_again() {
    let script = Script::of([error(401, json!({"message": "bad key s3cret", "code": "invalid_api_key"}))]);
    let Err(NoReading::Pending { why, detail, .. }) = judge(&script).await.tone(&cleaned()).await.result else {
        panic!("pending");
    };
    assert_eq!(why, Pending::Outage);
    assert!(detail.as_str().contains("[judge] api_key_env") && !detail.as_str().contains("s3cret"), "{detail}");
}

#[tokio::test]
async fn a_rate_limit_that_lasts_says_how_long() {
    let script = Script::of((0..ATTEMPTS).map(|_| Reply {
        retry_after: Some("7"),
        ..error(429, json!({"message": "slow down", "code": "rate_limit_exceeded"}))
    }));
    let (settings, simulation) = settings(script.serve().await);
    let llm = Llm::new(settings).expect("a judge");
    let Err(NoReading::Pending { why, retry_after, .. }) = during(&simulation, llm.tone(&cleaned())).await.result
    else {
        panic!("pending");
    };
    assert_eq!((why, retry_after), (Pending::RateLimit, Some(Duration::from_secs(7))));
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_an_outage() {
    let (settings, simulation) = settings("http://127.0.0.1:1/v1".into());
    let llm = Llm::new(settings).expect("a judge");
    let Err(NoReading::Pending { why, detail, .. }) = during(&simulation, llm.tone(&cleaned())).await.result else {
        panic!("pending");
    };
    assert_eq!(why, Pending::Outage);
    assert!(detail.as_str().contains("[judge] url"), "{detail}");
}

/// Some providers keep a queued request alive with blank lines, so only a limit on the whole holds.
#[tokio::test]
async fn blank_lines_do_not_keep_a_call_alive() {
    async fn drip() -> Body {
        Body::from_stream(stream::repeat(()).then(|()| async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Ok::<_, Infallible>("\n")
        }))
    }
    let app = Router::new().route("/chat/completions", post(drip));
    let (settings, simulation) = settings(serve(app).await);
    let llm = Llm::new(LlmSettings { timeout: Duration::from_millis(100), ..settings }).expect("a judge");
    let Err(NoReading::Pending { why, detail, .. }) = during(&simulation, llm.tone(&cleaned())).await.result else {
        panic!("pending");
    };
    assert!(why == Pending::Outage && detail.as_str().contains("timed out"), "{detail}");
}

#[tokio::test]
async fn a_page_that_is_no_completion_is_an_outage() {
    let script = Script::of([Reply { status: 200, retry_after: None, body: json!({"hello": "world"}) }]);
    let Err(NoReading::Pending { why, detail, .. }) = judge(&script).await.tone(&cleaned()).await.result else {
        panic!("pending");
    };
    assert!(why == Pending::Outage && detail.as_str().contains("/v1"), "{detail}");
}

#[tokio::test]
async fn a_spent_day_costs_no_call() {
    let script = Script::of((0..2).map(|_| completion(tone_answer(0.0), "stop")));
    let (settings, simulation) = settings(script.serve().await);
    let llm = Llm::new(LlmSettings { daily_budget: Some(0.0002), ..settings }).expect("a judge");
    llm.carry_over(65);
    llm.tone(&cleaned()).await.result.expect("135 micros still fit in");
    let Err(NoReading::Pending { why, retry_after, .. }) = llm.tone(&cleaned()).await.result else { panic!("pending") };
    assert_eq!((why, retry_after), (Pending::BudgetSpent, Some(Duration::from_secs(12 * 3600))));
    assert_eq!(script.asked().len(), 1);
    simulation.run(Duration::from_secs(12 * 3600)).await;
    llm.tone(&cleaned()).await.result.expect("a new day");
}

#[test]
fn settings_that_cannot_work_say_what_to_do() {
    type Change = fn(&mut LlmSettings);
    let cases: [(Change, &str); 11] = [
        (|it| it.url = None, "needs [judge] url"),
        (|it| it.url = Some("http://llm.example.com/v1".into()), "[judge] url: "),
        (|it| (it.provider, it.credential) = (Provider::Openai, Credential::None), "set [judge] api_key_env"),
        (|it| it.tone.model = " ".into(), "[judge] model is empty"),
        (|it| it.triage.max_tokens = 0, "max_tokens"),
        (|it| it.daily_budget = Some(-1.0), "daily_budget_usd"),
        (|it| it.daily_budget = Some(f64::NAN), "daily_budget_usd"),
        (
            |it| it.prices = Price { input: -1.0, cached_input: None, cache_write: None, output: 0.0 }.into(),
            "[judge.price]",
        ),
        (|it| (it.daily_budget, it.prices) = (Some(1.0), Prices::default()), "the price of the-model is unknown"),
        (|it| it.organization = Some("org".into()), "[judge] organization is for provider = \"openai\""),
        (|it| it.api_version = Some("2024-10-21".into()), "[judge] api_version is for provider = \"azure\""),
    ];
    for (change, message) in cases {
        let mut settings = settings("http://localhost:11434/v1".into()).0;
        change(&mut settings);
        let error = Llm::new(settings).err().expect("refused").to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn the_fingerprint_is_of_what_makes_the_answer_and_of_nothing_else() {
    let fingerprint = |change: fn(&mut LlmSettings)| {
        let mut settings = settings("http://localhost:11434/v1".into()).0;
        change(&mut settings);
        let llm = Llm::new(settings).expect("a judge");
        (llm.fingerprint(&Ask::Tone), llm.fingerprint(&Ask::Triage { categories: &some_categories() }))
    };
    let base = fingerprint(|_| {});
    let same = fingerprint(|it| {
        it.url = Some("http://localhost:11434/v1/".into());
        it.credential = Credential::None;
        it.timeout = Duration::from_secs(99);
        it.daily_budget = Some(1.0);
        it.requests_per_minute = Some(3);
        it.cross_check = Some(|_| None);
    });
    assert_eq!(base, same);
    let tone_only = fingerprint(|it| it.tone.max_tokens = 301);
    assert!(tone_only.0 != base.0 && tone_only.1 == base.1);
    let elsewhere = fingerprint(|it| it.url = Some("http://localhost:8080/v1".into()));
    assert!(elsewhere.0 != base.0 && elsewhere.1 != base.1);
}

#[tokio::test]
async fn every_request_that_left_is_shown_as_it_was() {
    let script = Script::of([
        error(400, json!({"message": "no such thing", "param": "response_format"})),
        completion(tone_answer(-7.0), "stop"),
        completion(tone_answer(-0.7), "stop"),
    ]);
    let outcome = judge(&script).await.tone(&cleaned()).await;
    let bodies: Vec<Value> =
        outcome.exchanges.iter().map(|it| serde_json::from_str(&it.body).expect("what was sent is JSON")).collect();
    assert_eq!(bodies, script.asked());
    let seen: Vec<_> = outcome.exchanges.iter().map(|it| (it.status, it.micros, it.answer.is_empty())).collect();
    assert_eq!(seen, [(Some(400), Some(0), true), (Some(200), Some(135), false), (Some(200), Some(135), false)]);
    let last = &outcome.exchanges[2];
    assert!(last.url.ends_with("/v1/chat/completions") && last.body.contains(TEXT));
    assert_eq!(
        (last.asked.as_str(), last.answered_by.as_ref().map(Plain::as_str)),
        ("the-model", Some("the-model-2026"))
    );
    assert_eq!((last.answer.clone(), last.sent_at.to_string()), (tone_answer(-0.7), NOON.to_owned()));
    assert_eq!(outcome.result.expect("a reading").origin.cost_micros, Some(270));
    assert!(!format!("{last:?}").contains("VPN"));
}

/// Who answered may have been paid, also where the answer never arrived.
#[tokio::test]
async fn an_answer_that_is_lost_is_not_asked_for_again_and_its_cost_is_unknown() {
    let app = Router::new().route(
        "/chat/completions",
        post(async || {
            Body::from_stream(stream::iter([
                Ok(Bytes::from_static(b"{\"choices\":")),
                Err(std::io::Error::other("cut")),
            ]))
        }),
    );
    let (settings, simulation) = settings(serve(app).await);
    let llm = Llm::new(settings).expect("a judge");
    let outcome = during(&simulation, llm.tone(&cleaned())).await;
    assert!(matches!(outcome.result, Err(NoReading::Pending { why: Pending::Outage, .. })));
    let seen: Vec<_> = outcome.exchanges.iter().map(|it| (it.status, it.micros)).collect();
    assert_eq!(seen, [(None, None)]);
    assert_eq!((llm.spend().calls, llm.spend().unpriced), (1, 1));
}

#[tokio::test]
async fn a_model_that_thought_until_nothing_was_left_gets_room_for_it_once() {
    let script = Script::of([completion("", "length"), completion(tone_answer(-0.5), "stop")]);
    judge(&script).await.tone(&cleaned()).await.result.expect("a reading");
    let limits: Vec<_> = script.asked().iter().map(|request| request["max_tokens"].as_u64()).collect();
    assert_eq!(limits, [Some(300), Some(4300)]);
}

#[tokio::test]
async fn nothing_is_paid_for_more_than_twice() {
    let cut = completion("{\"reason\": \"Compl", "length");
    let script = Script::of([cut, completion(tone_answer(-7.0), "stop")]);
    let outcome = judge(&script).await.tone(&cleaned()).await;
    assert_eq!(outcome.result, Err(NoReading::Abstained(Abstention::InvalidAnswer)));
    assert_eq!(outcome.exchanges.len(), 2);
}

fn two_thousand() -> Vec<FieldValue> {
    let label = |n: usize| format!("Parent {:02}>Child {:02}", n / 50, n % 50);
    (0..2000).map(|n| FieldValue::new(&label(n), n)).collect()
}

#[tokio::test]
async fn a_list_beyond_the_limits_is_asked_for_in_two_steps() {
    let first = json!({
        "urgency_reason": "r", "urgency_quote": "", "urgency": 3, "impact_reason": "r", "impact_quote": "", "impact": 2,
        "category_reason": "r", "category_quote": "", "category": "c004",
    });
    let second = json!({"category_reason": "Names it.", "category_quote": "The VPN", "category": "c008"});
    let script = Script::of([first, second].map(|answer| completion(answer.to_string(), "stop")));
    let llm = judge(&script).await;
    let outcome = llm.triage(&cleaned(), &two_thousand()).await;
    let reading = outcome.result.expect("a reading");
    let category = reading.value.category.expect("one");
    assert_eq!(category.value, FieldValue::new("Parent 03>Child 07", 157));
    assert_eq!((reading.value.urgency.value.get(), reading.origin.tokens_in), (3, 4000));
    assert_eq!(outcome.exchanges.len(), 2);
    let asked = script.asked();
    let values = |request: &Value| {
        let schema = &request["response_format"]["json_schema"]["schema"];
        schema["properties"]["category"]["enum"].as_array().map(Vec::len)
    };
    assert_eq!((values(&asked[0]), values(&asked[1])), (Some(41), Some(51)), "each with null");
    assert_eq!(asked[1]["response_format"]["json_schema"]["name"], "category");
}

#[tokio::test]
async fn a_second_step_that_leads_nowhere_leaves_the_rest_standing() {
    let first = json!({
        "urgency_reason": "r", "urgency_quote": "", "urgency": 3, "impact_reason": "r", "impact_quote": "", "impact": 2,
        "category_reason": "r", "category_quote": "", "category": "c004",
    });
    let script = Script::of([completion(first.to_string(), "stop"), error(401, json!({"message": "no"}))]);
    let reading = judge(&script).await.triage(&cleaned(), &two_thousand()).await.result.expect("a reading");
    assert_eq!((reading.value.impact.value.get(), reading.value.category), (2, None));
}

#[tokio::test]
async fn a_server_that_read_less_than_it_was_sent_is_not_trusted() {
    let short = |tokens: u64| {
        let mut reply = completion(tone_answer(-0.3), "stop");
        reply.body["usage"]["prompt_tokens"] = json!(tokens);
        reply
    };
    let script = Script::of([short(512), short(1500)]);
    let llm = judge(&script).await;
    assert_eq!(llm.tone(&cleaned()).await.result.expect("a reading").confidence, Confidence::Low);
    assert_eq!(llm.tone(&cleaned()).await.result.expect("a reading").confidence, Confidence::Normal);
}
