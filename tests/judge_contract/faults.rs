//! Every misbehaviour of the practice LLM: what becomes of the message, in how many calls, for how
//! many paid answers.

use std::time::Duration;

use irate::domain::{Abstention, Pending};
use irate::judge::NoReading;
use irate::practice::{Fault, LlmDialect, LlmFault, LlmLimits, LlmServing, Wait};

use crate::bench::{Bench, End, end, told};

const GIVEN_UP: End = End::Abstained(Abstention::InvalidAnswer);
const OUTAGE: End = End::Pending(Pending::Outage);
const NO_MONEY: End = End::Pending(Pending::BudgetSpent);
const TOO_FAST: End = End::Pending(Pending::RateLimit);

fn serving(dialect: LlmDialect) -> LlmServing {
    LlmServing { dialect, ..LlmServing::default() }
}

/// What becomes of a message whose every call meets `fault`, in how many calls, of which how many
/// were paid for.
fn fate(fault: Fault) -> (End, u64, u64) {
    match fault {
        Fault::Status(400 | 401 | 403 | 404 | 422) => (OUTAGE, 1, 0),
        Fault::Status(_) => (OUTAGE, 3, 0),
        Fault::SlowDown(wait, _) if wait > Duration::from_secs(120) => (TOO_FAST, 1, 0),
        Fault::SlowDown(..) => (TOO_FAST, 3, 0),
        Fault::NoMoney(_) => (NO_MONEY, 1, 0),
        Fault::Overloaded | Fault::DoNotRetry => (OUTAGE, 1, 0),
        Fault::PlainText | Fault::StringError => (OUTAGE, 3, 0),
        Fault::Filtered => (GIVEN_UP, 1, 0),
        Fault::Refused | Fault::AnswerFiltered => (GIVEN_UP, 1, 1),
        Fault::Malformed | Fault::Cut | Fault::OutOfRange | Fault::WrongFields | Fault::Empty | Fault::ThoughtAway => {
            (GIVEN_UP, 2, 2)
        }
        Fault::NotACompletion | Fault::HalfBody => (OUTAGE, 1, 1),
        Fault::Slow(_)
        | Fault::BadQuotes
        | Fault::ThinkTags
        | Fault::Fenced
        | Fault::Listed
        | Fault::TextNumbers
        | Fault::Prose
        | Fault::NoUsage
        | Fault::BlankLines
        | Fault::ByteOrderMark => (End::Read, 1, 1),
    }
}

#[tokio::test]
async fn every_fault_has_its_fate_in_every_dialect() {
    let dialects = [
        LlmDialect::Openai,
        LlmDialect::Azure,
        LlmDialect::Moonshot,
        LlmDialect::Xai,
        LlmDialect::Deepseek,
        LlmDialect::Compatible,
        LlmDialect::LlamaServer,
        LlmDialect::Litellm,
    ];
    for dialect in dialects {
        for (word, fault, _) in Fault::known() {
            let bench = Bench::open(serving(dialect), None).await;
            bench.server.fail_next(9, fault);
            let outcome = bench.tone().await;
            let seen = (end(&outcome), bench.server.calls(), bench.server.paid());
            assert_eq!(seen, fate(fault), "{} {word}: {}", dialect.word(), told(&outcome));
            assert_eq!(outcome.exchanges.len() as u64, seen.1, "{} {word}: each call is on record", dialect.word());
            let told = told(&outcome);
            assert!(!told.contains("practice-llm") && !told.contains("VPN"), "{} {word}: {told}", dialect.word());
        }
    }
}

/// A fault that strikes once is got over: by waiting, or by the one repair.
#[tokio::test]
async fn one_fault_is_got_over_without_paying_more_than_once_more() {
    for (word, fault, _) in Fault::known() {
        let bench = Bench::open(serving(LlmDialect::Compatible), None).await;
        bench.server.fail_next(1, fault);
        let outcome = bench.tone().await;
        let (always, calls, _) = fate(fault);
        let expected = if calls > 1 { End::Read } else { always };
        assert_eq!(end(&outcome), expected, "{word}: {}", told(&outcome));
        assert!(bench.server.paid() <= 2 && bench.server.calls() <= 2, "{word}");
    }
}

#[tokio::test]
async fn each_way_to_say_how_long_is_understood() {
    for (how, span, least) in [
        (Wait::Seconds, 7_000, 7_000),
        (Wait::Decimals, 1_500, 1_500),
        (Wait::Millis, 250, 250),
        (Wait::Date, 5_000, 5_000),
        (Wait::Renamed, 9_000, 9_000),
    ] {
        let bench = Bench::open(serving(LlmDialect::Compatible), None).await;
        bench.server.fail_next(1, Fault::SlowDown(Duration::from_millis(span), how));
        assert_eq!(end(&bench.tone().await), End::Read);
        let calls = bench.server.requests();
        let waited = calls[1].at.duration_since(calls[0].at).as_millis();
        assert!((least..least + 1_100).contains(&waited), "{how:?}: {waited} ms");
    }
}

#[tokio::test]
async fn a_wait_beyond_two_minutes_is_handed_to_the_caller() {
    let bench = Bench::open(serving(LlmDialect::Openai), None).await;
    bench.server.fail_next(1, Fault::SlowDown(Duration::from_secs(600), Wait::Seconds));
    let Err(NoReading::Pending { why, retry_after, .. }) = bench.tone().await.result else { panic!("pending") };
    assert_eq!((why, retry_after), (Pending::RateLimit, Some(Duration::from_secs(600))));
}

#[tokio::test]
async fn bad_quotes_leave_an_unproven_reading() {
    let bench = Bench::open(serving(LlmDialect::Openai), None).await;
    bench.server.fail_next(1, Fault::BadQuotes);
    assert!(bench.tone().await.result.expect("a reading").value.quotes.is_empty());
}

#[tokio::test]
async fn a_limit_and_a_delay_cost_time_and_nothing_else() {
    let limits = LlmLimits { a_minute: Some(5), a_second: Some(2), at_once: Some(2) };
    let latency = Duration::from_millis(300)..=Duration::from_millis(300);
    let bench = Bench::with(LlmServing { latency, limits, ..serving(LlmDialect::Openai) }, None, |mut settings| {
        settings.requests_per_minute = Some(5);
        settings
    });
    let bench = bench.await;
    for n in 0..12 {
        let outcome = bench.tone_of(&format!("Message number {n}: the printer in room {n} is out of toner.")).await;
        assert_eq!(end(&outcome), End::Read, "{n}: {}", told(&outcome));
    }
    assert_eq!(bench.server.paid(), 12);
    let calls = bench.server.requests();
    let took = calls[11].at.duration_since(calls[0].at).as_secs();
    assert!((120..140).contains(&took), "three minutes' worth of calls began within {took} s");
}

#[tokio::test]
async fn luck_comes_from_the_seed() {
    let faults = vec![LlmFault { fault: Fault::Status(503), percent: 30 }];
    let mut seen = Vec::new();
    for seed in [4, 4, 5] {
        let bench = Bench::open(LlmServing { seed, faults: faults.clone(), ..LlmServing::default() }, None).await;
        for n in 0..20 {
            bench.tone_of(&format!("The monitor on desk {n} flickers again, please have a look.")).await;
        }
        seen.push(bench.server.requests().iter().map(|call| call.status).collect::<Vec<_>>());
    }
    assert_eq!(seen[0], seen[1]);
    assert!(seen[0] != seen[2] && seen[0].contains(&Some(503)) && seen[0].contains(&Some(200)));
}
