//! `irate practice`: the practice PSA and the practice LLM, each alone on loopback.

use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use crate::domain::{Clock, PsaKind};
use crate::practice::{
    Fault, LlmDialect, LlmFault, LlmLimits, LlmServing, PracticeLlm, PracticePsa, PsaFault, WorldSettings,
};

use super::output::Output;
use super::serve::{span, stop_signal};

/// What to serve.
#[derive(Subcommand)]
pub(super) enum PracticeCommand {
    /// A practice service desk. Prints one JSON line with its url and credentials, then serves.
    Psa(PsaArgs),
    /// A practice LLM that answers with the embedded judge's readings. Prints one JSON line first.
    Llm(LlmArgs),
}

#[derive(Args)]
pub(super) struct PsaArgs {
    /// Which PSA's wire format.
    #[arg(long, value_enum, default_value = "halo")]
    kind: Kind,
    /// The port on 127.0.0.1; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    #[command(flatten)]
    world: WorldArgs,
}

/// How the practice LLM serves.
#[derive(Args)]
pub(super) struct LlmArgs {
    /// The port on 127.0.0.1; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Whose wire format: openai, azure, moonshot, xai, deepseek, compatible, ollama, llama-server,
    /// llama-cpp-python, lm-studio, vllm or litellm.
    #[arg(long, default_value = "compatible", value_parser = <LlmDialect as std::str::FromStr>::from_str)]
    dialect: LlmDialect,
    /// How long an answer takes, such as 300ms, or 200ms..900ms.
    #[arg(long, value_name = "SPAN", default_value = "0", value_parser = latency)]
    latency: RangeInclusive<Duration>,
    /// Calls let through a minute.
    #[arg(long, value_name = "CALLS")]
    rpm: Option<u32>,
    /// Calls let through a second.
    #[arg(long, value_name = "CALLS")]
    rps: Option<u32>,
    /// Calls let through at the same time.
    #[arg(long, value_name = "CALLS")]
    at_once: Option<u32>,
    /// What goes wrong, and how often of a hundred calls, such as 429 (ten) or cut:25; `list` names them
    /// all.
    #[arg(long, value_name = "KIND[:PERCENT]", value_delimiter = ',')]
    fault: Vec<String>,
    /// Decides delays and luck: the same seed gives the same.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl LlmArgs {
    fn serving(&self) -> anyhow::Result<LlmServing> {
        let faults = self.fault.iter().map(|text| text.parse::<LlmFault>().map_err(anyhow::Error::msg));
        Ok(LlmServing {
            dialect: self.dialect,
            latency: self.latency.clone(),
            limits: LlmLimits { a_minute: self.rpm, a_second: self.rps, at_once: self.at_once },
            faults: faults.collect::<Result<_, _>>()?,
            seed: self.seed,
            ..LlmServing::default()
        })
    }
}

/// `300ms`, or `200ms..900ms`.
fn latency(text: &str) -> Result<RangeInclusive<Duration>, String> {
    let (least, most) = text.split_once("..").unwrap_or((text, text));
    let (least, most) = (span(least)?, span(most)?);
    if least <= most { Ok(least..=most) } else { Err("the shorter span comes first".into()) }
}

/// How the practice world runs.
#[derive(Args, Clone)]
pub(super) struct WorldArgs {
    /// The same seed gives the same world.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// How fast things happen; 0 stops them. Time stamps are never scaled.
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    pub(super) speed: f64,
    /// Scales the PSA's own call limit: 0.1 is a tenth of what it documents.
    #[arg(long, default_value_t = 1.0, value_parser = scale)]
    pub(super) limit_scale: f64,
    /// What goes wrong, and how often: latency, 429, 429-retry-after, 500, cut, malformed, truncated,
    /// repeat-page, shuffle (each of a tenth of all calls, or as in cut@0.3), and skew=-3m for a PSA
    /// whose clock is late.
    #[arg(long, value_name = "FAULT", value_delimiter = ',')]
    pub(super) fault: Vec<PsaFault>,
}

impl Default for WorldArgs {
    fn default() -> Self {
        Self { seed: 1, speed: 1.0, limit_scale: 1.0, fault: Vec::new() }
    }
}

/// The four PSAs, as the config spells them.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum Kind {
    Connectwise,
    Autotask,
    Halo,
    KaseyaBms,
}

impl From<Kind> for PsaKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Connectwise => Self::Connectwise,
            Kind::Autotask => Self::Autotask,
            Kind::Halo => Self::Halo,
            Kind::KaseyaBms => Self::KaseyaBms,
        }
    }
}

fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| "a number such as 1, 0.5 or 20".to_owned())?;
    if (0.0..=1000.0).contains(&speed) { Ok(speed) } else { Err("0 to 1000".into()) }
}

fn scale(text: &str) -> Result<f64, String> {
    let scale: f64 = text.parse().map_err(|_| "a number such as 1, 0.1 or 100".to_owned())?;
    if (0.001..=10_000.0).contains(&scale) { Ok(scale) } else { Err("0.001 to 10000".into()) }
}

impl WorldArgs {
    pub(super) fn settings(&self, clock: &Clock) -> WorldSettings {
        WorldSettings {
            speed: self.speed,
            limit_scale: self.limit_scale,
            faults: self.fault.clone(),
            ..WorldSettings::quiet(self.seed, clock.clone())
        }
    }
}

pub(super) async fn run(command: PracticeCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let clock = Clock::system();
    match command {
        PracticeCommand::Psa(args) => {
            let server = PracticePsa::start(args.kind.into(), args.port, args.world.settings(&clock)).await?;
            output.object(&server.hello())?;
            stop_signal().await?;
            server.stop().await;
        }
        PracticeCommand::Llm(args) if args.fault.iter().any(|fault| fault == "list") => {
            Fault::known().try_for_each(|(word, _, about)| output.line(&format!("{word:<18}{about}")))?;
        }
        PracticeCommand::Llm(args) => {
            let server = PracticeLlm::serve(args.port, clock, args.serving()?).await?;
            output.object(&server.hello())?;
            stop_signal().await?;
            server.stop().await;
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latency_is_a_span_or_two() {
        let ms = Duration::from_millis;
        assert_eq!(latency("300ms"), Ok(ms(300)..=ms(300)));
        assert_eq!(latency("200ms..1s"), Ok(ms(200)..=ms(1000)));
        assert!(latency("1s..200ms").is_err() && latency("soon").is_err());
    }
}
