//! `irate practice`: the practice PSA and the practice LLM, each alone on loopback.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use crate::domain::{Clock, PsaKind};
use crate::practice::{PracticeLlm, PracticePsa, PsaFault, WorldSettings};

use super::output::Output;
use super::serve::stop_signal;

/// What to serve.
#[derive(Subcommand)]
pub(super) enum PracticeCommand {
    /// A practice service desk. Prints one JSON line with its url and credentials, then serves.
    Psa(PsaArgs),
    /// A practice LLM that answers with the embedded judge's readings. Prints one JSON line first.
    Llm {
        /// The port on 127.0.0.1; 0 picks a free one.
        #[arg(long, default_value_t = 0)]
        port: u16,
    },
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
        PracticeCommand::Llm { port } => {
            let server = PracticeLlm::start(port, clock).await?;
            output.object(&server.hello())?;
            stop_signal().await?;
            server.stop().await;
        }
    }
    Ok(ExitCode::SUCCESS)
}
