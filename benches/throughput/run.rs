//! Many messages against a limit: how long the judge takes, beside what nobody could better. On a
//! simulated clock over real HTTP, so the figures are the same on every machine.

use std::sync::Arc;
use std::time::Duration;

use irate::domain::{Cleaned, Clock};
use irate::judge::Judge;
use irate::judge::cost::Prices;
use irate::judge::llm::{AskSettings, Credential, Llm, LlmSettings, Prompts, Provider};
use irate::practice::{LlmLimits, LlmServing, PracticeLlm};
use tokio::task::JoinSet;

/// Messages, the server's latency, and its limit a minute.
pub(crate) const MESSAGES: u32 = 1_000;
pub(crate) const LATENCY: Duration = Duration::from_millis(300);
pub(crate) const A_MINUTE: u32 = 500;

/// What came of a run.
pub(crate) struct Run {
    /// How long it took, in seconds of the simulated clock.
    pub(crate) seconds: f64,
    /// Calls that the server counted, refused ones too.
    pub(crate) calls: u64,
}

/// Who sends each call in the moment the limit admits it: full minutes, then one last answer.
pub(crate) fn ideal_seconds() -> f64 {
    f64::from((MESSAGES - 1) / A_MINUTE) * 60.0 + LATENCY.as_secs_f64()
}

/// Judges all messages; `told`: the limit stands in the config.
pub(crate) async fn run(told: bool) -> Run {
    let (clock, simulation) = Clock::simulated("2026-08-14T06:00:00Z".parse().expect("a time"));
    let serving = LlmServing {
        latency: LATENCY..=LATENCY,
        limits: LlmLimits { a_minute: Some(A_MINUTE), ..LlmLimits::default() },
        ..LlmServing::default()
    };
    let server = PracticeLlm::serve(0, clock.clone(), serving).await.expect("a free port");
    let judge = Arc::new(judge(&server, &clock, told.then_some(A_MINUTE)));
    let began = clock.now();
    let mut asked = JoinSet::new();
    for number in 0..MESSAGES {
        let judge = Arc::clone(&judge);
        let text = format!("Printer {number} in dispatch is down again, and nobody called back.");
        let cleaned = Cleaned { text, flags: Default::default(), removed: Vec::new(), fell_back: false };
        asked.spawn(async move {
            // What is too much is tried again by the engine; here by hand.
            while judge.tone(&cleaned).await.result.is_err() {}
        });
    }
    let ended = async {
        while asked.join_next().await.is_some() {}
        clock.now()
    };
    let ended = tokio::select! {
        ended = ended => ended,
        () = simulation.run(Duration::from_secs(3_600)) => clock.now(),
    };
    let run = Run { seconds: ended.duration_since(began).as_secs_f64(), calls: server.calls() };
    server.stop().await;
    run
}

fn judge(server: &PracticeLlm, clock: &Clock, a_minute: Option<u32>) -> Llm {
    let ask = AskSettings { model: server.model().into(), max_tokens: 400 };
    let settings = LlmSettings {
        provider: Provider::Compatible,
        url: Some(server.url()),
        api_version: None,
        credential: Credential::Key(server.api_key().to_owned().into()),
        organization: None,
        project: None,
        tone: ask.clone(),
        triage: ask,
        timeout: Duration::from_secs(20),
        prompts: Prompts::embedded(),
        daily_budget: None,
        prices: Prices::default(),
        requests_per_minute: a_minute,
        concurrency: 64,
        clock: clock.clone(),
        cross_check: None,
    };
    Llm::new(settings).expect("sound settings")
}
