//! A client for a server, on a clock that moves while it waits.

use std::time::Duration;

use irate::domain::{Abstention, Cleaned, Clock, Pending, Simulation, Tone};
use irate::judge::cost::{Price, Prices};
use irate::judge::llm::{AskSettings, Credential, Llm, LlmSettings, Prompts, Provider};
use irate::judge::{Judge, NoReading, Outcome};
use irate::practice::{LlmDialect, LlmServing, PracticeLlm};

pub(crate) const TEXT: &str = "Third time this week that the VPN is down. Fix it now or we will cancel our contract.";

pub(crate) const KEY: &str = "s3cret-key-4711";

/// A practice LLM with a client for it.
pub(crate) struct Bench {
    pub(crate) server: PracticeLlm,
    pub(crate) judge: Llm,
    pub(crate) time: Simulation,
}

/// The client's word for who speaks `dialect`.
pub(crate) fn provider(dialect: LlmDialect) -> Provider {
    match dialect {
        LlmDialect::Openai => Provider::Openai,
        LlmDialect::Azure => Provider::Azure,
        LlmDialect::Moonshot => Provider::Moonshot,
        LlmDialect::Xai => Provider::Xai,
        LlmDialect::Deepseek => Provider::Deepseek,
        _ => Provider::Compatible,
    }
}

pub(crate) fn simulated() -> (Clock, Simulation) {
    Clock::simulated("2026-03-04T12:00:00Z".parse().expect("a time"))
}

pub(crate) fn settings(provider: Provider, url: String, model: &str, key: &str, clock: Clock) -> LlmSettings {
    let ask = AskSettings { model: model.into(), max_tokens: 400 };
    LlmSettings {
        provider,
        url: Some(url),
        api_version: None,
        credential: Credential::Key(key.to_owned().into()),
        organization: None,
        project: None,
        tone: ask.clone(),
        triage: ask,
        timeout: Duration::from_secs(20),
        prompts: Prompts::embedded(),
        daily_budget: None,
        prices: Prices::from(Price { input: 1.0, cached_input: Some(0.1), cache_write: None, output: 2.0 }),
        requests_per_minute: None,
        concurrency: 8,
        clock,
        cross_check: None,
    }
}

impl Bench {
    /// A server that speaks `dialect`, and a client for its model `model`, or its first.
    pub(crate) async fn open(serving: LlmServing, model: Option<&str>) -> Self {
        Self::with(serving, model, |settings| settings).await
    }

    pub(crate) async fn with(
        serving: LlmServing,
        model: Option<&str>,
        change: impl FnOnce(LlmSettings) -> LlmSettings,
    ) -> Self {
        let (clock, time) = simulated();
        let provider = provider(serving.dialect);
        let server = PracticeLlm::serve(0, clock.clone(), serving).await.expect("a free port");
        let model = model.unwrap_or(server.model());
        let settings = settings(provider, server.url(), model, server.api_key(), clock);
        let judge = Llm::new(change(settings)).expect("sound settings");
        Self { server, judge, time }
    }

    pub(crate) async fn tone(&self) -> Outcome<Tone> {
        self.tone_of(TEXT).await
    }

    pub(crate) async fn tone_of(&self, text: &str) -> Outcome<Tone> {
        let text = cleaned(text);
        during(&self.time, self.judge.tone(&text)).await
    }
}

/// Runs the clock, a quarter of an hour at most, while `work` waits on it.
pub(crate) async fn during<T>(time: &Simulation, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    tokio::select! {
        biased;
        done = &mut work => done,
        () = time.run(Duration::from_secs(900)) => work.await,
    }
}

pub(crate) fn cleaned(text: &str) -> Cleaned {
    Cleaned { text: text.into(), flags: Default::default(), removed: Vec::new(), fell_back: false }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Read,
    Abstained(Abstention),
    Pending(Pending),
}

pub(crate) fn end(outcome: &Outcome<Tone>) -> End {
    match &outcome.result {
        Ok(_) => End::Read,
        Err(NoReading::Abstained(why)) => End::Abstained(*why),
        Err(NoReading::Pending { why, .. }) => End::Pending(*why),
    }
}

/// What a person is told where there is no reading.
pub(crate) fn told(outcome: &Outcome<Tone>) -> String {
    outcome.result.as_ref().err().map_or_else(String::new, ToString::to_string)
}
