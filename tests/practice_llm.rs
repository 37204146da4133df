//! The practice LLM over raw HTTP: what a client that knows nothing of it sees.

use std::time::Duration;

use irate::domain::{Clock, Quote};
use irate::practice::{Fault, LlmServerError, PracticeLlm};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ANGRY: &str = "Third time this week that the VPN is down. Fix it now or we will cancel our contract.";

async fn start() -> PracticeLlm {
    PracticeLlm::start(0, Clock::system()).await.expect("a free port")
}

/// Sends one request; the status, the head and the body of the answer.
async fn http(llm: &PracticeLlm, method: &str, path: &str, key: &str, body: &str) -> (u16, String, Value) {
    http_at(&llm.url(), method, path, key, body).await
}

async fn http_at(url: &str, method: &str, path: &str, key: &str, body: &str) -> (u16, String, Value) {
    let host = url.trim_start_matches("http://").trim_end_matches("/v1");
    let mut stream = TcpStream::connect(host).await.expect("connects");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("sends");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, head.to_lowercase(), serde_json::from_str(body).unwrap_or(Value::Null))
}

async fn chat(llm: &PracticeLlm, body: &Value) -> (u16, Value) {
    let (status, _, answer) = http(llm, "POST", "/v1/chat/completions", llm.api_key(), &body.to_string()).await;
    (status, answer)
}

fn call(llm: &PracticeLlm, schema: &str, system: &str, message: &str) -> Value {
    json!({
        "model": llm.model(),
        "max_tokens": 400,
        "messages": [
            { "role": "system", "content": system },
            { "role": "user", "content": format!("Rate it.\n<<<MESSAGE 5eed\n{message}\n5eed MESSAGE>>>\nAnswer in JSON.") },
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": { "name": schema, "strict": true, "schema": {
                "type": "object", "properties": { "category": { "enum": ["c001", "c002", null] } },
            } },
        },
    })
}

fn content(answer: &Value) -> &str {
    answer["choices"][0]["message"]["content"].as_str().expect("content")
}

fn parsed(answer: &Value) -> Value {
    serde_json::from_str(content(answer)).expect("JSON")
}

#[tokio::test]
async fn a_tone_answer_has_its_fields_in_order_and_verbatim_quotes() {
    let llm = start().await;
    let (status, answer) = chat(&llm, &call(&llm, "tone", "Rate the tone.", ANGRY)).await;
    assert_eq!((status, &answer["choices"][0]["finish_reason"]), (200, &json!("stop")));
    let places: Vec<_> =
        ["reason", "score", "quotes", "flags"].iter().map(|f| content(&answer).find(&format!("\"{f}\":"))).collect();
    assert!(places.is_sorted() && places[0].is_some(), "{places:?}");
    let tone = parsed(&answer);
    assert!(tone["score"].as_f64().is_some_and(|score| score < -0.5), "{tone}");
    let quotes = tone["quotes"].as_array().expect("quotes");
    assert!(!quotes.is_empty() && quotes.iter().all(|q| Quote::verified(q.as_str().expect("text"), ANGRY).is_some()));
    llm.stop().await;
}

#[tokio::test]
async fn only_the_fenced_text_of_the_last_user_message_counts() {
    let llm = start().await;
    let mut body = call(&llm, "tone", "Rate the tone.", "My screen is black.");
    body["messages"].as_array_mut().expect("messages").insert(1, json!({ "role": "user", "content": ANGRY }));
    let (_, answer) = chat(&llm, &body).await;
    assert_eq!(parsed(&answer)["score"], 0.0);
    body["messages"][2]["content"] = json!("My screen is black.");
    assert_eq!(chat(&llm, &body).await.0, 400);
    llm.stop().await;
}

#[tokio::test]
async fn a_triage_answer_chooses_among_the_codes_of_the_schema() {
    let llm = start().await;
    let system = "Triage it.\nc001 Hardware>Printer\nc002 Network>VPN\nc003 Network>VPN>Client";
    let (_, answer) = chat(&llm, &call(&llm, "triage", system, "The whole office is offline, the VPN is down.")).await;
    let triage = parsed(&answer);
    assert_eq!((&triage["category"], &triage["urgency"], &triage["impact"]), (&json!("c002"), &json!(5), &json!(5)));
    assert!(content(&answer).find("urgency_reason") < content(&answer).find("category_quote"));
    let (_, answer) = chat(&llm, &call(&llm, "triage", system, "The fridge is warm.")).await;
    assert_eq!(parsed(&answer)["category"], Value::Null);
    llm.stop().await;
}

#[tokio::test]
async fn it_answers_where_the_word_list_would_abstain() {
    let llm = start().await;
    let german = "Der Drucker geht nicht und wir warten seit Montag.";
    let (_, answer) = chat(&llm, &call(&llm, "tone", "Rate the tone.", german)).await;
    let tone = parsed(&answer);
    assert_eq!((&tone["score"], &tone["quotes"]), (&json!(0.0), &json!([german.trim_end_matches('.')])));
    assert!(tone["reason"].as_str().is_some_and(|reason| reason.contains("not in English")));
    let (_, answer) = chat(&llm, &call(&llm, "tone", "Rate the tone.", "see above")).await;
    let tone = parsed(&answer);
    assert!(tone["score"] == 0.0 && tone["reason"].as_str().is_some_and(|reason| reason.contains("too short")));
    llm.stop().await;
}

#[tokio::test]
async fn json_object_is_told_apart_by_the_fields_of_the_prompt() {
    let llm = start().await;
    let mut body = call(&llm, "", "Answer in JSON with urgency_reason and category.\nc001 Network>VPN", ANGRY);
    body["response_format"] = json!({ "type": "json_object" });
    assert_eq!(parsed(&chat(&llm, &body).await.1)["category"], "c001");
    body["messages"][0]["content"] = json!("Answer in JSON with reason, score, quotes, flags.");
    assert!(parsed(&chat(&llm, &body).await.1)["score"].is_number());
    body["messages"][0]["content"] = json!("Say something.");
    assert_eq!(chat(&llm, &body).await.0, 400);
    llm.stop().await;
}

#[tokio::test]
async fn wrong_calls_are_refused_in_the_shape_of_the_api() {
    let llm = start().await;
    let good = call(&llm, "tone", "Rate the tone.", ANGRY);
    let (status, _, answer) = http(&llm, "POST", "/v1/chat/completions", "wrong", &good.to_string()).await;
    assert_eq!((status, &answer["error"]["code"]), (401, &json!("invalid_api_key")));
    let mut other = good.clone();
    other["model"] = json!("gpt-9");
    let (status, answer) = chat(&llm, &other).await;
    assert_eq!((status, &answer["error"]["param"]), (404, &json!("model")));
    let mut other = good.clone();
    other["response_format"]["json_schema"]["name"] = json!("poem");
    let (status, answer) = chat(&llm, &other).await;
    assert_eq!((status, &answer["error"]["param"]), (400, &json!("response_format")));
    assert_eq!(http(&llm, "POST", "/v1/chat/completions", llm.api_key(), "{").await.0, 400);
    assert_eq!(http(&llm, "GET", "/v1/nothing", llm.api_key(), "").await.0, 404);
    assert_eq!(http(&llm, "GET", "/v1/models", "wrong", "").await.0, 401);
    let (_, _, models) = http(&llm, "GET", "/v1/models", llm.api_key(), "").await;
    assert_eq!(models["data"][0]["id"], llm.model());
    let (_, _, stats) = http(&llm, "GET", "/stats", "", "").await;
    assert_eq!(
        stats,
        json!({
            "calls": 4,
            "by_schema": { "tone": 0, "triage": 0, "category": 0 },
            "by_status": { "400": 2, "401": 1, "404": 1 },
            "rejected": 4,
        })
    );
    llm.stop().await;
}

#[tokio::test]
async fn usage_counts_tokens_and_a_long_prompt_is_cached_the_second_time() {
    let llm = start().await;
    let system = "Rate the tone. ".repeat(400);
    let body = call(&llm, "tone", &system, ANGRY);
    let first = chat(&llm, &body).await.1["usage"].clone();
    let second = chat(&llm, &body).await.1["usage"].clone();
    assert_eq!(first["prompt_tokens_details"]["cached_tokens"], 0);
    assert_eq!(second["prompt_tokens_details"]["cached_tokens"], 1408);
    assert!(first["prompt_tokens"].as_u64().is_some_and(|n| (1500..1600).contains(&n)), "{first}");
    let (_, _, stats) = http(&llm, "GET", "/stats", "", "").await;
    assert_eq!((&stats["calls"], &stats["by_schema"]["tone"]), (&json!(2), &json!(2)));
    llm.stop().await;
}

#[tokio::test]
async fn a_small_limit_cuts_the_answer() {
    let llm = start().await;
    for field in ["max_tokens", "max_completion_tokens"] {
        let mut body = call(&llm, "tone", "Rate the tone.", ANGRY);
        body.as_object_mut().expect("an object").remove("max_tokens");
        body[field] = json!(5);
        let (_, answer) = chat(&llm, &body).await;
        assert_eq!(answer["choices"][0]["finish_reason"], "length");
        assert_eq!((content(&answer).len(), &answer["usage"]["completion_tokens"]), (20, &json!(5)));
    }
    llm.stop().await;
}

#[tokio::test]
async fn ordered_faults_come_once_each_and_in_order() {
    let llm = start().await;
    let body = call(&llm, "tone", "Rate the tone.", ANGRY);
    llm.fail_next(1, Fault::Status(429));
    for fault in [Fault::Malformed, Fault::Cut, Fault::BadQuotes, Fault::OutOfRange] {
        llm.fail_next(1, fault);
    }
    let (status, head, answer) = http(&llm, "POST", "/v1/chat/completions", llm.api_key(), &body.to_string()).await;
    assert!(status == 429 && head.contains("retry-after: 1"), "{head}");
    assert_eq!(answer["error"]["code"], "rate_limit_exceeded");
    let malformed = chat(&llm, &body).await.1;
    assert!(serde_json::from_str::<Value>(content(&malformed)).is_err());
    let cut = chat(&llm, &body).await.1;
    assert_eq!(cut["choices"][0]["finish_reason"], "length");
    assert!(serde_json::from_str::<Value>(content(&cut)).is_err());
    let misquoted = parsed(&chat(&llm, &body).await.1);
    assert!(Quote::verified(misquoted["quotes"][0].as_str().expect("a quote"), ANGRY).is_none());
    assert_eq!(parsed(&chat(&llm, &body).await.1)["score"], -7.5);
    assert!(parsed(&chat(&llm, &body).await.1)["score"].as_f64().is_some_and(|score| score >= -1.0));
    llm.stop().await;
}

#[tokio::test]
async fn slow_answers_take_the_time_of_the_servers_clock() {
    let (clock, simulation) = Clock::simulated("2026-03-04T08:00:00Z".parse().expect("a time"));
    let llm = PracticeLlm::start(0, clock).await.expect("a free port");
    llm.fail_next(1, Fault::Slow(Duration::from_secs(3600)));
    let body = call(&llm, "tone", "Rate the tone.", ANGRY);
    let answered = async { chat(&llm, &body).await.1["created"].as_i64() };
    let moved = async {
        loop {
            simulation.run(Duration::from_secs(600)).await;
            tokio::task::yield_now().await;
        }
    };
    let created = tokio::select! { created = answered => created, () = moved => None };
    let opened: jiff::Timestamp = "2026-03-04T08:00:00Z".parse().expect("a time");
    assert!(created.is_some_and(|at| at >= opened.as_second() + 3600));
    llm.stop().await;
}

#[tokio::test]
async fn stopping_frees_the_port_and_ends_slow_answers() {
    let (clock, _simulation) = Clock::simulated(jiff::Timestamp::UNIX_EPOCH);
    let llm = PracticeLlm::start(0, clock).await.expect("a free port");
    let url = llm.url();
    let port = url.trim_end_matches("/v1").rsplit(':').next().and_then(|p| p.parse().ok()).expect("a port");
    llm.fail_next(1, Fault::Slow(Duration::from_secs(3600)));
    let (body, key, to) = (call(&llm, "tone", "Rate the tone.", ANGRY).to_string(), llm.api_key(), url.clone());
    let slow = tokio::spawn(async move { http_at(&to, "POST", "/v1/chat/completions", key, &body).await.0 });
    while http(&llm, "GET", "/stats", "", "").await.2["calls"] == 0 {}
    let taken = PracticeLlm::start(port, Clock::system()).await;
    assert!(matches!(&taken, Err(LlmServerError::Listen { port: p, .. }) if *p == port));
    assert_eq!(llm.hello(), json!({ "url": url, "api_key": llm.api_key(), "model": llm.model() }));
    llm.stop().await;
    assert_eq!(slow.await.expect("runs"), 200);
    PracticeLlm::start(port, Clock::system()).await.expect("the port is free again").stop().await;
}
