//! Each dialect as its server wants it: one call where everything is known, the fewest where it must
//! be learned, and what was learned is kept.

use irate::domain::FieldValue;
use irate::judge::llm::Credential;
use irate::judge::{Ask, Judge};
use irate::practice::{LlmDialect, LlmServing};
use serde_json::{Value, json};

use crate::bench::{Bench, End, cleaned, during, end};

fn serving(dialect: LlmDialect) -> LlmServing {
    LlmServing { dialect, ..LlmServing::default() }
}

fn body(bench: &Bench, call: usize) -> Value {
    serde_json::from_slice(&bench.server.requests()[call].body).expect("JSON")
}

/// Each model of each server, and how many calls its first message takes: one, and one more for each
/// field that nobody could know to be refused.
#[tokio::test]
async fn every_model_of_every_dialect_is_read() {
    let taught = |dialect, model: &str| match (dialect, model) {
        // What a deployment holds cannot be known by its name: an older model's least effort, and a
        // model that knows no effort.
        (LlmDialect::Azure, "desk-nano" | "desk-mini") => 2,
        (LlmDialect::Xai, "grok-4") => 2,
        (LlmDialect::LlamaCppPython, _) => 2,
        _ => 1,
    };
    for dialect in LlmDialect::ALL {
        let models: Vec<&str> = Bench::open(serving(dialect), None).await.server.models().collect();
        for model in models {
            let bench = Bench::open(serving(dialect), Some(model)).await;
            let before = bench.judge.fingerprint(&Ask::Tone);
            let name = format!("{} {model}", dialect.word());
            let outcome = bench.tone().await;
            assert_eq!(end(&outcome), End::Read, "{name}: {:?}", outcome.result);
            assert_eq!(outcome.exchanges.len(), taught(dialect, model), "{name}: {:?}", outcome.exchanges);
            assert_eq!(bench.server.paid(), 1, "{name}");
            let again = bench.tone_of("Where is the printer's manual? We would like to print on both sides.").await;
            assert_eq!((end(&again), again.exchanges.len()), (End::Read, 1), "{name}: what was learned is kept");
            assert_eq!(bench.judge.fingerprint(&Ask::Tone), before, "{name}: and does not empty the cache");
            let sent: Vec<_> = outcome.exchanges.iter().map(|it| it.body.clone().into_bytes()).collect();
            let came: Vec<_> = bench.server.requests().iter().map(|it| it.body.to_vec()).collect();
            assert_eq!(came[..sent.len()], sent, "{name}: the record is what left, byte for byte");
        }
    }
}

#[tokio::test]
async fn a_triage_is_read_in_every_dialect_and_long_lists_take_two_steps() {
    let short = [FieldValue::new("Network>VPN", 31), FieldValue::new("Hardware>Printer", 12)];
    let long: Vec<FieldValue> = (0..2000)
        .map(|n| match n {
            777 => FieldValue::new("Network>VPN", 31),
            _ => FieldValue::new(&format!("Group {:02}>Item {:02}", n / 50, n % 50), n + 100),
        })
        .collect();
    for dialect in LlmDialect::ALL {
        for (categories, calls) in [(&short[..], 1), (&long[..], 2)] {
            let bench = Bench::open(serving(dialect), None).await;
            let text = cleaned("The VPN is down for the whole office, nobody can work.");
            let outcome = during(&bench.time, bench.judge.triage(&text, categories)).await;
            let reading = outcome.result.unwrap_or_else(|why| panic!("{}: {why}", dialect.word()));
            let category = reading.value.category.map(|judged| judged.value);
            assert!(category.as_ref().is_none_or(|it| categories.contains(it)), "{}: {category:?}", dialect.word());
            if calls == 1 {
                assert_eq!(category, Some(short[0].clone()), "{}", dialect.word());
            }
            assert!(bench.server.paid() <= calls, "{}", dialect.word());
        }
    }
}

#[tokio::test]
async fn azure_is_spoken_to_in_both_forms_and_with_both_kinds_of_key() {
    let older = Bench::with(serving(LlmDialect::Azure), None, |mut settings| {
        settings.url = settings.url.map(|url| url.replace("/openai/v1", ""));
        settings.api_version = Some("2024-10-21".into());
        settings
    });
    let older = older.await;
    let outcome = older.tone().await;
    assert_eq!(end(&outcome), End::Read);
    assert!(
        outcome.exchanges[0].url.ends_with("/openai/deployments/desk-luna/chat/completions?api-version=2024-10-21")
    );
    let call = &older.server.requests()[0];
    assert_eq!(call.path, "/openai/deployments/desk-luna/chat/completions?api-version=2024-10-21");
    assert_eq!(call.headers.get("api-key").map(String::as_str), Some("practice-llm"));
    assert!(!call.headers.contains_key("authorization"));

    let token = Bench::with(serving(LlmDialect::Azure), None, |mut settings| {
        settings.credential = Credential::BearerCommand("echo practice-llm".into());
        settings
    });
    let token = token.await;
    assert_eq!(end(&token.tone().await), End::Read);
    let call = &token.server.requests()[0];
    assert_eq!(call.path, "/openai/v1/chat/completions");
    assert_eq!(call.headers.get("authorization").map(String::as_str), Some("Bearer practice-llm"));
    assert!(!call.headers.contains_key("api-key"));
}

/// The command prints a stale token first; a refused token is asked for anew, once.
#[tokio::test]
async fn a_stale_token_is_renewed_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let seen = dir.path().join("seen");
    let command = format!("test -e {0} && echo practice-llm || {{ touch {0}; echo stale; }}", seen.display());
    let bench = Bench::with(serving(LlmDialect::Azure), None, |mut settings| {
        settings.credential = Credential::BearerCommand(command);
        settings
    });
    let bench = bench.await;
    let outcome = bench.tone().await;
    assert_eq!((end(&outcome), outcome.exchanges.len(), bench.server.paid()), (End::Read, 2, 1));
    let always = Bench::with(serving(LlmDialect::Azure), None, |mut settings| {
        settings.credential = Credential::BearerCommand("echo stale".into());
        settings
    });
    let always = always.await;
    let outcome = always.tone().await;
    assert_eq!((outcome.exchanges.len(), always.server.calls()), (2, 2));
    assert!(outcome.result.expect_err("refused").to_string().contains("[judge]"));
}

#[tokio::test]
async fn openai_learns_whom_to_bill_and_what_to_cache() {
    let bench = Bench::with(serving(LlmDialect::Openai), None, |mut settings| {
        (settings.organization, settings.project) = (Some("org-acme".into()), Some("proj-desk".into()));
        settings
    });
    let bench = bench.await;
    bench.tone().await.result.expect("a reading");
    let second = bench.tone_of("The scanner is still not set up, please come by today.").await;
    let headers = &bench.server.requests()[0].headers;
    assert_eq!(headers.get("openai-organization").map(String::as_str), Some("org-acme"));
    assert_eq!(headers.get("openai-project").map(String::as_str), Some("proj-desk"));
    let (first, later) = (body(&bench, 0), body(&bench, 1));
    assert_eq!(first["messages"][0], later["messages"][0]);
    assert_eq!((&first["store"], &first["prompt_cache_options"]["mode"]), (&json!(false), &json!("explicit")));
    assert!(second.exchanges[0].tokens.is_some_and(|tokens| tokens.cached > 1024));
}

#[tokio::test]
async fn xai_bills_thinking_apart_and_says_what_it_took() {
    let bench = Bench::open(serving(LlmDialect::Xai), Some("grok-4")).await;
    let outcome = bench.tone().await;
    let last = outcome.exchanges.last().expect("sent");
    let tokens = last.tokens.expect("told");
    assert!(tokens.answered > 700, "thinking is billed: {tokens:?}");
    let expected = (f64::from(tokens.sent) * 1.25 + f64::from(tokens.answered) * 2.5).ceil() as u64;
    assert_eq!(last.micros, Some(expected), "its own account, not our price");
    let conversation = bench.server.requests()[0].headers.get("x-grok-conv-id").cloned();
    assert!(conversation.is_some_and(|id| id.starts_with("irate-tone-")));
}

#[tokio::test]
async fn each_server_tells_the_cached_share_in_its_own_way() {
    for dialect in [LlmDialect::Openai, LlmDialect::Azure, LlmDialect::Moonshot, LlmDialect::Xai, LlmDialect::Deepseek]
    {
        let bench = Bench::open(serving(dialect), None).await;
        bench.tone().await.result.expect("a reading");
        let second = bench.tone_of("The scanner is still not set up, please come by today.").await;
        assert!(second.exchanges[0].tokens.is_some_and(|it| it.cached >= 1024), "{}", dialect.word());
    }
}
