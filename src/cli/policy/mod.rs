//! `irate policy`: rules as text that can be checked, tried and played back. Changes nothing, asks no
//! judge, and asks the PSA only where a command says so.

mod check;
mod test;
mod truth;
mod whatif;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;

use crate::config::Config;
use crate::domain::{Clock, Picklists, PsaKind};
use crate::policy::{Notes, Policy};

use super::output::Output;
use super::{Global, assemble};

#[derive(Subcommand)]
pub(super) enum PolicyCommand {
    /// Find rules that never fire, always fire, or set what the PSA does not offer.
    Check(check::CheckArgs),
    /// Try the rules on the samples beside them; needs no PSA, no judge and no data.
    Test(test::TestArgs),
    /// Say which tickets the rules would have escalated, out of what was read before.
    Whatif(whatif::WhatifArgs),
}

pub(super) async fn run(command: PolicyCommand, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        PolicyCommand::Check(args) => check::run(args, global, output).await,
        PolicyCommand::Test(args) => test::run(args, global, output).await,
        PolicyCommand::Whatif(args) => whatif::run(args, global, output).await,
    }
}

/// The lists the PSA has now: the one thing that is asked of it.
async fn live_picklists(config: &Config, clock: &Clock, without: &str) -> anyhow::Result<Picklists> {
    let ask = async { anyhow::Ok(assemble::psa(config, clock)?.picklists().await?) };
    ask.await.with_context(|| format!("the PSA's lists are needed; {without} does without them"))
}

/// The policy of rules that no workspace holds.
fn policy_without_workspace() -> anyhow::Result<Policy> {
    Ok(Policy::new(PsaKind::Connectwise, Notes::new([])?))
}

/// Whether anything was ever kept for this workspace.
fn has_data(data: &Path) -> bool {
    data.join("sled").is_dir()
}
